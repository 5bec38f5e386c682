package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// program is the source that the faults in these tests change.
const program = `package main

import "fmt"

// A Box holds a number.
type Box[T any] struct{ n T }

func (b *Box[T]) get() (n T, err error) {
	defer func() { n = b.n }()
again:
	for range 2 {
		break again
	}
	return n, nil
}

var limit = 3

func half(n int) int { return n / 2 }

func say(words ...string) { // say prints.
	for _, one := range words {
		fmt.Println("say: " + one)
	}
}

func main() {
	n, _ := (&Box[int]{8}).get()
	say(fmt.Sprint(half(n), " ", limit))
}
`

// repository makes a module with the program in the folder app and with files of faults. It returns the root.
func repository(t *testing.T, faults map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{"go.mod": "module example\n\ngo 1.26\n", "app/main.go": program}
	for name, content := range faults {
		files[faultsFolder+"/"+name] = content
	}
	for name, content := range files {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// generated reads the faults of a repository and writes the overlay.
func generated(t *testing.T, root string) (string, error) {
	t.Helper()
	faults, err := readFaults(os.DirFS(root), map[string]bool{"RULE": true})
	if err != nil {
		return "", err
	}
	return writeOverlay(root, faults, t.TempDir())
}

// one returns a file with one fault, which has further lines.
func one(lines ...string) map[string]string {
	return map[string]string{"app.yaml": "- id: wrong\n  rule: RULE\n  what: It is wrong.\n" + strings.Join(lines, "\n") + "\n"}
}

func TestMistakesInFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		faults map[string]string
		want   string
	}{
		{"no text", one("  edits:", "    - in: app/main.go half", "      from: n / 3", "      to: n"), "app.yaml:6: wrong: from occurs 0 times in app/main.go half; it must occur exactly once"},
		{"text twice", one("  edits:", "    - in: app/main.go say", "      from: one", `      to: ""`), "app.yaml:6: wrong: from occurs 2 times in app/main.go say"},
		{"text of another function", one("  edits:", "    - in: app/main.go half", "      from: break again", `      to: ""`), "app.yaml:6: wrong: from occurs 0 times"},
		{"unknown function", one("  edits:", "    - in: app/main.go Box.put", "      from: n", `      to: ""`), "app.yaml:5: wrong: app/main.go has no function Box.put"},
		{"method without its type", one("  edits:", "    - in: app/main.go get", "      from: break again", `      to: ""`), "app.yaml:5: wrong: app/main.go has no function get"},
		{"unknown file", one("  edits:", "    - in: app/other.go half", "      from: n", `      to: ""`), "app.yaml:5: wrong: no such file: app/other.go"},
		{"signature", one("  edits:", "    - in: app/main.go half", "      from: int { return n / 2", "      to: int { return n"), "app.yaml:6: wrong: from reaches outside the body of app/main.go half"},
		{"closing brace", one("  edits:", "    - in: app/main.go half", "      from: n / 2 }", "      to: n }"), "app.yaml:6: wrong: from reaches outside the body of app/main.go half"},
		{"overlap", one("  edits:", "    - in: app/main.go half", "      from: return n", "      to: return 1", "    - in: app/main.go half", "      from: n / 2", `      to: ""`), "app.yaml:9: wrong: from overlaps another edit of app/main.go half"},
		{"no change", one("  edits:", "    - in: app/main.go half", "      from: n / 2", "      to: n/2"), "app.yaml:7: wrong: the edit changes nothing"},
		{"no place", one("  edits:", "    - in: half", "      from: n / 2", "      to: n"), `app.yaml:5: wrong: in is "half"`},
		{"no from", one("  edits:", "    - in: app/main.go half", "      to: n"), "app.yaml:5: wrong: from is missing"},
		{"no to", one("  edits:", "    - in: app/main.go half", "      from: n / 2"), "app.yaml:6: wrong: to is missing"},
		{"from of init", one("  edits:", "    - in: app/main.go init", "      from: limit", "      to: limit = 4"), "app.yaml:6: wrong: init must not have from"},
		{"decl without to", one("  edits:", "    - in: app/main.go decl"), "app.yaml:5: wrong: decl must have to"},
		{"no edits", one(), "app.yaml:1: wrong: edits is missing"},
		{"unknown key", one("  edit: []"), "app.yaml: "},
		{"unknown rule", map[string]string{"app.yaml": "- id: wrong\n  rule: RULES\n"}, `app.yaml:2: wrong: unknown rule "RULES"`},
		{"no what", map[string]string{"app.yaml": "- id: wrong\n  rule: RULE\n"}, "app.yaml:1: wrong: what is missing"},
		{"no id", map[string]string{"app.yaml": "- rule: RULE\n"}, "app.yaml: entry 1 has no id"},
		{"same id", map[string]string{"a.yaml": "\n- id: wrong\n", "b.yaml": "- rule: RULE\n  id: wrong\n"}, "b.yaml:2: wrong: the id is already used in cmd/mutants/faults/a.yaml:2"},
		{"no files", nil, "no faults in cmd/mutants/faults"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := generated(t, repository(t, test.faults))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// All mistakes are reported at once, so that a person can correct them together.
func TestReportsAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := generated(t, repository(t, one("  edits:", "    - in: app/main.go half", "      from: n / 3", `      to: ""`,
		"    - in: app/other.go half", "      from: n", `      to: ""`, "    - in: app/main.go third", "      from: n", `      to: ""`)))
	if err == nil || strings.Count(err.Error(), "wrong:") != 3 {
		t.Errorf("got %v, want three mistakes", err)
	}
}

const choices = `
- {id: whole, rule: RULE, what: It does not halve., edits: [{in: app/main.go half, from: "n/2", to: n}]}
- {id: third, rule: RULE, what: It divides by three., edits: [{in: app/main.go half, from: "2", to: "3 // not 2"}]}
- id: quiet
  rule: RULE
  what: It prints a part of nothing.
  edits:
    - in: app/main.go say
      from: "say: "
      to: "quiet: "
      imports: [strings]
    - in: app/main.go say
      from: one)
      to: strings.ToUpper(one)[:0])
      imports: [strings, fmt]
- id: limit
  rule: RULE
  what: The limit is another, and what is boxed is doubled.
  edits:
    - in: app/main.go init
      to: limit = twice(limit)
    - in: app/main.go decl
      to: |
        func twice(n int) int {
            return 2 * n
        }
    - in: app/main.go main
      from: n, _ := (&Box[int]{8}).get()
      to: |
        n, _ := (&Box[int]{8}).get()
        n = twice(n)
- id: unboxed
  rule: RULE
  what: A box is empty.
  edits:
    - in: app/main.go Box.get
      from: defer func() { n = b.n }()
      to: ""
`

// A process has only the fault that its environment names. Without one, the program behaves like the original.
func TestChoosesOneFault(t *testing.T) {
	t.Parallel()
	root := repository(t, map[string]string{"app.yaml": choices})
	binary := compiled(t, root)
	for id, want := range map[string]string{
		"": "say: 4 3\n", "whole": "say: 8 3\n", "third": "say: 2 3\n", "quiet": "quiet: \n", "limit": "say: 8 6\n", "unboxed": "say: 0 3\n", "other": "say: 4 3\n",
	} {
		run := exec.CommandContext(t.Context(), binary)
		run.Env = append(os.Environ(), variable+"="+id)
		got, err := run.CombinedOutput()
		if err != nil || strings.ReplaceAll(string(got), "  ", " ") != want {
			t.Errorf("%q: got %q and %v, want %q", id, got, err, want)
		}
	}
}

// compiled builds the program with the faults of the repository.
func compiled(t *testing.T, root string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "app")
	if err := compile(t, root, "-o", binary); err != nil {
		t.Fatal(err)
	}
	return binary
}

func compile(t *testing.T, root string, flags ...string) error {
	t.Helper()
	overlay, err := generated(t, root)
	if err != nil {
		t.Fatal(err)
	}
	if err := build(t.Context(), root, overlay, append(flags, "./app")...); err != nil {
		return errors.New(column.ReplaceAllString(err.Error(), "$1: "))
	}
	return nil
}

// column matches the column of a place. The compiler counts columns only up to 255, and the directives are longer.
var column = regexp.MustCompile(`(:[0-9]+):[0-9]+: `)

// The compiler reports an error in a fault at the line of the fault, and other errors at the lines of the source.
func TestCompileErrorsNameTheFault(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, faults, want string }{
		{"one line", "    - in: app/main.go half\n      from: n / 2\n      to: n / two\n", "cmd/mutants/faults/app.yaml:7: undefined: two"},
		{"second line", "    - in: app/main.go half\n      from: return n / 2\n      to: |\n        n++\n        return two\n", "cmd/mutants/faults/app.yaml:9: undefined: two"},
		{"in a string", "    - in: app/main.go say\n      from: 'say: '\n      to: 'say\" + two + \"'\n", "cmd/mutants/faults/app.yaml:7: undefined: two"},
		{"init", "    - in: app/main.go init\n      to: |\n        limit = two\n", "cmd/mutants/faults/app.yaml:7: undefined: two"},
		{"decl", "    - in: app/main.go decl\n      to: func two() { three() }\n", "cmd/mutants/faults/app.yaml:6: undefined: three"},
		{"import", "    - in: app/main.go half\n      from: n / 2\n      to: n\n      imports: [strings]\n", `cmd/mutants/faults/app.yaml:8: "strings" imported and not used`},
		{"no return", "    - in: app/main.go half\n      from: return n / 2\n      to: ''\n", "app/main.go[wrong]:19: missing return"},
		{"the rest of a copy", "    - in: app/main.go main\n      from: n, _ :=\n      to: _, _ =\n", "app/main.go[wrong]:29: undefined: n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := compile(t, repository(t, one("  edits:\n"+test.faults)), "-o", os.DevNull)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	t.Run("the source itself", func(t *testing.T) {
		t.Parallel()
		root := repository(t, one("  edits:", "    - in: app/main.go half", "      from: n / 2", "      to: n", "    - in: app/main.go half", "      from: return", "      to: return 1 +"))
		name := filepath.Join(root, "app/main.go")
		if err := os.WriteFile(name, []byte(strings.Replace(program, "half(n),", "half(m),", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := compile(t, root, "-o", os.DevNull); err == nil || !strings.Contains(err.Error(), "app/main.go:29: undefined: m") {
			t.Errorf("got %v", err)
		}
	})
}
