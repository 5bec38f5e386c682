package contracts

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

// documentBroken begins the failure of an answer that the document does not have.
const documentBroken = "the document does not have this answer: "

// warningEntry is what the report of a spec calls what is tolerated in a server that may be the real one.
const warningEntry = "warning"

// hold fails the spec if the answer is not one that the document has, whatever the spec itself looks for.
func (w *World) hold(a *Answer, m *message) {
	GinkgoHelper()
	if w.suite.target.SpecsOnly {
		return
	}
	problems := append(a.conformance(), a.dialect()...)
	problems = append(problems, a.echo(m)...)
	if w.suite.target.Foreign() {
		problems = slices.DeleteFunc(problems, func(d spec.Detail) bool {
			if !d.Tolerable() {
				return false
			}
			w.report(warningEntry, a.name+": "+d.String(), ReportEntryVisibilityFailureOrVerbose)
			return true
		})
	}
	Expect(a).To(documented(problems))
}

// documented matches an answer that the document has; it is what the document has against it.
type documented []spec.Detail

func (d documented) Match(any) (bool, error) { return len(d) == 0, nil }

func (d documented) FailureMessage(actual any) string {
	texts := make([]string, len(d))
	for i, problem := range d {
		texts[i] = problem.String()
	}
	answer, _ := actual.(*Answer)
	return documentBroken + strings.Join(texts, "; ") + ": " + answer.said()
}

func (documented) NegatedFailureMessage(any) string { return "the document has this answer" }

// frameOf names the frame answer of the document that a status has.
func frameOf(status int) string {
	return map[int]string{
		http.StatusNotFound:              "UnknownPath",
		http.StatusMethodNotAllowed:      "MethodNotAllowed",
		http.StatusRequestEntityTooLarge: "ContentTooLarge",
		http.StatusUnsupportedMediaType:  "UnsupportedMediaType",
		http.StatusInternalServerError:   "InternalError",
	}[status]
}

// conformance lists how the answer breaks the document, as an answer of the operation or as a frame answer.
func (a *Answer) conformance() []spec.Detail {
	if a.op != nil && a.op.Documents(a.Status) {
		return a.op.CheckAnswer(a.Status, a.Header, a.Raw)
	}
	return a.suite.customer.CheckFrame(frameOf(a.Status), a.Header, a.Raw)
}

// mediaType is the type of the answer's body, or "" if there is none.
func (a *Answer) mediaType() string {
	mediaType, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if len(a.Raw) == 0 {
		return ""
	}
	return mediaType
}

// dialect holds an error to the one of the two bodies that belongs to its status: the gateway's is for 401 only, and
// the ordinary one repeats the status (T-401, T-ERR).
func (a *Answer) dialect() []spec.Detail {
	if a.Status < http.StatusBadRequest {
		return nil
	}
	var body struct {
		Fault  json.RawMessage `json:"fault"`
		Status int             `json:"status"`
	}
	if err := json.Unmarshal(a.Raw, &body); err != nil {
		return []spec.Detail{{Field: "body", Type: "type", Message: "is no error of either kind"}}
	}
	switch {
	case body.Fault != nil && a.Status != http.StatusUnauthorized:
		return []spec.Detail{{Field: "fault", Type: "dialect", Message: "is the gateway's, which answers 401 only"}}
	case body.Fault == nil && body.Status != a.Status:
		return []spec.Detail{{Field: "status", Type: "dialect", Message: "is not the status of the answer"}}
	}
	return nil
}

// shortest is the length in bytes from which a text of a request is looked for in its answer: what is shorter may
// be there by chance.
const shortest = 8

// echo finds passwords and tokens of the request in the answer. The anonymous refresh answers its refresh token.
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
	if json.Unmarshal(m.body, &body) == nil {
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
