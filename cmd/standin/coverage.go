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

// coverageFlags say what becomes of the coverage of a run.
type coverageFlags struct {
	Coverage    []string `type:"path" placeholder:"FILE" help:"Write which documented answers were seen, over all tenants of the run, to this file, whose name ends in .json, .xml (JUnit) or .md (Markdown); repeatable."`
	MinCoverage int      `placeholder:"PERCENT" help:"Exit with 1 if the command succeeded but fewer of the documented answers were seen."`
}

// coverageForms are the forms of a report, by the ending of its file.
var coverageForms = map[string]func(coverageReport) ([]byte, error){ //nolint:gochecknoglobals // A table.
	".json": coverageReport.json, ".xml": coverageReport.junit, ".md": coverageReport.markdown,
}

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

// coverageReport is what a run has covered, and what it was to cover.
type coverageReport struct {
	engine.Coverage
	least int // percent
}

// report writes the files, and returns the line that sums up, or an error that says what is missing.
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

func (r coverageReport) enough() bool { return 100*r.Covered >= r.least*r.Documented }

func (r coverageReport) line() string {
	return fmt.Sprintf("%d of %d documented answers were seen (%d %%)", r.Covered, r.Documented, 100*r.Covered/max(r.Documented, 1))
}

func (r coverageReport) json() ([]byte, error) {
	text, err := json.MarshalIndent(r.Coverage, "", "  ")
	return append(text, '\n'), err
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Skipped *junitMessage `xml:"skipped"`
	Failure *junitMessage `xml:"failure"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
}

// junit has a test case for each documented answer, skipped if it was not seen, and one that fails if too few were seen.
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

// markdown has a row for each operation, with what was seen in bold.
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
