package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// faultsFolder is the folder of the faults, relative to the root of the repository.
const faultsFolder = "cmd/mutants/faults"

// fault is a deliberate mistake in the server, which the suite must find.
type fault struct {
	ID    text    `yaml:"id"`
	Rule  text    `yaml:"rule"`  // the rule that it breaks
	Legal bool    `yaml:"legal"` // no source forbids it, since the rule is an assumption
	What  string  `yaml:"what"`
	Edits []*edit `yaml:"edits"`

	file string // the YAML file
}

// edit is a change of the source.
type edit struct {
	In      text   `yaml:"in"`      // a file and what is changed in it: a function name or Type.name, init or decl
	From    text   `yaml:"from"`    // the text to replace; it occurs exactly once in the function, ignoring white space
	To      text   `yaml:"to"`      // the new text
	Imports []text `yaml:"imports"` // packages that the new text needs

	file string // the file in In
	name string // what is changed in the file
	at   *span  // the part of the file to replace, in place of From
}

// The names that an edit may have in place of that of a function.
const (
	inInit = "init" // To contains statements that run when the package is initialized
	inDecl = "decl" // To contains declarations for use by other edits
)

// text is a string in a YAML file with its line.
type text struct {
	value string
	line  int
}

// UnmarshalYAML reads a string. The text of a block scalar starts in the line after its indicator.
func (t *text) UnmarshalYAML(node *yaml.Node) error {
	t.line = node.Line
	if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		t.line++
	}
	return node.Decode(&t.value)
}

// wrong returns an error with the place in the YAML file and the id of the fault.
func (f *fault) wrong(at text, format string, values ...any) error {
	return fmt.Errorf("%s:%d: %s: %s", f.file, cmp.Or(at.line, f.ID.line), f.ID.value, fmt.Sprintf(format, values...))
}

// pkg returns the folder of the file of the first edit.
func (f *fault) pkg() string { return path.Dir(f.Edits[0].file) }

// packages returns the packages that the faults change, as arguments of go build.
func packages(faults []*fault) []string {
	var all []string
	for _, f := range faults {
		for _, e := range f.Edits {
			all = append(all, "./"+path.Dir(e.file))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// readFaults returns the faults of a repository. Its error lists every mistake in them.
func readFaults(root fs.FS, rules map[string]bool) ([]*fault, error) {
	files, err := fs.Glob(root, faultsFolder+"/*.yaml")
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no faults in %s; run this in the root of the repository", faultsFolder)
	}
	var all []*fault
	var mistakes []error
	seen := map[string]*fault{}
	for _, file := range files {
		list, err := readFile(root, file)
		mistakes = append(mistakes, err)
		for _, one := range list {
			mistakes = append(mistakes, one.check(rules))
			if first := seen[one.ID.value]; first != nil {
				mistakes = append(mistakes, one.wrong(one.ID, "the id is already used in %s:%d", first.file, first.ID.line))
				continue
			}
			seen[one.ID.value] = one
			all = append(all, one)
		}
	}
	return all, errors.Join(mistakes...)
}

// readFile returns the faults in a file.
func readFile(root fs.FS, file string) ([]*fault, error) {
	source, err := fs.ReadFile(root, file)
	if err != nil {
		return nil, err
	}
	var list []*fault
	if err := yaml.Load(source, &list, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i, one := range list {
		if one == nil || one.ID.value == "" {
			return nil, fmt.Errorf("%s: entry %d has no id", file, i+1)
		}
		one.file = file
	}
	return list, nil
}

// check returns the mistakes in a fault that can be found without the source that it changes.
func (f *fault) check(rules map[string]bool) error {
	var mistakes []error
	if !rules[f.Rule.value] {
		mistakes = append(mistakes, f.wrong(f.Rule, "unknown rule %q", f.Rule.value))
	}
	if f.What == "" {
		mistakes = append(mistakes, f.wrong(f.ID, "what is missing"))
	}
	if len(f.Edits) == 0 {
		mistakes = append(mistakes, f.wrong(f.ID, "edits is missing"))
	}
	for _, one := range f.Edits {
		mistakes = append(mistakes, f.checkEdit(one))
	}
	return errors.Join(mistakes...)
}

// checkEdit checks an edit and splits its In.
func (f *fault) checkEdit(e *edit) error {
	words := strings.Fields(e.In.value)
	if len(words) != 2 || filepath.Ext(words[0]) != ".go" || !fs.ValidPath(words[0]) {
		return f.wrong(e.In, "in is %q; it must be a file and a function, such as engine/mail.go Call.redeem", e.In.value)
	}
	e.file, e.name = words[0], words[1]
	whole := e.name == inInit || e.name == inDecl
	switch {
	case whole && e.From.value != "":
		return f.wrong(e.From, "%s must not have from", e.name)
	case whole && strings.TrimSpace(e.To.value) == "":
		return f.wrong(e.In, "%s must have to", e.name)
	case whole:
		return nil
	case strings.TrimSpace(e.From.value) == "":
		return f.wrong(e.In, "from is missing")
	case e.To.line == 0:
		return f.wrong(e.From, `to is missing; to remove the text write to: ""`)
	case sameTokens(e.From.value, e.To.value):
		return f.wrong(e.To, "the edit changes nothing")
	}
	return nil
}
