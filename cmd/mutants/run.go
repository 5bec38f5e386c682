package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"standin/cmd/launch"
)

// runCommand is mutants run.
type runCommand struct {
	Only      string `placeholder:"TEXT" help:"Only the faults whose id contains this text."`
	Workers   int    `default:"2" help:"How many faults are tried at once."`
	ReportDir string `type:"path" default:"reports" placeholder:"DIR" help:"Folder in which mutants.md is written."`
}

// Help returns the text of --help after the flags.
func (runCommand) Help() string {
	return `Builds a server that contains all faults, and runs the whole suite against it with no fault on: it must pass. Then it runs
	the specs of each fault's rule against a process with this fault on, and the whole suite if they do not find the fault. A
	fault that is legal, because no source forbids it, must also pass the specs of grades S and D with --fail-on S,D.

Examples:
  mutants run
  mutants run --only mail- --workers 4 --report-dir reports

Exit codes: 0 every fault is found, 1 a fault survives or the suite fails a correct server.`
}

// trial is a fault with the result of the suite.
type trial struct {
	*fault
	killer  string // the spec that found it; empty for a survivor
	whole   bool   // the specs of its rule have not found it, so the whole suite ran
	refused bool   // it is legal, and the suite fails it with --fail-on S,D
	output  string // output of the last run
	took    time.Duration
}

// Run tries each fault. It returns an error if a fault survives.
func (r *runCommand) Run(ctx context.Context) error {
	if r.Workers < 1 {
		return errors.New("--workers must be at least 1")
	}
	var trials []*trial
	faults, err := allFaults(".")
	if err != nil {
		return err
	}
	for _, one := range faults {
		if strings.Contains(one.ID.value, r.Only) {
			trials = append(trials, &trial{fault: one})
		}
	}
	if len(trials) == 0 {
		return fmt.Errorf("--only %s: no fault has an id that contains this text", r.Only)
	}
	work, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	began := time.Now()
	overlay, err := writeOverlay(".", faults, work)
	if err != nil {
		return err
	}
	if err := build(ctx, ".", overlay, "-ldflags", "-s -w", "-o", work, "./cmd/standin", "./cmd/mutants"); err != nil {
		return err
	}
	if err := passesClean(ctx, filepath.Join(work, "standin")); err != nil {
		return err
	}
	r.try(ctx, work, trials)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return r.report(trials, time.Since(began))
}

// passesClean runs the whole suite with no fault on. It returns an error if the suite fails, since the overlay itself must not
// change the server.
func passesClean(ctx context.Context, binary string) error {
	s, err := start(ctx, binary, "")
	if err != nil {
		return err
	}
	defer s.Stop()
	holds, output := verify(ctx, s.URL)
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case !holds:
		return fmt.Errorf("the server does not pass the suite with no fault on:\n%s", output)
	}
	fmt.Fprintln(os.Stdout, "no fault on: "+lastLines(output, 1))
	return nil
}

// try tries the faults, several at once, with the binaries in a folder.
func (r *runCommand) try(ctx context.Context, folder string, trials []*trial) {
	queue := make(chan *trial)
	var workers sync.WaitGroup
	var mu sync.Mutex
	for range r.Workers {
		workers.Go(func() {
			for one := range queue {
				one.run(ctx, folder)
				if ctx.Err() != nil {
					continue
				}
				mu.Lock()
				fmt.Fprintln(os.Stdout, one.line())
				mu.Unlock()
			}
		})
	}
	// The legal ones first, since each takes a run of most of the suite.
	for _, legal := range []bool{true, false} {
		for _, one := range trials {
			if one.Legal == legal {
				queue <- one
			}
		}
	}
	close(queue)
	workers.Wait()
}

// run tries a fault: first with the specs of its rule, then with all specs. A legal one must also pass every spec that is not
// graded A or O; there the server is in the suite's process, which takes half the time.
func (t *trial) run(ctx context.Context, folder string) {
	began := time.Now()
	defer func() { t.took = time.Since(began) }()
	s, err := start(ctx, filepath.Join(folder, "standin"), t.ID.value)
	if err != nil {
		t.output = err.Error()
		return
	}
	defer s.Stop()
	for _, filter := range [][]string{{"--label-filter", t.Rule.value, "--fail-fast"}, {"--label-filter", t.Rule.value}, {}} {
		t.whole = len(filter) == 0
		if t.killer, t.output = killer(verify(ctx, s.URL, append(filter, "--specs-only")...)); t.killer != "" || ctx.Err() != nil {
			break
		}
	}
	if t.Legal && t.killer != "" {
		holds, output := verifyWith(ctx, filepath.Join(folder, "mutants"), []string{variable + "=" + t.ID.value}, "--specs-only", "--label-filter", "!A && !O", "--fail-on", "S,D")
		if t.refused = !holds; t.refused {
			t.output = output
		}
	}
}

// serverError matches the output about a spec to which the server answered 500: an answer of the suite, a status or a count of statuses that
// gomega shows, or the body of an error. A request that has the number is none.
var serverError = regexp.MustCompile(`\banswered 500 with |<int>: 500\b|[{ ]500: \d|"status": ?500\b`)

// findings returns the parts of the output about findings, which begin with a cross, without it.
func findings(output string) []string { return strings.Split("\n"+output, "\n✗ ")[1:] }

// killer returns the first spec that failed by its own assertion, and the output. A spec to which the server answered 500 does
// not count, since the server itself has noticed the fault.
func killer(holds bool, output string) (string, string) {
	if holds {
		return "", output
	}
	for _, block := range findings(output) {
		line, rest, _ := strings.Cut(block, "\n")
		if !serverError.MatchString(rest) && strings.Contains(line, "(grade") {
			return line, output
		}
	}
	return "", output
}

// build runs go build with an overlay in the root of a repository.
func build(ctx context.Context, root, overlay string, args ...string) error {
	if err := launch.Run(ctx, root, "go", append([]string{"build", "-overlay", overlay}, args...)...); err != nil {
		return fmt.Errorf("the faults do not compile: %w", err)
	}
	return nil
}

// start starts a server in which the fault of an id is on, or none if it is "".
func start(ctx context.Context, binary, id string) (*launch.Server, error) {
	return launch.Start(ctx, binary, []string{variable + "=" + id}, "--fixture", "empty")
}
