package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// generatedMutants returns the mutants of the program in overlay_test.go, and those of them that compile.
func generatedMutants(t *testing.T, root string) ([]*mutant, []*mutant) {
	t.Helper()
	all, _, err := generate(root, []string{"app"})
	if err != nil {
		t.Fatal(err)
	}
	good, err := compiling(t.Context(), root, all)
	if err != nil {
		t.Fatal(err)
	}
	return all, good
}

// find returns the mutant with a function, an operator and the text that it replaces.
func find(t *testing.T, all []*mutant, function, operator, from string) *mutant {
	t.Helper()
	for _, one := range all {
		if one.Function == function && one.Operator == operator && one.From == from {
			return one
		}
	}
	t.Fatalf("no mutant %s %s %s", function, operator, from)
	return nil
}

// Mutants that do not compile are left out, and all others run in one program.
func TestRunsGeneratedMutants(t *testing.T) {
	t.Parallel()
	root := repository(t, nil)
	extend(t, root, "\nconst factor = 2\n\nfunc twice(n int) int { return factor * n }\n\nfunc init() { limit = twice(limit) / twice(1) }\n")
	all, good := generatedMutants(t, root)
	if len(good) == 0 || len(good) >= len(all) {
		t.Fatalf("%d of %d mutants compile", len(good), len(all))
	}
	work := t.TempDir()
	overlay, err := writeOverlay(root, faultsOf(good), work)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(work, "app")
	if err := build(t.Context(), root, overlay, "-o", binary, "./app"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ function, operator, from, want string }{
		{"", "", "", "say: 4 3\n"},
		{"half", "constant", "2", "say: 2 3\n"},
		{"limit", "constant", "3", "say: 4 4\n"},
		{"say", "constant", `"say: "`, "say: x4 3\n"},
		{"main", "constant", "8", "say: 4 3\n"},
	} {
		id := ""
		if test.function != "" {
			id = find(t, good, test.function, test.operator, test.from).ID.value
		}
		run := exec.CommandContext(t.Context(), binary)
		run.Env = append(os.Environ(), variable+"="+id)
		got, err := run.CombinedOutput()
		if err != nil || strings.ReplaceAll(string(got), "  ", " ") != test.want {
			t.Errorf("%s: got %q and %v, want %q", id, got, err, test.want)
		}
	}
}

// extend adds source to the program.
func extend(t *testing.T, root, source string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, "app", "main.go"), []byte(program+source), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A constant is changed where it is used, and takes effect there.
func TestChangesUsesOfConstants(t *testing.T) {
	t.Parallel()
	root := repository(t, nil)
	extend(t, root, "\nconst factor = 2\n\nfunc twice(n int) int { return factor * n }\n\nfunc thrice(n int) int { return n + factor*n }\n")
	_, good := generatedMutants(t, root)
	one := find(t, good, "factor", "constant", "factor")
	if len(one.Edits) != 2 || len(one.touches) != 2 || one.everywhere || one.Edits[0].To.value != "(factor + 1)" {
		t.Errorf("got %d edits and %d places, everywhere %v", len(one.Edits), len(one.touches), one.everywhere)
	}
}

func TestFindsSpecsThatReachAMutant(t *testing.T) {
	t.Parallel()
	root := repository(t, nil)
	all, sources, err := generate(root, []string{"app"})
	if err != nil {
		t.Fatal(err)
	}
	name, blocks, err := writeReachable(root, sources, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := replacedFiles(name); err != nil || len(blocks) != 7 {
		t.Fatalf("got %d blocks and %v, want 7", len(blocks), err)
	}
	mutant := find(t, all, "say", "constant", `"say: "`)
	record := filepath.Join(t.TempDir(), "reach.jsonl")
	m := &reachMap{blocks: blocks}
	loop := m.innermost(mutant.touches[0])
	lines := `{"spec":"","blocks":[6]}` + "\n" + `{"spec":"slow","took":900000000,"blocks":[5]}` + "\n" +
		`{"spec":"wide","took":1,"blocks":[1,5]}` + "\n" + `{"spec":"narrow","took":1,"blocks":[5]}` + "\n" + `{"spec":"other","took":1,"blocks":[1]}` + "\n"
	if err := os.WriteFile(record, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err = readReach(blocks, record); err != nil || loop != 5 {
		t.Fatalf("got block %d and %v, want 5", loop, err)
	}
	if got := strings.Join(m.of(mutant), " "); got != "narrow wide slow" {
		t.Errorf("got %q", got)
	}
	if got := len(m.of(find(t, all, "main", "constant", "8"))); got != 4 {
		t.Errorf("got %d specs for code that runs before the first spec, want all 4", got)
	}
}

func TestSelectsSpecsByTheirTexts(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "specs")
	if err := os.WriteFile(name, []byte("login refuses (twice)\nlogout\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := focused(name); err != nil || got != ` (?:login refuses \(twice\)|logout)$` {
		t.Errorf("got %q and %v", got, err)
	}
}
