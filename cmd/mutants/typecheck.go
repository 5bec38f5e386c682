package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// compiling returns the mutants that compile. All are type-checked at once, in the source that writeOverlay writes for them: an
// error there has the mutant's id in its file name.
func compiling(ctx context.Context, root string, all []*mutant) ([]*mutant, error) {
	parsed := slices.DeleteFunc(slices.Clone(all), func(m *mutant) bool { return !m.parses(root) })
	work, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	name, err := writeOverlay(root, faultsOf(parsed), work)
	if err != nil {
		return nil, err
	}
	wrong, err := typeErrors(ctx, root, name, packages(faultsOf(parsed)))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(parsed, func(m *mutant) bool { return wrong[m.ID.value] }), nil
}

// faultsOf returns the faults of mutants.
func faultsOf(all []*mutant) []*fault {
	faults := make([]*fault, 0, len(all))
	for _, one := range all {
		faults = append(faults, one.fault)
	}
	return faults
}

// parses reports whether the changed functions of a mutant are Go.
func (m *mutant) parses(root string) bool {
	byFile := map[string][]change{}
	for _, e := range m.Edits {
		byFile[e.file] = append(byFile[e.file], change{e, m.fault})
	}
	for file, changes := range byFile {
		s, err := readSource(root, file)
		if err != nil {
			return false
		}
		content, err := s.changed(root, changes)
		if err != nil {
			return false
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution); err != nil {
			return false
		}
	}
	return true
}

// labeled matches the id of a mutant in the name of a file.
var labeled = regexp.MustCompile(`\[([^\]]+)\]$`)

// typeErrors returns the ids of the mutants in an overlay that do not compile. An error elsewhere is returned as such.
func typeErrors(ctx context.Context, root, overlay string, folders []string) (map[string]bool, error) {
	replaced, err := replacedFiles(overlay)
	if err != nil {
		return nil, err
	}
	exports, err := exportFiles(ctx, root, folders)
	if err != nil {
		return nil, err
	}
	wrong := map[string]bool{}
	var mistakes []error
	for _, folder := range folders {
		set := token.NewFileSet()
		files, err := parsedPackage(set, root, folder, replaced)
		if err != nil {
			return nil, err
		}
		check := types.Config{Importer: importer.ForCompiler(set, "gc", exports), Error: func(err error) {
			one, _ := errors.AsType[types.Error](err)
			if id := labeled.FindStringSubmatch(set.Position(one.Pos).Filename); id != nil {
				wrong[id[1]] = true
			} else {
				mistakes = append(mistakes, err)
			}
		}}
		_, _ = check.Check(folder, set, files, nil)
	}
	return wrong, errors.Join(mistakes...)
}

// replacedFiles returns the files of an overlay by the names of those that they replace.
func replacedFiles(overlay string) (map[string]string, error) {
	content, err := os.ReadFile(overlay)
	if err != nil {
		return nil, err
	}
	var list struct{ Replace map[string]string }
	return list.Replace, json.Unmarshal(content, &list)
}

// parsedPackage parses the files of a folder, with those of an overlay in place of the original ones.
func parsedPackage(set *token.FileSet, root, folder string, replaced map[string]string) ([]*ast.File, error) {
	dir, err := filepath.Abs(filepath.Join(root, folder))
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			all[name] = name
		}
	}
	for name, by := range replaced {
		if filepath.Dir(name) == dir {
			all[name] = by
		}
	}
	var files []*ast.File
	for _, name := range slices.Sorted(maps.Keys(all)) {
		parsed, err := parser.ParseFile(set, all[name], nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, parsed)
	}
	return files, nil
}

// exportFiles returns a function that opens the compiled declarations of a package that the folders import.
func exportFiles(ctx context.Context, root string, folders []string) (importer.Lookup, error) {
	command := exec.CommandContext(ctx, "go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, folders...)...)
	command.Dir = root
	var failure bytes.Buffer
	command.Stderr = &failure
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, failure.String())
	}
	files := map[string]string{}
	for line := range strings.Lines(string(output)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[name] = file
	}
	return func(name string) (io.ReadCloser, error) { return os.Open(files[name]) }, nil
}
