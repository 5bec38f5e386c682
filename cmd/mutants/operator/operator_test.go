package operator_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"standin/cmd/mutants/operator"
)

// changes returns the changes of a file, each as "operator: from => to".
func changes(t *testing.T, source string, refusals ...string) []string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "a.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, one := range operator.File(set, file, source, refusals) {
		all = append(all, fmt.Sprintf("%s: %s => %s", one.Operator, source[one.Start:one.End], one.To))
	}
	return all
}

func TestChangesOfFunctions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, want string }{
		{"negated condition", "if ready() { return }", "negate: ready() => !(ready())"},
		{"condition that never holds", "if ready() { return }", "drop-statement: ready() => (ready()) && false"},
		{"guard of an error", "if err != nil { return }", "drop-statement: err != nil => (err != nil) && false"},
		{"dropped not", "use(!ready)", "negate: !ready => ready"},
		{"dropped first condition", "use(a && b)", "drop-condition: a && b => b"},
		{"dropped second condition", "use(a || b)", "drop-condition: a || b => a"},
		{"and", "use(a && b)", "logic: && => ||"},
		{"boundary", "use(a < b)", "boundary: < => <="},
		{"boundary of a time", "use(c.Now.Before(end))", "boundary: c.Now.Before(end) => !(end).Before(c.Now)"},
		{"equality", "use(a == b)", "equality: == => !="},
		{"dropped call", "save(row)", "drop-statement: save(row) => "},
		{"dropped assignment", "row.n = m", "drop-assignment: row.n = m => "},
		{"dropped increment", "n++", "drop-assignment: n++ => "},
		{"number", "use(3)", "constant: 3 => (3 + 1)"},
		{"text", `use("a")`, `constant: "a" => "ax"`},
		{"truth", "use(true)", "constant: true => false"},
		{"unit of time", "use(time.Minute)", "constant: time.Minute => time.Hour"},
		{"status", "use(http.StatusOK)", "constant: http.StatusOK => http.StatusTeapot"},
		{"refusal", "use(refusal.One)", "error-other: refusal.One => refusal.Two"},
		{"last refusal", "use(refusal.Two)", "error-other: refusal.Two => refusal.One"},
		{"first argument", "use(a, b)", "drop-argument: a,  => "},
		{"last argument", "use(a, b)", "drop-argument: , b => "},
		{"swapped arguments", "use(a, b)", "swap-arguments: a, b => b, a"},
		{"member", "use(row{a: 1, b: 2})", "clear-member: a: 1,  => "},
		{"last member", "use(row{a: 1, b: 2})", "clear-member: b: 2 => "},
		{"element", "use([]row{x, y})", "drop-element: x,  => "},
		{"case", "switch n { case 1: use(n)\n}", "drop-case: case 1: use(n) => "},
		{"value of a case", "switch n { case a, b: use(n)\n}", "drop-case: , b => "},
		{"normal form", "use(strings.ToLower(name))", "drop-call: strings.ToLower(name) => name"},
		{"first for last", "use(list[0])", "first-last: 0 => len(list)-1"},
		{"last for first", "use(list[len(list)-1])", "first-last: len(list)-1 => 0"},
		{"maximum", "use(max(a, b))", "first-last: max => min"},
		{"literal in a function", "use(func() error { return fail() })", "error-nil: fail() => nil"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := changes(t, "package p\n\nfunc f() {\n"+test.body+"\n}\n", "One", "Two")
			if !slices.Contains(got, test.want) {
				t.Errorf("got\n%s\nwant %s", strings.Join(got, "\n"), test.want)
			}
		})
	}
}

// The negation of an error's guard and a returned nil are no mistakes that a suite is needed for.
func TestLeavesOut(t *testing.T) {
	t.Parallel()
	got := changes(t, "package p\n\nfunc f() error {\nif err != nil {\nreturn nil\n}\nreturn err\n}\n")
	want := []string{"drop-statement: err != nil => (err != nil) && false", "error-nil: err => nil"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The order of what is compared or chosen from makes no difference.
func TestLeavesOutSwapsWithoutEffect(t *testing.T) {
	t.Parallel()
	for _, one := range changes(t, "package p\n\nfunc f() {\nuse(max(a, 0))\nuse(reflect.DeepEqual(a, b))\n}\n") {
		if strings.HasPrefix(one, "swap-arguments") {
			t.Error(one)
		}
	}
}

// A condition that never holds and a dropped case change nothing as long as their block does not run.
func TestEffect(t *testing.T) {
	t.Parallel()
	source := "package p\n\nfunc f() {\nif ready() {\nswitch {\ncase late(): stop()\n}\n}\n}\n"
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "a.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"drop-statement (ready()) && false": "ready() {", "drop-case ": "case late():", "negate !(ready())": "if "}
	for _, one := range operator.File(set, file, source, nil) {
		key := one.Operator + " " + one.To
		if before, ok := want[key]; ok && !strings.HasSuffix(source[:one.Effect], before) {
			t.Errorf("%s has its effect after %q, want %q", key, source[:one.Effect], before)
		}
	}
}

func TestChangesOfVariables(t *testing.T) {
	t.Parallel()
	source := "package p\n\nvar limit = 3\n\nvar a, b = 1, 2\n\nconst c = 4\n"
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "a.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	got := operator.File(set, file, source, nil)
	at := strings.Index(source, "3")
	want := operator.Change{Operator: "constant", Function: "limit", Variable: true, Start: at, End: at + 1, To: "(3 + 1)", Effect: at}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
