package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// variable is the environment variable with the id of the fault that is on in a process.
const variable = "STANDIN_MUTANT"

// change is an edit with its fault.
type change struct {
	*edit
	fault *fault
}

// writeOverlay writes a changed copy of each file with faults into a folder, and returns the path of the JSON file for
// go build -overlay. Its error lists every edit that does not match the source below root.
func writeOverlay(root string, faults []*fault, into string) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	byFile := map[string][]change{}
	var files []string
	for _, f := range faults {
		for _, e := range f.Edits {
			if byFile[e.file] == nil {
				files = append(files, e.file)
			}
			byFile[e.file] = append(byFile[e.file], change{e, f})
		}
	}
	w := overlay{root: root, into: into, replace: map[string]string{}}
	var mistakes []error
	for _, file := range files {
		if err := w.file(file, byFile[file]); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return "", err
	}
	return w.list()
}

// overlay is a set of files that replace others or are added in a build.
type overlay struct {
	root, into string
	replace    map[string]string
}

// add adds a file to the overlay.
func (w *overlay) add(name, content string) error {
	copied := filepath.Join(w.into, strconv.Itoa(len(w.replace))+".go")
	w.replace[filepath.Join(w.root, filepath.FromSlash(name))] = copied
	return os.WriteFile(copied, []byte(content), 0o600)
}

// list writes the JSON file that names the files of the overlay, and returns its path.
func (w *overlay) list() (string, error) {
	list, err := json.Marshal(map[string]any{"Replace": w.replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(w.into, "overlay.json")
	return name, os.WriteFile(name, list, 0o600)
}

// file adds the changed copy of a file. For the first file of a package it also adds a file with the variable that selects
// the fault.
func (w *overlay) file(name string, changes []change) error {
	s, err := readSource(w.root, name)
	if err != nil {
		return changes[0].fault.wrong(changes[0].In, "%v", err)
	}
	content, err := s.changed(w.root, changes)
	if err != nil {
		return err
	}
	if err := w.add(name, content); err != nil {
		return err
	}
	choice := path.Join(path.Dir(name), "standin_mutant.go")
	if w.replace[filepath.Join(w.root, filepath.FromSlash(choice))] != "" {
		return nil
	}
	return w.add(choice, fmt.Sprintf("package %s\n\nimport \"os\"\n\nvar standinMutant = os.Getenv(%q)\n", s.parsed.Name.Name, variable))
}

// insertion is a text to insert into a file.
type insertion struct {
	at   int
	text string
}

// changed returns the text of a file in which each function with faults runs the body with the fault that is on.
func (s *source) changed(root string, changes []change) (string, error) {
	var mistakes []error
	var appended strings.Builder
	functions := map[*ast.FuncDecl]string{}
	for _, group := range grouped(changes) {
		if name := group[0].name; name == inInit || name == inDecl {
			appended.WriteString(declarations(root, group))
		} else if function, block, err := s.choice(root, group); err != nil {
			mistakes = append(mistakes, err)
		} else {
			functions[function] += block
		}
	}
	insertions := []insertion{s.imports(root, changes), {len(s.content), appended.String()}}
	for function, blocks := range functions {
		at := s.offset(function.Body.Lbrace) + 1
		insertions = append(insertions, insertion{at, blocks + "\n" + s.directive(at, "")})
	}
	slices.SortFunc(insertions, func(a, b insertion) int { return cmp.Compare(a.at, b.at) })
	var out strings.Builder
	done := 0
	for _, one := range insertions {
		out.WriteString(s.content[done:one.at])
		out.WriteString(one.text)
		done = one.at
	}
	out.WriteString(s.content[done:])
	return out.String(), errors.Join(mistakes...)
}

// declarations returns the text that changes of the kinds init and decl add to a file.
func declarations(root string, changes []change) string {
	var out strings.Builder
	for _, one := range changes {
		if one.name == inDecl {
			fmt.Fprintf(&out, "\n%s\n", one.text(root))
		} else {
			fmt.Fprintf(&out, "\nfunc init() {\nif standinMutant == %q {\n%s\n}\n}\n", one.fault.ID.value, one.text(root))
		}
	}
	return out.String()
}

// grouped returns the changes grouped by fault and function.
func grouped(changes []change) [][]change {
	var groups [][]change
	for _, one := range changes {
		at := slices.IndexFunc(groups, func(group []change) bool { return group[0].fault == one.fault && group[0].name == one.name })
		if at < 0 {
			groups = append(groups, []change{one})
		} else {
			groups[at] = append(groups[at], one)
		}
	}
	return groups
}

// imports returns the imports that the changes need and the file does not have.
func (s *source) imports(root string, changes []change) insertion {
	has := map[string]bool{}
	for _, one := range s.parsed.Imports {
		has[one.Path.Value] = true
	}
	at := s.offset(s.parsed.Name.End())
	var added strings.Builder
	for _, one := range changes {
		for _, imported := range one.Imports {
			quoted := strconv.Quote(imported.value)
			if !has[quoted] {
				has[quoted] = true
				fmt.Fprintf(&added, "; import %s%s", one.directive(root, imported), quoted)
			}
		}
	}
	if added.Len() > 0 {
		added.WriteString(s.directive(at, ""))
	}
	return insertion{at, added.String()}
}

// choice returns a function and the block to insert into it, which runs the body with a fault if that is on. The body is in a
// function literal, so that the parameters keep their names, labels may repeat, and the compiler finds a missing return.
func (s *source) choice(root string, changes []change) (*ast.FuncDecl, string, error) {
	first := changes[0]
	function := s.function(first.name)
	if function == nil {
		return nil, "", first.fault.wrong(first.In, "%s has no function %s", s.name, first.name)
	}
	body, err := s.mutated(root, function, changes)
	if err != nil {
		return nil, "", err
	}
	id, results := first.fault.ID.value, function.Type.Results
	if results == nil {
		return function, fmt.Sprintf("\nif standinMutant == %q { func() {\n%s}(); return }", id, body), nil
	}
	return function, fmt.Sprintf("\nif standinMutant == %q { return func() %s {\n%s}() }", id, s.content[s.offset(results.Pos()):s.offset(results.End())], body), nil
}
