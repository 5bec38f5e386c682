package operator

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// literal changes a number or a text.
func (w *walk) literal(e *ast.BasicLit) {
	switch e.Kind {
	case token.INT, token.FLOAT:
		w.add("constant", e, "("+e.Value+" + 1)")
	case token.STRING:
		if strings.HasPrefix(e.Value, "`") {
			w.add("constant", e, e.Value+` + "x"`)
		} else {
			w.add("constant", e, e.Value[:len(e.Value)-1]+`x"`)
		}
	}
}

// name changes true and false, and in package refusal a refusal.
func (w *walk) name(e *ast.Ident) {
	switch e.Name {
	case "true":
		w.add("constant", e, "false")
	case "false":
		w.add("constant", e, "true")
	default:
		if w.own && !w.variable {
			w.refusal(e, "", e.Name)
		}
	}
}

// otherUnit returns another unit of time than the one with a name, or "".
func otherUnit(name string) string {
	switch name {
	case "Millisecond":
		return "Second"
	case "Second", "Hour":
		return "Minute"
	case "Minute":
		return "Hour"
	}
	return ""
}

// selector changes a status, a unit of time or a refusal.
func (w *walk) selector(e *ast.SelectorExpr) {
	from, ok := e.X.(*ast.Ident)
	switch {
	case !ok:
	case from.Name == "http" && strings.HasPrefix(e.Sel.Name, "Status") && e.Sel.Name != "StatusText":
		w.add("constant", e, "http.StatusTeapot")
	case from.Name == "time" && otherUnit(e.Sel.Name) != "":
		w.add("constant", e, "time."+otherUnit(e.Sel.Name))
	case from.Name == "refusal":
		w.refusal(e, "refusal.", e.Sel.Name)
	}
}

// refusal replaces a refusal by the next one.
func (w *walk) refusal(e ast.Expr, qualifier, name string) {
	if at := slices.Index(w.refusals, name); at >= 0 && len(w.refusals) > 1 {
		w.add("error-other", e, qualifier+w.refusals[(at+1)%len(w.refusals)])
	}
}

// elements drops each member of a struct, each entry of a map and each element of a list.
func (w *walk) elements(e *ast.CompositeLit) {
	for i, one := range e.Elts {
		operator := "drop-element"
		if _, keyed := one.(*ast.KeyValueExpr); keyed {
			operator = "clear-member"
		}
		end := w.offset(one.End())
		if i+1 < len(e.Elts) {
			end = w.offset(e.Elts[i+1].Pos())
		}
		w.replace(operator, w.offset(one.Pos()), end, "")
	}
}

// index takes the last element instead of the first one, and the first instead of the last.
func (w *walk) index(e *ast.IndexExpr) {
	list := w.text(e.X)
	switch squeezed(w.text(e.Index)) {
	case "0":
		w.add("first-last", e.Index, "len("+list+")-1")
	case "len(" + list + ")-1", "len(" + list + ") - 1":
		w.add("first-last", e.Index, "0")
	}
}
