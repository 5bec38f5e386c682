package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// page is what the reports show of a run.
type page struct {
	Summary   string
	Tables    []scores
	Survivors []judgement
}

// scores is a table with a row for each kind of mutants.
type scores struct {
	Title string
	Rows  []kind
}

// kind is a row.
type kind struct {
	Name                                            string
	BySpec, ByTest, Survived, Unreached, Equivalent int
	Found, FoundBySpecs                             float64 // percentages
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
	p := r.page(all)
	html, err := p.html()
	if err != nil {
		return err
	}
	var mistakes []error
	for name, text := range map[string]string{"mutation.json": string(content), "mutation.md": p.markdown(), "mutation.html": html} {
		mistakes = append(mistakes, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)) //nolint:gosec // Reports may be read by all.
	}
	return errors.Join(mistakes...)
}

// page returns what the reports show.
func (r *result) page(all tally) page {
	p := page{Summary: r.summary(all)}
	of := func(name func(judgement) string) func(judgement) []string {
		return func(one judgement) []string { return []string{name(one)} }
	}
	p.Tables = []scores{
		r.scores("Package", of(func(one judgement) string { return path.Dir(one.File) })),
		r.scores("Rule", func(one judgement) []string { return one.Rules }),
		r.scores("File", of(func(one judgement) string { return one.File })),
		r.scores("Operator", of(func(one judgement) string { return one.Operator })),
	}
	for _, one := range r.Mutants {
		if one.Verdict != killed && one.Verdict != tested && one.Known == "" {
			p.Survivors = append(p.Survivors, one)
		}
	}
	return p
}

// scores returns the table of the kinds that names gives a mutant.
func (r *result) scores(title string, names func(judgement) []string) scores {
	kinds := map[string]*tally{}
	for _, one := range r.Mutants {
		for _, name := range names(one) {
			if kinds[name] == nil {
				kinds[name] = &tally{}
			}
			kinds[name].count(one)
		}
	}
	table := scores{Title: title}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		t := kinds[name]
		row := kind{Name: name, BySpec: t.killed, ByTest: t.tested, Survived: t.survived, Unreached: t.unreached, Equivalent: t.equivalent}
		row.Found, row.FoundBySpecs = t.score()
		table.Rows = append(table.Rows, row)
	}
	return table
}

// markdown returns the report as Markdown.
func (p page) markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "## Generated mutants\n\n%s\n", p.Summary)
	for _, table := range p.Tables {
		fmt.Fprintf(&out, "\n| %s | By a spec | By a unit test | Survived | Not reached | Equivalent | Found | By specs |\n|---|---:|---:|---:|---:|---:|---:|---:|\n", table.Title)
		for _, one := range table.Rows {
			fmt.Fprintf(&out, "| %s | %d | %d | %d | %d | %d | %.0f %% | %.0f %% |\n",
				one.Name, one.BySpec, one.ByTest, one.Survived, one.Unreached, one.Equivalent, one.Found, one.FoundBySpecs)
		}
	}
	out.WriteString("\n| Survivor | Function | Operator | Change | Specs that reach it |\n|---|---|---|---|---:|\n")
	for _, one := range p.Survivors {
		change := strings.ReplaceAll(strings.ReplaceAll(one.change(), "|", `\|`), "`", "'")
		fmt.Fprintf(&out, "| %s:%d | %s | %s | `%s` | %d |\n", one.File, one.Line, one.Function, one.Operator, change, one.Specs)
	}
	return out.String()
}

//go:embed page.html
var pageHTML string

// html returns the report as a page of its own.
func (p page) html() (string, error) {
	shown := template.FuncMap{"change": func(one judgement) string { return one.change() }}
	parsed, err := template.New("page.html").Funcs(shown).Parse(pageHTML)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = parsed.Execute(&out, p)
	return out.String(), err
}
