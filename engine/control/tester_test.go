package control_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"standin/engine/enginetest"
	"standin/spec"
)

// The tests here speak HTTP only. Each answer of the control API is held to spec/control.yaml, and a whole run
// fails if a documented answer was never seen.

type object = map[string]any

// seen are the answers of the control API, as "operation status".
var seen sync.Map

// unseen are documented answers that no test can provoke, with the reason.
var unseen = map[string]string{
	"getReadiness 503": "it is answered before there is an engine; cmd/standin tests it",
}

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && whole() {
		code = gate()
	}
	os.Exit(code)
}

// whole says whether all tests are run.
func whole() bool {
	for _, name := range []string{"test.run", "test.skip", "test.bench", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

func gate() int {
	document, err := spec.Load(spec.Control)
	if err != nil {
		panic(err)
	}
	var missing []string
	for _, op := range document.Operations {
		for _, status := range op.Statuses() {
			cell := op.ID + " " + strconv.Itoa(status)
			if _, ok := seen.Load(cell); !ok && unseen[cell] == "" {
				missing = append(missing, cell)
			}
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "no test has seen:\n  %s\n", strings.Join(missing, "\n  "))
		return 1
	}
	return 0
}

// client opens a connection for each request: on one that was used before, net/http repeats a GET by itself when the
// connection is reset, which would hide a fault.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// tester sends control requests to a server that no other test uses.
type tester struct {
	*testing.T
	server *enginetest.Server
	router *spec.Router
	doc    *spec.Document
	client *http.Client
}

// through is a tester that sends its requests by another client.
func (x *tester) through(client *http.Client) *tester {
	other := *x
	other.client = client
	return &other
}

func newTester(t *testing.T, options ...enginetest.Option) *tester {
	t.Helper()
	document, err := spec.Load(spec.Control)
	if err != nil {
		t.Fatal(err)
	}
	router, err := spec.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	if len(options) == 0 {
		options = []enginetest.Option{enginetest.WithFixture("demo")}
	}
	return &tester{T: t, server: enginetest.Run(t, options...), router: router, doc: document, client: client}
}

type answer struct {
	*testing.T
	status int
	header http.Header
	raw    []byte
}

// send sends a request as it is.
func (x *tester) send(method, path string, header http.Header, body []byte) answer {
	x.Helper()
	request, err := http.NewRequestWithContext(x.Context(), method, x.server.URL+path, bytes.NewReader(body))
	if err != nil {
		x.Fatal(err)
	}
	maps.Copy(request.Header, header)
	if host := header.Get("Host"); host != "" {
		request.Host = host
	}
	response, err := x.client.Do(request)
	if err != nil {
		return answer{T: x.T}
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		x.Errorf("%s %s: %v", method, path, err)
	}
	a := answer{T: x.T, status: response.StatusCode, header: response.Header, raw: raw}
	if match, err := x.router.Match(request); err == nil && method != http.MethodHead { // What HEAD answers has no body to check.
		seen.Store(match.Operation.ID+" "+strconv.Itoa(a.status), true)
		problems := x.problems(match.Operation, a)
		if len(problems) > 0 {
			x.Errorf("%s %s answered %d %s, which breaks the document: %v", method, path, a.status, raw, problems)
		}
	}
	return a
}

func (x *tester) problems(op *spec.Operation, a answer) []spec.Detail {
	if op.Documents(a.status) {
		return op.CheckAnswer(a.status, a.header, a.raw)
	}
	frame := map[int]string{http.StatusUnauthorized: "ControlUnauthorized", http.StatusForbidden: "ControlForbidden"}[a.status]
	if slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}, a.status) {
		return nil // Frame answers of the customer document, which the contract suite holds.
	}
	return x.doc.CheckFrame(frame, a.header, a.raw)
}

// do sends a control request: a method, a path below /_standin and a body, which is encoded as JSON unless it is bytes.
func (x *tester) do(method, path string, body any) answer {
	x.Helper()
	header := http.Header{}
	raw, ok := body.([]byte)
	if body != nil && !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			x.Fatal(err)
		}
		header.Set("Content-Type", "application/json")
	}
	return x.send(method, "/_standin"+path, header, raw)
}

// must fails the test unless the answer has the status.
func (a answer) must(status int) answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("the answer is %d %s, and was to be %d", a.status, a.raw, status)
	}
	return a
}

// refuses fails the test unless it is a refusal whose text has all of these in it.
func (a answer) refuses(status int, texts ...string) answer {
	a.Helper()
	a.must(status)
	for _, text := range texts {
		if !strings.Contains(string(a.raw), text) {
			a.Errorf("%s does not speak of %q", a.raw, text)
		}
	}
	return a
}

// at is what the answer holds behind names and indices; nil if there is nothing.
func (a answer) at(path ...any) any {
	a.Helper()
	var value any
	if err := json.Unmarshal(a.raw, &value); err != nil {
		a.Fatalf("%s: %v", a.raw, err)
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

func (a answer) text(path ...any) string {
	a.Helper()
	text, ok := a.at(path...).(string)
	if !ok {
		a.Fatalf("%s has no text at %v", a.raw, path)
	}
	return text
}

func (a answer) list(path ...any) []any {
	a.Helper()
	list, _ := a.at(path...).([]any)
	return list
}

// is fails the test unless the answer holds a value at a place.
func (a answer) is(want any, path ...any) answer {
	a.Helper()
	if number, ok := want.(int); ok {
		want = float64(number) // As JSON has it.
	}
	if got := a.at(path...); fmt.Sprint(got) != fmt.Sprint(want) {
		a.Errorf("%v is %v, and was to be %v, in %s", path, got, want, a.raw)
	}
	return a
}

// sandbox makes a sandbox and answers its name.
func (x *tester) sandbox(order object) string {
	x.Helper()
	return x.do("POST", "/tenants", order).must(http.StatusCreated).text("tenant")
}

// call sends a request to the service, as a storefront does.
func (x *tester) call(method, path, token, body string, header ...string) answer {
	x.Helper()
	h := http.Header{}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		h.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return x.send(method, path, h, []byte(body))
}

// anonymous begins a shopper's session in a tenant.
func (x *tester) anonymous(tenant string, header ...string) string {
	x.Helper()
	return x.call("GET", "/customerlogin/auth/anonymous/login?client_id=x&tenant="+tenant, "", "", header...).must(http.StatusOK).text("access_token")
}

// mint makes a customer's token.
func (x *tester) mint(tenant, email string) string {
	x.Helper()
	return x.do("POST", "/tenants/"+tenant+"/tokens", object{"kind": "customer", "email": email}).must(http.StatusCreated).text("accessToken")
}

const john = "john.doe@example.com"

// signup makes a customer through the service.
func (x *tester) signup(tenant, email string, header ...string) {
	x.Helper()
	token := x.anonymous(tenant, header...)
	x.call("POST", "/customer/"+tenant+"/signup", token, `{"email":"`+email+`","password":"password123"}`, header...).must(http.StatusCreated)
}
