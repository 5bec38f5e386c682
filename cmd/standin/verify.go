package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"standin/contracts"
)

type verifyCommand struct {
	target
	ClientID    string   `placeholder:"ID" help:"A client id that the server takes; by default the one that it names."`
	Focus       string   `placeholder:"REGEXP" help:"Run only the specs whose text matches."`
	LabelFilter string   `placeholder:"RULES" help:"Run only the specs of these rules, for example: LOGIN || LOGIN-BAD."`
	OrderSeed   int64    `placeholder:"N" help:"Run in the order that another run has shown."`
	Report      []string `placeholder:"KIND" help:"Write reports: junit, json, summary (Markdown, for a step of a CI job); repeatable."`
	ReportDir   string   `type:"path" default:"." placeholder:"DIR" help:"Where the reports are written."`
	NoColor     bool     `help:"Write the progress without colors."`
}

// Help shows examples.
func (verifyCommand) Help() string {
	return `Holds a server to the contract of the customer service: every rule has specs, every exchange is checked against the
document. Each spec makes a sandbox of its own and removes it, so the server needs the handle under /_standin.

Examples:
  standin verify
  standin verify --url http://127.0.0.1:3676 --report junit,summary --report-dir reports
  standin verify --label-filter 'LOGIN || REFRESH'
  standin exec -- sh -c 'standin verify --focus signs'

Exit codes: 0 it holds, 1 findings, 2 usage or configuration, 3 the server cannot be reached.`
}

// Validate is called by kong once all flags have their values.
func (v *verifyCommand) Validate(parsed *kong.Context) error {
	for _, kind := range v.Report {
		if !slices.Contains(contracts.Reports(), kind) {
			return fmt.Errorf("--report %s: there are %s", kind, strings.Join(contracts.Reports(), ", "))
		}
	}
	return v.target.Validate(parsed)
}

// Run runs the suite and says what it found.
func (v *verifyCommand) Run(to streams) error {
	server, err := v.info(context.Background())
	if err != nil {
		return err
	}
	if v.ClientID == "" {
		v.ClientID = server.clientID
	}
	result, err := contracts.Verify(contracts.Target{
		URL: server.origin, ControlURL: strings.TrimSuffix(server.control, controlPath), ControlToken: v.ControlToken, ClientID: v.ClientID,
	}, contracts.Run{
		Focus: v.Focus, LabelFilter: v.LabelFilter, Seed: v.OrderSeed, NoColor: v.NoColor, Reports: v.Report, ReportDir: v.ReportDir,
	})
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(to.out, "%d specs: %d passed, %d failed, %d not run (order %d)\n", result.Specs, result.Passed, result.Failed, result.Skipped, result.Seed)
	if result.Failed > 0 {
		return errors.New("verify: the server does not hold the contract")
	}
	return nil
}
