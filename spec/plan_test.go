package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// planned is a schema with its plan.
type planned struct {
	name   string
	schema *openapi3.Schema
	depth  int
	as     []openapi3.SchemaValidationOption
}

// everyPlan returns the schemas of all bodies of all documents.
func everyPlan(t *testing.T) []planned {
	t.Helper()
	var all []planned
	add := func(name string, content openapi3.Content, depth int, as ...openapi3.SchemaValidationOption) {
		for _, mediaType := range slices.Sorted(maps.Keys(content)) {
			if media := content[mediaType]; isJSON(mediaType) && media.Schema != nil {
				all = append(all, planned{name: name, schema: media.Schema.Value, depth: depth, as: as})
			}
		}
	}
	for _, name := range []string{Customer, Companions, Control} {
		d, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range d.Operations {
			if op.body != nil {
				add(op.ID, op.body.Content, requestDepth, openapi3.VisitAsRequest(), openapi3.DisableReadOnlyValidation())
			}
			for _, status := range op.Statuses() {
				add(fmt.Sprintf("%s %d", op.ID, status), op.answers[status].content, answerDepth, openapi3.VisitAsResponse())
			}
		}
	}
	return all
}

// authority returns the problems of a body as found without its plan. Undeclared members are problems.
func (p planned) authority(data []byte) []Detail {
	value, problem := decodeJSON(data, p.depth)
	if problem != nil {
		return []Detail{*problem}
	}
	return append(check(p.schema, value, append(p.as, openapi3.MultiErrors())...), undeclared(p.schema, value, "")...)
}

// A plan must accept only bodies that kin-openapi accepts. The test compares them on at least 40,000 bodies, valid and
// invalid, of every schema in use.
func TestAPlanNeverKnowsBetter(t *testing.T) {
	t.Parallel()
	least := 40_000
	if n, err := strconv.Atoi(os.Getenv("STANDIN_BODIES")); err == nil {
		least = n
	}
	all := everyPlan(t)
	each := least/len(all) + 1
	var bodies, known, valid int
	for number, p := range all {
		random := rand.New(rand.NewPCG(7, uint64(number)))
		plan := planOf(p.schema)()
		for range each {
			body := generate(random, p.schema)
			bodies++
			says, details := plan.valid(body, p.depth), p.authority(body)
			if says && len(details) > 0 {
				t.Errorf("%s: the plan takes %s, but %v", p.name, body, details)
			}
			if len(details) == 0 {
				valid++
			}
			if says {
				known++
			}
		}
	}
	t.Logf("%d bodies of %d schemas: %d valid, %d known to be", bodies, len(all), valid, known)
	const share = 0.9 // A plan that accepts few valid bodies is useless.
	if valid < bodies/4 || bodies-valid < bodies/4 {
		t.Errorf("of %d bodies %d are valid: too few of one kind", bodies, valid)
	}
	if float64(known) < share*float64(valid) {
		t.Errorf("the plans know %d of %d valid bodies", known, valid)
	}
}

// generate returns a body for a schema: often a valid one, often an invalid one, and sometimes one with an unusual text.
func generate(random *rand.Rand, schema *openapi3.Schema) []byte {
	g := generator{Rand: random, faulty: []int{0, 0, 20, 8}[random.IntN(4)]}
	body, err := json.Marshal(g.value(schema, 0))
	if err != nil {
		panic(err)
	}
	if random.IntN(4) > 0 {
		return body
	}
	return g.odd(body)
}

// odd returns a body with its text changed. The meaning may change or not.
func (g generator) odd(body []byte) []byte {
	at := g.IntN(len(body) + 1)
	switch g.IntN(10) {
	case 0:
		return append(body, []string{" ", "\n", "x", "{}", "\x00", ","}[g.IntN(6)]...)
	case 1:
		return body[:at]
	case 2:
		return bytes.Replace(body, []byte(`"`), []byte(`"\u0061`), 1+g.IntN(3))
	case 3: // A repeated name.
		return bytes.Replace(body, []byte(`{"`), []byte(`{"id":"1","id":"1","`), 1)
	case 4:
		return slices.Concat(body[:at], []byte{byte(g.IntN(256))}, body[at:])
	case 5:
		return []byte(strings.Repeat("[", 150) + strings.Repeat("]", 150))
	case 6:
		return bytes.Replace(body, []byte("{}"), []byte(strings.Repeat(`{"a":`, 98)+"1"+strings.Repeat("}", 98)), 1)
	case 7:
		return bytes.ReplaceAll(bytes.ReplaceAll(body, []byte(":"), []byte(" : ")), []byte(","), []byte(",\n\t"))
	case 8: // A number in another form, or out of range.
		return bytes.ReplaceAll(body, []byte(":1"), []byte([]string{":1.0", ":1e2", ":1e999", ":01", ":-0", ":1.5"}[g.IntN(6)]))
	}
	return bytes.ReplaceAll(body, []byte("e"), []byte([]string{`\u0065`, "é", "\xff", `\ud800`, "\u2028"}[g.IntN(5)]))
}

// generator generates values for schemas. One in faulty of its choices is invalid, or none if faulty is 0.
type generator struct {
	*rand.Rand
	faulty int
}

func (g generator) slip() bool { return g.faulty > 0 && g.IntN(g.faulty) == 0 }

func (g generator) value(s *openapi3.Schema, depth int) any {
	switch {
	case g.slip():
		return []any{nil, true, 7.5, -1, "", "x", []any{}, []any{1}, map[string]any{}, map[string]any{"id": nil}}[g.IntN(10)]
	case s.Nullable && g.IntN(8) == 0:
		return nil
	case len(s.OneOf) > 0:
		return g.value(s.OneOf[g.IntN(len(s.OneOf))].Value, depth)
	case len(s.Enum) > 0:
		return s.Enum[g.IntN(len(s.Enum))]
	case s.Type.Is(openapi3.TypeString):
		return g.text(s)
	case s.Type.Is(openapi3.TypeBoolean):
		return g.IntN(2) == 0
	case s.Type.Is(openapi3.TypeInteger), s.Type.Is(openapi3.TypeNumber):
		return g.number(s)
	case s.Type.Is(openapi3.TypeArray):
		list := []any{}
		for n := int(s.MinItems) + g.IntN(3); len(list) < n && depth < 6; {
			list = append(list, g.value(s.Items.Value, depth+1))
		}
		return list
	case s.Type.Is(openapi3.TypeObject):
		return g.object(s, depth)
	}
	return []any{nil, 1.5, "anything", true, []any{1, "a"}, map[string]any{"a": map[string]any{}}}[g.IntN(6)]
}

func (g generator) object(s *openapi3.Schema, depth int) any {
	object := map[string]any{}
	required := slices.Clone(s.Required)
	if len(s.AnyOf) > 0 {
		required = append(required, s.AnyOf[g.IntN(len(s.AnyOf))].Value.Required...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(required, name) && !g.slip() || g.IntN(2) == 0 && depth < 6 {
			object[name] = g.value(s.Properties[name].Value, depth+1)
		}
	}
	additional := s.AdditionalProperties
	switch {
	case g.slip():
		clear(object)
	case g.slip():
		object["undeclared"] = "x"
	case additional.Schema != nil && g.IntN(2) == 0:
		object["a"] = g.value(additional.Schema.Value, depth+1)
	case additional.Has != nil && *additional.Has && g.IntN(2) == 0:
		object["free"] = []any{1, "a", nil, map[string]any{"b": 2.5, "c": []any{}}}[g.IntN(4)]
	}
	return object
}

func (g generator) number(s *openapi3.Schema) any {
	low, high := -5.0, 1e6
	if s.Min != nil {
		low = *s.Min
	}
	if s.Max != nil {
		high = *s.Max
	}
	if g.slip() {
		return []float64{low - 1, high + 1, low + 0.5}[g.IntN(3)]
	}
	number := low + g.Float64()*(high-low)
	if s.Type.Is(openapi3.TypeInteger) {
		return int64(number)
	}
	return number
}

// text returns a string, which may match the schema's pattern and format or not.
func (g generator) text(s *openapi3.Schema) string {
	letters := func(n int) string {
		const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		text := make([]byte, n)
		for i := range text {
			text[i] = alphabet[g.IntN(len(alphabet))]
		}
		return string(text)
	}
	pool := []string{
		"", "x", "DE", "de", "EUR", "en_US", "de-DE", "main", "acme", "john.doe@example.com", "12345678", "0a1b2c3d4e", "a b", "é", "2026-01-01T00:00:00Z",
		"2026-02-30T00:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T24:00:00Z", "2026-01-01t00:00:00z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00.5-05:30",
		"2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00,25Z", "https://example.com/a.json", "500", "5xx", "/addresses/1", letters(28), letters(32), letters(101), letters(330), strings.Repeat("ü", 101),
	}
	if g.faulty > 0 && g.IntN(3) == 0 {
		return pool[g.IntN(len(pool))]
	}
	for range 200 {
		text := pool[g.IntN(len(pool))]
		if s.VisitJSON(text) == nil {
			return text
		}
	}
	return s.Pattern // It rarely matches.
}
