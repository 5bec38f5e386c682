package contracts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/gomega"
)

// Run says how the suite is run. Its zero value runs all of it, in random order.
type Run struct {
	Focus       string // only specs whose text this regular expression matches
	LabelFilter string // only specs whose rules it takes, for example "LOGIN || LOGIN-BAD"
	Smoke       bool   // only the specs of a short run
	Bounds      Bounds
	FailFast    bool     // it ends with its first finding
	Seed        int64    // of the order; 0 draws one
	FailOn      []string // grades of rules that fail the run if they are broken; all of them if it is empty
	Known       []Known  // differences that were accepted
	MinCovered  int      // the per cent of all rules that must have been judged
	// MinCoveredOperations is the per cent of all operations of which an answer must have been seen.
	MinCoveredOperations int
	Now                  time.Time
	Out                  io.Writer // where the progress is written
	Color                bool
	Terminal             bool     // Out is one: progress may be written over
	Reports              []string // junit, json, html and summary, which is Markdown
	ReportDir            string   // where they are written; the working directory if it is empty
}

// failure is all that ginkgo wants of a test.
type failure struct{ failed bool }

func (f *failure) Fail() { f.failed = true }

// Verify runs the suite against a server. It can be called once in a process, as ginkgo has it. The error is one of
// the documents, the reports, the selection, or of what the target says of its inbox and its credentials; what the server does wrong is in the result.
func Verify(target Target, run Run) (Result, error) {
	s, err := register(target, run.Bounds)
	if err != nil {
		return Result{}, err
	}
	if err := s.check(run); err != nil {
		return Result{}, err
	}
	return s.verify(run)
}

func (s *suite) verify(run Run) (Result, error) {
	if run.ReportDir != "" {
		if err := os.MkdirAll(run.ReportDir, 0o755); err != nil { //nolint:gosec // Reports are for others to read.
			return Result{}, fmt.Errorf("contracts: %w", err)
		}
	}
	s.follow(run)
	suite, reporter := GinkgoConfiguration()
	suite.RandomizeAllSpecs = true
	suite.FailFast = run.FailFast
	suite.LabelFilter = filter(run)
	if run.Focus != "" {
		suite.FocusStrings = []string{run.Focus}
	}
	if run.Seed != 0 {
		suite.RandomSeed = run.Seed
	}
	showWhole()
	formatter.ColorableStdOut = io.Discard // The run tells its own progress: ginkgo knows no assumptions.
	gomega.RegisterFailHandler(Fail)
	succeeded := RunSpecs(&failure{}, suiteName, suite, reporter)
	result := s.result
	if !succeeded && len(result.Findings) == 0 && result.Holds() && !result.Interrupted {
		result.Faults = append(result.Faults, "the suite fails, and no finding says why")
	}
	if result.Specs() == 0 {
		return result, errors.New("contracts: no spec is selected; --focus takes words of a spec's text, --label-filter rules, such as LOGIN-BAD: spec/rules.yaml has all of them")
	}
	return result, s.reported
}

// suiteName heads every report.
const suiteName = "The contract of the customer service"

// filter is the label filter of a run.
func filter(run Run) string {
	switch {
	case !run.Smoke:
		return run.LabelFilter
	case run.LabelFilter == "":
		return smoke
	}
	return "(" + run.LabelFilter + ") && " + smoke
}

// follow tells the progress of a run, and judges it at its end.
func (s *suite) follow(run Run) {
	told := &progress{run: run, every: time.Second}
	ReportBeforeSuite(func(report Report) { told.all = report.PreRunStats.SpecsThatWillRun })
	ReportAfterEach(func(one SpecReport) {
		if ran(one) {
			told.note(s.judge(s.shown(one), run))
			forget(one)
		}
	})
	ReportAfterSuite("what was found", func(report Report) {
		report = s.shownAll(report)
		s.result = s.conclude(report, run)
		s.reported = s.writeReports(run, report, s.result)
		told.end(s.result)
	})
}

// progress is what a person sees of a run: how far it is, and at its end what was found, by its causes.
type progress struct {
	run       Run
	every     time.Duration
	all, done int
	found     int
	shown     bool
	last      time.Time
}

func (p *progress) note(one judgement) {
	p.done++
	if one.verdict == failed || one.verdict == assumed {
		p.found++
	}
	if p.run.Out == nil {
		return
	}
	if now := time.Now(); p.run.Terminal && now.Sub(p.last) >= p.every { //nolint:forbidigo // How often a person is told is a matter of wall time.
		p.clear()
		fmt.Fprintf(p.run.Out, "%d of %d specs, %d findings", p.done, p.all, p.found)
		p.shown, p.last = true, now
	}
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.run.Out, "\r\x1b[K")
		p.shown = false
	}
}

func (p *progress) end(result Result) {
	if p.run.Out == nil {
		return
	}
	p.clear()
	for _, group := range result.Groups() {
		if group.Findings[0].Verdict != string(known) {
			fmt.Fprint(p.run.Out, group.text(p.run.Color))
		}
	}
}

// head names a finding by its rules and its spec.
func (f Finding) head() string {
	return fmt.Sprintf("%s (grade %s) %s", strings.Join(f.Rules, ", "), f.Grade, f.Spec)
}

// text is a finding as a person reads it.
func (f Finding) text(color bool) string {
	mark, head, end := "✗", "", ""
	if f.Verdict == string(assumed) {
		mark = "~ our assumption differs:"
	}
	if color {
		head, end = "\x1b[31m", "\x1b[0m"
		if f.Verdict == string(assumed) {
			head = "\x1b[33m"
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s%s %s%s\n", head, mark, f.head(), end)
	for line := range strings.SplitSeq(strings.TrimSpace(f.Message), "\n") {
		fmt.Fprintf(&out, "    %s\n", line)
	}
	for _, line := range f.Curl {
		fmt.Fprintf(&out, "    %s\n", line)
	}
	return out.String()
}

// Reports are the kinds of reports that a run can write.
func Reports() []string { return []string{"junit", "json", "html", "summary"} }

// Grades are those that a rule can have, the surest first.
func Grades() []string { return []string{"S", "D", "O", "A"} }

// weaker says whether a grade is less sure than another.
func weaker(one, other string) bool {
	return slices.Index(Grades(), one) > slices.Index(Grades(), other)
}
