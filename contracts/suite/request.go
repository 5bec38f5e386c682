package suite

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
)

// H is a JSON object.
type H = map[string]any

// message is a request before it is sent.
type message struct {
	path   map[string]string
	query  url.Values
	header http.Header
	body   []byte
	prefix int // the index of the operation's path prefix
	suffix string
}

// Part sets a part of a request.
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

// Path sets a path parameter and escapes its value.
func Path(name, value string) Part {
	return func(m *message) { m.path[name] = url.PathEscape(value) }
}

// Body sets the body to a value as JSON.
func Body(value any) Part {
	return func(m *message) {
		encoded, err := json.Marshal(value)
		Expect(err).NotTo(HaveOccurred())
		Raw("application/json", encoded)(m)
	}
}

// Raw sets the body and its media type.
func Raw(mediaType string, body []byte) Part {
	return func(m *message) {
		m.body = body
		m.header.Set("Content-Type", mediaType)
	}
}

// Alias selects the operation's path without the prefix /customer.
func Alias() Part {
	return func(m *message) { m.prefix = 1 }
}

// Suffix appends a text to the path.
func Suffix(text string) Part {
	return func(m *message) { m.suffix = text }
}

// Do sends a request for an operation and checks the answer against the document. The spec fails if the server cannot
// be reached, or if the document does not have the answer. A member that is not declared is such a failure.
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
	a := w.roundTrip(op.ID, op.Method, target, m)
	a.op = op
	w.note(answered(op.ID, a.Status, a.mediaType()))
	if a.Status < http.StatusBadRequest && op.TakesBody() {
		w.note(accepted(op.ID, m.header.Get("Content-Type")))
	}
	if operation == "signup" && a.Status == http.StatusCreated && w.namespace != nil {
		w.suite.used.addCustomer(w.namespace.emailIn(m.body))
	}
	w.checkDocument(a, m)
	return a
}

// Send sends a request that is not of an operation. The answer must be a frame answer of the document.
func (w *World) Send(method, target string, parts ...Part) *Answer {
	GinkgoHelper()
	m := &message{query: url.Values{}, header: http.Header{}}
	for _, part := range parts {
		part(m)
	}
	a := w.roundTrip(method+" "+target, method, target, m)
	switch method {
	case http.MethodHead:
		Expect(a.Raw).To(BeEmpty(), "an answer to HEAD has no body")
	case http.MethodOptions: // The document does not describe preflight requests.
	default:
		w.checkDocument(a, m)
	}
	return a
}

// roundTrip sends a request and returns the answer. The name is the operation or the request line.
func (w *World) roundTrip(name, method, target string, m *message) *Answer {
	GinkgoHelper()
	s := w.suite
	s.countRequest(name)
	Expect(s.pace.Wait(context.Background())).To(Succeed())
	body := w.namespace.out(m.body)
	request, err := http.NewRequestWithContext(context.Background(), method, s.Target.URL+target, bytes.NewReader(body))
	Expect(err).NotTo(HaveOccurred())
	request.Header = m.header
	recorded := w.record(ownerOf(s.operations[name]), name, request, body)
	response, err := s.client.Do(request)
	s.used.countSilence(err == nil)
	if err != nil {
		recorded.setAnswer(0, nil, []byte(err.Error())) // The error may quote the answer.
	}
	if err != nil && s.Target.Foreign() {
		Skip(inconclusive + name + " got no answer: " + err.Error())
	}
	Expect(err).NotTo(HaveOccurred(), "the server could not be reached")
	defer func() { Expect(response.Body.Close()).To(Succeed()) }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	recorded.setAnswer(response.StatusCode, response.Header, answer)
	if err != nil && s.Target.Foreign() {
		Skip(inconclusive + "the answer to " + name + " broke off: " + err.Error())
	}
	Expect(err).NotTo(HaveOccurred(), "the answer broke off")
	if s.Target.Foreign() && busy(response.StatusCode) {
		Skip(fmt.Sprintf("%s%s answered %d", inconclusive, name, response.StatusCode))
	}
	return &Answer{Status: response.StatusCode, Header: response.Header, Raw: w.namespace.in(answer), name: name, suite: s}
}

// mostAnswer is the most bytes of an answer that are read.
const mostAnswer = 64 << 20

// busy reports whether a status says that the server, or a proxy before it, is overloaded.
func busy(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}
