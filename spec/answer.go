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

// Reply is the answer of an operation before it is sealed.
type Reply struct {
	Status int
	Header http.Header // headers other than Content-Type; may be nil
	Body   any         // nil for no body; a value other than an [Opaque] is encoded as JSON
}

// Opaque is a body that the caller has encoded: text, YAML, HTML, or a stream. Only its media type is checked against the
// document.
type Opaque struct {
	MediaType string
	Bytes     []byte
	// Stream, if not nil, writes the body piece by piece in place of Bytes. It returns when its context ends.
	Stream func(ctx context.Context, w io.Writer, flush func() error) error
}

// Sealed is an encoded answer that conforms to the document.
type Sealed struct {
	Status int
	Header http.Header // includes Content-Type if the answer has a body; must not be changed, since answers share it
	Body   []byte
	Stream func(ctx context.Context, w io.Writer, flush func() error) error // writes the body in place of Body; usually nil
}

// ContractError describes how an answer violates the document.
type ContractError struct {
	Operation string // id of the operation, or name of a frame answer
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

// answer is the document's description of the answer with one status.
type answer struct {
	content openapi3.Content
	plans   map[string]func() *plan // by media type
	headers []string                // names of the required headers, sorted
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

// AnswerTypes returns the media types that the operation's answer with a status may have, sorted. The media type of an
// answer without a body is "".
func (op *Operation) AnswerTypes(status int) []string {
	a := op.answers[status]
	if a == nil || len(a.content) == 0 {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(a.content))
}

// Example returns the media type and the body of the document's example for a status of the operation. The body is nil if
// the document has no example.
func (op *Operation) Example(status int) (string, any) {
	a := op.answers[status]
	if a == nil {
		return "", nil
	}
	return exampleOf(a.content)
}

// RequestExample returns the body of the document's example for the operation's request, or nil if the document has no
// example.
func (op *Operation) RequestExample() any {
	if op.body == nil {
		return nil
	}
	_, example := exampleOf(op.body.Content)
	return example
}

// exampleOf returns the first example, in the order of media types and then of the examples' names.
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

// AnswerMembers returns the schemas of all members that the document declares in the answer with a status, at any depth, by
// name.
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

// addMembers adds the members of a schema to found. It skips the schemas in seen, so a schema may refer to itself.
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

// Seal encodes an answer and checks its bytes against the document. It returns a [*ContractError] if the operation does not
// document the status, if a header or the body violates the document, or if the body has an undeclared member.
func (op *Operation) Seal(reply Reply) (Sealed, error) {
	return seal(reply, op.ID, op.answers[reply.Status])
}

// SealFrame seals a frame answer: an answer that belongs to HTTP rather than to an operation, such as that to an unknown
// path. frame is its name in the document's components. SealFrame returns a [*ContractError] as [Operation.Seal] does.
func (d *Document) SealFrame(frame string, reply Reply) (Sealed, error) {
	return seal(reply, frame, d.frames[frame])
}

// CheckAnswer returns the violations of the document in a received answer.
func (op *Operation) CheckAnswer(status int, header http.Header, body []byte) []Detail {
	return op.answers[status].check(header, body)
}

// CheckFrame returns the violations of the document in a received frame answer.
func (d *Document) CheckFrame(frame string, header http.Header, body []byte) []Detail {
	return d.frames[frame].check(header, body)
}

// seal encodes an answer and checks it against a. name is the operation's id or the frame's name, for errors.
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

// checkSealed returns the violations of the document in an answer of this server. It does not check the body of a stream,
// which is not written yet.
func (a *answer) checkSealed(sealed Sealed) []Detail {
	if sealed.Stream != nil {
		_, problems := a.checkHeader(sealed.Header)
		return problems
	}
	return a.check(sealed.Header, sealed.Body)
}

const jsonType = "application/json"

// The headers of most answers. They are shared, so they must not be changed.
var (
	noHeader   = http.Header{}                           //nolint:gochecknoglobals // A constant.
	jsonHeader = http.Header{"Content-Type": {jsonType}} //nolint:gochecknoglobals // A constant.
)

// headers returns more with the Content-Type of an answer added. mediaType is empty for an answer without a body.
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

// check returns the violations of the document in an answer.
func (a *answer) check(header http.Header, body []byte) []Detail {
	mediaType, problems := a.checkHeader(header)
	switch {
	case a == nil:
		return problems
	case len(a.content) == 0:
		if len(body) > 0 {
			problems = append(problems, Detail{Field: wholeBody, Type: "undocumented", Message: "must be absent"})
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

// checkHeader returns the violations of the document in an answer, except those in its body. It also returns the media type
// of the body. The media type is "" if the answer has no body or one of a media type that is not in the document.
func (a *answer) checkHeader(header http.Header) (string, []Detail) {
	if a == nil {
		return "", []Detail{{Field: "status", Type: "undocumented", Message: "is not documented"}}
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
	if a.content[mediaType] == nil { // It has parameters or is not declared.
		if parsed, _, err := mime.ParseMediaType(mediaType); err == nil {
			mediaType = parsed
		}
	}
	if a.content[mediaType] == nil {
		return "", append(problems, Detail{Field: "Content-Type", Type: "undocumented", Message: "is not documented"})
	}
	return mediaType, problems
}

// isJSON reports whether a media type is JSON or based on JSON.
func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
