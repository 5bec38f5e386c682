package contracts

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"
)

// reportFiles are the names of the reports.
var reportFiles = map[string]string{ //nolint:gochecknoglobals // A table.
	"junit": "standin-verify.xml", "json": "standin-verify.json", "html": "standin-verify.html", "summary": "standin-verify.md",
}

// ReportError is why a report was not written.
type ReportError struct{ error }

func (e ReportError) Unwrap() error { return e.error }

// writeReports writes the reports that a run wants. It returns a [ReportError] for each that cannot be written.
func (s *suite) writeReports(run Run, report Report, result Result) error {
	judged := s.judgedReport(report, run)
	makers := map[string]func(string) error{
		"junit": func(file string) error { return writeJUnit(judged, file) },
		"json": func(file string) error {
			return reporters.GenerateJSONReport(withLeftover(judged, result.Leftover), file)
		},
		"html": func(file string) error {
			page, err := s.page(result)
			if err != nil {
				return err
			}
			return os.WriteFile(file, page, 0o600)
		},
		"summary": func(file string) error { return os.WriteFile(file, []byte(result.Summary(s.target.URL)), 0o600) },
	}
	var wrong []error
	for _, kind := range run.Reports {
		wrong = append(wrong, write(filepath.Join(run.ReportDir, reportFiles[kind]), makers[kind]))
	}
	return errors.Join(wrong...)
}

// write has a file made, which takes its place only once it is whole: on a disk that is full there is the old report or
// none, and not a half one.
func write(file string, fill func(file string) error) error {
	err := replace(file, fill)
	if err == nil {
		return nil
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // It names the temporary file.
	}
	if cause, ok := errors.AsType[*os.LinkError](err); ok {
		err = cause.Err
	}
	return ReportError{fmt.Errorf("%s was not written: %w", file, err)}
}

// replace puts what fill writes in the place of a file.
func replace(file string, fill func(file string) error) error {
	temporary, err := os.CreateTemp(filepath.Dir(file), ".standin-verify-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // It is gone if all went well.
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := fill(temporary.Name()); err != nil {
		return err
	}
	if err := os.Chmod(temporary.Name(), 0o644); err != nil { //nolint:gosec // Reports are for others to read.
		return err
	}
	return os.Rename(temporary.Name(), file)
}

// writeJUnit writes a report for a CI server. The library does not say whether it could write all of it, so that is
// read again.
func writeJUnit(report Report, file string) error {
	config := reporters.JunitReportConfig{OmitLeafNodeType: true, OmitSuiteSetupNodes: true}
	if err := reporters.GenerateJUnitReportWithConfig(report, file, config); err != nil {
		return err
	}
	text, err := os.ReadFile(file) //nolint:gosec // It was written just now.
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(text, new(struct{})); err != nil {
		return fmt.Errorf("it ends early, as on a disk that is full: %w", err)
	}
	return nil
}

// judgedReport is the report in which a spec has failed only if it fails the run, and one that was not meant to run
// was skipped for a reason. Of a spec that failed it has the exchanges and warnings.
func (s *suite) judgedReport(report Report, run Run) Report {
	judged := report
	judged.SuiteSucceeded = s.result.Holds()
	judged.SpecReports = nil
	for _, one := range report.SpecReports {
		if one.LeafNodeType != types.NodeTypeIt {
			continue
		}
		if !ran(one) {
			one.Failure.Message = unselected(one, run)
		}
		one.ReportEntries = slices.DeleteFunc(slices.Clone(one.ReportEntries), func(entry types.ReportEntry) bool {
			return entry.Name != exchangeEntry && entry.Name != warningEntry
		})
		switch is := s.judge(one, run); is.verdict {
		case assumed:
			one.State = types.SpecStateSkipped
			one.Failure.Message = "our assumption differs (grade " + is.finding.Grade + "): " + one.Failure.Message
		case known:
			one.State = types.SpecStateSkipped
			one.Failure.Message = "known: " + is.finding.Reason
		case passed, open: // Its exchanges are nobody's concern.
			one.ReportEntries = nil
		case failed:
			if is.finding.Cause != "" {
				one.Failure.Message = is.finding.Cause + "\n" + one.Failure.Message
			}
		}
		judged.SpecReports = append(judged.SpecReports, one)
	}
	slices.SortStableFunc(judged.SpecReports, func(one, other SpecReport) int { return strings.Compare(one.FullText(), other.FullText()) })
	return judged
}

// withLeftover returns a report with one entry more, which lists the customers left over. The report of ginkgo has no
// place for what is about a whole run, so that the entry stands in a node after all specs.
func withLeftover(report Report, customers []string) Report {
	if len(customers) == 0 {
		return report
	}
	entry := types.ReportEntry{Name: "customers left over", Time: report.EndTime, Value: types.WrapEntryValue(customers)}
	report.SpecReports = append(slices.Clone(report.SpecReports), SpecReport{
		LeafNodeType: types.NodeTypeReportAfterSuite, LeafNodeText: entry.Name, State: types.SpecStatePassed, StartTime: report.EndTime, EndTime: report.EndTime,
		ReportEntries: types.ReportEntries{entry},
	})
	return report
}

// abbreviated lists words, of many only the first and how many there are more.
func abbreviated(words []string, most int, separator string) string {
	if len(words) <= most {
		return strings.Join(words, separator)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:most], separator), len(words)-most)
}

// Line is the result in one line.
func (r Result) Line() string {
	counts := []string{fmt.Sprintf("%d passed", r.Passed), fmt.Sprintf("%d failed", r.Failed)}
	for _, one := range []struct {
		count int
		name  string
	}{{r.Assumed, "in which our assumption differs"}, {r.Known, "known"}, {r.Inconclusive, "inconclusive"}, {r.Skipped, "not run"}} {
		if one.count > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", one.count, one.name))
		}
	}
	return fmt.Sprintf("%d of %d rules judged by %d specs: %s; %d requests in %.1f s (order %d)", r.Judged(), len(r.Rules), r.Specs(), strings.Join(counts, ", "), r.Requests, r.Took.Seconds(), r.Seed)
}

// mostLeftover bounds how many customers left over a terminal lists; the reports list all.
const mostLeftover = 10

// Text is what a person should know of the result beside its findings.
func (r Result) Text() string {
	var out strings.Builder
	for _, reason := range r.Reasons {
		fmt.Fprintf(&out, "%s (%d specs)\n", reason.Text, reason.Specs)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(&out, "warning: %s\n", warning)
	}
	if len(r.Leftover) > 0 {
		fmt.Fprintf(&out, "customers left over, %d: %s\n", len(r.Leftover), abbreviated(r.Leftover, mostLeftover, " "))
	}
	for _, line := range r.unjudged() {
		fmt.Fprintln(&out, line)
	}
	for _, problem := range r.Against() {
		fmt.Fprintf(&out, "✗ %s\n", problem)
	}
	return out.String() + "the server " + r.Sentence() + "\n" + r.Line() + "\n"
}

// unjudged says of how many rules nothing was judged, and why, with their names where there are few.
func (r Result) unjudged() []string {
	const most = 20
	rules, count := map[string][]string{}, 0
	for _, rule := range r.Rules {
		if len(rule.Why) > 0 {
			why := strings.Join(rule.Why, "; ")
			rules[why] = append(rules[why], rule.ID)
			count++
		}
	}
	if count == 0 {
		return nil
	}
	lines := []string{fmt.Sprintf("%d rules were not judged:", count)}
	for _, why := range sortedKeys(rules) {
		switch names := rules[why]; {
		case why == strings.TrimPrefix(notSelected, notRun):
			lines = append(lines, fmt.Sprintf("  %s: %d", why, len(names))) // Whoever selects knows them.
		default:
			lines = append(lines, fmt.Sprintf("  %s: %s", why, abbreviated(names, most, ", ")))
		}
	}
	return lines
}

//go:embed report.html
var pageSource string

// matrix is a table of cells: a row for each operation.
type matrix struct {
	Columns []string
	Rows    []matrixRow
}

type matrixRow struct {
	Name  string
	Cells []*Cell // nil where the documents have none
}

func newMatrix(cells []Cell) matrix {
	var m matrix
	rows := map[string]map[string]*Cell{}
	for i, one := range cells {
		if !slices.Contains(m.Columns, one.Column) {
			m.Columns = append(m.Columns, one.Column)
		}
		if rows[one.Operation] == nil {
			rows[one.Operation] = map[string]*Cell{}
		}
		rows[one.Operation][one.Column] = &cells[i]
	}
	for _, name := range sortedKeys(rows) {
		row := matrixRow{Name: name}
		for _, column := range m.Columns {
			row.Cells = append(row.Cells, rows[name][column])
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// page is the result as a page for a browser, which loads nothing.
func (s *suite) page(result Result) ([]byte, error) {
	parsed, err := template.New("report").Funcs(template.FuncMap{"join": strings.Join, "matrix": newMatrix}).Parse(pageSource)
	if err != nil {
		return nil, err
	}
	answers := slices.Clone(result.Answers)
	slices.SortFunc(answers, func(one, other Cell) int { return strings.Compare(one.Column, other.Column) })
	result.Answers = answers
	var out bytes.Buffer
	err = parsed.Execute(&out, struct {
		URL string
		Result
	}{s.target.URL, result})
	return out.Bytes(), err
}
