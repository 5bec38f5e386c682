package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// trials are the mutants of one binary, with what is known of them.
type trials struct {
	within bool   // the server runs in the process of the suite
	binary string // the server, or this command if the server runs in its process
	into   string // a folder for files of the trials
	red    *testBinaries
	specs  *reachMap
	tests  *testReach
	known  *survivors
	all    bool // equivalent ones are tried, too
}

// newTrials builds a binary with mutants and runs the whole suite against it with no mutant on. All of them, or none, are of
// packages that the suite itself uses.
func newTrials(ctx context.Context, part []*mutant, into string) (*trials, error) {
	overlay, err := writeOverlay(".", faultsOf(part), into)
	if err != nil {
		return nil, err
	}
	over, _ := split(part)
	t := &trials{within: len(over) == 0, into: into, red: newTestBinaries(".", overlay, into)}
	command := "standin"
	if t.within {
		command = "mutants"
	}
	t.binary = filepath.Join(into, command)
	if err := build(ctx, ".", overlay, "-ldflags", "-s -w", "-o", t.binary, "./cmd/"+command); err != nil {
		return nil, err
	}
	if !t.within {
		return t, passesClean(ctx, t.binary)
	}
	holds, output := verifyWith(ctx, t.binary, nil)
	if !holds {
		return nil, fmt.Errorf("the server does not pass the suite with no mutant on:\n%s", lastLines(output, shownLines))
	}
	fmt.Fprintln(os.Stdout, "no mutant on: "+lastLines(output, 1))
	return t, nil
}

// judged returns what specs and tests say of a mutant. Tests are asked if no spec finds it; for a package that the suite itself
// uses they come first, since they take seconds where the suite needs a server of its own for each mutant.
func (t *trials) judged(ctx context.Context, m *mutant) (judgement, error) {
	began := time.Now()
	specs, tests := t.specs.of(m), t.tests.of(m, t.specs)
	verdict, test := t.known.of(m)
	one := judgement{mutation: m.mutation, ID: m.ID.value, Line: m.line, Specs: len(specs), Tests: count(tests), Verdict: survived, Known: verdict}
	if len(specs)+one.Tests == 0 {
		one.Verdict = unreached
	}
	if len(specs) > 0 {
		one.Rules = t.specs.specs[specs[0]].Rules
	}
	if verdict == equivalent && !t.all {
		return one, nil
	}
	asked := []func() error{
		func() error { return t.askSpecs(ctx, m, specs, &one) },
		func() error { return t.askTests(ctx, m, tests, &one) },
	}
	if !t.within {
		slices.Reverse(asked)
	}
	for _, ask := range asked {
		if one.Verdict != survived {
			break
		}
		if err := ask(); err != nil {
			return one, err
		}
	}
	one.Seconds = time.Since(began).Seconds()
	if verdict == outside && one.Verdict != killed {
		return one, t.finds(ctx, m, test)
	}
	return one, nil
}

// askSpecs runs the specs that reach a mutant.
func (t *trials) askSpecs(ctx context.Context, m *mutant, specs []string, one *judgement) error {
	by, err := t.spec(ctx, m, specs)
	if by != "" {
		one.Verdict, one.Killer, one.Rules = killed, by, rulesOf(by, one.Rules)
	}
	return err
}

// askTests runs the tests that reach a mutant.
func (t *trials) askTests(ctx context.Context, m *mutant, tests [][]unitTest, one *judgement) error {
	by, err := t.red.killer(ctx, m, tests)
	if by != "" {
		one.Verdict, one.Killer = tested, by
	}
	return err
}

// rulesOf returns the rules of a spec as the suite's output has it, and the given ones where something else says that the server is
// wrong.
func rulesOf(killer string, otherwise []string) []string {
	if names, _, found := strings.Cut(killer, " (grade "); found {
		return strings.Split(strings.TrimPrefix(names, serverFailed), ", ")
	}
	return otherwise
}

// count returns how many tests there are.
func count(groups [][]unitTest) int {
	n := 0
	for _, group := range groups {
		n += len(group)
	}
	return n
}

// finds returns an error unless a test of survivors.yaml is red with a mutant.
func (t *trials) finds(ctx context.Context, m *mutant, test string) error {
	folder, name, _ := strings.Cut(strings.TrimPrefix(test, "./"), " ")
	by, err := t.red.killerAmong(ctx, m, []unitTest{{folder, name}})
	if err == nil && by == "" {
		err = fmt.Errorf("%s:%d %s: %s says that %s finds it, and that test passes", m.File, m.line, m.Function, survivorsFile, test)
	}
	return err
}

// firstSpecs is how many specs run first against a mutant; the other ones that reach it run if these do not find it.
const firstSpecs = 40

// manySpecs is how many specs are found by their texts. Where more are left, all run, which takes less time than the search.
const manySpecs = 300

// patience is how long specs or tests may take until a mutant counts as killed because it hangs.
const patience = 2 * time.Minute

// spec returns what finds a mutant among the specs that reach it, or "".
func (t *trials) spec(ctx context.Context, m *mutant, specs []string) (string, error) {
	if len(specs) == 0 {
		return "", nil
	}
	run := func(ctx context.Context, args ...string) (bool, string) {
		return verifyWith(ctx, t.binary, []string{variable + "=" + m.ID.value}, args...)
	}
	if !t.within {
		s, err := start(ctx, t.binary, m.ID.value)
		if err != nil {
			return "the server does not start", nil
		}
		defer s.Stop()
		run = func(ctx context.Context, args ...string) (bool, string) { return verify(ctx, s.URL, args...) }
	}
	first := min(firstSpecs, len(specs))
	list := filepath.Join(t.into, m.ID.value)
	if by, err := specAmong(ctx, run, list, specs[:first]); by != "" || err != nil {
		return by, err
	}
	return specAmong(ctx, run, list, specs[first:])
}

// specAmong runs specs and returns what finds the mutant, or "". List is the name of a file for their texts.
func specAmong(ctx context.Context, run func(context.Context, ...string) (bool, string), list string, specs []string) (string, error) {
	if len(specs) == 0 {
		return "", nil
	}
	args := []string{"--fail-fast"}
	if len(specs) <= manySpecs {
		args = append(args, "--specs", list)
		if err := os.WriteFile(list, []byte(strings.Join(specs, "\n")+"\n"), 0o600); err != nil {
			return "", err
		}
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	holds, output := run(limited, args...)
	if errors.Is(limited.Err(), context.DeadlineExceeded) {
		return "the suite does not end", nil
	}
	return finder(holds, output), nil
}

// serverFailed is the beginning of what finds a mutant, if the server itself has noticed that it is wrong.
const serverFailed = "an answer of 500: "

// finder returns what in the output of a run says that the server is wrong, or "".
func finder(holds bool, output string) string {
	if by, _ := killer(holds, output); by != "" || holds {
		return by
	}
	if all := findings(output); len(all) > 0 {
		line, _, _ := strings.Cut(all[0], "\n")
		return serverFailed + line
	}
	if strings.Contains(output, "no spec is selected") {
		return "" // The specs have other names now.
	}
	return "the suite cannot go on: " + lastLines(output, 1)
}
