package contracts

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"standin/spec"
)

// Cell is one case of a matrix that a whole run must have met.
type Cell struct {
	Operation string
	Column    string // a status with the media type of its body, a media type that is sent, or a caller
	Verdict   string // what a caller gets: in, 401, 403 or late; empty for an answer
	Seen      bool
	Reason    string // why it cannot be met
}

// cell names an answer of an operation, in the reports of the specs.
func cell(operation string, status int, mediaType string) string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", operation, status, mediaType))
}

// taken names a body that an operation has accepted.
func taken(operation, mediaType string) string {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return operation + " takes " + mediaType
}

// came names a caller who has come to an operation.
func came(operation, caller string) string { return operation + " ← " + caller }

// unreachable are documented answers that no request provokes, with the reason.
func unreachable() map[string]string {
	const kinds = "the print documents a 403, but needs no scope here, and a caller of the wrong kind gets 401 (T-KIND)"
	const json = "application/json"
	return map[string]string{
		cell("signup", http.StatusForbidden, json):               kinds,
		cell("confirmEmailChange", http.StatusForbidden, json):   kinds,
		cell("requestPasswordReset", http.StatusForbidden, json): kinds,
		cell("resetPassword", http.StatusForbidden, json):        kinds,
	}
}

// wholeRun reports whether a run can be judged by the answers and callers that it leaves out: it ran all specs, against
// a server that lends all that they need, and none failed. What ginkgo says of the run does not matter, since a suite
// that leaves something out fails there too.
func (s *suite) wholeRun(report Report) bool {
	config := report.SuiteConfig
	selected := len(config.FocusStrings)+len(config.SkipStrings)+len(config.FocusFiles)+len(config.SkipFiles) > 0 || config.LabelFilter != ""
	failed := slices.ContainsFunc(report.SpecReports, func(one SpecReport) bool { return one.State.Is(types.SpecStateFailureStates) })
	return !selected && !failed && !s.target.Foreign()
}

// gate fails a whole run of go test if the specs have left something out.
func (s *suite) gate() {
	ReportAfterSuite("nothing is left out", func(report Report) {
		if missing := s.leftOut(report); len(missing) > 0 {
			Fail("the suite leaves out:\n  " + strings.Join(missing, "\n  "))
		}
	})
}

// leftOut lists rules without a spec, specs without a rule and, of a whole run, the answers and callers that were not
// met.
func (s *suite) leftOut(report Report) []string {
	missing := s.unruly(report.SpecReports)
	if !s.wholeRun(report) {
		return missing
	}
	for _, one := range slices.Concat(s.answerCells(report.SpecReports), s.callerCells(report.SpecReports)) {
		switch {
		case !one.Seen && one.Reason == "":
			missing = append(missing, fmt.Sprintf("a spec of %s: %s", one.Operation, one.Column))
		case one.Seen && one.Reason != "":
			missing = append(missing, fmt.Sprintf("a reason that holds: %s has been seen, %s", one.Operation, one.Column))
		}
	}
	return missing
}

// itself lists what is wrong with the suite and not with the server: what it leaves out, and which of its own nodes
// failed.
func (s *suite) itself(report Report) []string {
	var problems []string
	for _, missing := range s.leftOut(report) {
		problems = append(problems, "the suite leaves out "+missing)
	}
	for _, one := range report.SpecReports {
		if one.LeafNodeType != types.NodeTypeIt && one.State.Is(types.SpecStateFailureStates) {
			problems = append(problems, fmt.Sprintf("the suite fails in %s: %s", one.LeafNodeType, one.Failure.Message))
		}
	}
	return problems
}

// unruly lists rules without a spec, and specs that name no rule or one that is not there.
func (s *suite) unruly(specs types.SpecReports) []string {
	var missing []string
	covered := map[string]bool{}
	known := map[string]bool{}
	for _, rule := range s.rules {
		known[rule.ID] = true
	}
	for _, one := range specs.WithLeafNodeType(types.NodeTypeIt) {
		rules := s.rulesOf(one)
		if len(rules) == 0 {
			missing = append(missing, "a rule of the spec: "+one.FullText())
		}
		for _, id := range rules {
			covered[id] = true
			if !known[id] {
				missing = append(missing, "the rule "+id+" of the spec: "+one.FullText())
			}
		}
	}
	for _, rule := range s.rules {
		if !covered[rule.ID] {
			missing = append(missing, "a spec of the rule "+rule.ID)
		}
	}
	return missing
}

// seenIn collects what the specs of a run have met.
func seenIn(specs types.SpecReports) map[string]bool {
	seen := map[string]bool{}
	for _, one := range specs {
		for _, entry := range one.ReportEntries {
			seen[entry.Name] = true
		}
	}
	return seen
}

// answerCells are all answers that the documents have, and all bodies that they take.
func (s *suite) answerCells(specs types.SpecReports) []Cell {
	var cells []Cell
	seen, reasons := seenIn(specs), unreachable()
	add := func(operation, column, name string) {
		cells = append(cells, Cell{Operation: operation, Column: column, Seen: seen[name], Reason: reasons[name]})
	}
	for _, id := range sortedKeys(s.operations) {
		op := s.operations[id]
		for _, status := range op.Statuses() {
			for _, mediaType := range op.AnswerTypes(status) {
				add(id, strings.TrimSpace(fmt.Sprintf("%d %s", status, mediaType)), cell(id, status, mediaType))
			}
		}
		for _, mediaType := range op.MediaTypes() {
			add(id, "takes "+mediaType, taken(id, mediaType))
		}
	}
	return cells
}

// callerCells are all operations that ask for a bearer, with everybody who may come.
func (s *suite) callerCells(specs types.SpecReports) []Cell {
	var cells []Cell
	seen := seenIn(specs)
	gets := map[string]func(*spec.Operation) verdict{}
	for _, one := range callers() {
		gets[one.name] = one.gets
	}
	for _, id := range sortedKeys(s.operations) {
		if !asksForBearer(s.operations[id]) {
			continue
		}
		for _, caller := range whoMayCome() {
			one := Cell{Operation: id, Column: caller, Seen: seen[came(id, caller)]}
			if caller == anotherCustomer && !namesThings(s.operations[id]) {
				one.Reason = "the operation reaches nothing but the caller's own"
			}
			if gets[caller] != nil {
				one.Verdict = gets[caller](s.operations[id]).short()
			}
			cells = append(cells, one)
		}
	}
	return cells
}

func sortedKeys[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
