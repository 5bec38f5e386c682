// Package operator generates changes of Go source: each is a small mistake such as a negated condition, a dropped statement or
// another constant. It works on the syntax alone, so some changes do not compile; the caller leaves those out.
package operator

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Change replaces a part of a file.
type Change struct {
	Operator   string
	Function   string // the name of the function, Type.name for a method; the variable for the value of a package variable
	Variable   bool   // the change is in the value of the package variable Function
	Start, End int    // offsets in the file
	To         string
	Effect     int // the offset of the code that must run for the change to have an effect
}

// File returns the changes of a file's functions and package variables, in the order of the file. Refusals are the names of the
// variables of package refusal, each of which is replaced by the next one.
func File(set *token.FileSet, file *ast.File, content string, refusals []string) []Change {
	w := &walk{set: set, content: content, refusals: refusals, own: file.Name.Name == "refusal"}
	for _, one := range file.Decls {
		switch declared := one.(type) {
		case *ast.FuncDecl:
			if declared.Body != nil && declared.Name.Name != "init" {
				w.function = Name(declared)
				w.body(declared.Type, declared.Body)
			}
		case *ast.GenDecl:
			w.variables(declared)
		}
	}
	slices.SortStableFunc(w.found, func(a, b Change) int { return a.Start - b.Start })
	return w.found
}

// Name returns the name of a function, or Type.name for a method.
func Name(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	for {
		switch typed := receiver.(type) {
		case *ast.StarExpr:
			receiver = typed.X
		case *ast.ParenExpr:
			receiver = typed.X
		case *ast.IndexExpr:
			receiver = typed.X
		case *ast.IndexListExpr:
			receiver = typed.X
		case *ast.Ident:
			return typed.Name + "." + function.Name.Name
		default:
			return function.Name.Name
		}
	}
}

// walk collects the changes of a file.
type walk struct {
	set      *token.FileSet
	content  string
	refusals []string
	own      bool // the file is one of package refusal, which names them without a qualifier
	function string
	variable bool
	found    []Change
}

// variables adds the changes of the values of package variables that are declared one at a time.
func (w *walk) variables(declared *ast.GenDecl) {
	if declared.Tok != token.VAR {
		return
	}
	for _, one := range declared.Specs {
		value, ok := one.(*ast.ValueSpec)
		if !ok || len(value.Names) != 1 || len(value.Values) != 1 || value.Names[0].Name == "_" {
			continue
		}
		w.function, w.variable = value.Names[0].Name, true
		w.inside(value.Values[0], nil)
		w.variable = false
	}
}

// body adds the changes of a function's body, and of the function literals in it with their own results.
func (w *walk) body(signature *ast.FuncType, body *ast.BlockStmt) { w.inside(body, signature) }

// inside adds the changes of everything in a node. Signature is that of the function around it.
func (w *walk) inside(root ast.Node, signature *ast.FuncType) {
	ast.Inspect(root, func(node ast.Node) bool {
		if literal, ok := node.(*ast.FuncLit); ok {
			w.body(literal.Type, literal.Body)
			return false
		}
		w.node(node, signature)
		return true
	})
}

// node adds the changes of one node.
func (w *walk) node(node ast.Node, signature *ast.FuncType) {
	switch typed := node.(type) {
	case *ast.IfStmt:
		w.condition(typed.Cond)
		w.never(typed)
	case *ast.ForStmt:
		w.condition(typed.Cond)
	case *ast.BlockStmt:
		w.statements(typed.List)
	case *ast.CaseClause:
		w.statements(typed.Body)
		w.clause(typed)
	case *ast.CommClause:
		w.statements(typed.Body)
	case *ast.ReturnStmt:
		w.results(typed, signature)
	case *ast.BinaryExpr:
		w.binary(typed)
	case *ast.UnaryExpr:
		if typed.Op == token.NOT {
			w.add("negate", typed, w.text(typed.X))
		}
	case *ast.BasicLit:
		w.literal(typed)
	case *ast.Ident:
		w.name(typed)
	case *ast.SelectorExpr:
		w.selector(typed)
	case *ast.CallExpr:
		w.call(typed)
	case *ast.CompositeLit:
		w.elements(typed)
	case *ast.IndexExpr:
		w.index(typed)
	}
}

// add adds a change that replaces a node.
func (w *walk) add(operator string, node ast.Node, to string) {
	w.replace(operator, w.offset(node.Pos()), w.offset(node.End()), to)
}

// addAt adds a change that replaces a node and has an effect only if the code at a position runs.
func (w *walk) addAt(operator string, node ast.Node, to string, effect token.Pos) {
	w.add(operator, node, to)
	w.found[len(w.found)-1].Effect = w.offset(effect)
}

// replace adds a change that replaces a part of the file.
func (w *walk) replace(operator string, start, end int, to string) {
	if w.content[start:end] != to {
		w.found = append(w.found, Change{Operator: operator, Function: w.function, Variable: w.variable, Start: start, End: end, To: to, Effect: start})
	}
}

// text returns the source of a node.
func (w *walk) text(node ast.Node) string {
	return w.content[w.offset(node.Pos()):w.offset(node.End())]
}

func (w *walk) offset(at token.Pos) int { return w.set.PositionFor(at, false).Offset }

// squeezed returns a text with each run of white space as one space.
func squeezed(text string) string { return strings.Join(strings.Fields(text), " ") }
