package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"standin/spec"
)

// Cell is a case that a whole run must have seen.
type Cell struct {
	Operation string
	Column    string // a status with the media type of its body, a media type of a request, or a caller
	Verdict   string // what a caller got: in, 401, 403 or late; empty for an answer
	Seen      bool
	Reason    string // why it cannot be seen
}

// answered is the name of a report entry: an operation has answered.
func answered(operation string, status int, mediaType string) string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", operation, status, mediaType))
}

// accepted is the name of a report entry: an operation has accepted a body.
func accepted(operation, mediaType string) string {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return operation + " takes " + mediaType
}

// calledBy is the name of a report entry: a caller has called an operation.
func calledBy(operation, caller string) string { return operation + " ← " + caller }

// callerGot separates the name of a report entry from what the caller got.
const callerGot = " → "

// CalledBy adds to the report of the spec that a caller has called an operation, and in short what the caller got.
func (w *World) CalledBy(operation, caller, verdict string) {
	w.note(calledBy(operation, caller) + callerGot + verdict)
}

// note adds an entry to the report of the spec, unless the exchanges of the world are watched: there may be thousands.
func (w *World) note(name string) {
	if w.watch == nil {
		AddReportEntry(name, ReportEntryVisibilityNever)
	}
}

// AnotherCustomer is a customer who names something that belongs to somebody else.
const AnotherCustomer = "another customer"

// expectedCallers returns the callers that must have called every operation that asks for a bearer. The list is apart
// from the specs: if a caller is removed there, it is missing here.
func expectedCallers() []string {
	return []string{
		"an anonymous shopper", "a service", "an ordinary customer", "a customer with the scopes that it needs", "nobody", "a bearer without a token",
		"another scheme", "an unknown token", "a customer of another tenant", "a shopper of another tenant", "a refresh token", "a saas token",
		"a forged JWT", "a customer who has logged out", "an expired customer", "an expired shopper", AnotherCustomer,
	}
}

// The security schemes of the documents.
const (
	CustomerScheme  = "CustomerAccessToken"
	AnonymousScheme = "AnonymousAccessToken"
	ServiceScheme   = "ServiceAccessToken"
)

// AsksForBearer reports whether an operation asks for an access token.
func AsksForBearer(op *spec.Operation) bool {
	return op.Accepts(CustomerScheme) || op.Accepts(AnonymousScheme) || op.Accepts(ServiceScheme)
}

// namesThings reports whether an operation names something that may belong to another customer.
func namesThings(op *spec.Operation) bool {
	for _, name := range []string{"addressId", "accessToken", "token"} {
		if in, _ := op.Parameter(name); in != "" && op.Accepts(CustomerScheme) {
			return true
		}
	}
	return false
}

// unreachable returns the documented answers that no request provokes, with the reason.
func unreachable() map[string]string {
	const kinds = "the print documents a 403, but needs no scope here, and a caller of the wrong kind gets 401 (T-KIND)"
	const json = "application/json"
	return map[string]string{
		answered("signup", http.StatusForbidden, json):               kinds,
		answered("confirmEmailChange", http.StatusForbidden, json):   kinds,
		answered("requestPasswordReset", http.StatusForbidden, json): kinds,
		answered("resetPassword", http.StatusForbidden, json):        kinds,
	}
}

// whole reports whether a run must have seen all cells: all specs were selected, none failed, and the server has a
// control API. It ignores whether ginkgo calls the run a success, because an incomplete suite makes it fail.
func (s *Suite) whole(report Report) bool {
	config := report.SuiteConfig
	selected := len(config.FocusStrings)+len(config.SkipStrings)+len(config.FocusFiles)+len(config.SkipFiles) > 0 || config.LabelFilter != ""
	failed := slices.ContainsFunc(report.SpecReports, func(one SpecReport) bool { return one.State.Is(types.SpecStateFailureStates) })
	return !selected && !failed && !s.Target.Foreign()
}

// failIfIncomplete adds a node that fails a run of go test if the suite is incomplete.
func (s *Suite) failIfIncomplete() {
	ReportAfterSuite("the suite is complete", func(report Report) {
		if missing := s.missing(report); len(missing) > 0 {
			Fail("the suite is incomplete:\n  " + strings.Join(missing, "\n  "))
		}
	})
}

// missing lists what the suite lacks, with what to add. Which cells were not seen is listed for a whole run only.
func (s *Suite) missing(report Report) []string {
	missing := append(s.undescribed(), s.unlabeled(report.SpecReports)...)
	if !s.whole(report) {
		return missing
	}
	for _, one := range s.answerCells(report.SpecReports) {
		switch {
		case !one.Seen && one.Reason == "":
			missing = append(missing, fmt.Sprintf("no spec has seen that %s %s: add one to its file in contracts", one.Operation, one.verb()))
		case one.Seen && one.Reason != "":
			missing = append(missing, fmt.Sprintf("a spec has seen that %s %s: remove it from unreachable in contracts/suite/coverage.go", one.Operation, one.verb()))
		}
	}
	for _, one := range s.callerCells(report.SpecReports) {
		switch {
		case !one.Seen && one.Reason == "":
			missing = append(missing, fmt.Sprintf("no spec has called %s as %s: add the caller to contracts/caller_table.go", one.Operation, one.Column))
		case one.Seen && one.Reason != "":
			missing = append(missing, fmt.Sprintf("a spec has called %s as %s, but %s: correct namesThings in contracts/suite/coverage.go", one.Operation, one.Column, one.Reason))
		}
	}
	return missing
}

// verb is the column of an answer as a part of a sentence.
func (c Cell) verb() string {
	if strings.HasPrefix(c.Column, takes) {
		return c.Column
	}
	return "answers " + c.Column
}

// takes begins the column of a media type of a request.
const takes = "takes "

// undescribed lists operations that no rule names. A rule has a spec, or unlabeled lists it.
func (s *Suite) undescribed() []string {
	var missing []string
	for _, op := range s.Operations() {
		if !slices.ContainsFunc(s.rules, func(rule spec.Rule) bool { return slices.Contains(rule.Operations, op.ID) }) {
			missing = append(missing, fmt.Sprintf("no rule names the operation %s: add it to the operations of a rule in spec/rules.yaml, and describe it in a method of specs in contracts, in specs with the rule as a label", op.ID))
		}
	}
	return missing
}

// unlabeled lists rules that no spec has as a label, and specs whose labels are not rules.
func (s *Suite) unlabeled(specs types.SpecReports) []string {
	var missing []string
	held := map[string]bool{}
	known := map[string]bool{}
	for _, rule := range s.rules {
		known[rule.ID] = true
	}
	for _, one := range specs.WithLeafNodeType(types.NodeTypeIt) {
		rules := s.rulesOf(one)
		if len(rules) == 0 {
			missing = append(missing, "the spec has no rule as a label, add one: "+one.FullText())
		}
		for _, id := range rules {
			held[id] = true
			if !known[id] {
				missing = append(missing, fmt.Sprintf("the spec has the label %s, which is not a rule of spec/rules.yaml: %s", id, one.FullText()))
			}
		}
	}
	for _, rule := range s.rules {
		if !held[rule.ID] {
			missing = append(missing, fmt.Sprintf("no spec has the label %s: add a spec of this rule to contracts", rule.ID))
		}
	}
	return missing
}

// faults lists what is wrong with the suite and not with the server: what the suite lacks, and which of its nodes that
// are not specs failed.
func (s *Suite) faults(report Report) []string {
	var problems []string
	for _, missing := range s.missing(report) {
		problems = append(problems, "the suite is incomplete: "+missing)
	}
	for _, one := range report.SpecReports {
		if one.LeafNodeType != types.NodeTypeIt && one.State.Is(types.SpecStateFailureStates) {
			problems = append(problems, fmt.Sprintf("the suite fails in %s: %s", one.LeafNodeType, one.Failure.Message))
		}
	}
	return problems
}

// seenIn returns the names of the report entries of all specs, each with what the caller got.
func seenIn(specs types.SpecReports) map[string]string {
	seen := map[string]string{}
	for _, one := range specs {
		for _, entry := range one.ReportEntries {
			name, verdict, _ := strings.Cut(entry.Name, callerGot)
			seen[name] = verdict
		}
	}
	return seen
}

// answerCells returns a cell for each answer that the documents have, and for each media type that an operation takes.
func (s *Suite) answerCells(specs types.SpecReports) []Cell {
	var cells []Cell
	seen, reasons := seenIn(specs), unreachable()
	add := func(operation, column, name string) {
		_, ok := seen[name]
		cells = append(cells, Cell{Operation: operation, Column: column, Seen: ok, Reason: reasons[name]})
	}
	for _, op := range s.Operations() {
		for _, status := range op.Statuses() {
			for _, mediaType := range op.AnswerTypes(status) {
				add(op.ID, strings.TrimSpace(fmt.Sprintf("%d %s", status, mediaType)), answered(op.ID, status, mediaType))
			}
		}
		for _, mediaType := range op.MediaTypes() {
			add(op.ID, takes+mediaType, accepted(op.ID, mediaType))
		}
	}
	return cells
}

// callerCells returns a cell for each operation that asks for a bearer and each caller.
func (s *Suite) callerCells(specs types.SpecReports) []Cell {
	var cells []Cell
	seen := seenIn(specs)
	for _, op := range s.Operations() {
		if !AsksForBearer(op) {
			continue
		}
		for _, caller := range expectedCallers() {
			one := Cell{Operation: op.ID, Column: caller}
			one.Verdict, one.Seen = seen[calledBy(op.ID, caller)]
			if caller == AnotherCustomer && !namesThings(op) {
				one.Reason = "the operation reaches nothing but the caller's own"
			}
			cells = append(cells, one)
		}
	}
	return cells
}
