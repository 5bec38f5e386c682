package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// The verdicts about a mutant.
const (
	killed    = "killed"
	survived  = "survived"
	unreached = "unreached" // no spec runs the changed code
)

// judgement is a mutant with what the suite says of it.
type judgement struct {
	ID       string  `json:"id"`
	File     string  `json:"file"`
	Line     int     `json:"line"`
	Function string  `json:"function"`
	Operator string  `json:"operator"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Nth      int     `json:"nth"`
	Specs    int     `json:"specs"` // how many reach it
	Verdict  string  `json:"verdict"`
	Known    string  `json:"known,omitempty"` // the verdict of survivors.yaml
	Killer   string  `json:"killer,omitempty"`
	Seconds  float64 `json:"seconds"`
}

// result is what is reported about a run.
type result struct {
	Seed      uint64      `json:"seed"`
	Generated int         `json:"generated"`
	Compile   int         `json:"compile"`
	Took      string      `json:"took"`
	Score     float64     `json:"score"` // the percentage that is killed of those that are not equivalent
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
	line := fmt.Sprintf("%-9s %5.1fs %4d specs  %s:%d %s %s", j.Verdict, j.Seconds, j.Specs, j.File, j.Line, j.Function, j.Operator)
	if j.Verdict == killed {
		return line + "  by " + j.Killer
	}
	return line + "  " + j.change()
}

// change returns what the mutant changes.
func (j *judgement) change() string {
	return fmt.Sprintf("%s → %s", shortened(j.From), cmp.Or(shortened(j.To), "nothing"))
}

// String returns the line to list a mutant with.
func (m *mutant) String() string {
	return fmt.Sprintf("%s:%d %s %s  %s → %s", m.file, m.line, m.function, m.operator, shortened(m.from), cmp.Or(shortened(m.to), "nothing"))
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
type tally struct{ killed, equivalent, outside, survived, unreached int }

// count adds a mutant.
func (t *tally) count(one judgement) {
	switch {
	case one.Verdict == killed:
		t.killed++
	case one.Known == equivalent:
		t.equivalent++
	case one.Known == outside:
		t.outside++
	case one.Verdict == unreached:
		t.unreached++
	default:
		t.survived++
	}
}

// score returns the percentage that is found, by the suite or by a test, of those that are not equivalent.
func (t tally) score() float64 {
	if all := t.killed + t.outside + t.survived + t.unreached; all > 0 {
		return 100 * float64(t.killed+t.outside) / float64(all)
	}
	return 100
}

// report prints the score and writes mutation.json and mutation.md. It returns an error if the score is below atLeast percent, or
// if the suite finds a mutant of which survivors.yaml says that it does not.
func (r *result) report(dir string, atLeast int) error {
	slices.SortFunc(r.Mutants, func(a, b judgement) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, strings.Compare(a.ID, b.ID))
	})
	var all tally
	var mistakes []error
	for _, one := range r.Mutants {
		all.count(one)
		if one.Verdict == killed && one.Known != "" {
			mistakes = append(mistakes, fmt.Errorf("%s:%d %s: %s says that it is %s, and the suite finds it", one.File, one.Line, one.change(), survivorsFile, one.Known))
		}
	}
	r.Score = all.score()
	if r.Score < float64(atLeast) {
		mistakes = append(mistakes, fmt.Errorf("%.1f %% of the mutants are found, less than %d %%", r.Score, atLeast))
	}
	fmt.Fprintln(os.Stdout, r.summary(all))
	return errors.Join(append(mistakes, r.write(dir, all))...)
}

// summary returns the score in a sentence.
func (r *result) summary(all tally) string {
	return fmt.Sprintf("%d mutants drawn by seed %d from %d that compile (%d do not): %d killed, %d survived, %d that no spec reaches, %d equivalent, %d found by a test alone: %.1f %% in %s",
		len(r.Mutants), r.Seed, r.Compile, r.Generated-r.Compile, all.killed, all.survived, all.unreached, all.equivalent, all.outside, r.Score, r.Took)
}

// write writes the reports.
func (r *result) write(dir string, all tally) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // Reports may be read by all.
		return err
	}
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	var page strings.Builder
	fmt.Fprintf(&page, "## Generated mutants\n\n%s\n", r.summary(all))
	r.table(&page, "Package", func(one judgement) string { return path.Dir(one.File) })
	r.table(&page, "Operator", func(one judgement) string { return one.Operator })
	r.table(&page, "File", func(one judgement) string { return one.File })
	r.survivors(&page)
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "mutation.json"), content, 0o644),             //nolint:gosec // Reports may be read by all.
		os.WriteFile(filepath.Join(dir, "mutation.md"), []byte(page.String()), 0o644)) //nolint:gosec // Reports may be read by all.
}

// table writes a table with a row for each kind of mutants.
func (r *result) table(page *strings.Builder, title string, kind func(judgement) string) {
	kinds := map[string]*tally{}
	var names []string
	for _, one := range r.Mutants {
		name := kind(one)
		if kinds[name] == nil {
			kinds[name] = &tally{}
			names = append(names, name)
		}
		kinds[name].count(one)
	}
	slices.Sort(names)
	fmt.Fprintf(page, "\n| %s | Killed | Equivalent | By a test alone | Survived | Not reached | Score |\n|---|---:|---:|---:|---:|---:|---:|\n", title)
	for _, name := range names {
		one := kinds[name]
		fmt.Fprintf(page, "| %s | %d | %d | %d | %d | %d | %.0f %% |\n", name, one.killed, one.equivalent, one.outside, one.survived, one.unreached, one.score())
	}
}

// survivors writes a table of the mutants that nothing finds.
func (r *result) survivors(page *strings.Builder) {
	page.WriteString("\n| Survivor | Function | Operator | Change | Specs that reach it |\n|---|---|---|---|---:|\n")
	for _, one := range r.Mutants {
		if one.Verdict != killed && one.Known == "" {
			change := strings.ReplaceAll(strings.ReplaceAll(one.change(), "|", `\|`), "`", "'")
			fmt.Fprintf(page, "| %s:%d | %s | %s | `%s` | %d |\n", one.File, one.Line, one.Function, one.Operator, change, one.Specs)
		}
	}
}
