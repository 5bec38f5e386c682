package operator

import (
	"go/ast"
	"go/token"
)

// condition negates a condition. A guard that an error is nil is left alone, since its negation fails every request.
func (w *walk) condition(cond ast.Expr) {
	if cond == nil {
		return
	}
	switch text := squeezed(w.text(cond)); text {
	case "err != nil", "err == nil":
		return
	default:
		w.add("negate", cond, "!("+w.text(cond)+")")
	}
}

// swapped returns the operator that replaces another one, and the name of the change.
func swapped(op token.Token) (token.Token, string) {
	switch op {
	case token.LSS:
		return token.LEQ, "boundary"
	case token.LEQ:
		return token.LSS, "boundary"
	case token.GTR:
		return token.GEQ, "boundary"
	case token.GEQ:
		return token.GTR, "boundary"
	case token.EQL:
		return token.NEQ, "equality"
	case token.NEQ:
		return token.EQL, "equality"
	case token.LAND:
		return token.LOR, "logic"
	case token.LOR:
		return token.LAND, "logic"
	case token.ADD:
		return token.SUB, "arithmetic"
	case token.SUB:
		return token.ADD, "arithmetic"
	}
	return op, ""
}

// binary changes the operator of an expression, and drops each operand of && and ||.
func (w *walk) binary(e *ast.BinaryExpr) {
	other, name := swapped(e.Op)
	if text := squeezed(w.text(e)); name == "" || text == "err != nil" || text == "err == nil" {
		return
	}
	start := w.offset(e.OpPos)
	w.replace(name, start, start+len(e.Op.String()), other.String())
	if e.Op == token.LAND || e.Op == token.LOR {
		w.add("drop-condition", e, w.text(e.X))
		w.add("drop-condition", e, w.text(e.Y))
	}
}

// moment swaps < and <= of times: a.Before(b) becomes !b.Before(a).
func (w *walk) moment(e *ast.CallExpr) {
	method, ok := e.Fun.(*ast.SelectorExpr)
	if !ok || len(e.Args) != 1 || method.Sel.Name != "Before" && method.Sel.Name != "After" {
		return
	}
	w.add("boundary", e, "!("+w.text(e.Args[0])+")."+method.Sel.Name+"("+w.text(method.X)+")")
}
