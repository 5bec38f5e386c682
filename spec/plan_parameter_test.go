package spec

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// kin-openapi accepts every parameter that a plan accepts.
func TestAParameterPlanNeverKnowsBetter(t *testing.T) {
	t.Parallel()
	const each = 400
	random := rand.New(rand.NewPCG(7, 7))
	var values, known int
	for _, name := range []string{Customer, Companions, Control} {
		d, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range d.Operations {
			for _, p := range op.parameters {
				for range each {
					value := parameterValue(random, p)
					values++
					if !p.valid(value, true) {
						continue
					}
					known++
					r := &http.Request{Header: http.Header{http.CanonicalHeaderKey(p.Name): {value}}, URL: &url.URL{}}
					m := Match{Path: map[string]string{p.Name: value}}
					if err := ask(p.Parameter, m, r, url.Values{p.Name: {value}}); err != nil {
						t.Errorf("%s: the plan takes %q as %s, but %v", op.ID, value, p.Name, err)
					}
				}
			}
		}
	}
	t.Logf("%d values, %d known to be valid", values, known)
	if known < values/10 || known > values*9/10 {
		t.Errorf("of %d values %d are known to be valid: too many of one kind", values, known)
	}
}

// parameterValue returns the document's example, often changed, or an arbitrary value.
func parameterValue(random *rand.Rand, p parameter) string {
	odd := []string{"", " ", ",", "%41", "\x00", "é", "\u2028", "\xff", "A", "0", "-", "null", "true", "1.0", "a,b", `"`, "{}", "[]"}
	value, _ := p.Example.(string)
	if value == "" && p.Schema != nil {
		value, _ = p.Schema.Value.Example.(string)
		if p.Schema.Value.Type.Is(openapi3.TypeString) && len(p.Schema.Value.Enum) > 0 {
			value, _ = p.Schema.Value.Enum[random.IntN(len(p.Schema.Value.Enum))].(string)
		}
	}
	switch random.IntN(5) {
	case 0:
		return value
	case 1:
		at := random.IntN(len(value) + 1)
		return value[:at] + odd[random.IntN(len(odd))] + value[at:]
	case 2:
		return strings.Repeat(odd[random.IntN(len(odd))], random.IntN(40))
	case 3:
		return value[:random.IntN(len(value)+1)]
	}
	letters := "abcxyz0123456789ABCXYZ-."
	text := make([]byte, random.IntN(34))
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return string(text)
}
