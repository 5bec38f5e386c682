package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// sampleCommand is mutants sample.
type sampleCommand struct {
	Size      int    `placeholder:"N" help:"How many mutants are tried; all by default."`
	Seed      uint64 `default:"1" help:"Draws the mutants."`
	Only      string `placeholder:"TEXT" help:"Only the mutants whose id contains this text, such as engine-service-login."`
	Again     string `type:"existingfile" placeholder:"FILE" help:"Only the mutants that nothing found in the run of which this is the mutation.json."`
	All       bool   `help:"Also try the mutants of which survivors.yaml says that they are equivalent."`
	AtLeast   int    `placeholder:"PERCENT" help:"Fail if fewer of the mutants are killed, without the equivalent ones."`
	Tests     bool   `default:"true" negatable:"" help:"Also ask the unit tests. To learn what they reach takes minutes."`
	Workers   int    `default:"2" help:"How many mutants are tried at once."`
	List      bool   `help:"Only list the mutants."`
	ReportDir string `type:"path" default:"reports" placeholder:"DIR" help:"Folder in which mutation.md and mutation.json are written."`
}

// Help returns the text of --help after the flags.
func (sampleCommand) Help() string {
	return `Generates mutants of the engine with the operators of cmd/mutants/operator, leaves out those that do not compile, and runs
	against each the specs that reach it, and the unit tests that reach it if no spec finds it. cmd/mutants/survivors.yaml says
	of survivors why they may survive.

Examples:
  mutants sample --size 100 --seed 7
  mutants sample --only engine-service-login --list
  mutants sample --again reports/mutation.json
  mutants sample --size 60 --only engine-service --no-tests

Exit codes: 0 done, 1 too few are killed, an entry of survivors.yaml no longer applies, or the suite fails a correct server.`
}

// perBinary is the number of mutants in a binary. More need much memory to compile.
const perBinary = 2500

// Run tries the mutants.
func (c *sampleCommand) Run(ctx context.Context) error {
	if c.Workers < 1 || c.Size < 0 {
		return errors.New("--workers must be at least 1 and --size not negative")
	}
	began := time.Now()
	all, sources, err := generate(".", mutatedFolders())
	if err != nil {
		return err
	}
	known, err := readSurvivors(survivorsFile, all)
	if err != nil {
		return err
	}
	good, err := compiling(ctx, ".", all)
	if err != nil {
		return err
	}
	r := &result{Seed: c.Seed, Generated: len(all), Compile: len(good)}
	fmt.Fprintf(os.Stdout, "%d mutants, %d of them compile\n", r.Generated, r.Compile)
	drawn, err := c.draw(good)
	if err != nil {
		return err
	}
	if c.List {
		for _, one := range drawn {
			fmt.Fprintln(os.Stdout, one.String())
		}
		return nil
	}
	if err := c.try(ctx, drawn, sources, known, r); err != nil {
		return err
	}
	r.Took = time.Since(began).Round(time.Second).String()
	return r.report(c.ReportDir, c.AtLeast)
}

// draw returns the mutants to try, in the order of the source.
func (c *sampleCommand) draw(all []*mutant) ([]*mutant, error) {
	left, err := unfound(c.Again)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(m *mutant) bool {
		return !strings.Contains(m.ID.value, c.Only) || left != nil && !left[m.mutation]
	})
	if len(all) == 0 {
		return nil, fmt.Errorf("no mutant that compiles has an id that contains %q (--only) and was survived (--again)", c.Only)
	}
	if c.Size == 0 || c.Size >= len(all) {
		return all, nil
	}
	order := rand.New(rand.NewPCG(c.Seed, 0)).Perm(len(all))[:c.Size] //nolint:gosec // The draw is repeatable.
	slices.Sort(order)
	drawn := make([]*mutant, 0, c.Size)
	for _, at := range order {
		drawn = append(drawn, all[at])
	}
	return drawn, nil
}

// unfound returns the mutants that nothing found in a former run, or nil if name is "".
func unfound(name string) (map[mutation]bool, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // There is none.
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var former result
	if err := json.Unmarshal(content, &former); err != nil {
		return nil, fmt.Errorf("--again %s: %w", name, err)
	}
	left := map[mutation]bool{}
	for _, one := range former.Mutants {
		if one.Verdict == survived || one.Verdict == unreached {
			left[one.mutation] = true
		}
	}
	return left, nil
}

// try measures what specs and tests reach, builds the mutants and runs the suite and the tests against each.
func (c *sampleCommand) try(ctx context.Context, drawn []*mutant, sources []*source, known *survivors, r *result) error {
	work, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	dir := func(name string) string {
		name = filepath.Join(work, name)
		_ = os.Mkdir(name, 0o700)
		return name
	}
	specs, tests, err := c.measure(ctx, sources, dir("reach"), dir("tests"))
	if err != nil {
		return err
	}
	over, within := split(drawn)
	for i, part := range slices.Concat(slices.Collect(slices.Chunk(over, perBinary)), slices.Collect(slices.Chunk(within, perBinary))) {
		t, err := newTrials(ctx, part, dir(fmt.Sprint("part", i)))
		if err != nil {
			return err
		}
		t.specs, t.tests, t.known, t.all = specs, tests, known, c.All
		limited, stop := context.WithCancelCause(ctx)
		inParallel(c.Workers, part, func(m *mutant) {
			one, err := t.judged(limited, m)
			if err != nil {
				stop(err)
			}
			if limited.Err() == nil {
				r.add(one)
			}
		})
		err = context.Cause(limited)
		stop(nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// measure returns what the specs and the unit tests reach.
func (c *sampleCommand) measure(ctx context.Context, sources []*source, into, testsInto string) (*reachMap, *testReach, error) {
	overlay, blocks, err := writeReachable(".", sources, into)
	if err != nil {
		return nil, nil, err
	}
	specs, err := measureReach(ctx, ".", overlay, blocks, into)
	if err != nil {
		return nil, nil, err
	}
	tests := &testReach{}
	if c.Tests {
		if tests, err = measureTests(ctx, ".", overlay, testsInto, c.Workers); err != nil {
			return nil, nil, err
		}
	}
	fmt.Fprintf(os.Stdout, "%d specs reach %d of %d blocks, %d tests reach %d\n", len(specs.specs), len(specs.byBlock), len(blocks), len(tests.took), len(tests.byBlock))
	return specs, tests, nil
}

// split returns the mutants of packages that the suite itself uses, which a suite in the same process cannot judge, and then the
// others.
func split(all []*mutant) ([]*mutant, []*mutant) {
	var over, within []*mutant
	for _, one := range all {
		if strings.HasPrefix(one.File, "spec/") {
			over = append(over, one)
		} else {
			within = append(within, one)
		}
	}
	return over, within
}
