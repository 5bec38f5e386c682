package contracts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"standin/spec"
)

// Run says how the suite is run. Its zero value runs all of it, in random order.
type Run struct {
	Focus       string   // only specs whose text this regular expression matches
	LabelFilter string   // only specs whose rules it takes, for example "LOGIN || LOGIN-BAD"
	Seed        int64    // of the order; 0 draws one
	NoColor     bool     // the progress is written without colors
	Reports     []string // junit, json and summary, which is Markdown
	ReportDir   string   // where they are written; the working directory if it is empty
}

// Result is what a run has found.
type Result struct {
	Specs, Passed, Failed, Skipped int
	Findings                       []Finding
	Rules                          []RuleResult
	Seed                           int64
}

// Finding is a spec that failed.
type Finding struct {
	Spec    string
	Rules   []string
	Message string
	Curl    []string // its exchanges, as lines for a shell
}

// RuleResult is how the specs of a rule have fared.
type RuleResult struct {
	spec.Rule
	Passed, Failed int
}

// Reports are the kinds of reports that a run can write.
func Reports() []string { return []string{"junit", "json", "summary"} }

// reportFiles are the names of the reports.
var reportFiles = map[string]string{ //nolint:gochecknoglobals // A table.
	"junit": "standin-verify.xml", "json": "standin-verify.json", "summary": "standin-verify.md",
}

// failure is all that ginkgo wants of a test.
type failure struct{ failed bool }

func (f *failure) Fail() { f.failed = true }

// Verify runs the suite against a server and writes its progress to the standard output. It can be called once in a
// process, as ginkgo has it. The error is one of the documents', the reports' or the selection's; what the server does
// wrong is in the result.
func Verify(target Target, run Run) (Result, error) {
	s, err := register(target)
	if err != nil {
		return Result{}, err
	}
	if run.ReportDir != "" {
		if err := os.MkdirAll(run.ReportDir, 0o755); err != nil { //nolint:gosec // Reports are for others to read.
			return Result{}, fmt.Errorf("contracts: %w", err)
		}
	}
	suite, reporter := GinkgoConfiguration()
	suite.RandomizeAllSpecs = true
	suite.LabelFilter = run.LabelFilter
	if run.Focus != "" {
		suite.FocusStrings = []string{run.Focus}
	}
	if run.Seed != 0 {
		suite.RandomSeed = run.Seed
	}
	reporter.NoColor, reporter.Succinct = run.NoColor, true
	for _, kind := range run.Reports {
		file := filepath.Join(run.ReportDir, reportFiles[kind])
		switch kind {
		case "junit":
			reporter.JUnitReport = file
		case "json":
			reporter.JSONReport = file
		}
	}
	gomega.RegisterFailHandler(Fail)
	RunSpecs(&failure{}, "The contract of the customer service", suite, reporter)
	result := s.result
	if result.Specs == result.Skipped {
		return result, errors.New("contracts: no spec is selected")
	}
	if slices.Contains(run.Reports, "summary") {
		file := filepath.Join(run.ReportDir, reportFiles["summary"])
		if err := os.WriteFile(file, []byte(result.Summary(target.URL)), 0o644); err != nil { //nolint:gosec // As above.
			return result, fmt.Errorf("contracts: %w", err)
		}
	}
	return result, nil
}

// judge collects what the specs have found.
func (s *suite) judge() {
	ReportAfterSuite("what was found", func(report Report) {
		s.result = Result{Seed: report.SuiteConfig.RandomSeed}
		at := map[string]int{}
		for i, rule := range s.rules {
			at[rule.ID] = i
			s.result.Rules = append(s.result.Rules, RuleResult{Rule: rule})
		}
		for _, one := range report.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
			s.result.Specs++
			failed := one.State.Is(types.SpecStateFailureStates)
			switch {
			case failed:
				s.result.Failed++
				s.result.Findings = append(s.result.Findings, findingOf(one))
			case one.State == types.SpecStatePassed:
				s.result.Passed++
			default:
				s.result.Skipped++
				continue
			}
			for _, id := range one.Labels() {
				rule := &s.result.Rules[at[id]]
				if failed {
					rule.Failed++
				} else {
					rule.Passed++
				}
			}
		}
	})
}

// exchangeEntry is what the exchanges of a spec are called in its report.
const exchangeEntry = "exchange"

func findingOf(one types.SpecReport) Finding {
	finding := Finding{Spec: one.FullText(), Rules: one.Labels(), Message: one.FailureMessage()}
	for _, entry := range one.ReportEntries {
		if entry.Name == exchangeEntry {
			finding.Curl = append(finding.Curl, entry.StringRepresentation())
		}
	}
	return finding
}

// Summary is the result as Markdown, for a step of a CI job.
func (r Result) Summary(url string) string {
	var out strings.Builder
	verdict := "holds"
	if r.Failed > 0 {
		verdict = "does not hold"
	}
	fmt.Fprintf(&out, "## %s %s the contract\n\n%d specs: %d passed, %d failed, %d not run. Seed %d.\n", url, verdict, r.Specs, r.Passed, r.Failed, r.Skipped, r.Seed)
	for _, finding := range r.Findings {
		fmt.Fprintf(&out, "\n### %s: %s\n\n```\n%s\n```\n", strings.Join(finding.Rules, ", "), finding.Spec, strings.TrimSpace(finding.Message))
		if len(finding.Curl) > 0 {
			fmt.Fprintf(&out, "\n```sh\n%s\n```\n", strings.Join(finding.Curl, "\n"))
		}
	}
	out.WriteString("\n| Rule | Grade | Passed | Failed | |\n|---|---|---|---|---|\n")
	for _, rule := range r.Rules {
		fmt.Fprintf(&out, "| %s | %s | %d | %d | %s |\n", rule.ID, rule.Grade, rule.Passed, rule.Failed, strings.ReplaceAll(rule.Statement, "|", `\|`))
	}
	return out.String()
}
