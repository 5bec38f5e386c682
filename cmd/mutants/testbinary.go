package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"standin/cmd/launch"
)

// testBinaries builds the test of a package when it is first run.
type testBinaries struct {
	root, overlay, into string

	mu    sync.Mutex
	built map[string]error // by folder
	green map[string]bool  // whether tests pass with no mutant on
}

// newTestBinaries returns the tests of a repository with an overlay.
func newTestBinaries(root, overlay, into string) *testBinaries {
	return &testBinaries{root: root, overlay: overlay, into: into, built: map[string]error{}, green: map[string]bool{}}
}

// binary returns the path of the test of a folder.
func (b *testBinaries) binary(ctx context.Context, folder string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := filepath.Join(b.into, strings.ReplaceAll(folder, "/", "_")+".test")
	err, done := b.built[folder]
	if !done {
		err = launch.Run(ctx, b.root, "go", "test", "-c", "-vet=off", "-overlay", b.overlay, "-o", name, "./"+folder)
		b.built[folder] = err
	}
	return name, err
}

// listed matches the name of a test in the output of -test.list.
var listed = regexp.MustCompile(`(?m)^(?:Test|Example|Fuzz)\w*$`)

// list returns the tests of a folder.
func (b *testBinaries) list(ctx context.Context, folder string) ([]unitTest, error) {
	binary, err := b.binary(ctx, folder)
	if err != nil {
		return nil, err
	}
	output, _ := exec.CommandContext(ctx, binary, "-test.list", ".").Output() // Its exit code may be that of a TestMain.
	var all []unitTest
	for _, name := range listed.FindAllString(string(output), -1) {
		if name != contractTest {
			all = append(all, unitTest{folder, name})
		}
	}
	return all, nil
}

// run runs tests of one package until one is red, and returns whether one is, and the output.
func (b *testBinaries) run(ctx context.Context, tests []unitTest, variables ...string) (bool, string, error) {
	folder := tests[0].folder
	binary, err := b.binary(ctx, folder)
	if err != nil {
		return false, "", err
	}
	command := launch.Command(ctx, binary, "-test.run", pattern(tests), "-test.failfast", "-test.timeout", patience.String())
	command.Dir, command.Env = filepath.Join(b.root, filepath.FromSlash(folder)), append(launch.Environment(), variables...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	err = command.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		return true, output.String(), nil
	}
	return false, output.String(), err
}

// failedTest matches a test that is red, in the output of go test.
var failedTest = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// killer returns a test that is red with a mutant and green without it, or "". Tests are given package by package.
func (b *testBinaries) killer(ctx context.Context, m *mutant, tests [][]unitTest) (string, error) {
	for _, group := range tests {
		if by, err := b.killerAmong(ctx, m, group); by != "" || err != nil {
			return by, err
		}
	}
	return "", nil
}

// killerAmong returns a test of one package that is red with a mutant and green without it, or "".
func (b *testBinaries) killerAmong(ctx context.Context, m *mutant, tests []unitTest) (string, error) {
	for len(tests) > 0 {
		red, output, err := b.run(ctx, tests, variable+"="+m.ID.value)
		if err = errors.Join(err, ctx.Err()); !red || err != nil {
			return "", err
		}
		suspects := tests // It panics, exits or does not end, and does not say in which test.
		if found := failedTest.FindStringSubmatch(output); found != nil {
			suspects = []unitTest{{tests[0].folder, found[1]}}
		}
		green, err := b.areGreen(ctx, suspects)
		if err != nil {
			return "", err
		}
		if green && len(suspects) == 1 {
			return suspects[0].String(), nil
		}
		if green {
			return "./" + tests[0].folder, nil
		}
		tests = slices.DeleteFunc(slices.Clone(tests), func(one unitTest) bool { return slices.Contains(suspects, one) })
	}
	return "", nil
}

// areGreen reports whether tests of a package pass with no mutant on.
func (b *testBinaries) areGreen(ctx context.Context, tests []unitTest) (bool, error) {
	key := tests[0].folder + " " + pattern(tests)
	b.mu.Lock()
	green, known := b.green[key]
	b.mu.Unlock()
	if known {
		return green, nil
	}
	red, _, err := b.run(ctx, tests)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.green[key] = !red
	return !red, err
}

// pattern returns a regular expression that matches tests.
func pattern(tests []unitTest) string {
	names := make([]string, 0, len(tests))
	for _, one := range tests {
		names = append(names, one.name)
	}
	return "^(?:" + strings.Join(names, "|") + ")$"
}
