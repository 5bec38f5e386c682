package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// report prints how many faults were found and writes mutants.md. It returns an error if a fault survived or the suite fails a
// legal one.
func (r *runCommand) report(trials []*trial, took time.Duration) error {
	var survivors, refused []string
	legal := 0
	for _, one := range trials {
		if one.killer == "" {
			survivors = append(survivors, one.ID.value)
		}
		if one.refused {
			refused = append(refused, one.ID.value)
		}
		if one.Legal {
			legal++
		}
	}
	verdict := fmt.Sprintf("%d faults, %d found, %d survived, in %s", len(trials), len(trials)-len(survivors), len(survivors), took.Round(time.Second))
	if legal > 0 {
		verdict += fmt.Sprintf("\n\n%d legal ones, each checked with all specs of grades S and D: %d refused", legal, len(refused))
	}
	fmt.Fprintln(os.Stdout, strings.ReplaceAll(verdict, "\n\n", "\n"))
	if err := os.MkdirAll(r.ReportDir, 0o755); err != nil { //nolint:gosec // Reports may be read by all.
		return err
	}
	if err := os.WriteFile(filepath.Join(r.ReportDir, "mutants.md"), []byte(table(verdict, trials)), 0o644); err != nil { //nolint:gosec // Reports may be read by all.
		return err
	}
	var mistakes []error
	if len(survivors) > 0 {
		mistakes = append(mistakes, errors.New("the suite does not find: "+strings.Join(survivors, ", ")))
	}
	if len(refused) > 0 {
		mistakes = append(mistakes, errors.New("the suite fails legal behavior: "+strings.Join(refused, ", ")))
	}
	return errors.Join(mistakes...)
}

// shownLines is the number of lines of the suite's output that are printed for a wrong verdict.
const shownLines = 30

// lastLines returns up to most lines from the end of output.
func lastLines(output string, most int) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// violations returns the parts of the output about specs that failed, each cut to most lines. An assumption that differs, which
// the suite begins with a tilde, is no violation.
func violations(output string, most int) string {
	var all []string
	for _, block := range findings(output) {
		block, _, _ = strings.Cut(block, "\n~ ")
		lines := strings.Split("✗ "+strings.TrimSpace(block), "\n")
		all = append(all, strings.Join(lines[:min(len(lines), most)], "\n"))
	}
	return strings.Join(all, "\n")
}

// line returns the line to print about a fault.
func (t *trial) line() string {
	switch {
	case t.killer == "":
		return fmt.Sprintf("SURVIVED %-22s %-18s %s\n%s", t.ID.value, t.Rule.value, t.What, lastLines(t.output, shownLines))
	case t.refused:
		return fmt.Sprintf("REFUSED  %-22s %-18s is legal, and fails with --fail-on S,D\n%s", t.ID.value, t.Rule.value, violations(t.output, shownLines))
	case t.whole:
		return fmt.Sprintf("found by another rule's spec: %s (%s), by %s", t.ID.value, t.Rule.value, t.killer)
	}
	return fmt.Sprintf("found    %-22s %5.1fs by %s", t.ID.value, t.took.Seconds(), t.killer)
}

// table returns the report as Markdown.
func table(verdict string, trials []*trial) string {
	var out strings.Builder
	fmt.Fprintf(&out, "## Faults that the contract suite must find\n\n%s\n\n| Fault | Package | Rule | What it does | Found by |\n|---|---|---|---|---|\n", verdict)
	for _, one := range trials {
		by := one.killer
		if by == "" {
			by = "**no spec**"
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", one.ID.value, one.pkg(), one.Rule.value, one.What, by)
	}
	return out.String()
}
