package operator

import "go/ast"

// statements drops each statement that can be missing.
func (w *walk) statements(list []ast.Stmt) {
	for _, one := range list {
		if operator := droppable(one); operator != "" {
			w.add(operator, one, "")
		}
	}
}

// never makes an if statement never run its block. Its condition stays, so that what it names counts as used.
func (w *walk) never(i *ast.IfStmt) {
	w.addAt("drop-statement", i.Cond, "("+w.text(i.Cond)+") && false", i.Body.Lbrace+1)
}

// droppable returns the operator that drops a statement, or "" if it must stay.
func droppable(one ast.Stmt) string {
	switch one.(type) {
	case *ast.AssignStmt, *ast.IncDecStmt:
		return "drop-assignment"
	case *ast.ExprStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt,
		*ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.BranchStmt:
		return "drop-statement"
	}
	return ""
}

// clause drops a case, or one of its values.
func (w *walk) clause(c *ast.CaseClause) {
	w.addAt("drop-case", c, "", c.Colon+1)
	w.dropEach("drop-case", c.List)
}

// dropEach drops each node of a list of at least two that are separated by commas.
func (w *walk) dropEach(operator string, list []ast.Expr) {
	for i := range list {
		switch {
		case len(list) < 2:
		case i == 0:
			w.replace(operator, w.offset(list[0].Pos()), w.offset(list[1].Pos()), "")
		default:
			w.replace(operator, w.offset(list[i-1].End()), w.offset(list[i].End()), "")
		}
	}
}

// results replaces a returned error by nil. A refusal in it is replaced by another one as every refusal is.
func (w *walk) results(r *ast.ReturnStmt, signature *ast.FuncType) {
	if signature == nil || signature.Results == nil || len(r.Results) != signature.Results.NumFields() {
		return
	}
	last := signature.Results.List[len(signature.Results.List)-1]
	if name, ok := last.Type.(*ast.Ident); !ok || name.Name != "error" {
		return
	}
	w.add("error-nil", r.Results[len(r.Results)-1], "nil")
}
