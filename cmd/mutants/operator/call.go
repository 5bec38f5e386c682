package operator

import (
	"go/ast"
	"go/token"
	"strings"
)

// call drops and swaps arguments, and drops a call that normalizes a text.
func (w *walk) call(e *ast.CallExpr) {
	w.moment(e)
	w.opposite(e)
	if len(e.Args) > 0 && e.Ellipsis == token.NoPos && normalizes(e.Fun) {
		w.add("drop-call", e, w.text(e.Args[0]))
	}
	w.dropEach("drop-argument", e.Args)
	if symmetric(w.text(e.Fun)) {
		return
	}
	for i := 1; i < len(e.Args); i++ {
		first, second := e.Args[i-1], e.Args[i]
		start, end := w.offset(first.Pos()), w.offset(second.End())
		between := w.content[w.offset(first.End()):w.offset(second.Pos())]
		w.replace("swap-arguments", start, end, w.text(second)+between+w.text(first))
	}
}

// symmetric reports whether the order of a function's arguments makes no difference.
func symmetric(function string) bool {
	switch function {
	case "bytes.Equal", "hmac.Equal", "maps.Equal", "max", "min", "reflect.DeepEqual", "slices.Equal", "strings.EqualFold", "subtle.ConstantTimeCompare":
		return true
	}
	return false
}

// normalizes reports whether a function has the name of one that brings a text into its normal form.
func normalizes(function ast.Expr) bool {
	var name string
	switch typed := function.(type) {
	case *ast.Ident:
		name = typed.Name
	case *ast.SelectorExpr:
		name = typed.Sel.Name
	}
	name = strings.ToLower(name)
	for _, part := range []string{"lower", "upper", "trim", "fold", "normal", "clean", "clone", "sorted", "truncate"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// opposite replaces a function by another one with the same arguments, such as min by max.
func (w *walk) opposite(e *ast.CallExpr) {
	var other string
	switch w.text(e.Fun) {
	case "min":
		other = "max"
	case "max":
		other = "min"
	case "slices.Min":
		other = "slices.Max"
	case "slices.Max":
		other = "slices.Min"
	case "strings.Index":
		other = "strings.LastIndex"
	case "strings.LastIndex":
		other = "strings.Index"
	case "strings.HasPrefix", "strings.HasSuffix", "strings.EqualFold":
		other = "strings.Contains"
	default:
		return
	}
	w.add("first-last", e.Fun, other)
}
