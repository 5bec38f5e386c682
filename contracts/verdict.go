package contracts

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// Holds reports whether nothing fails the run, and enough was judged.
func (r Result) Holds() bool { return r.Verdict() == VerdictHolds }

// Verdict is what a run says of a server.
type Verdict string

// The verdicts.
const (
	VerdictHolds     Verdict = "holds"
	VerdictFails     Verdict = "does not hold the contract"
	VerdictFaulty    Verdict = "was not judged: the suite itself is at fault"
	VerdictStale     Verdict = "was judged and nothing failed, but the file of --known is out of date"
	VerdictUncovered Verdict = "was not judged: not enough was judged for a verdict"
)

// Verdict returns what the run says of the server.
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

// Sentence is the verdict as it continues the name of the server, with how much it is about.
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

// Against lists what speaks against a good verdict beside findings.
func (r Result) Against() []string { return slices.Concat(r.Stale, r.Faults, r.Uncovered) }

// Judged counts the rules of which a spec came to a verdict.
func (r Result) Judged() int {
	judged := 0
	for _, rule := range r.Rules {
		if rule.sure() > 0 {
			judged++
		}
	}
	return judged
}

// met counts the operations of which an answer was seen, and all of them.
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

// unselected says why a spec was not meant to run.
func unselected(one SpecReport, run Run) string {
	switch {
	case one.LeafNodeType != types.NodeTypeIt:
		return ""
	case run.Smoke && !slices.Contains(one.Labels(), smoke):
		return notRun + "not a part of --profile smoke"
	case run.LabelFilter != "" || run.Focus != "":
		return notSelected
	}
	return notRun + "the run has ended before"
}

// explain notes for the rules of a spec why it came to no verdict.
func (s *suite) explain(one SpecReport, why string, rules map[string]*RuleResult) {
	why = strings.TrimPrefix(why, notRun)
	for _, id := range s.rulesOf(one) {
		if rule := rules[id]; rule != nil && why != "" && !slices.Contains(rule.Why, why) {
			rule.Why = append(rule.Why, why)
			slices.Sort(rule.Why)
		}
	}
}

// uncovered says of what too little was judged.
func (r *Result) uncovered(run Run) []string {
	var few []string
	if r.sure() == 0 {
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
