package suite

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/spec"
)

// documentBroken begins the failure message for an answer that the document does not have.
const documentBroken = "the document does not have this answer: "

// warningEntry is the name of a report entry for a deviation that is tolerated in a server without a control API.
const warningEntry = "warning"

// checkDocument fails the spec if the document does not have the answer, whatever the spec itself asserts.
func (w *World) checkDocument(a *Answer, m *message) {
	GinkgoHelper()
	if w.suite.Target.SpecsOnly {
		return
	}
	problems := append(a.conformance(), a.dialect()...)
	problems = append(problems, a.echo(m)...)
	if w.suite.Target.Foreign() {
		problems = slices.DeleteFunc(problems, func(d spec.Detail) bool {
			if !d.Tolerable() {
				return false
			}
			if w.watch == nil {
				AddReportEntry(warningEntry, a.name+": "+d.String(), ReportEntryVisibilityFailureOrVerbose)
			}
			return true
		})
	}
	Expect(a).To(documented(problems))
}

// documented matches an answer in which the document has no problem; its value is the problems.
type documented []spec.Detail

func (d documented) Match(any) (bool, error) { return len(d) == 0, nil }

func (d documented) FailureMessage(actual any) string {
	texts := make([]string, len(d))
	for i, problem := range d {
		texts[i] = problem.String()
	}
	answer, _ := actual.(*Answer)
	return documentBroken + strings.Join(texts, "; ") + ": " + answer.String()
}

func (documented) NegatedFailureMessage(any) string { return "the document has this answer" }

// frameOf returns the name of the document's frame answer for a status.
func frameOf(status int) string {
	return map[int]string{
		http.StatusNotFound:              "UnknownPath",
		http.StatusMethodNotAllowed:      "MethodNotAllowed",
		http.StatusRequestEntityTooLarge: "ContentTooLarge",
		http.StatusUnsupportedMediaType:  "UnsupportedMediaType",
		http.StatusNotImplemented:        "MethodNotImplemented",
		http.StatusInternalServerError:   "InternalError",
	}[status]
}

// conformance lists how the answer breaks the document. It is checked as an answer of its operation if the document has
// its status there, else as a frame answer.
func (a *Answer) conformance() []spec.Detail {
	if a.op != nil && a.op.Documents(a.Status) {
		return a.op.CheckAnswer(a.Status, a.Header, a.Raw)
	}
	return a.suite.document.CheckFrame(frameOf(a.Status), a.Header, a.Raw)
}

// mediaType returns the media type of the body, or "" if there is no body.
func (a *Answer) mediaType() string {
	mediaType, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if len(a.Raw) == 0 {
		return ""
	}
	return mediaType
}

// dialect lists how the body of an error does not fit its status. An error of the gateway has the status 401, and an
// ordinary one repeats the status in its body (T-401, T-ERR), as one of the platform's other services does as its code (SCOPES, COMPANY).
func (a *Answer) dialect() []spec.Detail {
	if a.Status < http.StatusBadRequest {
		return nil
	}
	var body struct {
		Fault  json.RawMessage `json:"fault"`
		Status any             `json:"status"`
		Code   any             `json:"code"`
	}
	if err := json.Unmarshal(a.Raw, &body); err != nil {
		return []spec.Detail{{Field: "body", Type: "type", Message: "is neither an ordinary error nor one of the gateway"}}
	}
	told := body.Status
	if a.platform() && body.Code != nil {
		told = body.Code
	}
	switch {
	case body.Fault != nil && a.Status != http.StatusUnauthorized:
		return []spec.Detail{{Field: "fault", Type: "dialect", Message: "is the gateway's, which answers 401 only"}}
	case body.Fault == nil && told != float64(a.Status):
		return []spec.Detail{{Field: "status", Type: "dialect", Message: "is not the status of the answer"}}
	}
	return nil
}

// shortest is the least length in bytes of a secret that echo searches for. The answer may have a shorter text by chance.
const shortest = 8

// echo lists the passwords and tokens of the request that the answer repeats. An anonymous refresh may repeat its token.
func (a *Answer) echo(m *message) []spec.Detail {
	if a.name == "anonymousRefresh" {
		return nil
	}
	secrets := map[string]string{}
	if _, token, ok := strings.Cut(m.header.Get("Authorization"), " "); ok {
		secrets["the bearer"] = token
	}
	for name := range m.query {
		if secretName(name) {
			secrets[name] = m.query.Get(name)
		}
	}
	var body map[string]any
	if a.name != "addContextAttribute" && json.Unmarshal(m.body, &body) == nil { // Its answer is the key, which is a name.
		for name, value := range body {
			if text, ok := value.(string); ok && secretName(name) {
				secrets[name] = text
			}
		}
	}
	var found []spec.Detail
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if value := secrets[name]; len(value) >= shortest && strings.Contains(string(a.Raw), value) {
			found = append(found, spec.Detail{Field: name, Type: "secret", Message: "of the request is in the answer"})
		}
	}
	return found
}
