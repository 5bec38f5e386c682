package suite

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// Holds reports whether the server holds the contract as far as it was judged, and enough was judged.
func (r Result) Holds() bool { return r.Verdict() == VerdictHolds }

// Verdict is the verdict of a run.
type Verdict string

// The verdicts of a run.
const (
	VerdictHolds     Verdict = "holds"
	VerdictFails     Verdict = "does not hold the contract"
	VerdictFaulty    Verdict = "was not judged: the suite itself is at fault"
	VerdictStale     Verdict = "was judged and nothing failed, but the file of --known is out of date"
	VerdictUncovered Verdict = "was not judged: not enough was judged for a verdict"
)

// Verdict returns the verdict of the run.
func (r Result) Verdict() Verdict {
	switch {
	case r.Failed > 0:
		return VerdictFails
	case len(r.Faults) > 0:
		return VerdictFaulty
	case len(r.Stale) > 0:
		return VerdictStale
	case len(r.Uncovered) > 0:
		return VerdictUncovered
	}
	return VerdictHolds
}

// Sentence returns the verdict as the end of a sentence that begins with the name of the server. It says how many rules
// were judged.
func (r Result) Sentence() string {
	judged, all := r.Judged(), len(r.Rules)
	switch verdict := r.Verdict(); {
	case verdict != VerdictHolds:
		return string(verdict)
	case judged == all:
		return fmt.Sprintf("holds the contract: all %d rules were judged", all)
	default:
		return fmt.Sprintf("holds the %d of %d rules that were judged", judged, all)
	}
}

// Against lists what prevents the verdict that the server holds, except for findings.
func (r Result) Against() []string { return slices.Concat(r.Stale, r.Faults, r.Uncovered) }

// Judged returns the number of rules with a spec that came to a verdict.
func (r Result) Judged() int {
	judged := 0
	for _, rule := range r.Rules {
		if rule.judged() > 0 {
			judged++
		}
	}
	return judged
}

// met returns the number of operations that answered, and the number of all operations.
func (r Result) met() (int, int) {
	all := map[string]bool{}
	for _, cell := range r.Answers {
		all[cell.Operation] = all[cell.Operation] || cell.Seen
	}
	seen := 0
	for _, one := range all {
		if one {
			seen++
		}
	}
	return seen, len(all)
}

// unselected returns why a spec was not selected; "" for a node that is not a spec.
func unselected(one SpecReport, run Run) string {
	switch {
	case one.LeafNodeType != types.NodeTypeIt:
		return ""
	case run.Smoke && !slices.Contains(one.Labels(), Smoke):
		return notRun + "not a part of --profile smoke"
	case run.LabelFilter != "" || run.Focus != "":
		return notSelected
	}
	return notRun + "the run has ended before"
}

// explain adds to the rules of a spec why it came to no verdict.
func (s *Suite) explain(one SpecReport, why string, rules map[string]*RuleResult) {
	why = strings.TrimPrefix(why, notRun)
	for _, id := range s.rulesOf(one) {
		if rule := rules[id]; rule != nil && why != "" && !slices.Contains(rule.Why, why) {
			rule.Why = append(rule.Why, why)
			slices.Sort(rule.Why)
		}
	}
}

// uncovered lists what too little was judged of.
func (r *Result) uncovered(run Run) []string {
	var few []string
	if r.judged() == 0 {
		few = append(few, "no spec came to a verdict")
	}
	if judged, all := r.Judged(), len(r.Rules); judged*100 < run.MinCovered*all {
		few = append(few, fmt.Sprintf("%d of %d rules were judged, which is less than %d %%", judged, all, run.MinCovered))
	}
	if met, all := r.met(); met*100 < run.MinCoveredOperations*all {
		few = append(few, fmt.Sprintf("%d of %d operations were met, which is less than %d %%", met, all, run.MinCoveredOperations))
	}
	return few
}
