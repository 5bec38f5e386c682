package journal

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"standin/engine/refusal"
	"standin/spec"
)

const (
	mostKept   = 64 << 10 // bytes of a body
	mostMasked = 100      // secrets in a body
)

// MaxDetails is how many details of a request are kept.
const MaxDetails = 100

// Reasons why a body is not kept.
const (
	tooLarge   = "it is larger than the journal keeps of a body"
	unreadable = "it could not be read, so it may hold a secret anywhere"
	tooMany    = "it holds more secrets than the journal masks in a body"
)

// KeepRequest stores the body of a request. Members that no document declares are masked, too, since a password under a
// misspelled name is one of them.
func (m *Message) KeepRequest(raw []byte, checked *spec.Request) {
	if checked == nil || len(raw) == 0 {
		return
	}
	m.Size = len(raw)
	undeclared := undeclaredIn(checked.Warnings)
	odd := len(checked.Problems) > 0 || len(undeclared) > 0
	switch {
	case m.Size > mostKept:
		m.Omitted = tooLarge
	case checked.Form:
		m.Form = true
		m.store(maskedForm(raw, undeclared))
	case checked.Raw == nil, odd && !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")):
		m.Omitted = unreadable
	case odd || hinted(raw):
		m.store(maskedJSON(raw, undeclared))
	default:
		m.Body = raw
	}
}

// JSON returns the body as JSON; a form becomes an object. It returns nil if no body was kept.
func (m *Message) JSON() []byte {
	if !m.Form {
		return m.Body
	}
	fields, problem := spec.DecodeForm(m.Body)
	if problem != nil {
		return nil
	}
	text, err := json.Marshal(fields, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return text
}

// KeepAnswer stores the body of an answer.
func (m *Message) KeepAnswer(body []byte) {
	m.Size = len(body)
	switch {
	case m.Size == 0:
	case m.Size > mostKept:
		m.Omitted = tooLarge
	case hinted(body):
		m.store(maskedJSON(body, nil))
	default:
		m.Body = body
	}
}

// store stores a masked body, or the reason why it is not kept.
func (m *Message) store(body []byte, masked []string, err error) {
	switch {
	case err != nil:
		m.Omitted = unreadable
	case len(masked) > mostMasked:
		m.Omitted = tooMany
	default:
		m.Body, m.Masked = body, masked
	}
}

// undeclaredIn returns the members and parameters that no document declares, by a request's warnings.
func undeclaredIn(warnings []spec.Detail) map[string]bool {
	var fields map[string]bool
	for _, warning := range warnings {
		if warning.Type != "undeclared" {
			continue
		}
		if fields == nil {
			fields = map[string]bool{}
		}
		fields[warning.Field] = true
	}
	return fields
}

// Kept returns a text of a request as valid UTF-8. It is a copy, because strings of net/http are parts of the whole request
// line.
func Kept(text string) string { return strings.Clone(Valid(text)) }

// escaped returns a target with the bytes that are not UTF-8 percent-encoded, which means the same request.
func escaped(target string) string {
	if utf8.ValidString(target) {
		return target
	}
	var out strings.Builder
	for i := 0; i < len(target); i++ {
		if b := target[i]; b < utf8.RuneSelf {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

// KeptDetails returns details without tokens, and at most [MaxDetails] of them.
func KeptDetails(details []spec.Detail) []spec.Detail {
	if len(details) == 0 {
		return nil
	}
	out := make([]spec.Detail, min(len(details), MaxDetails))
	for i := range out {
		out[i] = spec.Detail{
			Field: Kept(withoutTokens(details[i].Field)), Type: details[i].Type, Message: withoutTokens(details[i].Message),
		}
	}
	return out
}

// KeptRefusal returns the reason of a refusal without tokens, since a refusal may quote the request.
func KeptRefusal(refused *refusal.Error) *Refusal {
	out := &Refusal{Rule: refused.Rule(), Message: withoutTokens(refused.Message()), Details: KeptDetails(refused.Details())}
	for _, fact := range refused.Facts() {
		out.Facts = append(out.Facts, refusal.Fact{Name: fact.Name, Value: withoutTokens(fact.Value)})
	}
	return out
}

// methods are the usual methods, which need no copy.
var methods = []string{"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"} //nolint:gochecknoglobals // A table.

// MaxMethod bounds a method, in characters. The longest registered one has 17.
const MaxMethod = 32

// KeptMethod returns the method of a request, or "…" if it is too long.
func KeptMethod(method string) string {
	if i := slices.Index(methods, method); i >= 0 {
		return methods[i]
	}
	if len(method) > MaxMethod {
		return "…"
	}
	return Kept(method)
}

// KeptTarget returns the path and query of a request, masked. secrets are the variables of the path that hold a secret. A
// path that is most of the request line is not copied.
func KeptTarget(r *http.Request, match spec.Match, secrets []string) string {
	target := escaped(masking{match, secrets}.target(r.URL))
	if len(r.Method)+len(r.RequestURI) > len(target)+MaxMethod {
		return strings.Clone(target)
	}
	return target
}
