package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"standin/contracts"
	"standin/contracts/suite"
	"standin/engine/world"
)

// verifyCommand is standin verify.
type verifyCommand struct {
	target
	Target      string   `placeholder:"URL" help:"The same as --url."`
	ClientID    string   `placeholder:"ID" help:"A client id that the server accepts; by default the one that its control API names."`
	Focus       string   `placeholder:"REGEXP" help:"Run only the specs whose text matches."`
	LabelFilter string   `placeholder:"RULES" help:"Run only the specs of these rules, for example: LOGIN || LOGIN-BAD."`
	FailFast    bool     `help:"Stop at the first finding."`
	OrderSeed   int64    `placeholder:"N" help:"Run the specs in the order of an earlier run, which prints this number."`
	Report      []string `placeholder:"KIND" help:"Write reports: junit, json, html, summary (Markdown, for a step of a CI job); repeatable."`
	ReportDir   string   `type:"path" default:"." placeholder:"DIR" help:"Where the reports are written."`
	NoColor     bool     `help:"Write the progress without colors; NO_COLOR does the same."`

	Profile       string   `enum:"auto,smoke,full" default:"auto" help:"smoke: few requests and few new customers. full: everything. auto: full where the server makes sandboxes, else smoke."`
	Rps           float64  `placeholder:"N" help:"At most this many requests per second; 5 for a server without the control API, otherwise no limit."`
	FailOn        []string `placeholder:"GRADES" help:"Grades of rules that fail the run if they are broken: S, D, O, A. By default S,D for a server without the control API, otherwise all of them."`
	Known         string   `type:"path" placeholder:"FILE" help:"Accepted differences, as YAML: a list of {rule, spec, reason, expires}."`
	MinCovered    int      `placeholder:"PERCENT" help:"Fail if a smaller share of all rules was judged."`
	MinOperations int      `name:"min-covered-operations" placeholder:"PERCENT" help:"Fail if a smaller share of all operations answered."`
	Tenant        []string `placeholder:"NAME" help:"Tenant for the suite on a server without the control API; if there are several, the first."`
	Wire          string   `enum:"both,classic,current" default:"both" help:"Names that token answers must have: those of the printed reference (classic), the newer ones (current), or both."`
	EmailDomain   string   `default:"example.com" placeholder:"DOMAIN" help:"Domain of the e-mail addresses of new customers on a server without the control API; their mails should reach the inbox."`
	NewPassword   string   `placeholder:"PASSWORD" help:"Password of new customers on a server without the control API; by default it is drawn and not kept. The variable keeps it out of the list of processes."`
	Inbox         string   `placeholder:"URL" help:"URL of a Mailpit that receives the mails."`
	Customer      string   `placeholder:"EMAIL:PASSWORD" help:"An existing customer, who is only read. The variable keeps it out of the list of processes."`
	ServiceClient string   `placeholder:"ID:SECRET" help:"Client id and secret of a back end, for service tokens. The variable keeps it out of the list of processes."`
}

// Help returns the text of --help after the flags.
func (verifyCommand) Help() string {
	return `Holds a server to the contract of the customer service: every rule has specs, every exchange is checked against the
document. With the control API under /_standin each spec makes its own sandbox and removes it. Without it, as at the
real service, all specs work in one tenant, with e-mail addresses that no other run has, and what needs more is
skipped with its reason. There only documented rules fail the run, a busy server is not a finding, and the customers
that stay are listed.

Examples:
  standin verify
  standin verify --url http://127.0.0.1:3676 --report junit,html --report-dir reports
  standin verify --label-filter 'LOGIN || REFRESH'
  standin exec -- sh -c 'standin verify --focus signs'
  standin verify --url https://api.example.com --tenant acme --client-id shop --known known.yaml

No report holds a secret. The lines of a finding are a script for bash or zsh that sends its requests again: it names
the variables to export, and reads every token from the answer that gave it (with jq).

Exit codes: 0 what was judged holds, 1 findings, too little judged or a report that was not written, 2 usage or
configuration, 3 the server cannot be reached.`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (v *verifyCommand) Validate(parsed *kong.Context) error {
	if v.Target != "" {
		v.URL, v.AddrFile = v.Target, ""
	}
	for _, kind := range v.Report {
		if !slices.Contains(suite.Reports(), kind) {
			return fmt.Errorf("--report %s is not one of %s", kind, strings.Join(suite.Reports(), ", "))
		}
	}
	if len(v.Report) == 0 && onCommandLine(parsed)["report-dir"] > 0 {
		return fmt.Errorf("--report-dir has no effect without --report: add --report with one or more of %s", strings.Join(suite.Reports(), ", "))
	}
	if err := world.CheckTenants(v.Tenant...); err != nil {
		return fmt.Errorf("--tenant: %w", err)
	}
	for _, grade := range v.FailOn {
		if !slices.Contains(suite.Grades(), grade) {
			return fmt.Errorf("--fail-on %s is not one of %s", grade, strings.Join(suite.Grades(), ", "))
		}
	}
	if _, err := regexp.Compile(v.Focus); err != nil {
		return fmt.Errorf("--focus is not a regular expression: %w", err)
	}
	if err := errors.Join(v.validateNumbers(), v.validateAccess()); err != nil {
		return err
	}
	return v.target.Validate(parsed)
}

// validateAccess checks the flags with credentials and the inbox.
func (v *verifyCommand) validateAccess() error {
	for name, value := range map[string]string{"--customer": v.Customer, "--service-client": v.ServiceClient} {
		if value != "" && !strings.Contains(value, ":") {
			return fmt.Errorf("%s must be a name and a secret with a colon in between", name)
		}
	}
	if inbox, err := url.Parse(v.Inbox); v.Inbox != "" && (err != nil || inbox.Host == "") {
		return errors.New("--inbox is not a valid URL; write for example http://127.0.0.1:8025, and percent-encode a user and a password in it")
	}
	return nil
}

// validateNumbers checks the flags with numbers.
func (v *verifyCommand) validateNumbers() error {
	for name, value := range map[string]int{"--min-covered": v.MinCovered, "--min-covered-operations": v.MinOperations} {
		if value < 0 || value > 100 {
			return fmt.Errorf("%s must be a percentage from 0 to 100", name)
		}
	}
	if v.Rps < 0 {
		return errors.New("--rps must not be negative")
	}
	return nil
}

// Run runs the suite and prints its result.
func (v *verifyCommand) Run(to streams) error {
	known, err := readKnown(v.Known)
	if err != nil {
		return usageError{err}
	}
	at, err := v.subject(context.Background())
	if err != nil {
		return err
	}
	run := suite.Run{
		Focus: v.Focus, LabelFilter: v.LabelFilter, FailFast: v.FailFast, Seed: v.OrderSeed, Reports: v.Report, ReportDir: v.ReportDir,
		FailOn: v.FailOn, Known: known, MinCovered: v.MinCovered, MinCoveredOperations: v.MinOperations, Now: time.Now(), Out: to.out,
		Smoke: v.Profile == "smoke" || v.Profile == "auto" && at.Foreign(), Bounds: suite.Bounds{PerSecond: v.Rps},
	}
	if file, ok := to.out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		run.Terminal, run.Color = true, !v.NoColor && os.Getenv("NO_COLOR") == ""
	}
	if run.Smoke {
		run.Bounds = suite.SmokeBounds()
	}
	switch {
	case v.Rps > 0:
		run.Bounds.PerSecond = v.Rps
	case at.Foreign():
		run.Bounds.PerSecond = suite.SmokeBounds().PerSecond
	default:
		run.Bounds.PerSecond = 0
	}
	if at.Foreign() && len(run.FailOn) == 0 {
		run.FailOn = []string{"S", "D"}
	}
	switch {
	case v.Inbox == "":
	case !at.Foreign():
		fmt.Fprintln(to.out, "--inbox is not used: the mails come from the control API")
	case run.Smoke:
		fmt.Fprintln(to.out, "--inbox is not used: --profile smoke has no specs about mails")
	}
	result, err := contracts.Verify(at, run)
	_, unwritten := errors.AsType[suite.ReportError](err)
	if err != nil && !unwritten {
		return usageError{err}
	}
	fmt.Fprint(to.out, result.Text())
	if unwritten {
		return fmt.Errorf("verify: %w", err)
	}
	return ending(result)
}

// ending returns the error for the result of a run, or nil if the run has passed.
func ending(result suite.Result) error {
	switch {
	case result.Interrupted:
		return statusError{exitInterrupted, "verify: interrupted before its end"}
	case result.Verdict() == suite.VerdictFails:
		return errors.New("verify: the server does not hold the contract")
	case result.Verdict() == suite.VerdictFaulty:
		return errors.New("verify: the suite itself has a fault, so the server was not judged")
	case result.Verdict() == suite.VerdictStale:
		return errors.New("verify: the file of --known is out of date: " + strings.Join(result.Stale, "; "))
	case result.Passed == 0 && result.Inconclusive > 0:
		return unreachableError{errors.New("verify: no spec came to a verdict, because the server did not answer or was busy")}
	case result.Verdict() == suite.VerdictUncovered:
		return errors.New("verify: not enough was judged, though nothing that was judged failed")
	}
	return nil
}

// subject returns the server to verify. If it has no control API, the flags must give the tenant and the client id.
func (v *verifyCommand) subject(ctx context.Context) (suite.Target, error) {
	at := suite.Target{
		ClientID: v.ClientID, ControlToken: v.ControlToken, Tenant: cmp.Or(v.Tenant...), Wire: v.Wire, EmailDomain: v.EmailDomain, NewPassword: v.NewPassword, InboxURL: v.Inbox,
		Customer: credentials(v.Customer), ServiceClient: credentials(v.ServiceClient),
	}
	server, err := v.info(ctx)
	if other, ok := errors.AsType[noControlError](err); ok {
		if at.URL, err = v.origin(); err != nil {
			return at, err
		}
		if at.Tenant == "" || at.ClientID == "" {
			return at, usageError{fmt.Errorf("%w; for a server without the control API, say with --tenant and --client-id where the suite may work", other)}
		}
		return at, nil
	}
	if err != nil {
		return at, err
	}
	at.URL, at.ControlURL, at.ClientID = server.origin, strings.TrimSuffix(server.control, controlPath), cmp.Or(v.ClientID, server.clientID)
	return at, nil
}

// credentials returns the credentials in a text of the form NAME:SECRET.
func credentials(text string) suite.Credentials {
	name, secret, _ := strings.Cut(text, ":")
	return suite.Credentials{Name: name, Secret: secret}
}
