package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const known = `
- in: app/main.go half
  operator: constant
  from: "2"
  to: "(2 + 1)"
  verdict: outside
  reason: The program's number is not part of the contract.
  test: ./app TestHalf
`

func TestMistakesInSurvivors(t *testing.T) {
	t.Parallel()
	all, _, err := generate(repository(t, nil), []string{"app"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, from, to, want string }{
		{"none", "", "", ""},
		{"other text", `from: "2"`, `from: "3"`, "app/main.go half has no such mutant any more"},
		{"other function", "main.go half", "main.go say", "app/main.go say has no such mutant any more"},
		{"second of one", "  reason", "  nth: 2\n  reason", "has no such mutant any more"},
		{"no reason", "reason: The program's number is not part of the contract.", `reason: ""`, "reason is missing"},
		{"no test", "test: ./app TestHalf", `test: ""`, "test is missing"},
		{"other verdict", "outside", "wontfix", `the verdict is "wontfix"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "survivors.yaml")
			if err := os.WriteFile(name, []byte(strings.Replace(known, test.from, test.to, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			read, err := readSurvivors(name, all)
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got, test := read.of(find(t, all, "half", "constant", "2")); got != outside || test != "./app TestHalf" {
					t.Errorf("got %s by %s", got, test)
				}
			} else if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// The entries of the repository apply to its source.
func TestSurvivorsOfTheRepository(t *testing.T) {
	t.Parallel()
	all, _, err := generate("../..", mutatedFolders())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readSurvivors(filepath.Join("..", "..", survivorsFile), all); err != nil {
		t.Error(err)
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	r := &result{Seed: 7, Generated: 9, Compile: 6, Mutants: []judgement{
		{mutation: mutation{File: "b.go", Operator: "negate", From: "a || b"}, Verdict: survived},
		{mutation: mutation{File: "a.go", Operator: "negate"}, Verdict: killed, Killer: "a spec"},
		{mutation: mutation{File: "a.go", Operator: "boundary"}, Verdict: survived, Known: equivalent},
		{mutation: mutation{File: "a.go", Operator: "boundary"}, Verdict: tested, Known: outside, Killer: "./a TestA"},
	}}
	dir := t.TempDir()
	if err := r.report(dir, 60); err != nil {
		t.Error(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "mutation.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"4 mutants, drawn by seed 7 from 6: 66.7 % of those that are not equivalent are found, 33.3 % by the contract suite",
		"| boundary | 0 | 1 | 0 | 0 | 1 | 100 % | 0 % |", "| b.go | 0 | 0 | 1 | 0 | 0 | 0 % | 0 % |", `a \|\| b → nothing`,
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if err := r.report(dir, 67); err == nil || !strings.Contains(err.Error(), "less than 67 %") {
		t.Errorf("got %v, want an error about the score", err)
	}
	r.Mutants[0].Verdict, r.Mutants[0].Known = killed, equivalent
	if err := r.report(dir, 0); err == nil || !strings.Contains(err.Error(), "says that it is equivalent, and it is found") {
		t.Errorf("got %v, want an error about an entry that no longer applies", err)
	}
}

func TestFinder(t *testing.T) {
	t.Parallel()
	for output, want := range map[string]string{
		"✗ LOGIN (grade S) a spec\n  got 400":                      "LOGIN (grade S) a spec",
		"✗ LOGIN (grade S) a spec\n  POST /x answered 500 with {}": "an answer of 500: LOGIN (grade S) a spec",
		"no connection":                  "the suite cannot go on: no connection",
		"contracts: no spec is selected": "",
	} {
		if got := finder(false, output); got != want {
			t.Errorf("%q: got %q, want %q", output, got, want)
		}
	}
}
