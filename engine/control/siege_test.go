package control_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/enginetest"
	"standin/engine/service"
	"standin/engine/world"
	"standin/fixtures"
	"standin/spec"
	"standin/state"
)

// siege is a whole server under the fire of a fuzz target. After every request it holds: no panic, no fault of our
// own, no answer that the document does not declare, and a world that a refusal has left as it was.
type siege struct {
	patience time.Duration // of a caller who waits or reads a stream

	server    *engine.Server
	service   *spec.Router
	control   *spec.Router
	documents map[string]*spec.Document
	callers   [callerKinds]string // bearers, by the kind of caller
	before    map[string]seenWorld
	begin     map[string]world.Snapshot
}

// The kinds of callers. The last two are refused everywhere.
const (
	nobody = iota
	customer
	anonymous
	backend
	manager // a customer with the scopes that ordinary ones lack
	stale   // an expired customer
	foreign // a customer of another world
	callerKinds
)

// now is always the same moment: what a fuzzer has found is found again.
func now() time.Time { return time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC) }

// mostBody is the largest body that the server takes: above it a fuzzer only wastes its time.
const mostBody = 8 << 10

// The worlds under siege: as the demo is, with all that can be set, and with a lock behind bad logins.
var besieged = map[string]object{
	"acme":   {},
	"strict": {"strict": true, "doubleOptIn": true, "wire": "classic", "clientIds": []string{"storefront"}, "resetUnknown": "reject", "serviceClients": []object{{"clientId": "backend", "clientSecret": "s3cr3t", "scopes": []string{"a.b"}}}},
	"locked": {"lockoutAfter": 1},
}

func besiege(tb testing.TB) *siege {
	tb.Helper()
	s := &siege{patience: 50 * time.Millisecond, documents: map[string]*spec.Document{}, begin: map[string]world.Snapshot{}}
	s.server = enginetest.New(tb, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) {
		c.Hash, c.MaxWorlds, c.MaxBody, c.JournalEntries = call.HashCost{Memory: 8}, 20, mostBody, 50
		c.Now, c.Seed = now, []byte("siege")
	}))
	for _, document := range s.server.Documents() {
		s.documents[document.Name] = document
	}
	var err error
	if s.service, err = spec.NewRouter(s.documents[spec.Customer], s.documents[spec.Companions]); err != nil {
		tb.Fatal(err)
	}
	if s.control, err = spec.NewRouter(s.documents[spec.Control]); err != nil {
		tb.Fatal(err)
	}
	s.ask("GET", "/nowhere", "", "") // A stray.
	if err := s.build(); err != nil {
		tb.Fatal(err)
	}
	return s
}

// build gives each world something of everything that a control request can be about.
func (s *siege) build() error {
	for _, name := range []string{"other", "acme", "strict", "locked"} {
		w, err := s.server.Worlds().Make(world.Sandbox{Name: name, Fixture: s.server.Config().Fixture, Freeze: true})
		if err != nil {
			return err
		}
		if err := s.mint(w); err != nil {
			return err
		}
		if err := s.server.Change(w, few); err != nil {
			return err
		}
		err = s.server.Configure(w, func(before state.Settings) (state.Settings, error) {
			return fixtures.MergeSettings(before, besieged[name])
		})
		if err != nil {
			return err
		}
		_ = w.Faults().Set([]world.Fault{idle})
		if s.begin[name], err = w.TakeSnapshot("snapshot"); err != nil {
			return err
		}
		s.prelude(name)
	}
	s.before = s.look()
	return nil
}

// few leaves few of the fixture's customers: all rows are looked at behind each request. There are an event and a company, too.
func few(in *call.Call) error {
	var others []string
	in.Txn.EachCustomer("", func(row state.Customer) bool {
		if row.Number != "10000001" && row.Number != "10000002" && row.Status != state.Inactive && len(in.Txn.MailedTokensOf(row.Number)) == 0 {
			others = append(others, row.Number)
		}
		return true
	})
	for _, number := range others {
		in.Txn.DropCustomer(number)
	}
	buyer, _ := in.Txn.CustomerByNumber("10000001")
	buyer.LegalEntities = []state.LegalEntity{{ID: "7001", ContactAssignmentID: "8001", Locations: []state.Location{{ID: "6001"}}}}
	in.Txn.PutCustomer(buyer)
	in.Txn.PutEvent(state.Event{ID: "msg_seed", Type: state.LoggedIn, Payload: []byte(`{}`), At: in.Now})
	return nil
}

// mint makes the callers' tokens: all of one world, and one of another.
func (s *siege) mint(w *world.World) error {
	scopes := []string{"customer.customer_manage", "customer.customerprofile_edit"}
	orders := map[int]service.Mint{
		customer: {Kind: "customer", Email: john}, anonymous: {Kind: "anonymous"}, backend: {Kind: "service"},
		manager: {Kind: "customer", Email: john, Scopes: scopes}, stale: {Kind: "customer", Email: john, Lifetime: -time.Hour},
	}
	switch w.Name() {
	case "other":
		orders = map[int]service.Mint{foreign: {Kind: "customer", Email: john}}
	case "strict", "locked":
		return nil
	}
	for _, kind := range slices.Sorted(maps.Keys(orders)) {
		minted, err := s.server.Mint(w, orders[kind])
		if err != nil {
			return err
		}
		s.callers[kind] = minted.AccessToken
	}
	return nil
}

// ask sends a request of the test's own, whose answer is nobody's concern.
func (s *siege) ask(method, path, bearer, body string) {
	r := httptest.NewRequestWithContext(context.Background(), method, "http://localhost"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+bearer)
	s.server.ServeHTTP(httptest.NewRecorder(), r)
}

// shot is a request that a fuzzer has thought of.
type shot struct {
	method string
	url    *url.URL
	header string // lines of a name, a colon and a value; what net/http would refuse is left out
	caller uint8
	body   []byte
}

// fire sends the request, and fails the test if the server did not hold.
func (s *siege) fire(t *testing.T, aim shot) *httptest.ResponseRecorder {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(s.patience, cancel).Stop() // Who waits or streams has seen enough.
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/", strings.NewReader(string(aim.body)))
	r.Method, r.URL, r.RequestURI = aim.method, aim.url, aim.url.RequestURI()
	if bearer := s.callers[aim.caller%callerKinds]; bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	for line := range strings.Lines(aim.header) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":"); ok && sendable(name, value) {
			r.Header.Set(name, strings.TrimSpace(value))
		}
	}
	answer := httptest.NewRecorder()
	if !s.serve(answer, r) || foreignAnswer(r, answer) {
		s.restore(t)
		return answer
	}
	what := fmt.Sprintf("%s %s\n%s\n\n%.2000s\nanswers %d %s", aim.method, aim.url, aim.header, aim.body, answer.Code, answer.Body)
	if answer.Code >= http.StatusInternalServerError || s.server.Violations() > 0 {
		t.Fatalf("%s, a fault of its own", what)
	}
	if problems := s.check(r, answer); len(problems) > 0 {
		t.Fatalf("%s, which breaks the document: %v", what, problems)
	}
	if bearer := s.callers[aim.caller%callerKinds]; bearer != "" && answer.Code >= http.StatusBadRequest && strings.Contains(answer.Body.String(), bearer) && !strings.Contains(what[:len(what)-answer.Body.Len()], bearer) {
		t.Fatalf("%s, and echoes its bearer", what)
	}
	after := s.look()
	if answer.Code >= http.StatusBadRequest {
		if changed := differences(s.before, after); changed != "" {
			t.Fatalf("%s, but has changed\n%s", what, changed)
		}
		return answer
	}
	if differences(s.before, after) != "" {
		s.restore(t)
	}
	return answer
}

// serve says whether there was an answer: a dropped connection has none.
func (s *siege) serve(answer *httptest.ResponseRecorder, r *http.Request) bool {
	answered := false
	func() {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint,err113 // It is panicked with as it is.
				panic(p)
			}
		}()
		s.server.ServeHTTP(answer, r)
		answered = true
	}()
	return answered
}

// foreignAnswer says whether an answer is not the server's own word: one that the request has asked for itself, or a
// page for people.
func foreignAnswer(r *http.Request, answer *httptest.ResponseRecorder) bool {
	return strings.Contains(answer.Header().Get("Preference-Applied"), "code=") ||
		strings.TrimSuffix(r.URL.Path, "/") == "/_standin" || strings.HasPrefix(r.URL.Path, "/_standin/console/")
}

// frames are the answers that belong to HTTP, by their statuses: those of requests without an operation, and those
// of any operation.
var (
	unroutedFrames = map[int]string{http.StatusNotFound: "UnknownPath", http.StatusMethodNotAllowed: "MethodNotAllowed"}
	routedFrames   = map[int]string{http.StatusRequestEntityTooLarge: "ContentTooLarge", http.StatusUnsupportedMediaType: "UnsupportedMediaType"}
	controlFrames  = map[int]string{http.StatusUnauthorized: "ControlUnauthorized", http.StatusForbidden: "ControlForbidden"}
)

// check holds an answer to the document.
func (s *siege) check(r *http.Request, answer *httptest.ResponseRecorder) []spec.Detail {
	router, customer := s.service, s.documents[spec.Customer]
	controlled := controls(r.URL.Path)
	if controlled {
		router = s.control
	}
	match, err := router.Match(r)
	switch name := controlFrames[answer.Code]; {
	case r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "":
		return nil // A preflight is no operation.
	case err != nil:
		return customer.CheckFrame(unroutedFrames[answer.Code], answer.Header(), answer.Body.Bytes())
	case match.Operation.Documents(answer.Code):
		return match.Operation.CheckAnswer(answer.Code, answer.Header(), answer.Body.Bytes())
	case controlled && name != "":
		return s.documents[spec.Control].CheckFrame(name, answer.Header(), answer.Body.Bytes())
	}
	return customer.CheckFrame(routedFrames[answer.Code], answer.Header(), answer.Body.Bytes())
}

// controls says whether a path is the tester's.
func controls(path string) bool {
	return strings.HasPrefix(path+"/", "/_standin/") || slices.Contains([]string{"/livez", "/readyz", "/metrics"}, strings.TrimSuffix(path, "/"))
}

var headerForm = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// sendable says whether net/http would hand on a header.
func sendable(name, value string) bool {
	odd := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
	return headerForm.MatchString(name) && !strings.ContainsFunc(value, odd)
}
