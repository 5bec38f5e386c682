package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"standin/engine"
)

// coverageFlags are the flags for reports about the coverage of a run.
type coverageFlags struct {
	Coverage    []string `type:"path" placeholder:"FILE" help:"Write which documented answers were seen, over all tenants of the run, to this file, whose name ends in .json, .xml (JUnit) or .md (Markdown); repeatable."`
	MinCoverage int      `placeholder:"PERCENT" help:"Exit with 1 if the command succeeded but fewer of the documented answers were seen."`
}

// coverageForms are the formats of a report, by file extension.
var coverageForms = map[string]func(coverageReport) ([]byte, error){ //nolint:gochecknoglobals // A table.
	".json": coverageReport.json, ".xml": coverageReport.junit, ".md": coverageReport.markdown,
}

// checkCoverage returns an error if a flag is not valid.
func (c coverageFlags) checkCoverage() error {
	for _, file := range c.Coverage {
		if coverageForms[filepath.Ext(file)] == nil {
			return fmt.Errorf("--coverage %s: the name of the file ends in .json, .xml (JUnit) or .md (Markdown)", filepath.Base(file))
		}
		if folder, err := os.Stat(filepath.Dir(file)); err != nil || !folder.IsDir() {
			return fmt.Errorf("--coverage %s: the folder %s does not exist; make it first", filepath.Base(file), filepath.Dir(file))
		}
	}
	if c.MinCoverage < 0 || c.MinCoverage > 100 {
		return errors.New("--min-coverage must be a percentage from 0 to 100")
	}
	return nil
}

// coverageReport is the coverage of a run, with the required minimum.
type coverageReport struct {
	engine.Coverage
	least int // required minimum in percent
}

// report writes the files and returns a line with the result. It returns an error if the coverage is below the minimum.
func (c coverageFlags) report(seen func() engine.Coverage) (string, error) {
	if len(c.Coverage) == 0 && c.MinCoverage == 0 {
		return "", nil
	}
	r := coverageReport{seen(), c.MinCoverage}
	for _, file := range c.Coverage {
		text, err := coverageForms[filepath.Ext(file)](r)
		if err == nil {
			_, err = replaceFile(file, text)
		}
		if err != nil {
			return "", fmt.Errorf("--coverage: %w; name a file in a folder that can be written to", err)
		}
	}
	if !r.enough() {
		return "", errors.New(r.line() + ", which is less than --min-coverage " + strconv.Itoa(r.least))
	}
	return r.line(), nil
}

// enough reports whether the coverage reaches the minimum.
func (r coverageReport) enough() bool { return 100*r.Covered >= r.least*r.Documented }

// line returns the result in one line.
func (r coverageReport) line() string {
	return fmt.Sprintf("%d of %d documented answers were seen (%d %%)", r.Covered, r.Documented, 100*r.Covered/max(r.Documented, 1))
}

// json returns the report as JSON.
func (r coverageReport) json() ([]byte, error) {
	text, err := json.MarshalIndent(r.Coverage, "", "  ")
	return append(text, '\n'), err
}

// junitSuites is a report in JUnit's format.
type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

// junitSuite is a suite in a report.
type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

// junitCase is a test case in a suite.
type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Skipped *junitMessage `xml:"skipped"`
	Failure *junitMessage `xml:"failure"`
}

// junitMessage is the reason why a test case was skipped or failed.
type junitMessage struct {
	Message string `xml:"message,attr"`
}

// junit returns the report in JUnit's format. It has a test case for each documented answer, which is skipped if the answer
// was not seen. If the coverage is below the minimum, it has a failed test case.
func (r coverageReport) junit() ([]byte, error) {
	suite := junitSuite{Name: "standin coverage", Skipped: r.Documented - r.Covered}
	for _, op := range r.Operations {
		for _, status := range slices.Sorted(maps.Keys(op.Statuses)) {
			one := junitCase{Class: op.Operation, Name: status}
			if op.Statuses[status] == 0 {
				one.Skipped = &junitMessage{"was not seen"}
			}
			suite.Cases = append(suite.Cases, one)
		}
	}
	if !r.enough() {
		suite.Failures = 1
		suite.Cases = append(suite.Cases, junitCase{Class: "coverage", Name: fmt.Sprintf("at least %d %%", r.least), Failure: &junitMessage{r.line()}})
	}
	suite.Tests = len(suite.Cases)
	text, err := xml.MarshalIndent(junitSuites{Suites: []junitSuite{suite}}, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

// markdown returns the report as a Markdown table with a row for each operation. Answers that were seen are in bold.
func (r coverageReport) markdown() ([]byte, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "## Coverage of the service\n\n%s.\n\n| Operation | Answers |\n|---|---|\n", r.line())
	for _, op := range r.Operations {
		var cells []string
		for _, status := range slices.Sorted(maps.Keys(op.Statuses)) {
			cell := fmt.Sprintf("%s: %d", status, op.Statuses[status])
			if op.Statuses[status] > 0 {
				cell = "**" + cell + "**"
			}
			cells = append(cells, cell)
		}
		fmt.Fprintf(&text, "| %s | %s |\n", op.Operation, strings.Join(cells, ", "))
	}
	return []byte(text.String()), nil
}
