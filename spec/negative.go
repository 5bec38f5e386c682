package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Negative is an invalid request body. It is the document's example of a request with exactly one fault.
type Negative struct {
	Name      string // the fault, for example "country: pattern"
	MediaType string
	Encoding  string // Content-Encoding; usually empty
	Body      []byte
	Status    int    // status of the answer that the document requires: 400, 413 or 415
	Field     string // field that the details of a 400 name
}

// tooLarge is the size in bytes of a body above the limit of one mebibyte.
const tooLarge = 1<<20 + 1

// Negatives returns bodies with the faults that a body of the operation can have, as a whole and in each member that its
// schema declares. It returns nil for an operation that does not accept JSON.
func (op *Operation) Negatives() []Negative {
	if op.body == nil || op.body.Content["application/json"] == nil {
		return nil
	}
	schema := op.body.Content["application/json"].Schema.Value
	example, _ := op.RequestExample().(map[string]any)
	n := &negatives{schema: schema, example: example}
	n.members(schema, example, nil)
	return append(n.found, n.whole(op.body.Required)...)
}

// negatives collects the negatives of one operation.
type negatives struct {
	schema  *openapi3.Schema
	example map[string]any
	found   []Negative
}

// whole returns the negatives with a fault of the body as a whole.
func (n *negatives) whole(required bool) []Negative {
	valid := encoded(n.example)
	first := slices.Sorted(maps.Keys(n.example))[0]
	twice := append([]byte(fmt.Sprintf("{%q:%s,", first, encoded(n.example[first]))), valid[1:]...)
	deep := strings.Repeat("[", requestDepth+1) + strings.Repeat("]", requestDepth+1)
	malformed := func(name string, body []byte) Negative {
		return Negative{Name: name, MediaType: "application/json", Body: body, Status: 400, Field: wholeBody}
	}
	all := []Negative{
		malformed("truncated", valid[:len(valid)-1]),
		malformed("not JSON", []byte("<a/>")),
		malformed("trailing bytes", append(bytes.Clone(valid), '}')),
		malformed("two values", append(bytes.Clone(valid), valid...)),
		malformed("bad UTF-8", bytes.Replace(valid, []byte(`"`), []byte("\"\xff"), 1)),
		malformed("an array", []byte("[]")),
		malformed("a string", []byte(`"x"`)),
		malformed("a number", []byte("5")),
		malformed("null", []byte("null")),
		malformed("too deep", []byte(`{"x":`+deep+`}`)),
		{Name: "a member twice", MediaType: "application/json", Body: twice, Status: 400, Field: first},
		{Name: "too large", MediaType: "application/json", Body: append(bytes.Repeat([]byte(" "), tooLarge), valid...), Status: 413},
		{Name: "text/plain", MediaType: "text/plain", Body: valid, Status: 415},
		{Name: "not a media type", MediaType: "json", Body: valid, Status: 415},
		{Name: "another charset", MediaType: "application/json; charset=iso-8859-1", Body: valid, Status: 415},
		{Name: "compressed", MediaType: "application/json", Encoding: "gzip", Body: valid, Status: 415},
	}
	if required {
		all = append(all, malformed("empty", nil))
	}
	return all
}

// members adds the negatives with a fault in a member that the schema declares, at any depth.
func (n *negatives) members(schema *openapi3.Schema, value map[string]any, path []string) {
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		sub := schema.Properties[name].Value
		at := append(slices.Clone(path), name)
		for _, fault := range faultsOf(sub) {
			n.add(at, fault.name, fault.value)
		}
		if slices.Contains(schema.Required, name) {
			n.add(at, "required", absent{})
		}
		if sub.Type.Is("object") && len(sub.Properties) > 0 {
			inner, _ := value[name].(map[string]any)
			n.members(sub, inner, at)
		}
	}
}

// memberFault is an invalid value of a member, with the keyword that it violates.
type memberFault struct {
	name  string
	value any
}

// absent is the value of a member that is left out.
type absent struct{}

// faultsOf returns values that a schema does not allow, one for each keyword.
func faultsOf(schema *openapi3.Schema) []memberFault {
	var faults []memberFault
	add := func(name string, value any) { faults = append(faults, memberFault{name, value}) }
	wrong := map[string]any{"string": 5.0, "object": "x", "array": "x", "boolean": "x", "number": "x", "integer": "x"}
	for _, kind := range schema.Type.Slice() {
		add("type", wrong[kind])
	}
	if !schema.Nullable {
		add("null", json.RawMessage("null"))
	}
	if schema.MinLength > 0 {
		add("min length", strings.Repeat("x", int(schema.MinLength)-1)) //nolint:gosec // The document's numbers are small.
	}
	if schema.MaxLength != nil {
		add("max length", strings.Repeat("x", int(*schema.MaxLength)+1)) //nolint:gosec // The document's numbers are small.
	}
	if schema.Pattern != "" {
		add("pattern", "~ no pattern takes this ~")
	}
	if len(schema.Enum) > 0 {
		add("enum", "none of them")
	}
	return faults
}

// add adds the example with one member replaced, or left out if value is absent. It adds nothing unless the member is the
// first at which the document refuses the body.
func (n *negatives) add(at []string, name string, value any) {
	body, ok := replaced(n.example, at, value).(map[string]any)
	if !ok {
		return
	}
	raw := encoded(body)
	decoded, problem := decodeJSON(raw, requestDepth)
	if problem != nil {
		return
	}
	field := strings.Join(at, ".")
	problems := check(n.schema, decoded, openapi3.VisitAsRequest(), openapi3.DisableReadOnlyValidation(), openapi3.MultiErrors())
	if len(problems) == 0 || problems[0].Field != field {
		return
	}
	n.found = append(n.found, Negative{Name: field + ": " + name, MediaType: "application/json", Body: raw, Status: 400, Field: field})
}

// replaced returns a copy of value in which the member at path is by. It adds the objects on the path that are missing.
func replaced(value any, path []string, by any) any {
	if len(path) == 0 {
		return by
	}
	object, _ := value.(map[string]any)
	out := map[string]any{}
	maps.Copy(out, object)
	inner := replaced(out[path[0]], path[1:], by)
	if _, gone := inner.(absent); gone {
		delete(out, path[0])
		return out
	}
	out[path[0]] = inner
	return out
}

func encoded(value any) []byte {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err) // The document's examples are JSON.
	}
	return raw
}
