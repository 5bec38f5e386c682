package contracts

import (
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"standin/spec"
)

// Tally counts verdicts.
type Tally struct{ Passed, Failed, Assumed, Known, Skipped, Inconclusive int }

// Specs counts the specs that were meant to run.
func (t Tally) Specs() int { return t.sure() + t.Open() }

// Open counts those that came to no verdict.
func (t Tally) Open() int { return t.Skipped + t.Inconclusive }

func (t Tally) sure() int { return t.Passed + t.Failed + t.Assumed + t.Known }

func (t *Tally) count(judged judgement) {
	switch judged.verdict {
	case passed:
		t.Passed++
	case failed:
		t.Failed++
	case assumed:
		t.Assumed++
	case known:
		t.Known++
	case open:
		if strings.HasPrefix(judged.reason, inconclusive) {
			t.Inconclusive++
		} else {
			t.Skipped++
		}
	}
}

// Result is what a run has found.
type Result struct {
	Tally

	Interrupted bool // it was ended before its end

	Requests  int
	Leftover  []string // customers that were made in a tenant which stays
	Findings  []Finding
	Rules     []RuleResult
	Stale     []string // accepted differences that have expired or no longer occur
	Faults    []string // what is wrong with the suite itself
	Uncovered []string // of what too little was judged for a verdict
	Reasons   []Reason // why specs came to no verdict
	Warnings  []string
	Answers   []Cell // operation × status × media type
	Callers   []Cell // operation × caller
	Seed      int64
	StartedAt time.Time
	Took      time.Duration
}

// Finding is a spec that failed.
type Finding struct {
	Spec    string
	Rules   []string
	Grade   string // of what was broken
	Verdict string // failed, assumed or known
	Reason  string // for which it is accepted
	Message string
	Cause   string   // if it is known, with what to do about it
	Curl    []string // its exchanges, as lines for a shell that send them again
}

// RuleResult is how the specs of a rule have fared.
type RuleResult struct {
	spec.Rule
	Tally

	Why []string // no spec of it came to a verdict; empty if one did
}

// Reason is why some specs came to no verdict.
type Reason struct {
	Text  string
	Specs int
}

// verdict is what a spec says of the server.
type verdictOfSpec string

const (
	passed  verdictOfSpec = "passed"
	failed  verdictOfSpec = "failed"
	assumed verdictOfSpec = "assumed" // a rule is broken of which we are not sure enough to call it a fault
	known   verdictOfSpec = "known"   // it is accepted
	open    verdictOfSpec = "open"    // it came to no verdict
)

// judgement is the verdict of one spec with what led to it.
type judgement struct {
	verdict verdictOfSpec
	finding Finding
	reason  string // why there is none
	known   int    // the index of what accepts it, or -1
}

// ran says whether a spec was meant to run in this run.
func ran(one SpecReport) bool {
	return one.LeafNodeType == types.NodeTypeIt && (one.State != types.SpecStateSkipped || one.Failure.Message != "")
}

func (s *suite) judge(one SpecReport, run Run) judgement {
	if one.State == types.SpecStatePassed {
		return judgement{verdict: passed, known: -1}
	}
	if one.State.Is(types.SpecStateInterrupted | types.SpecStateAborted) {
		return judgement{verdict: open, reason: interrupted, known: -1}
	}
	if !one.State.Is(types.SpecStateFailureStates) {
		return judgement{verdict: open, reason: one.Failure.Message, known: -1}
	}
	finding := Finding{Spec: one.FullText(), Rules: s.rulesOf(one), Grade: s.gradeOf(one), Message: one.Failure.Message}
	finding.Cause = s.cause(finding)
	for _, entry := range one.ReportEntries {
		if entry.Name == exchangeEntry {
			finding.Curl = strings.Split(entry.StringRepresentation(), "\n")
		}
	}
	judged := judgement{verdict: failed, finding: finding, known: slices.IndexFunc(run.Known, finding.isKnown)}
	switch {
	case judged.known >= 0:
		judged.verdict, judged.finding.Reason = known, run.Known[judged.known].Reason
	case len(run.FailOn) > 0 && !slices.Contains(run.FailOn, finding.Grade):
		judged.verdict = assumed
	}
	judged.finding.Verdict = string(judged.verdict)
	return judged
}

// rulesOf lists the rules among the labels of a spec.
func (s *suite) rulesOf(one SpecReport) []string {
	return slices.DeleteFunc(slices.Clone(one.Labels()), func(label string) bool {
		return label == smoke || slices.Contains(Grades(), label)
	})
}

// gradeOf is how sure we are of what a failed spec says: as sure as of the weakest of its rules, unless a label of its
// own says that it is about the surer or the weaker part of one. What the document says is printed.
func (s *suite) gradeOf(one SpecReport) string {
	if strings.HasPrefix(one.Failure.Message, documentBroken) {
		return "S"
	}
	grade := "S"
	for _, label := range one.Labels() {
		if slices.Contains(Grades(), label) {
			return label
		}
		for _, rule := range s.rules {
			if rule.ID == label && weaker(rule.Grade, grade) {
				grade = rule.Grade
			}
		}
	}
	return grade
}

// conclude judges a run as a whole.
func (s *suite) conclude(report Report, run Run) Result {
	r := Result{
		Seed: report.SuiteConfig.RandomSeed, Requests: s.used.requests, Leftover: s.used.customers,
		StartedAt: report.StartTime, Took: report.RunTime,
	}
	rules := map[string]*RuleResult{}
	for _, rule := range s.rules {
		rules[rule.ID] = &RuleResult{Rule: rule}
	}
	reasons := map[string]int{}
	used := make([]bool, len(run.Known))
	for _, one := range report.SpecReports {
		if !ran(one) {
			s.explain(one, unselected(one, run), rules)
			continue
		}
		judged := s.judge(one, run)
		s.explain(one, judged.reason, rules)
		r.count(judged)
		if judged.finding.Verdict != "" {
			r.Findings = append(r.Findings, judged.finding)
		}
		if judged.known >= 0 {
			used[judged.known] = true
		}
		if judged.reason != "" {
			reasons[judged.reason]++
			r.Interrupted = r.Interrupted || judged.reason == interrupted
		}
		for _, id := range s.rulesOf(one) {
			if rules[id] != nil {
				rules[id].count(judged)
			}
		}
		for _, entry := range one.ReportEntries {
			if entry.Name == warningEntry && !slices.Contains(r.Warnings, entry.StringRepresentation()) {
				r.Warnings = append(r.Warnings, entry.StringRepresentation())
			}
		}
	}
	for _, rule := range s.rules {
		if rules[rule.ID].sure() > 0 {
			rules[rule.ID].Why = nil
		}
		r.Rules = append(r.Rules, *rules[rule.ID])
	}
	for _, text := range sortedKeys(reasons) {
		r.Reasons = append(r.Reasons, Reason{Text: text, Specs: reasons[text]})
	}
	r.Answers, r.Callers = s.answerCells(report.SpecReports), s.callerCells(report.SpecReports)
	r.Stale, r.Faults, r.Uncovered = staleKnown(run, used, report), s.itself(report), r.uncovered(run)
	return r
}
