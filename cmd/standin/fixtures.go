package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"standin/contracts/suite"
	"standin/fixtures"
)

// fixturesCommand is standin fixtures.
type fixturesCommand struct {
	List   fixturesList   `cmd:"" help:"List the embedded fixtures."`
	Show   fixturesShow   `cmd:"" help:"Print an embedded fixture, to copy."`
	Lint   fixturesLint   `cmd:"" help:"Find mistakes in fixture files."`
	Export fixturesExport `cmd:"" help:"Write the state of a running server's tenant as a fixture."`
}

// fixturesList is standin fixtures list.
type fixturesList struct{}

// Help returns the text of --help after the flags.
func (fixturesList) Help() string {
	return "Example:\n  standin fixtures list\n\nExit code: 0."
}

// Run prints a table of the embedded fixtures.
func (fixturesList) Run(to streams) error {
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tCUSTOMERS\tDESCRIPTION")
	for _, name := range fixtures.Names() {
		fixture, err := fixtures.Load(context.Background(), name)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%s\n", name, fixture.Customers(), fixture.Description())
	}
	return table.Flush()
}

// fixturesShow is standin fixtures show.
type fixturesShow struct {
	Name string `arg:"" help:"The name of the fixture; standin fixtures list shows them."`
}

// Help returns the text of --help after the flags.
func (fixturesShow) Help() string {
	return "Examples:\n  standin fixtures show demo\n  standin fixtures show demo > shop.yaml\n\nExit codes: 0 success, 2 no such fixture."
}

// Run prints the fixture's file.
func (f fixturesShow) Run(to streams) error {
	source, err := fixtures.Source(f.Name)
	if err != nil {
		return usageError{err}
	}
	_, err = to.out.Write(source)
	return err
}

// fixturesLint is standin fixtures lint.
type fixturesLint struct {
	Files []string `arg:"" name:"file" type:"path" help:"The fixture files."`
}

// Help returns the text of --help after the flags.
func (fixturesLint) Help() string {
	return `Prints every finding as file:line:column: field: message.

Examples:
  standin fixtures lint shop.yaml
  standin fixtures lint fixtures/*.yaml

Exit codes: 0 no findings, 1 findings, 2 a file cannot be read.`
}

// Run prints the findings of all files.
func (f fixturesLint) Run(to streams) error {
	found := 0
	var unread error
	for _, file := range f.Files {
		_, err := fixtures.Load(context.Background(), file) // The path is absolute, so it is not the name of an embedded fixture.
		wrong, isWrong := errors.AsType[*fixtures.Error](err)
		switch {
		case isWrong:
			found += len(wrong.Findings)
			for _, finding := range wrong.Findings {
				finding.File = nearby(file)
				fmt.Fprintln(to.out, suite.Printable(finding.String()))
			}
		case err != nil:
			unread = errors.Join(unread, err)
		}
	}
	switch {
	case unread != nil:
		return usageError{unread}
	case found > 0:
		return statusError{code: exitFailure}
	}
	_, err := fmt.Fprintf(to.out, "%d %s, no findings\n", len(f.Files), plural(len(f.Files), "file"))
	return err
}

// nearby returns a path relative to the working directory, unless that would lead out of it.
func nearby(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(here, path)
	if err != nil || strings.HasPrefix(relative, "..") {
		return path
	}
	return relative
}

// plural returns the noun in the form for a count.
func plural(count int, noun string) string {
	if count == 1 {
		return noun
	}
	return noun + "s"
}

// fixturesExport is standin fixtures export.
type fixturesExport struct {
	target
	Tenant []string `placeholder:"NAME" help:"Export this tenant, demo by default; the first, if the environment or standin.yaml lists several."`
	Output string   `type:"path" placeholder:"FILE" help:"Write to this file instead of stdout."`
}

// Help returns the text of --help after the flags.
func (fixturesExport) Help() string {
	return `Prints the state of a tenant of a running server as a fixture for serve --fixture.

Examples:
  standin fixtures export > shop.yaml
  standin fixtures export --tenant acme --output shop.yaml
  standin fixtures export --url http://standin:3676

Exit codes: 0 success, 1 the server refuses, 2 usage or configuration, 3 it cannot be reached or is not ready.`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (f *fixturesExport) Validate(parsed *kong.Context) error {
	if onCommandLine(parsed)["tenant"] > 1 || len(f.Tenant) > 0 && f.Tenant[0] == "" {
		return errors.New("--tenant takes one name here; export each tenant by itself")
	}
	return f.target.Validate(parsed)
}

// Run exports the tenant. It writes the file only after it has the whole export, so an existing file is not lost if the server
// fails.
func (f *fixturesExport) Run(to streams) error {
	got, err := f.get(context.Background(), controlPath+"/tenants/"+url.PathEscape(homeOf(f.Tenant))+"/export", controlTimeout)
	if err == nil {
		err = got.refusal()
	}
	if err != nil {
		return err
	}
	if !utf8.Valid(got.body) || bytes.ContainsFunc(got.body, isControl) { // Exports escape them. A terminal would obey them.
		return fmt.Errorf("%s answers with control characters, so it is no fixture", got.url)
	}
	if f.Output == "" {
		_, err = to.out.Write(got.body)
		return err
	}
	if err := os.WriteFile(f.Output, got.body, 0o600); err != nil { // It may contain passwords and tokens.
		return usageError{fmt.Errorf("--output: %w", err)}
	}
	return nil
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' }
