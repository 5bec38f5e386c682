//go:build mutants

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"standin/spec"
)

// mutantFlags are the flags that verify has in a build with the tag mutants.
type mutantFlags struct {
	Mutants []string `placeholder:"ID" help:"Faults to switch on in every sandbox; the document is not held against them, only the specs are."`
}

func (m mutantFlags) mutants() []string { return m.Mutants }

// mutantCommands are the verbs of such a build.
type mutantCommands struct {
	Mutants mutantsCommand `cmd:"" help:"Prove that the contract suite finds faults that are switched on."`
}

type mutantsCommand struct {
	List mutantsListCommand `cmd:"" help:"List the faults of this build."`
	Run  mutantsRunCommand  `cmd:"" help:"Run the suite against each of them."`
}

type mutantsListCommand struct{}

// Run prints a line for each fault.
func (mutantsListCommand) Run(to streams) error { //nolint:unparam // As kong wants it.
	for _, one := range spec.AllMutants() {
		legal := ""
		if one.Legal {
			legal = " (legal)"
		}
		fmt.Fprintf(to.out, "%-22s %-7s %-20s %s%s\n", one.ID, one.Package, one.Rule, one.What, legal)
	}
	return nil
}

type mutantsRunCommand struct {
	target
	Only      string `placeholder:"TEXT" help:"Only the faults whose id holds this text."`
	Workers   int    `default:"2" help:"How many are tried at once."`
	ReportDir string `type:"path" default:"." placeholder:"DIR" help:"Where mutants.md is written."`
}

// trial is what became of a fault.
type trial struct {
	spec.Mutant
	killer string // the spec that found it; empty for a survivor
	whole  bool   // it took the whole suite
	output string // of the last run
	took   time.Duration
}

// Run tries each fault: first the specs of its rule, then all of them. It fails if one survives.
func (m *mutantsRunCommand) Run(to streams) error {
	origin, err := m.origin()
	if err != nil {
		return err
	}
	var trials []*trial
	for _, one := range spec.AllMutants() {
		if strings.Contains(one.ID, m.Only) {
			trials = append(trials, &trial{Mutant: one})
		}
	}
	began := time.Now()
	queue := make(chan *trial)
	var workers sync.WaitGroup
	var mu sync.Mutex
	for range m.Workers {
		workers.Go(func() {
			for one := range queue {
				one.run(origin)
				mu.Lock()
				fmt.Fprintln(to.out, one.line())
				mu.Unlock()
			}
		})
	}
	for _, one := range trials {
		queue <- one
	}
	close(queue)
	workers.Wait()
	lenient, tolerated := m.legal(to, origin, trials)
	survivors := slices.DeleteFunc(slices.Clone(trials), func(one *trial) bool { return one.killer != "" })
	verdict := fmt.Sprintf("%d faults, %d found, %d survived, in %s", len(trials), len(trials)-len(survivors), len(survivors), time.Since(began).Round(time.Second))
	fmt.Fprintln(to.out, verdict)
	if err := os.MkdirAll(m.ReportDir, 0o755); err != nil { //nolint:gosec // Reports are for others to read.
		return err
	}
	if err := os.WriteFile(filepath.Join(m.ReportDir, "mutants.md"), []byte(table(verdict+"\n\n"+lenient, trials)), 0o644); err != nil { //nolint:gosec // As above.
		return err
	}
	if len(survivors) > 0 || !tolerated {
		return errors.New("mutants: the suite does not find all faults, or calls what is legal a fault")
	}
	return nil
}

// run tries one fault.
func (t *trial) run(origin string) {
	began := time.Now()
	defer func() { t.took = time.Since(began) }()
	for _, filter := range [][]string{{"--label-filter", t.Rule, "--fail-fast"}, {"--label-filter", t.Rule}, {}} {
		t.whole = len(filter) == 0
		if t.killer, t.output = killer(verifies(origin, append(filter, "--mutants", t.ID)...)); t.killer != "" || t.whole {
			return
		}
	}
}

// legal runs the suite with every fault on that nobody forbids: what is documented must hold all the same.
func (m *mutantsRunCommand) legal(to streams, origin string, trials []*trial) (string, bool) {
	var on []string
	for _, one := range trials {
		if one.Legal {
			on = append(on, "--mutants", one.ID)
		}
	}
	if len(on) == 0 || m.Only != "" {
		return "", true
	}
	code, output := verifies(origin, append(on, "--fail-on", "S,D")...)
	lines := strings.Split(strings.TrimSpace(output), "\n")
	verdict := fmt.Sprintf("All %d legal ones at once, at --fail-on S,D: exit code %d. %s", len(on)/2, code, lines[len(lines)-1])
	fmt.Fprintln(to.out, verdict)
	if code != exitOK {
		fmt.Fprintln(to.out, output)
	}
	return verdict, code == exitOK
}

// verifies runs the suite in a process of its own, since a process has one run.
func verifies(origin string, args ...string) (int, string) {
	self, err := os.Executable()
	if err != nil {
		return exitFailure, err.Error()
	}
	//nolint:gosec // It is this program.
	command := exec.CommandContext(context.Background(), self, append([]string{"verify", "--url", origin, "--no-color"}, args...)...)
	output, _ := command.CombinedOutput()
	return command.ProcessState.ExitCode(), string(output)
}

// ownFault is in what is said of a server that answers 500.
var ownFault = regexp.MustCompile(`\b500\b`)

// killer is the first spec that failed by what it asserts: a server that answers 500 has found its fault itself.
func killer(code int, output string) (string, string) {
	if code != exitFailure {
		return "", output
	}
	blocks := strings.Split("\n"+output, "\n✗ ")
	for _, block := range blocks[1:] {
		line, rest, _ := strings.Cut(block, "\n")
		if !ownFault.MatchString(rest) && strings.Contains(line, "(grade") {
			return line, output
		}
	}
	return "", output
}

func (t *trial) line() string {
	switch {
	case t.killer == "":
		return fmt.Sprintf("SURVIVED %-22s %-18s %s\n%s", t.ID, t.Rule, t.What, t.output)
	case t.whole:
		return fmt.Sprintf("found by another rule's spec: %s (%s), by %s", t.ID, t.Rule, t.killer)
	}
	return fmt.Sprintf("found    %-22s %5.1fs by %s", t.ID, t.took.Seconds(), t.killer)
}

func table(verdict string, trials []*trial) string {
	var out strings.Builder
	fmt.Fprintf(&out, "## Faults that the contract suite must find\n\n%s\n\n| Fault | Package | Rule | What it does | Found by |\n|---|---|---|---|---|\n", verdict)
	for _, one := range trials {
		by := one.killer
		if by == "" {
			by = "**nobody**"
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", one.ID, one.Package, one.Rule, one.What, by)
	}
	return out.String()
}
