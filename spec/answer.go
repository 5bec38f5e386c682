package spec

import (
	"context"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
)

// Reply is what an operation answers, before it is sealed.
type Reply struct {
	Status int
	Header http.Header // beyond Content-Type; may be nil
	Body   any         // nil for an answer without a body; what is not [Opaque] is encoded as JSON
}

// Opaque is a body that is no JSON of ours: text, YAML, a page, or a stream. Only its media type is held to the document.
type Opaque struct {
	MediaType string
	Bytes     []byte
	// Stream, if set, writes the body piece by piece instead, and ends with its context.
	Stream func(ctx context.Context, w io.Writer, flush func() error) error
}

// Sealed is an answer that has passed its contract, as it goes over the wire.
type Sealed struct {
	Status int
	Header http.Header // Content-Type included if there is a body; nobody changes it
	Body   []byte
	Stream func(ctx context.Context, w io.Writer, flush func() error) error // instead of Body; nil for most
}

// ContractError says how an answer breaks the document.
type ContractError struct {
	Operation string // or the name of a frame answer
	Status    int
	Problems  []Detail
}

func (e *ContractError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.String()
	}
	return fmt.Sprintf("spec: %s answered %d: %s", e.Operation, e.Status, strings.Join(texts, "; "))
}

// answer is what a document says of one status.
type answer struct {
	content openapi3.Content
	plans   map[string]func() *plan // by media types
	headers []string                // required ones
}

func newAnswer(declared *openapi3.Response) *answer {
	a := &answer{content: declared.Content, plans: plansOf(declared.Content)}
	for name, ref := range declared.Headers {
		if ref.Value.Required {
			a.headers = append(a.headers, name)
		}
	}
	slices.Sort(a.headers)
	return a
}

// AnswerTypes lists the media types that an answer of the operation may have, sorted; one that has no body has "".
func (op *Operation) AnswerTypes(status int) []string {
	a := op.answers[status]
	if a == nil || len(a.content) == 0 {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(a.content))
}

// Example is the body that the document shows for a status of the operation, with its media type; nil if it shows none.
func (op *Operation) Example(status int) (string, any) {
	a := op.answers[status]
	if a == nil {
		return "", nil
	}
	return exampleOf(a.content)
}

// RequestExample is the body that the document shows for the operation's request; nil if it shows none.
func (op *Operation) RequestExample() any {
	if op.body == nil {
		return nil
	}
	_, example := exampleOf(op.body.Content)
	return example
}

// exampleOf is the first example by the names of media types and examples.
func exampleOf(content openapi3.Content) (string, any) {
	for _, mediaType := range slices.Sorted(maps.Keys(content)) {
		media := content[mediaType]
		if media.Example != nil {
			return mediaType, media.Example
		}
		for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
			return mediaType, media.Examples[name].Value.Value
		}
	}
	return "", nil
}

// AnswerMembers returns the schemas of all members, at any depth, that the document declares in the answer of a status, by
// their names.
func (op *Operation) AnswerMembers(status int) map[string][]*Schema {
	found := map[string][]*Schema{}
	if a := op.answers[status]; a != nil {
		seen := map[*openapi3.Schema]bool{}
		for _, media := range a.content {
			addMembers(found, seen, media.Schema)
		}
	}
	return found
}

func addMembers(found map[string][]*Schema, seen map[*openapi3.Schema]bool, ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	seen[ref.Value] = true
	for name, member := range ref.Value.Properties {
		found[name] = append(found[name], newSchema(member.Value))
		addMembers(found, seen, member)
	}
	addMembers(found, seen, ref.Value.Items)
	for _, refs := range []openapi3.SchemaRefs{ref.Value.AllOf, ref.Value.OneOf, ref.Value.AnyOf} {
		for _, one := range refs {
			addMembers(found, seen, one)
		}
	}
}

// Seal encodes an answer and holds its bytes to the document. It returns a [*ContractError] if the status is
// not documented for the operation, or the headers or the body are not what it says, undeclared members included.
func (op *Operation) Seal(reply Reply) (Sealed, error) {
	return seal(reply, op.ID, op.answers[reply.Status])
}

// SealFrame seals an answer that belongs to HTTP rather than to an operation, by its name in the document's
// components. It returns a [*ContractError] as [Operation.Seal] does.
func (d *Document) SealFrame(frame string, reply Reply) (Sealed, error) {
	return seal(reply, frame, d.frames[frame])
}

// CheckAnswer holds an answer that came over the wire to the document.
func (op *Operation) CheckAnswer(status int, header http.Header, body []byte) []Detail {
	return op.answers[status].check(header, body)
}

// CheckFrame holds an answer that came over the wire to a frame answer of the document.
func (d *Document) CheckFrame(frame string, header http.Header, body []byte) []Detail {
	return d.frames[frame].check(header, body)
}

func seal(reply Reply, name string, a *answer) (Sealed, error) {
	sealed := Sealed{Status: reply.Status}
	opaque, isOpaque := reply.Body.(Opaque)
	switch {
	case isOpaque:
		sealed.Body, sealed.Stream = opaque.Bytes, opaque.Stream
		sealed.Header = headers(reply.Header, opaque.MediaType)
	case reply.Body != nil:
		body, err := json.Marshal(reply.Body, json.Deterministic(true))
		if err != nil {
			return Sealed{}, &ContractError{Operation: name, Status: reply.Status, Problems: []Detail{
				{Field: wholeBody, Type: "malformed", Message: "cannot be encoded: " + err.Error()},
			}}
		}
		sealed.Body, sealed.Header = body, headers(reply.Header, jsonType)
	default:
		sealed.Header = headers(reply.Header, "")
	}
	problems := a.checkSealed(sealed)
	if len(problems) > 0 {
		return Sealed{}, &ContractError{Operation: name, Status: reply.Status, Problems: problems}
	}
	return sealed, nil
}

// checkSealed holds an answer of our own to the document. The body of a stream is not there yet.
func (a *answer) checkSealed(sealed Sealed) []Detail {
	if sealed.Stream != nil {
		_, problems := a.checkHeader(sealed.Header)
		return problems
	}
	return a.check(sealed.Header, sealed.Body)
}

const jsonType = "application/json"

// Those of most answers, which nobody changes.
var (
	noHeader   = http.Header{}                           //nolint:gochecknoglobals // It is the same for all.
	jsonHeader = http.Header{"Content-Type": {jsonType}} //nolint:gochecknoglobals // As above.
)

// headers are those of an answer, with the type of its body if it has one.
func headers(more http.Header, mediaType string) http.Header {
	switch {
	case len(more) == 0 && mediaType == "":
		return noHeader
	case len(more) == 0 && mediaType == jsonType:
		return jsonHeader
	}
	header := http.Header{}
	maps.Copy(header, more)
	if mediaType != "" {
		header["Content-Type"] = []string{mediaType}
	}
	return header
}

// check holds an answer to the document.
func (a *answer) check(header http.Header, body []byte) []Detail {
	mediaType, problems := a.checkHeader(header)
	switch {
	case a == nil:
		return problems
	case len(a.content) == 0:
		if len(body) > 0 {
			problems = append(problems, Detail{Field: wholeBody, Type: "undocumented", Message: "is declared to be absent"})
		}
		return problems
	case !isJSON(mediaType) || a.plans[mediaType]().valid(body, answerDepth):
		return problems
	}
	value, problem := decodeJSON(body, answerDepth)
	if problem != nil {
		return append(problems, *problem)
	}
	schema := a.content[mediaType].Schema.Value
	problems = append(problems, check(schema, value, openapi3.VisitAsResponse(), openapi3.MultiErrors())...)
	return append(problems, undeclared(schema, value, "")...)
}

// checkHeader holds all but the body of an answer to the document. It returns the media type of the body; "" if it has
// none, or none that the document gives.
func (a *answer) checkHeader(header http.Header) (string, []Detail) {
	if a == nil {
		return "", []Detail{{Field: "status", Type: "undocumented", Message: "is not one that the document gives"}}
	}
	var problems []Detail
	for _, name := range a.headers {
		if header.Get(name) == "" {
			problems = append(problems, Detail{Field: name, Type: "required", Message: "is a required header"})
		}
	}
	if len(a.content) == 0 {
		return "", problems
	}
	mediaType := header.Get("Content-Type")
	if a.content[mediaType] == nil { // It has parameters, or it is none that is declared.
		if parsed, _, err := mime.ParseMediaType(mediaType); err == nil {
			mediaType = parsed
		}
	}
	if a.content[mediaType] == nil {
		return "", append(problems, Detail{Field: "Content-Type", Type: "undocumented", Message: "is not one that the document gives"})
	}
	return mediaType, problems
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
