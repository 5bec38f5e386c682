package contracts

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/spec"
)

// H is a JSON object.
type H = map[string]any

// message is a request in the making.
type message struct {
	path   map[string]string
	query  url.Values
	header http.Header
	body   []byte
	prefix int // which of the operation's prefixes
	suffix string
}

// Part adds something to a request.
type Part func(*message)

// Bearer authorizes the request with an access token.
func Bearer(token string) Part {
	return func(m *message) { m.header.Set("Authorization", "Bearer "+token) }
}

// Header sets a header; an empty value removes it.
func Header(name, value string) Part {
	return func(m *message) {
		m.header.Set(name, value)
		if value == "" {
			m.header.Del(name)
		}
	}
}

// Query adds a query parameter.
func Query(name, value string) Part {
	return func(m *message) { m.query.Add(name, value) }
}

// Path sets a path parameter; it is escaped.
func Path(name, value string) Part {
	return func(m *message) { m.path[name] = url.PathEscape(value) }
}

// Body sends a value as JSON.
func Body(value any) Part {
	return func(m *message) {
		encoded, err := json.Marshal(value)
		Expect(err).NotTo(HaveOccurred())
		Raw("application/json", encoded)(m)
	}
}

// Raw sends bytes under a media type.
func Raw(mediaType string, body []byte) Part {
	return func(m *message) {
		m.body = body
		m.header.Set("Content-Type", mediaType)
	}
}

// Alias uses the operation's path of the print, without the prefix that clients in use have.
func Alias() Part {
	return func(m *message) { m.prefix = 1 }
}

// Suffix puts something behind the path.
func Suffix(text string) Part {
	return func(m *message) { m.suffix = text }
}

// Do sends a request for an operation, and holds the answer to the document. The spec fails if the server cannot
// be reached, or if its answer is not what the document says, undeclared members included.
func (w *World) Do(operation string, parts ...Part) *Answer {
	GinkgoHelper()
	op, ok := w.suite.operations[operation]
	Expect(ok).To(BeTrue(), "no operation %s", operation)
	m := &message{path: map[string]string{"tenant": w.Tenant}, query: url.Values{}, header: http.Header{}}
	for _, part := range parts {
		part(m)
	}
	target := op.Templates()[m.prefix]
	for name, value := range m.path {
		target = strings.ReplaceAll(target, "{"+name+"}", value)
	}
	target += m.suffix
	if len(m.query) > 0 {
		target += "?" + m.query.Encode()
	}
	a := w.exchange(op.ID, op.Method, target, m)
	a.op = op
	w.report(cell(op.ID, a.Status, a.mediaType()), ReportEntryVisibilityNever)
	if a.Status < http.StatusBadRequest && op.TakesBody() {
		w.report(taken(op.ID, m.header.Get("Content-Type")), ReportEntryVisibilityNever)
	}
	if operation == "signup" && a.Status == http.StatusCreated && w.namespace != nil {
		w.suite.used.made(w.namespace.emailIn(m.body))
	}
	w.hold(a, m)
	return a
}

// Send sends a request that is no operation's; its answer must be one of the document's frame answers.
func (w *World) Send(method, target string, parts ...Part) *Answer {
	GinkgoHelper()
	m := &message{query: url.Values{}, header: http.Header{}}
	for _, part := range parts {
		part(m)
	}
	a := w.exchange(method+" "+target, method, target, m)
	switch method {
	case http.MethodHead:
		Expect(a.Raw).To(BeEmpty(), "an answer to HEAD has no body")
	case http.MethodOptions: // A preflight is the browser's, and the document has none.
	default:
		w.hold(a, m)
	}
	return a
}

func (w *World) exchange(name, method, target string, m *message) *Answer {
	GinkgoHelper()
	s := w.suite
	s.spend(name)
	Expect(s.pace.Wait(context.Background())).To(Succeed())
	body := w.namespace.out(m.body)
	request, err := http.NewRequestWithContext(context.Background(), method, s.target.URL+target, bytes.NewReader(body))
	Expect(err).NotTo(HaveOccurred())
	request.Header = m.header
	sent := w.record(ownerOf(s.operations[name]), name, request, body)
	response, err := s.client.Do(request)
	s.used.heard(err == nil)
	if err != nil {
		sent.answered(0, nil, []byte(err.Error())) // It may quote what is no HTTP.
	}
	if err != nil && s.target.Foreign() {
		Skip(inconclusive + name + " got no answer: " + err.Error())
	}
	Expect(err).NotTo(HaveOccurred(), "the server could not be reached")
	defer func() { Expect(response.Body.Close()).To(Succeed()) }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	sent.answered(response.StatusCode, response.Header, answer)
	if err != nil && s.target.Foreign() {
		Skip(inconclusive + "the answer to " + name + " broke off: " + err.Error())
	}
	Expect(err).NotTo(HaveOccurred(), "the answer broke off")
	if s.target.Foreign() && busy(response.StatusCode) {
		Skip(fmt.Sprintf("%s%s answered %d", inconclusive, name, response.StatusCode))
	}
	return &Answer{Status: response.StatusCode, Header: response.Header, Raw: w.namespace.in(answer), name: name, suite: s}
}

// mostAnswer bounds an answer in bytes.
const mostAnswer = 64 << 20

// busy says of a status that the server, or what is before it, does not want to be asked now.
func busy(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// report adds to the report of the spec. A world whose exchanges are watched may have thousands of them.
func (w *World) report(name string, args ...any) {
	if w.watch == nil {
		AddReportEntry(name, args...)
	}
}

// Answer is what the server said.
type Answer struct {
	Status int
	Header http.Header
	Raw    []byte
	name   string          // of the operation, or the request line
	op     *spec.Operation // nil if it is none
	suite  *suite
}

// said describes the answer in a failure. It is cut only where it is shown, once no part of a secret can remain.
func (a *Answer) said() string { return fmt.Sprintf("%s answered %d with %s", a.name, a.Status, a.Raw) }

// Must fails the spec unless the answer has the status.
func (a *Answer) Must(status int) *Answer {
	GinkgoHelper()
	Expect(a.Status).To(Equal(status), a.said())
	return a
}

// MustRefuse fails the spec unless the answer is the ordinary error body of a status and a type (T-ERR).
func (a *Answer) MustRefuse(status int, kind string) *Answer {
	GinkgoHelper()
	a.Must(status)
	Expect(a.At("type")).To(Equal(kind), a.said())
	Expect(a.At("status")).To(BeEquivalentTo(status), a.said())
	Expect(a.At("message")).NotTo(BeEmpty(), a.said())
	return a
}

// MustNameField fails the spec unless the answer is a 400 whose details name the field, and that field first.
func (a *Answer) MustNameField(field string) *Answer {
	GinkgoHelper()
	a.MustRefuse(http.StatusBadRequest, "bad_request")
	Expect(a.At("details", 0, "field")).To(Equal(field), a.said())
	return a
}

// The gateway's faults (T-401).
const (
	FaultBearer  = "oauth.v2.InvalidAccessToken"                //nolint:gosec // A code, no credential.
	FaultExpired = "keymanagement.service.access_token_expired" //nolint:gosec // As above.
	FaultAPIKey  = "oauth.v2.InvalidApiKey"                     //nolint:gosec // As above.
)

// MustFault fails the spec unless the answer is a 401 in the gateway's words with the error code (T-401).
func (a *Answer) MustFault(code string) *Answer {
	GinkgoHelper()
	a.Must(http.StatusUnauthorized)
	Expect(a.At("fault", "detail", "errorcode")).To(Equal(code), a.said())
	Expect(a.At("fault", "faultstring")).NotTo(BeEmpty(), a.said())
	return a
}

// JSON is the decoded body.
func (a *Answer) JSON() any {
	GinkgoHelper()
	var value any
	Expect(json.Unmarshal(a.Raw, &value)).To(Succeed(), a.said())
	return value
}

// At is what the body holds at a path of member names and indices; nil if there is nothing.
func (a *Answer) At(path ...any) any {
	GinkgoHelper()
	value := a.JSON()
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

// MustHave fails the spec unless the body has a member that is not null, or has none if it is not wanted.
func (a *Answer) MustHave(member string, wanted bool) {
	GinkgoHelper()
	has := a.At(member) != nil
	switch {
	case wanted && !has:
		Fail(fmt.Sprintf("%s must have the member %s: %s", a.name, member, a.said()))
	case has && !wanted:
		Fail(fmt.Sprintf("%s must not have the member %s: %s", a.name, member, a.said()))
	}
}

// Text is the text at a path; the spec fails if there is none.
func (a *Answer) Text(path ...any) string {
	GinkgoHelper()
	text, ok := a.At(path...).(string)
	Expect(ok).To(BeTrue(), "no text at %v: %s", path, a.said())
	return text
}
