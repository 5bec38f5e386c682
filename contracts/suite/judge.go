package suite

import (
	"maps"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"standin/spec"
)

// Tally counts verdicts.
type Tally struct{ Passed, Failed, Assumed, Known, Skipped, Inconclusive int }

// Specs returns the number of specs that were selected.
func (t Tally) Specs() int { return t.judged() + t.Open() }

// Open returns the number of specs that came to no verdict.
func (t Tally) Open() int { return t.Skipped + t.Inconclusive }

// judged returns the number of specs that came to a verdict.
func (t Tally) judged() int { return t.Passed + t.Failed + t.Assumed + t.Known }

func (t *Tally) count(one judgement) {
	switch one.verdict {
	case passed:
		t.Passed++
	case failed:
		t.Failed++
	case assumed:
		t.Assumed++
	case known:
		t.Known++
	case open:
		if strings.HasPrefix(one.reason, inconclusive) {
			t.Inconclusive++
		} else {
			t.Skipped++
		}
	}
}

// Result is the result of a run.
type Result struct {
	Tally

	Interrupted bool // the run was ended early

	Requests  int
	Leftover  []string // customers that were created in a shared tenant and remain
	Findings  []Finding
	Rules     []RuleResult
	Stale     []string // accepted differences that have expired or no longer occur
	Faults    []string // what is wrong with the suite itself
	Uncovered []string // what too little was judged of for a verdict
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
	Grade   string // of the rules that were broken
	Verdict string // failed, assumed or known
	Reason  string // why the finding is accepted
	Message string
	Cause   string   // the known cause with its remedy, or empty
	Curl    []string // shell commands that send the requests of the spec again
}

// RuleResult is the result of the specs of a rule.
type RuleResult struct {
	spec.Rule
	Tally

	Why []string // why no spec of the rule came to a verdict; empty if one did
}

// Reason is a reason why specs came to no verdict.
type Reason struct {
	Text  string
	Specs int
}

// specVerdict is the verdict of one spec.
type specVerdict string

const (
	passed  specVerdict = "passed"
	failed  specVerdict = "failed"
	assumed specVerdict = "assumed" // a rule is broken whose grade does not fail the run
	known   specVerdict = "known"   // the finding is accepted
	open    specVerdict = "open"    // the spec came to no verdict
)

// judgement is the verdict of one spec with its finding or reason.
type judgement struct {
	verdict specVerdict
	finding Finding
	reason  string // why there is no verdict
	known   int    // the index of the entry in Run.Known that accepts the finding, or -1
}

// ran reports whether a spec was selected for this run.
func ran(one SpecReport) bool {
	return one.LeafNodeType == types.NodeTypeIt && (one.State != types.SpecStateSkipped || one.Failure.Message != "")
}

// judge returns the verdict of a spec.
func (s *Suite) judge(one SpecReport, run Run) judgement {
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

// rulesOf returns the rules among the labels of a spec.
func (s *Suite) rulesOf(one SpecReport) []string {
	return slices.DeleteFunc(slices.Clone(one.Labels()), func(label string) bool {
		return label == Smoke || slices.Contains(Grades(), label)
	})
}

// gradeOf returns the grade of a failed spec. A failure against the document has the grade S. Else a label that is a grade
// decides, because the spec is about a surer or a weaker part of its rules. Else it is the weakest grade of the rules.
func (s *Suite) gradeOf(one SpecReport) string {
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

// conclude returns the result of a run.
func (s *Suite) conclude(report Report, run Run) Result {
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
		if rules[rule.ID].judged() > 0 {
			rules[rule.ID].Why = nil
		}
		r.Rules = append(r.Rules, *rules[rule.ID])
	}
	for _, text := range slices.Sorted(maps.Keys(reasons)) {
		r.Reasons = append(r.Reasons, Reason{Text: text, Specs: reasons[text]})
	}
	r.Answers, r.Callers = s.answerCells(report.SpecReports), s.callerCells(report.SpecReports)
	r.Stale, r.Faults, r.Uncovered = staleKnown(run, used, report), s.faults(report), r.uncovered(run)
	return r
}
