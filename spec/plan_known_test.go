package spec

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
)

// unusual matches the texts of the generator that a plan leaves to kin-openapi where they are times.
var unusual = regexp.MustCompile(`t00:00|:60Z|,\d+Z|05:30`)

// A plan leaves nothing plain to kin-openapi, which takes longer: it knows every valid body, unless the schema has a oneOf or an enum
// that is not of strings, or takes values of any type.
func TestAPlanKnowsWhatIsPlain(t *testing.T) {
	t.Parallel()
	const each = 150
	bodies, left := 0, map[string]bool{}
	for number, p := range everyPlan(t) {
		g := generator{Rand: rand.New(rand.NewPCG(11, uint64(number)))}
		plan := planOf(p.schema)()
		for range each {
			body, err := json.Marshal(g.value(p.schema, 0))
			if err != nil {
				t.Fatal(err)
			}
			if unusual.Match(body) || len(p.authority(body)) > 0 {
				continue
			}
			bodies++
			if !plan.valid(body, p.depth) {
				left[p.name] = true
			}
		}
	}
	want := []string{
		"addContextAttribute", "changePassword 401", "login 401", "refreshToken 401", "requestEmailChange 401", "serviceToken 200", "setClock",
	}
	if got := slices.Sorted(maps.Keys(left)); bodies < 10_000 || !slices.Equal(got, want) {
		t.Errorf("of %d valid bodies, those of %q are not known, want %q", bodies, got, want)
	}
}
