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

// faultsFolder is where the faults are, from the root of the repository.
const faultsFolder = "cmd/mutants/faults"

// fault is a mistake that the server makes on purpose.
type fault struct {
	ID    text    `yaml:"id"`
	Rule  text    `yaml:"rule"`  // that it breaks
	Legal bool    `yaml:"legal"` // no source forbids it: the rule is an assumption of ours
	What  string  `yaml:"what"`
	Edits []*edit `yaml:"edits"`

	file string // that it is written in
}

// edit is one change of the source.
type edit struct {
	In      text   `yaml:"in"`      // a file, then what of it is changed: name, Type.name, init or decl
	From    text   `yaml:"from"`    // stands exactly once in that function, white space ignored
	To      text   `yaml:"to"`      // takes its place
	Imports []text `yaml:"imports"` // packages that the changed text needs, and that the file may not import

	file string // the first word of In
	name string // the second
}

// What an edit names instead of a function.
const (
	inInit = "init" // statements that run when the package starts
	inDecl = "decl" // declarations that edits use
)

// text is a value of a YAML file that remembers its line.
type text struct {
	value string
	line  int
}

// UnmarshalYAML reads a value. The text of a block scalar starts in the line after its indicator.
func (t *text) UnmarshalYAML(node *yaml.Node) error {
	t.line = node.Line
	if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		t.line++
	}
	return node.Decode(&t.value)
}

// wrong returns an error that names the place in a YAML file, and the fault.
func (f *fault) wrong(at text, format string, values ...any) error {
	return fmt.Errorf("%s:%d: %s: %s", f.file, cmp.Or(at.line, f.ID.line), f.ID.value, fmt.Sprintf(format, values...))
}

// pkg returns the folder of the first edit.
func (f *fault) pkg() string { return path.Dir(f.Edits[0].file) }

// packages returns the folders that the faults change, as arguments of go build.
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

// readFaults reads all faults of a repository. It returns every mistake in them.
func readFaults(root fs.FS, rules map[string]bool) ([]*fault, error) {
	files, err := fs.Glob(root, faultsFolder+"/*.yaml")
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no faults; run this in the root of the repository", faultsFolder)
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
				mistakes = append(mistakes, one.wrong(one.ID, "the id is taken by %s:%d", first.file, first.ID.line))
				continue
			}
			seen[one.ID.value] = one
			all = append(all, one)
		}
	}
	return all, errors.Join(mistakes...)
}

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

// check returns what is wrong with a fault whatever the source is that it changes.
func (f *fault) check(rules map[string]bool) error {
	var mistakes []error
	if !rules[f.Rule.value] {
		mistakes = append(mistakes, f.wrong(f.Rule, "there is no rule %q", f.Rule.value))
	}
	if f.What == "" {
		mistakes = append(mistakes, f.wrong(f.ID, "what is missing"))
	}
	if len(f.Edits) == 0 {
		mistakes = append(mistakes, f.wrong(f.ID, "there are no edits"))
	}
	for _, one := range f.Edits {
		mistakes = append(mistakes, f.checkEdit(one))
	}
	return errors.Join(mistakes...)
}

func (f *fault) checkEdit(e *edit) error {
	words := strings.Fields(e.In.value)
	if len(words) != 2 || filepath.Ext(words[0]) != ".go" || !fs.ValidPath(words[0]) {
		return f.wrong(e.In, "in is %q, and must be a file and a function: engine/mail.go Call.redeem", e.In.value)
	}
	e.file, e.name = words[0], words[1]
	whole := e.name == inInit || e.name == inDecl
	switch {
	case whole && e.From.value != "":
		return f.wrong(e.From, "%s takes no from", e.name)
	case whole && strings.TrimSpace(e.To.value) == "":
		return f.wrong(e.In, "%s needs a to", e.name)
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
