package spec_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"standin/spec"
)

// repeated returns a list of n times the same value.
func repeated(n int, value any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = value
	}
	return list
}

func fixtureSchema(t *testing.T) *spec.Schema {
	t.Helper()
	document, err := spec.Load(spec.Fixture)
	if err != nil {
		t.Fatal(err)
	}
	schema, ok := document.Schema("Fixture")
	if !ok {
		t.Fatal("the document lacks the schema")
	}
	return schema
}

// TestACheckStopsAtEnoughProblems measures the memory that a check allocates. It must not grow with the number of problems.
func TestACheckStopsAtEnoughProblems(t *testing.T) {
	schema := fixtureSchema(t)
	customer := func(name string, value any) any {
		return map[string]any{"customers": []any{map[string]any{"email": "a@example.com", name: value}}}
	}
	links := map[string]any{}
	for i := range 5000 {
		links[fmt.Sprint("link", i)] = 1.0
	}
	for name, value := range map[string]any{
		"customers": map[string]any{"customers": repeated(5000, map[string]any{"email": 1.0})},
		"addresses": customer("addresses", repeated(5000, map[string]any{"country": 1.0})),
		"mixins":    customer("profile", map[string]any{"metadata": map[string]any{"mixins": links}}),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		found := schema.Check(value)
		runtime.ReadMemStats(&after)
		if len(found) < 100 || len(found) > 200 {
			t.Errorf("%s: it finds %d problems", name, len(found))
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 2<<20 {
			t.Errorf("%s: it takes %d bytes", name, took)
		}
	}
}

// TestACheckNamesThePlaces checks the fields of problems in lists and additional members.
func TestACheckNamesThePlaces(t *testing.T) {
	t.Parallel()
	value := map[string]any{"customers": []any{
		map[string]any{"email": "a@example.com", "addresses": "none"},
		map[string]any{"email": 1.0, "addresses": []any{
			map[string]any{"tags": []any{"a", 1.0}},
			map[string]any{"metadata": map[string]any{"mixins": map[string]any{"one": 1.0}}},
		}},
		"none",
		map[string]any{"email": "b@example.com", "profile": map[string]any{"metadata": map[string]any{"mixins": map[string]any{"one": 1.0, "two": "x"}}}},
	}, "anonymous": repeated(10_001, map[string]any{})}
	var fields []string
	for _, d := range fixtureSchema(t).Check(value) {
		fields = append(fields, d.Field+" "+d.Type)
	}
	const want = "anonymous max_items, customers.0.addresses type, customers.1.email type, customers.1.addresses.0.tags.1 type, " +
		"customers.1.addresses.1.metadata.mixins.one type, customers.2 type, " +
		"customers.3.profile.metadata.mixins.one type"
	if got := strings.Join(fields, ", "); got != want {
		t.Errorf("it finds %s", got)
	}
}

func TestTooManyItems(t *testing.T) {
	t.Parallel()
	found := fixtureSchema(t).Check(map[string]any{"anonymous": repeated(10_001, map[string]any{})})
	if len(found) != 1 || found[0].String() != "anonymous must have at most 10000 items" {
		t.Errorf("got %v", found)
	}
}
