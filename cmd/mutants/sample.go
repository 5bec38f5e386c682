package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// sampleCommand is mutants sample.
type sampleCommand struct {
	Size      int    `placeholder:"N" help:"How many mutants are tried; all by default."`
	Seed      uint64 `default:"1" help:"Draws the mutants."`
	Only      string `placeholder:"TEXT" help:"Only the mutants whose id contains this text, such as engine-service-login."`
	AtLeast   int    `placeholder:"PERCENT" help:"Fail if fewer of the mutants are killed, without the equivalent ones."`
	Workers   int    `default:"2" help:"How many mutants are tried at once."`
	List      bool   `help:"Only list the mutants."`
	ReportDir string `type:"path" default:"reports" placeholder:"DIR" help:"Folder in which mutation.md and mutation.json are written."`
}

// Help returns the text of --help after the flags.
func (sampleCommand) Help() string {
	return `Generates mutants of the engine with the operators of cmd/mutants/operator, leaves out those that do not compile, and runs
	against each the specs that reach it. cmd/mutants/survivors.yaml says of survivors why they may survive.

Examples:
  mutants sample --size 100 --seed 7
  mutants sample --only engine-service-login --list

Exit codes: 0 done, 1 too few are killed, an entry of survivors.yaml no longer applies, or the suite fails a correct server.`
}

// perBinary is the number of mutants in a binary.
const perBinary = 400

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
	drawn := c.draw(good)
	if len(drawn) == 0 {
		return fmt.Errorf("--only %s: no mutant that compiles has an id that contains this text", c.Only)
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
func (c *sampleCommand) draw(all []*mutant) []*mutant {
	all = slices.DeleteFunc(slices.Clone(all), func(m *mutant) bool { return !strings.Contains(m.ID.value, c.Only) })
	if c.Size == 0 || c.Size >= len(all) {
		return all
	}
	order := rand.New(rand.NewPCG(c.Seed, 0)).Perm(len(all))[:c.Size] //nolint:gosec // The draw is repeatable.
	slices.Sort(order)
	drawn := make([]*mutant, 0, c.Size)
	for _, at := range order {
		drawn = append(drawn, all[at])
	}
	return drawn
}

// try measures which specs reach what, builds the mutants and runs the suite against each.
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
	reaching, err := measureReach(ctx, ".", sources, dir("reach"))
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%d specs reach %d of %d blocks\n", len(reaching.specs), len(reaching.byBlock), len(reaching.blocks))
	for i, part := range slices.Collect(slices.Chunk(drawn, perBinary)) {
		into := dir(fmt.Sprint("part", i))
		overlay, err := writeOverlay(".", faultsOf(part), into)
		if err != nil {
			return err
		}
		binary := filepath.Join(into, "standin")
		if err := build(ctx, ".", overlay, "-ldflags", "-s -w", "-o", binary, "./cmd/standin"); err != nil {
			return err
		}
		if err := passesClean(ctx, binary); err != nil {
			return err
		}
		c.tryEach(part, func(m *mutant) {
			if one := judged(ctx, binary, into, m, reaching, known); ctx.Err() == nil {
				r.add(one)
			}
		})
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
	}
	return nil
}

// tryEach calls a function for each mutant, several at once.
func (c *sampleCommand) tryEach(all []*mutant, try func(*mutant)) {
	queue := make(chan *mutant)
	var workers sync.WaitGroup
	for range c.Workers {
		workers.Go(func() {
			for one := range queue {
				try(one)
			}
		})
	}
	for _, one := range all {
		queue <- one
	}
	close(queue)
	workers.Wait()
}

// firstSpecs is how many specs run first against a mutant; the other ones that reach it run if these do not find it.
const firstSpecs = 40

// patience is how long the specs may take until a mutant counts as killed because it hangs.
const patience = 2 * time.Minute

// judged runs the specs that reach a mutant against a process in which it is on.
func judged(ctx context.Context, binary, into string, m *mutant, reaching *reachMap, known *survivors) judgement {
	began := time.Now()
	specs := reaching.of(m)
	one := judgement{
		ID: m.ID.value, File: m.file, Line: m.line, Function: m.function, Operator: m.operator, From: m.from, To: m.to, Nth: m.nth,
		Specs: len(specs), Verdict: unreached, Known: known.of(m),
	}
	if len(specs) > 0 {
		one.Verdict = survived
		if one.Killer = m.killer(ctx, binary, filepath.Join(into, m.ID.value), specs); one.Killer != "" {
			one.Verdict = killed
		}
	}
	one.Seconds = time.Since(began).Seconds()
	return one
}

// killer starts a process in which the mutant is on, and returns what finds it, or "". List is a file for the texts of specs.
func (m *mutant) killer(ctx context.Context, binary, list string, specs []string) string {
	s, err := start(ctx, binary, m.ID.value)
	if err != nil {
		return "the server does not start"
	}
	defer s.Stop()
	first := min(firstSpecs, len(specs))
	if by := killerAmong(ctx, s.URL, list, specs[:first]); by != "" {
		return by
	}
	return killerAmong(ctx, s.URL, list, specs[first:])
}

// killerAmong runs specs and returns what finds the mutant, or "".
func killerAmong(ctx context.Context, origin, list string, specs []string) string {
	if len(specs) == 0 {
		return ""
	}
	if err := os.WriteFile(list, []byte(strings.Join(specs, "\n")+"\n"), 0o600); err != nil {
		return ""
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	holds, output := verify(limited, origin, "--specs", list, "--fail-fast")
	if limited.Err() != nil {
		return "the suite does not end"
	}
	return finder(holds, output)
}

// finder returns what in the output of a run says that the server is wrong, or "".
func finder(holds bool, output string) string {
	if by, _ := killer(holds, output); by != "" || holds {
		return by
	}
	if _, failed, found := strings.Cut("\n"+output, "\n✗ "); found {
		line, _, _ := strings.Cut(failed, "\n")
		return "an answer of 500: " + line
	}
	if strings.Contains(output, "no spec is selected") {
		return "" // The specs have other names now.
	}
	return "the suite cannot go on: " + lastLines(output, 1)
}
