// Command mutants proves that the contract suite finds faults. It builds a server that contains all faults, in copies of
// functions that exist only during the build. For each fault it runs the suite against a process of that server in which only
// this fault is on. The same server shows mutants that package operator generates.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"standin/spec"
)

// command contains the commands of the program.
type command struct {
	List   listCommand   `cmd:"" help:"List the faults: id, package, rule and description."`
	Run    runCommand    `cmd:"" help:"Run the suite against each fault."`
	Sample sampleCommand `cmd:"" help:"Run the suite against generated mutants, all or some drawn by a seed."`
	Verify verifyCommand `cmd:"" hidden:"" help:"Run the suite once, as run does for each fault."`
}

// about is the description in --help.
const about = `Prove that the contract suite finds every fault in cmd/mutants/faults, and measure how many generated mutants it finds.
Run it in the root of the repository.

Examples:
  mutants list
  mutants run --only mail- --report-dir reports
  mutants sample --size 100 --seed 7`

func main() {
	var line command
	parsed := kong.Parse(&line, kong.Name("mutants"), kong.Description(about), kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 120}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	parsed.BindTo(ctx, (*context.Context)(nil))
	err := parsed.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// listCommand is mutants list.
type listCommand struct{}

// Run prints a line for each fault.
func (listCommand) Run() error {
	all, err := allFaults(".")
	if err != nil {
		return err
	}
	for _, one := range all {
		legal := ""
		if one.Legal {
			legal = " (legal)"
		}
		fmt.Fprintf(os.Stdout, "%-22s %-14s %-20s %s%s\n", one.ID.value, one.pkg(), one.Rule.value, one.What, legal)
	}
	return nil
}

// allFaults returns the faults of a repository. It returns an error if the rule of a fault does not exist.
func allFaults(root string) ([]*fault, error) {
	all, err := spec.Rules()
	if err != nil {
		return nil, err
	}
	rules := map[string]bool{}
	for _, one := range all {
		rules[one.ID] = true
	}
	return readFaults(os.DirFS(root), rules)
}
