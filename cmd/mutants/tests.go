package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"standin/cmd/mutants/reach"
)

// unitTest is a test of a package of this repository. The test that runs the contract suite is none.
type unitTest struct{ folder, name string }

// String returns a test as go test has it.
func (u unitTest) String() string { return "./" + u.folder + " " + u.name }

// contractTest is the test that runs the contract suite.
const contractTest = "TestContract"

// testedFolders returns the folders whose tests can find mutants. Those of the console are left out: each needs a browser for seconds,
// and looks at pages.
func testedFolders(ctx context.Context, root string) ([]string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./cmd/session", "./engine/...", "./fixtures", "./spec/...", "./state")
	list.Dir = root
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []string
	for name := range strings.FieldsSeq(string(output)) {
		if _, folder, _ := strings.Cut(name, "/"); folder != "engine/console" {
			all = append(all, folder)
		}
	}
	return all, nil
}

// testReach contains which tests reach which block.
type testReach struct {
	byBlock map[int][]unitTest
	took    map[unitTest]time.Duration
}

// measureTests runs each test alone in a process that records what it reaches. A test that fails there is left out.
func measureTests(ctx context.Context, root, overlay, work string, workers int) (*testReach, error) {
	folders, err := testedFolders(ctx, root)
	if err != nil {
		return nil, err
	}
	bins := newTestBinaries(root, overlay, work)
	var all []unitTest
	for _, folder := range folders {
		found, err := bins.list(ctx, folder)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	t := &testReach{byBlock: map[int][]unitTest{}, took: map[unitTest]time.Duration{}}
	var mu sync.Mutex
	var mistakes []error
	inParallel(workers, all, func(one unitTest) {
		file := filepath.Join(work, strings.ReplaceAll(one.String()[2:], "/", "_"))
		began := time.Now()
		red, _, err := bins.run(ctx, []unitTest{one}, reach.File+"="+file)
		blocks, unread := reach.Read(file)
		mu.Lock()
		defer mu.Unlock()
		mistakes = append(mistakes, err, unread)
		if red {
			fmt.Fprintf(os.Stdout, "left out, because it fails where blocks are recorded: %s\n", one)
			return
		}
		t.took[one] = time.Since(began)
		for _, at := range blocks {
			t.byBlock[at] = append(t.byBlock[at], one)
		}
	})
	return t, errors.Join(mistakes...)
}

// inParallel calls a function for each item, several at once.
func inParallel[T any](workers int, all []T, call func(T)) {
	queue := make(chan T)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for one := range queue {
				call(one)
			}
		})
	}
	for _, one := range all {
		queue <- one
	}
	close(queue)
	running.Wait()
}

// longestTests is how long the tests of other packages may take, one after another, that are tried with a mutant. Those of a package run
// together, which takes a quarter of it.
const longestTests = time.Minute

// approvedFolder is the folder of the tests that compare whole answers and explanations with approved ones.
const approvedFolder = "cmd/session"

// of returns tests that reach a mutant, package by package: all those of its own package, then all that compare whole answers, and
// then the quickest of the others.
func (t *testReach) of(m *mutant, reaching *reachMap) [][]unitTest {
	own := path.Dir(m.File)
	byFolder := map[string][]unitTest{}
	folders := []string{own, approvedFolder}
	var took time.Duration
	for _, one := range t.quickest(t.reaching(m, reaching)) {
		if one.folder != own && one.folder != approvedFolder {
			if took += t.took[one]; took > longestTests {
				continue
			}
		}
		if !slices.Contains(folders, one.folder) {
			folders = append(folders, one.folder)
		}
		byFolder[one.folder] = append(byFolder[one.folder], one)
	}
	var all [][]unitTest
	for _, folder := range folders {
		if tests := byFolder[folder]; len(tests) > 0 {
			all = append(all, tests)
		}
	}
	return all
}

// reaching returns the tests that reach a mutant.
func (t *testReach) reaching(m *mutant, reaching *reachMap) map[unitTest]bool {
	names := map[unitTest]bool{}
	everywhere := m.everywhere
	for _, at := range m.touches {
		within := reaching.innermost(at)
		everywhere = everywhere || within < 0
		for _, one := range t.byBlock[within] {
			names[one] = true
		}
	}
	if everywhere {
		for one := range t.took {
			names[one] = true
		}
	}
	return names
}

// quickest returns tests in the order of their durations.
func (t *testReach) quickest(names map[unitTest]bool) []unitTest {
	return slices.SortedFunc(maps.Keys(names), func(a, b unitTest) int {
		return cmp.Or(cmp.Compare(t.took[a], t.took[b]), strings.Compare(a.String(), b.String()))
	})
}
