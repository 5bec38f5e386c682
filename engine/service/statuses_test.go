package service_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"standin/engine/service"
	"standin/spec"
)

// statusNames are the constants of net/http by which the handlers name their statuses.
var statusNames = map[string]int{
	"StatusOK": http.StatusOK, "StatusCreated": http.StatusCreated, "StatusAccepted": http.StatusAccepted, "StatusNoContent": http.StatusNoContent,
	"StatusBadRequest": http.StatusBadRequest, "StatusUnauthorized": http.StatusUnauthorized, "StatusForbidden": http.StatusForbidden,
	"StatusNotFound": http.StatusNotFound, "StatusConflict": http.StatusConflict,
}

// source is what the source of the handlers says of statuses.
type source struct {
	functions map[string]*ast.FuncDecl
	refusals  map[string]int    // the status of each declared refusal
	handlers  map[string]string // the function of each operation
}

func parse(t *testing.T, pattern string, see func(*ast.File)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no files (%v)", pattern, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		see(parsed)
	}
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{functions: map[string]*ast.FuncDecl{}, refusals: map[string]int{}, handlers: map[string]string{}}
	parse(t, "*.go", func(file *ast.File) {
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
				s.functions[function.Name.Name] = function
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			line, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			id, isID := line.Key.(*ast.BasicLit)
			if handler := handlerIn(line.Value); isID && handler != "" {
				s.handlers[strings.Trim(id.Value, `"`)] = handler
			}
			return true
		})
	})
	parse(t, "../refusal/refusal.go", func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if declared, ok := n.(*ast.ValueSpec); ok && len(declared.Values) == 1 {
				s.refusals[declared.Names[0].Name] = http.StatusUnauthorized // Those of the gateway name none.
				for status := range statusesIn(declared.Values[0]) {
					s.refusals[declared.Names[0].Name] = status
				}
			}
			return true
		})
	})
	return s
}

// handlerIn returns the function of a line such as hashing(withBody(login)).keepingOnError(); "" for anything else.
func handlerIn(line ast.Expr) string {
	called, ok := line.(*ast.CallExpr)
	if !ok {
		return ""
	}
	switch mark := called.Fun.(type) {
	case *ast.SelectorExpr:
		return handlerIn(mark.X)
	case *ast.Ident:
		if mark.Name != "reads" && mark.Name != "writes" && mark.Name != "hashing" && mark.Name != "withBody" {
			return ""
		}
		if handler, ok := called.Args[0].(*ast.Ident); ok {
			return handler.Name
		}
		return handlerIn(called.Args[0])
	}
	return ""
}

// statusesIn returns the statuses that a piece of source names.
func statusesIn(piece ast.Node) map[int]bool {
	found := map[int]bool{}
	ast.Inspect(piece, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if status := statusNames[selector.Sel.Name]; status > 0 {
				found[status] = true
			}
		}
		return true
	})
	return found
}

// of returns the statuses that a function names, or a function that it calls.
func (s source) of(name string, seen map[string]bool) map[int]bool {
	function := s.functions[name]
	if function == nil || seen[name] {
		return nil
	}
	seen[name] = true
	found := statusesIn(function.Body)
	ast.Inspect(function.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if of, ok := n.X.(*ast.Ident); ok && of.Name == "refusal" {
				if status := s.refusals[n.Sel.Name]; status > 0 {
					found[status] = true
				}
				if n.Sel.Name == "Field" {
					found[http.StatusBadRequest] = true
				}
			}
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.Ident); ok {
				for status := range s.of(called.Name, seen) {
					found[status] = true
				}
			}
		}
		return true
	})
	return found
}

// A status that a handler answers and the document lacks would be a 500 at run time. It is found here by the operation's name.
func TestHandlersAnswerDocumentedStatuses(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	checked := 0
	for name, table := range service.Tables() {
		document, err := spec.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for id := range table {
			statuses := s.of(s.handlers[id], map[string]bool{})
			op, ok := document.Operation(id)
			if len(statuses) == 0 || !ok {
				t.Errorf("no statuses are found for %s, of the handler %q", id, s.handlers[id])
				continue
			}
			for status := range statuses {
				checked++
				if !op.Documents(status) {
					t.Errorf("the handler of %s answers %d, which spec/%s does not document: add it to the responses of %s %s, or answer another status", id, status, name, op.Method, op.Path)
				}
			}
		}
	}
	if checked < 2*len(s.handlers) {
		t.Errorf("only %d statuses are found in %d handlers", checked, len(s.handlers))
	}
}
