package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// The verdicts about a mutant.
const (
	killed    = "killed"    // a spec finds it
	tested    = "tested"    // no spec finds it, and a unit test does
	survived  = "survived"  // nothing finds it
	unreached = "unreached" // neither a spec nor a test runs the changed code
)

// judgement is a mutant with what the suite says of it.
type judgement struct {
	mutation

	ID      string   `json:"id"`
	Line    int      `json:"line"`
	Specs   int      `json:"specs"`           // how many reach it
	Tests   int      `json:"tests"`           // how many unit tests reach it
	Rules   []string `json:"rules,omitempty"` // those of the spec that finds it, or else of the one that reaches the least besides it
	Verdict string   `json:"verdict"`
	Known   string   `json:"known,omitempty"` // the verdict of survivors.yaml
	Killer  string   `json:"killer,omitempty"`
	Seconds float64  `json:"seconds"`
}

// result is what is reported about a run.
type result struct {
	Seed      uint64      `json:"seed"`
	Generated int         `json:"generated"`
	Compile   int         `json:"compile"`
	Took      string      `json:"took"`
	Score     float64     `json:"score"`   // the percentage that is found of those that are not equivalent
	BySpecs   float64     `json:"bySpecs"` // the percentage that specs find of those that are not equivalent
	Mutants   []judgement `json:"mutants"`

	mu sync.Mutex
}

// add adds a mutant and prints it.
func (r *result) add(one judgement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Mutants = append(r.Mutants, one)
	fmt.Fprintln(os.Stdout, one.String())
}

// String returns the line to print about a mutant.
func (j *judgement) String() string {
	verdict := cmp.Or(j.Known, j.Verdict)
	line := fmt.Sprintf("%-10s %5.1fs %4d specs %3d tests  %s:%d %s %s  %s", verdict, j.Seconds, j.Specs, j.Tests, j.File, j.Line, j.Function, j.Operator, j.change())
	if j.Killer != "" {
		return line + "  by " + j.Killer
	}
	return line
}

// change returns what the mutant changes.
func (j *judgement) change() string {
	return fmt.Sprintf("%s → %s", shortened(j.From), cmp.Or(shortened(j.To), "nothing"))
}

// String returns the line to list a mutant with.
func (m *mutant) String() string {
	return fmt.Sprintf("%s:%d %s %s  %s → %s", m.File, m.line, m.Function, m.Operator, shortened(m.From), cmp.Or(shortened(m.To), "nothing"))
}

// longest is the length of a text in a line of the report.
const longest = 100

// shortened returns the beginning of a long text.
func shortened(text string) string {
	if all := []rune(text); len(all) > longest {
		return string(all[:longest]) + "…"
	}
	return text
}

// tally counts the mutants of a kind.
type tally struct{ killed, tested, equivalent, survived, unreached int }

// count adds a mutant.
func (t *tally) count(one judgement) {
	switch {
	case one.Verdict == killed:
		t.killed++
	case one.Known == equivalent:
		t.equivalent++
	case one.Verdict == tested:
		t.tested++
	case one.Verdict == unreached:
		t.unreached++
	default:
		t.survived++
	}
}

// score returns the percentage that is found, by specs or by tests, of those that are not equivalent, and the percentage that specs
// find.
func (t tally) score() (float64, float64) {
	n := float64(t.killed + t.tested + t.survived + t.unreached)
	if n == 0 {
		return whole, whole
	}
	return whole * float64(t.killed+t.tested) / n, whole * float64(t.killed) / n
}

// whole is all, as a percentage.
const whole = 100

// report prints the score and writes mutation.json, mutation.md and mutation.html. It returns an error if the score is below atLeast percent, or
// if the suite finds a mutant of which survivors.yaml says that it does not.
func (r *result) report(dir string, atLeast int) error {
	slices.SortFunc(r.Mutants, func(a, b judgement) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, strings.Compare(a.ID, b.ID))
	})
	var all tally
	var mistakes []error
	for _, one := range r.Mutants {
		all.count(one)
		if one.Verdict == killed && one.Known != "" || one.Verdict == tested && one.Known == equivalent {
			mistakes = append(mistakes, fmt.Errorf("%s:%d %s: %s says that it is %s, and it is found by %s", one.File, one.Line, one.change(), survivorsFile, one.Known, one.Killer))
		}
	}
	r.Score, r.BySpecs = all.score()
	if r.Score < float64(atLeast) {
		mistakes = append(mistakes, fmt.Errorf("%.1f %% of the mutants are found, less than %d %%", r.Score, atLeast))
	}
	fmt.Fprintln(os.Stdout, r.summary(all))
	return errors.Join(append(mistakes, r.write(dir, all))...)
}

// summary returns the score in a sentence.
func (r *result) summary(all tally) string {
	drawn := fmt.Sprintf("%d mutants", len(r.Mutants))
	if len(r.Mutants) < r.Compile {
		drawn += fmt.Sprintf(", drawn by seed %d from %d", r.Seed, r.Compile)
	}
	return fmt.Sprintf("%s: %.1f %% of those that are not equivalent are found, %.1f %% by the contract suite (%d by a spec, %d by a unit test, %d survived, %d not reached, %d equivalent), in %s",
		drawn, r.Score, r.BySpecs, all.killed, all.tested, all.survived, all.unreached, all.equivalent, r.Took)
}
