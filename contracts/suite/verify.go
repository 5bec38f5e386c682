package suite

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

// Run are the options of a run. The zero value runs all specs in random order.
type Run struct {
	Focus       string // only specs whose text this regular expression matches
	LabelFilter string // only specs of these rules, for example "LOGIN || LOGIN-BAD"
	Smoke       bool   // only the specs of a short run
	Bounds      Bounds
	FailFast    bool     // end with the first finding
	Seed        int64    // of the order; 0 for a random one
	FailOn      []string // grades whose broken rules fail the run; all grades if it is empty
	Known       []Known  // differences that are accepted
	MinCovered  int      // the percentage of rules that must be judged
	// MinCoveredOperations is the percentage of operations that must answer.
	MinCoveredOperations int
	Now                  time.Time
	Out                  io.Writer // for the progress and the findings; nil for none
	Color                bool
	Terminal             bool     // Out is a terminal, where progress may be overwritten
	Reports              []string // junit, json, html and summary, which is Markdown
	ReportDir            string   // the directory of the reports; the working directory if it is empty
}

// failure is the test that ginkgo is given.
type failure struct{ failed bool }

func (f *failure) Fail() { f.failed = true }

// VerifySections runs the specs against a server. Ginkgo allows one call in a process. What the server does wrong is in the
// result. The error is about the documents, the selection of specs, the credentials or the inbox of the target, or it is a
// [ReportError].
func VerifySections(target Target, run Run, sections []Section) (Result, error) {
	s, err := register(target, run.Bounds, sections)
	if err != nil {
		return Result{}, err
	}
	if err := s.check(run); err != nil {
		return Result{}, err
	}
	return s.verify(run)
}

// verify runs the specs that were registered.
func (s *Suite) verify(run Run) (Result, error) {
	if run.ReportDir != "" {
		if err := os.MkdirAll(run.ReportDir, 0o755); err != nil { //nolint:gosec // Others may read reports.
			return Result{}, fmt.Errorf("contracts: %w", err)
		}
	}
	s.follow(run)
	config, reporter := GinkgoConfiguration()
	config.RandomizeAllSpecs = true
	config.FailFast = run.FailFast
	config.LabelFilter = filter(run)
	if run.Focus != "" {
		config.FocusStrings = []string{run.Focus}
	}
	if run.Seed != 0 {
		config.RandomSeed = run.Seed
	}
	doNotTruncate()
	formatter.ColorableStdOut = io.Discard // The run reports itself, because ginkgo knows no grades.
	gomega.RegisterFailHandler(Fail)
	succeeded := RunSpecs(&failure{}, suiteName, config, reporter)
	result := s.result
	if !succeeded && len(result.Findings) == 0 && result.Holds() && !result.Interrupted {
		result.Faults = append(result.Faults, "the suite fails, and no finding says why")
	}
	if result.Specs() == 0 {
		return result, errors.New("contracts: no spec is selected; --focus takes words of a spec's text, --label-filter rules, such as LOGIN-BAD: spec/rules.yaml has all of them")
	}
	return result, s.reported
}

// suiteName is the title of every report.
const suiteName = "The contract of the customer service"

// filter returns the label filter of a run.
func filter(run Run) string {
	switch {
	case !run.Smoke:
		return run.LabelFilter
	case run.LabelFilter == "":
		return Smoke
	}
	return "(" + run.LabelFilter + ") && " + Smoke
}

// follow adds nodes that show the progress of a run, and that judge it at its end.
func (s *Suite) follow(run Run) {
	shown := &progress{run: run, every: time.Second}
	ReportBeforeSuite(func(report Report) { shown.all = report.PreRunStats.SpecsThatWillRun })
	ReportAfterEach(func(one SpecReport) {
		if ran(one) {
			shown.add(s.judge(s.maskSpec(one), run))
			forget(one)
		}
	})
	ReportAfterSuite("what was found", func(report Report) {
		report = s.maskReport(report)
		s.result = s.conclude(report, run)
		s.reported = s.writeReports(run, report, s.result)
		shown.end(s.result)
	})
}

// progress shows how many specs have run, and at the end the findings by their causes.
type progress struct {
	run       Run
	every     time.Duration
	all, done int
	found     int
	visible   bool // a line of progress is on the terminal
	last      time.Time
}

// add counts a spec.
func (p *progress) add(one judgement) {
	p.done++
	if one.verdict == failed || one.verdict == assumed {
		p.found++
	}
	if p.run.Out == nil {
		return
	}
	if now := time.Now(); p.run.Terminal && now.Sub(p.last) >= p.every { //nolint:forbidigo // The terminal is refreshed in wall time.
		p.clear()
		fmt.Fprintf(p.run.Out, "%d of %d specs, %d findings", p.done, p.all, p.found)
		p.visible, p.last = true, now
	}
}

// clear removes the line of progress from the terminal.
func (p *progress) clear() {
	if p.visible {
		fmt.Fprint(p.run.Out, "\r\x1b[K")
		p.visible = false
	}
}

// end shows the findings.
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

// head returns the first line of a finding: its rules, grade and spec.
func (f Finding) head() string {
	return fmt.Sprintf("%s (grade %s) %s", strings.Join(f.Rules, ", "), f.Grade, f.Spec)
}

// text returns the finding for a terminal.
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

// Reports returns the kinds of reports that a run can write.
func Reports() []string { return []string{"junit", "json", "html", "summary"} }

// Grades returns the grades of rules, the surest first.
func Grades() []string { return []string{"S", "D", "O", "A"} }

// weaker reports whether a grade is less sure than another.
func weaker(one, other string) bool {
	return slices.Index(Grades(), one) > slices.Index(Grades(), other)
}
