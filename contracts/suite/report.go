package suite

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"
)

// reportFiles are the file names of the kinds of reports.
var reportFiles = map[string]string{ //nolint:gochecknoglobals // A table.
	"junit": "standin-verify.xml", "json": "standin-verify.json", "html": "standin-verify.html", "summary": "standin-verify.md",
}

// ReportError is the error of a report that was not written.
type ReportError struct{ error }

// Unwrap returns the cause.
func (e ReportError) Unwrap() error { return e.error }

// writeReports writes the reports of a run. It returns a [ReportError] for each that cannot be written.
func (s *Suite) writeReports(run Run, report Report, result Result) error {
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
		"summary": func(file string) error { return os.WriteFile(file, []byte(result.Summary(s.Target.URL)), 0o600) },
	}
	var wrong []error
	for _, kind := range run.Reports {
		wrong = append(wrong, write(filepath.Join(run.ReportDir, reportFiles[kind]), makers[kind]))
	}
	return errors.Join(wrong...)
}

// write replaces a file only once fill has written all of it. If the disk is full, the old file remains.
func write(file string, fill func(file string) error) error {
	err := replace(file, fill)
	if err == nil {
		return nil
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // The outer error names the temporary file.
	}
	if cause, ok := errors.AsType[*os.LinkError](err); ok {
		err = cause.Err
	}
	return ReportError{fmt.Errorf("%s was not written: %w", file, err)}
}

// replace writes a temporary file with fill and renames it.
func replace(file string, fill func(file string) error) error {
	temporary, err := os.CreateTemp(filepath.Dir(file), ".standin-verify-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // It does not exist after a success.
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := fill(temporary.Name()); err != nil {
		return err
	}
	if err := os.Chmod(temporary.Name(), 0o644); err != nil { //nolint:gosec // Others may read reports.
		return err
	}
	return os.Rename(temporary.Name(), file)
}

// writeJUnit writes a report for a CI server. It reads the file again, because the library does not report all errors of
// writing.
func writeJUnit(report Report, file string) error {
	config := reporters.JunitReportConfig{OmitLeafNodeType: true, OmitSuiteSetupNodes: true}
	if err := reporters.GenerateJUnitReportWithConfig(report, file, config); err != nil {
		return err
	}
	text, err := os.ReadFile(file) //nolint:gosec // This function has written it.
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(text, new(struct{})); err != nil {
		return fmt.Errorf("it ends early, as on a disk that is full: %w", err)
	}
	return nil
}

// judgedReport returns the report with the verdicts of the run: a spec has failed only if it fails the run, and a spec that
// was not selected is skipped with the reason. Only a spec that failed has exchanges and warnings.
func (s *Suite) judgedReport(report Report, run Run) Report {
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
		case passed, open:
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

// withLeftover adds an entry to a report that lists the customers left over. The entry is in a node after all specs,
// because a report of ginkgo has no place for entries about a whole run.
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

// abbreviated joins words. Of more than most words it returns the first ones and the number of the others.
func abbreviated(words []string, most int, separator string) string {
	if len(words) <= most {
		return strings.Join(words, separator)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:most], separator), len(words)-most)
}

// Line returns the result in one line.
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

// mostLeftover is the most customers left over that [Result.Text] lists. The reports list all.
const mostLeftover = 10

// Text returns the result for a terminal, except for the findings.
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

// unjudged lists the rules that were not judged by their reasons.
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
	for _, why := range slices.Sorted(maps.Keys(rules)) {
		switch names := rules[why]; {
		case why == strings.TrimPrefix(notSelected, notRun):
			lines = append(lines, fmt.Sprintf("  %s: %d", why, len(names))) // The user who selects specs knows the rules.
		default:
			lines = append(lines, fmt.Sprintf("  %s: %s", why, abbreviated(names, most, ", ")))
		}
	}
	return lines
}

//go:embed report.html
var pageSource string

// matrix is a table of cells with a row for each operation.
type matrix struct {
	Columns []string
	Rows    []matrixRow
}

type matrixRow struct {
	Name  string
	Cells []*Cell // by column; nil if the documents have no such case
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
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row := matrixRow{Name: name}
		for _, column := range m.Columns {
			row.Cells = append(row.Cells, rows[name][column])
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// page returns the result as an HTML page that loads no other resources.
func (s *Suite) page(result Result) ([]byte, error) {
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
	}{s.Target.URL, result})
	return out.Bytes(), err
}
