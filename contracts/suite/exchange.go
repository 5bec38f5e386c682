package suite

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"standin/spec"
	"standin/spec/curl"
)

// exchange is a request of a spec with its answer.
type exchange struct {
	request curl.Request
	owner   string      // the beginning of the variables for secrets of the answer
	name    string      // of the operation, or the request line
	status  int         // of the answer, 0 if there is none
	header  http.Header // of the answer
	answer  []byte      // the body of the answer
	silent  bool        // it only reads the tenant, so that a script does not repeat it
	suite   *Suite
}

// exchangeEntry is the name of the report entries that are exchanges.
const exchangeEntry = "exchange"

// record adds a request to the report of the spec.
func (w *World) record(owner, name string, request *http.Request, body []byte) *exchange {
	e := &exchange{owner: owner, name: name, suite: w.suite, request: curl.Request{
		Method: request.Method, Origin: request.URL.Scheme + "://" + request.URL.Host, Target: request.URL.RequestURI(), Body: body,
	}}
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		for _, value := range request.Header[name] {
			e.request.Header = append(e.request.Header, [2]string{name, value})
		}
	}
	if w.watch == nil {
		AddReportEntry(exchangeEntry, e, ReportEntryVisibilityFailureOrVerbose)
	} else {
		w.watch(e)
	}
	return e
}

// setAnswer keeps the answer. Its secrets are searched only if something of the spec is shown.
func (e *exchange) setAnswer(status int, header http.Header, body []byte) {
	e.status, e.header, e.answer = status, header, body
}

// secrets returns the secrets of the answer.
func (e *exchange) secrets() []found {
	all := e.reader().body(e.answer)
	for _, name := range slices.Sorted(maps.Keys(e.header)) {
		for _, value := range e.header[name] {
			all = append(all, (&answerReader{}).body([]byte(value))...)
			if name == "Set-Cookie" {
				_, value, _ = strings.Cut(value, "=")
				value, _, _ = strings.Cut(value, ";")
			}
			if secretName(name) && len(value) >= shortestSecret {
				all = append(all, found{text: value, sent: value, member: name})
			}
		}
	}
	return all
}

// String returns the request as a shell command, for the reports of ginkgo itself.
func (e *exchange) String() string {
	return e.line(e.suite.newMasker([]*exchange{e}))
}

// mostBody is the most bytes of a request's body that a report shows.
const mostBody = 20_000

// line returns the request as a shell command, with the variables of the masker.
func (e *exchange) line(m *masker) string {
	request := e.request
	request.Variables = m.variables
	if len(request.Body) <= mostBody {
		return request.Line()
	}
	request.Body = nil
	return fmt.Sprintf("%s --data-binary @body # a file with the %d bytes that the spec has sent", request.Line(), len(e.request.Body))
}

// ownerOf returns the beginning of the variables for tokens in the answer of an operation.
func ownerOf(op *spec.Operation) string {
	switch {
	case op == nil:
		return "ANSWERED"
	case strings.HasPrefix(op.ID, "anonymous"):
		return "ANONYMOUS"
	case op.ID == "serviceToken":
		return "SERVICE"
	}
	return "CUSTOMER"
}
