package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"standin/cmd/mutants/operator"
)

// source is a source file with faults.
type source struct {
	name    string // path relative to the root
	path    string
	content string
	set     *token.FileSet
	parsed  *ast.File
}

// readSource reads and parses a file.
func readSource(root, name string) (*source, error) {
	s := &source{name: name, path: filepath.Join(root, filepath.FromSlash(name)), set: token.NewFileSet()}
	content, err := os.ReadFile(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no such file: %s", name)
	}
	if err != nil {
		return nil, err
	}
	s.content = string(content)
	s.parsed, err = parser.ParseFile(s.set, name, content, parser.SkipObjectResolution)
	return s, err
}

// offset returns a position as an offset in the file.
func (s *source) offset(at token.Pos) int { return s.set.Position(at).Offset }

// function returns the function or method with a name, or nil if the file has no such function. The name of a method is
// Type.name.
func (s *source) function(name string) *ast.FuncDecl {
	for _, one := range s.parsed.Decls {
		if function, ok := one.(*ast.FuncDecl); ok && function.Body != nil && operator.Name(function) == name {
			return function
		}
	}
	return nil
}

// region is a part of a function that is replaced by changes of one fault.
type region struct {
	span    // part of the file
	changes []placed
}

// placed is a change with the part of the file that it replaces.
type placed struct {
	change
	span
}

// mutated returns the body of a function with all changes of one fault, without the braces.
func (s *source) mutated(root string, function *ast.FuncDecl, changes []change) (string, error) {
	all, err := s.place(function, changes)
	if err != nil {
		return "", err
	}
	start, end := s.offset(function.Body.Lbrace)+1, s.offset(function.Body.Rbrace)
	label := "[" + changes[0].fault.ID.value + "]"
	var out strings.Builder
	for _, r := range s.regions(start, end, all) {
		out.WriteString(s.directive(start, label))
		out.WriteString(s.content[start:r.start])
		out.WriteString(r.text(root, s.content))
		start = r.end
	}
	out.WriteString(s.directive(start, label))
	out.WriteString(s.content[start:end])
	return out.String(), nil
}

// place returns the changes with their places, in the order of the file.
func (s *source) place(function *ast.FuncDecl, changes []change) ([]placed, error) {
	start, end := s.offset(function.Pos()), s.offset(function.End())
	body := span{s.offset(function.Body.Lbrace) + 1, s.offset(function.Body.Rbrace)}
	var all []placed
	var mistakes []error
	for _, one := range changes {
		if one.at != nil {
			all = append(all, placed{one, *one.at})
			continue
		}
		found := occurrences(s.content[start:end], one.From.value)
		if len(found) != 1 {
			mistakes = append(mistakes, one.fault.wrong(one.From, "from occurs %d times in %s %s; it must occur exactly once", len(found), s.name, one.name))
			continue
		}
		at := span{start + found[0].start, start + found[0].end}
		if at.start < body.start || at.end > body.end {
			mistakes = append(mistakes, one.fault.wrong(one.From, "from reaches outside the body of %s %s", s.name, one.name))
			continue
		}
		all = append(all, placed{one, at})
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(all); i++ {
		if all[i].start < all[i-1].end {
			mistakes = append(mistakes, all[i].fault.wrong(all[i].From, "from overlaps another edit of %s %s", s.name, all[i].name))
		}
	}
	return all, errors.Join(mistakes...)
}

// regions returns the parts of the file that the changes replace, extended to whole tokens, since a directive can only be
// placed between tokens.
func (s *source) regions(start, end int, all []placed) []region {
	tokens := lexemes(s.content[start:end])
	var regions []region
	for _, one := range all {
		wide := widened(span{one.start - start, one.end - start}, tokens)
		wide = span{wide.start + start, wide.end + start}
		if last := len(regions) - 1; last >= 0 && wide.start < regions[last].end {
			regions[last].end = max(wide.end, regions[last].end)
			regions[last].changes = append(regions[last].changes, one)
		} else {
			regions = append(regions, region{wide, []placed{one}})
		}
	}
	return regions
}

// text returns the new text of a region, with a directive to the line of its first change.
func (r region) text(root, content string) string {
	var out strings.Builder
	at := r.start
	for _, one := range r.changes {
		out.WriteString(content[at:one.start])
		out.WriteString(one.code())
		at = one.end
	}
	out.WriteString(content[at:r.end])
	if strings.TrimSpace(out.String()) == "" {
		return ""
	}
	return r.changes[0].directive(root, r.changes[0].To) + out.String()
}

// code returns the new text of a change. It ends with a newline only after a comment, since a newline may end a statement.
func (c change) code() string {
	code := strings.TrimRight(c.To.value, "\n")
	if all := lexemes(code); len(all) > 0 && strings.HasPrefix(all[len(all)-1].text, "//") {
		code += "\n"
	}
	return code
}

// text returns the new text of a change with a directive to its line.
func (c change) text(root string) string { return c.directive(root, c.To) + c.code() }

// directive returns a comment that makes the compiler report errors at a line of the YAML file.
func (c change) directive(root string, at text) string {
	return fmt.Sprintf("/*line %s:%d*/", filepath.Join(root, filepath.FromSlash(c.fault.file)), at.line)
}

// directive returns a comment that makes the compiler report errors at a place in the file. label names the fault in a copy.
func (s *source) directive(offset int, label string) string {
	at := s.set.Position(s.set.File(s.parsed.Pos()).Pos(offset))
	return fmt.Sprintf("/*line %s%s:%d:%d*/", s.path, label, at.Line, at.Column)
}
