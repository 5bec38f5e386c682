package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"time"

	"standin/cmd/launch"
	"standin/contracts"
	"standin/contracts/suite"
	"standin/engine/enginetest"
)

// verifyCommand is mutants verify. It runs the suite once against a server. It is a separate command because the suite can run
// only once in a process.
type verifyCommand struct {
	URL         string   `arg:"" optional:"" help:"The server's origin; a server in this process if there is none."`
	LabelFilter string   `help:"Run only the specs of these rules."`
	FailFast    bool     `help:"Stop at the first finding."`
	FailOn      []string `help:"Grades of rules that fail the run if they are broken; all by default."`
	SpecsOnly   bool     `help:"Let only the specs judge, and not the document."`
	Specs       string   `type:"existingfile" help:"Run only the specs whose texts are the lines of this file."`
	Reach       string   `help:"Write to this file which blocks each spec reaches; the server must be one of reachable."`
	ReachSocket string   `help:"The socket of that server."`
}

// Run runs the suite and prints its result. It returns an error if the server violates the contract.
func (v *verifyCommand) Run() error {
	at, err := v.target()
	if err != nil {
		return err
	}
	focus, err := focused(v.Specs)
	if err != nil {
		return err
	}
	if v.Reach != "" {
		if err := recordReach(v.ReachSocket, v.Reach); err != nil {
			return err
		}
	}
	result, err := contracts.Verify(at, suite.Run{Focus: focus, LabelFilter: v.LabelFilter, FailFast: v.FailFast, FailOn: v.FailOn, Now: time.Now(), Out: os.Stdout})
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stdout, result.Text())
	if !result.Holds() || result.Interrupted {
		return errors.New("the server violates the contract")
	}
	return nil
}

// fewChecks is the number of random sequences that find a fault which was made to be found.
const fewChecks = 6

// target returns the server to run the suite against. Only whether it conforms matters, so no sequence of the model is shortened.
func (v *verifyCommand) target() (suite.Target, error) {
	at := suite.Target{URL: v.URL, ControlURL: v.URL, SpecsOnly: v.SpecsOnly, ModelShrink: time.Nanosecond}
	if v.SpecsOnly {
		at.ModelChecks = fewChecks
	}
	if v.URL != "" {
		var err error
		at.ClientID, err = clientID(context.Background(), v.URL)
		return at, err
	}
	server, err := enginetest.Start()
	if err != nil {
		return at, err
	}
	at.URL, at.ControlURL, at.ClientID = "http://standin.test", "http://localhost", "storefront"
	at.Transport = enginetest.Transport(server.Engine)
	return at, nil
}

// clientID returns the client id of a server's tenants.
func clientID(ctx context.Context, origin string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/_standin/info", http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	var info struct {
		ClientID string `json:"clientId"`
	}
	if err := json.NewDecoder(response.Body).Decode(&info); err != nil || info.ClientID == "" {
		return "", fmt.Errorf("%s names no client id", request.URL)
	}
	return info.ClientID, nil
}

// verify runs the suite against a server in a new process. It reports whether the server conforms to the contract, and returns the
// output.
func verify(ctx context.Context, origin string, args ...string) (bool, string) {
	self, err := os.Executable()
	if err != nil {
		return false, err.Error()
	}
	return verifyWith(ctx, self, nil, append([]string{origin}, args...)...)
}

// verifyWith runs the suite in a new process of a binary of this command, with variables besides those of [launch.Environment].
func verifyWith(ctx context.Context, binary string, variables []string, args ...string) (bool, string) {
	command := launch.Command(ctx, binary, append([]string{"verify"}, args...)...)
	command.Env = append(launch.Environment(), variables...)
	output, err := command.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return false, err.Error()
	}
	return err == nil, string(output)
}
