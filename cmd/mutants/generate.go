package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"standin/cmd/mutants/operator"
)

// mutatedFolders returns the folders whose source is mutated.
func mutatedFolders() []string {
	return []string{"engine/call", "engine/refusal", "engine/service", "engine/world", "spec", "state"}
}

// ofTheSuite is the file that makes the wrong requests of the contract suite. No server runs it.
const ofTheSuite = "spec/negative.go"

// mutant is a generated fault.
type mutant struct {
	*fault
	mutation
	line       int
	touches    []touched // where it takes effect
	everywhere bool      // it takes effect in places that touches does not list, such as in a package that is not mutated
}

// mutation names a mutant by its texts and not by its line, so that it is the same one when lines move.
type mutation struct {
	File     string `json:"file"`
	Function string `json:"function"`
	Operator string `json:"operator"`
	From     string `json:"from"`
	To       string `json:"to"`
	Nth      int    `json:"nth"` // which one of those with the same texts, from 1
}

// touched is a place in a file.
type touched struct {
	file string
	at   int
}

// generator generates the mutants of the source below a root.
type generator struct {
	sources  []*source
	refusals []string
	ids      map[string]int
	same     map[mutation]int // by mutations whose Nth is 0
}

// generate returns every mutant of the Go files in folders, in the order of the files, and the files. Some mutants do not compile.
func generate(root string, folders []string) ([]*mutant, []*source, error) {
	g := &generator{ids: map[string]int{}, same: map[mutation]int{}}
	for _, folder := range folders {
		if err := g.read(root, folder); err != nil {
			return nil, nil, err
		}
	}
	if len(g.sources) == 0 {
		return nil, nil, fmt.Errorf("no source in %s; run this in the root of the repository", strings.Join(folders, ", "))
	}
	var all []*mutant
	for _, s := range g.sources {
		for _, one := range operator.File(s.set, s.parsed, s.content, g.refusals) {
			all = append(all, g.mutant(s, one))
		}
		all = append(all, g.constants(s)...)
	}
	return all, g.sources, nil
}

// read reads the source of a folder.
func (g *generator) read(root, folder string) error {
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		name := path.Join(folder, filepath.Base(file))
		if strings.HasSuffix(file, "_test.go") || name == ofTheSuite {
			continue
		}
		s, err := readSource(root, name)
		if err != nil {
			return err
		}
		g.sources = append(g.sources, s)
		g.refusals = append(g.refusals, refusalsOf(s)...)
	}
	return nil
}

// refusalsOf returns the package variables of a file of package refusal that begin with a capital letter.
func refusalsOf(s *source) []string {
	var all []string
	if s.parsed.Name.Name != "refusal" {
		return nil
	}
	for _, value := range values(s, token.VAR) {
		if value.Names[0].IsExported() {
			all = append(all, value.Names[0].Name)
		}
	}
	return all
}

// values returns the declarations of one variable or constant with one value.
func values(s *source, kind token.Token) []*ast.ValueSpec {
	var all []*ast.ValueSpec
	for _, one := range s.parsed.Decls {
		declared, ok := one.(*ast.GenDecl)
		if !ok || declared.Tok != kind {
			continue
		}
		for _, one := range declared.Specs {
			if value, ok := one.(*ast.ValueSpec); ok && len(value.Names) == 1 && len(value.Values) == 1 {
				all = append(all, value)
			}
		}
	}
	return all
}

// mutant returns the mutant of a change.
func (g *generator) mutant(s *source, c operator.Change) *mutant {
	m := g.named(s, c.Function, c.Operator, c.Start, s.content[c.Start:c.End], c.To)
	if !c.Variable {
		m.edit(s.name, c.Function, span{c.Start, c.End}, c.To)
		m.touches = []touched{{s.name, c.Effect}}
		return m
	}
	for _, value := range values(s, token.VAR) {
		start, end := s.offset(value.Values[0].Pos()), s.offset(value.Values[0].End())
		if start <= c.Start && c.End <= end {
			to := c.Function + " = " + s.content[start:c.Start] + c.To + s.content[c.End:end]
			m.Edits = []*edit{{file: s.name, name: inInit, To: text{to, m.line}}}
		}
	}
	m.everywhere = ast.IsExported(c.Function)
	for _, use := range g.uses(s, c.Function) {
		m.touches = append(m.touches, touched{use.source.name, use.start})
		m.everywhere = m.everywhere || use.function == ""
	}
	return m
}

// named returns a mutant without edits.
func (g *generator) named(s *source, function, operator string, at int, from, to string) *mutant {
	m := &mutant{mutation: mutation{File: s.name, Function: function, Operator: operator, From: squeeze(from), To: squeeze(to)}}
	m.line = s.set.Position(s.set.File(s.parsed.Pos()).Pos(at)).Line
	id := fmt.Sprintf("%s-%d-%s", strings.ReplaceAll(strings.TrimSuffix(s.name, ".go"), "/", "-"), m.line, operator)
	g.ids[id]++
	if n := g.ids[id]; n > 1 {
		id = fmt.Sprintf("%s-%d", id, n)
	}
	key := m.mutation
	g.same[key]++
	m.Nth = g.same[key]
	m.fault = &fault{ID: text{id, m.line}, file: s.name + "[" + id + "]"}
	return m
}

// edit adds an edit at a place.
func (m *mutant) edit(file, function string, at span, to string) {
	m.Edits = append(m.Edits, &edit{file: file, name: function, at: &at, To: text{to, m.line}})
}

// squeeze returns a text with each run of white space as one space.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// constants returns a mutant for each constant with a value in a file: every use of it in a function is changed.
func (g *generator) constants(s *source) []*mutant {
	var all []*mutant
	for _, value := range values(s, token.CONST) {
		name := value.Names[0].Name
		change := cmp.Or(map[bool]string{true: ` + "x"`}[isText(value.Values[0])], " + 1")
		if strings.Contains(s.content[s.offset(value.Pos()):s.offset(value.End())], "time.") {
			change = " * 2"
		}
		m := g.named(s, name, "constant", s.offset(value.Pos()), name, name+change)
		for _, use := range g.uses(s, name) {
			if use.function == "" {
				m.everywhere = true
				continue
			}
			written := use.source.content[use.start:use.end]
			m.edit(use.source.name, use.function, span{use.start, use.end}, "("+written+change+")")
			m.touches = append(m.touches, touched{use.source.name, use.start})
		}
		if len(m.Edits) > 0 {
			all = append(all, m)
		}
	}
	return all
}

// isText reports whether a value is a text.
func isText(value ast.Expr) bool {
	literal, ok := value.(*ast.BasicLit)
	return ok && literal.Kind == token.STRING
}

// use is a place where a name of a package is used. The function is empty outside of functions.
type use struct {
	source     *source
	function   string
	start, end int
}

// uses returns where the source uses a variable or a constant that a file declares. It goes by the name alone.
func (g *generator) uses(declared *source, name string) []use {
	var all []use
	for _, s := range g.sources {
		own := path.Dir(s.name) == path.Dir(declared.name)
		for _, one := range s.parsed.Decls {
			function := ""
			if typed, ok := one.(*ast.FuncDecl); ok {
				function = operator.Name(typed)
			}
			nodes := foreignUses(one, declared.parsed.Name.Name, name)
			if own {
				nodes = ownUses(one, name)
			}
			for _, found := range nodes {
				all = append(all, use{s, function, s.offset(found.Pos()), s.offset(found.End())})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b use) int { return cmp.Or(strings.Compare(a.source.name, b.source.name), a.start-b.start) })
	return all
}

// ownUses returns the identifiers in a declaration that can be uses of a name of its own package.
func ownUses(declared ast.Decl, name string) []ast.Node {
	var all []ast.Node
	others := map[*ast.Ident]bool{} // members of structs, and names that are declared here
	ast.Inspect(declared, func(node ast.Node) bool {
		switch typed := node.(type) {
		case *ast.SelectorExpr:
			others[typed.Sel] = true
		case *ast.ValueSpec:
			for _, one := range typed.Names {
				others[one] = true
			}
		case *ast.Ident:
			if typed.Name == name && !others[typed] {
				all = append(all, typed)
			}
		}
		return true
	})
	return all
}

// foreignUses returns where a declaration uses a name of another package.
func foreignUses(declared ast.Decl, pkg, name string) []ast.Node {
	var all []ast.Node
	ast.Inspect(declared, func(node ast.Node) bool {
		if typed, ok := node.(*ast.SelectorExpr); ok && typed.Sel.Name == name {
			if from, ok := typed.X.(*ast.Ident); ok && from.Name == pkg {
				all = append(all, typed)
			}
		}
		return true
	})
	return all
}
