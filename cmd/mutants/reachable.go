package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"

	"standin/cmd/launch"
	"standin/cmd/mutants/reach"
)

// block is a list of statements that run one after the other, unless one of them leaves it.
type block struct {
	file       string
	start, end int
}

// reached is what a spec has reached.
type reached struct {
	Spec   string        `json:"spec"`
	Rules  []string      `json:"rules"`
	Took   time.Duration `json:"took"`
	Blocks []int         `json:"blocks"`
}

// reachMap contains which specs reach which block.
type reachMap struct {
	blocks  []block
	specs   map[string]reached
	byBlock map[int][]string
	early   map[int]bool // blocks that ran before the first spec
}

// blocksOf returns the blocks of a file in the order of their starts.
func blocksOf(s *source) []block {
	lists := map[*ast.BlockStmt]bool{} // The body of a switch contains cases and no statements.
	var all []block
	ast.Inspect(s.parsed, func(node ast.Node) bool {
		switch typed := node.(type) {
		case *ast.SwitchStmt:
			lists[typed.Body] = true
		case *ast.TypeSwitchStmt:
			lists[typed.Body] = true
		case *ast.SelectStmt:
			lists[typed.Body] = true
		case *ast.BlockStmt:
			if !lists[typed] {
				all = append(all, block{s.name, s.offset(typed.Lbrace) + 1, s.offset(typed.Rbrace)})
			}
		case *ast.CaseClause:
			all = append(all, block{s.name, s.offset(typed.Colon) + 1, s.offset(typed.End())})
		case *ast.CommClause:
			all = append(all, block{s.name, s.offset(typed.Colon) + 1, s.offset(typed.End())})
		}
		return true
	})
	slices.SortFunc(all, func(a, b block) int { return a.start - b.start })
	return all
}

// writeReachable writes an overlay in which each block of the sources reports that it runs, and returns the overlay's path and
// the blocks.
func writeReachable(root string, sources []*source, into string) (string, []block, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", nil, err
	}
	w := overlay{root: root, into: into, replace: map[string]string{}}
	var all []block
	for _, s := range sources {
		var out strings.Builder
		done := s.offset(s.parsed.Name.End())
		own := blocksOf(s)
		out.WriteString(s.content[:done])
		if len(own) > 0 {
			out.WriteString(`; import standinReach "standin/cmd/mutants/reach"`)
		}
		for _, one := range own {
			fmt.Fprintf(&out, "%s standinReach.Hit(%d);", s.content[done:one.start], len(all))
			all = append(all, one)
			done = one.start
		}
		out.WriteString(s.content[done:])
		if err := w.add(s.name, out.String()); err != nil {
			return "", nil, err
		}
	}
	name, err := w.list()
	return name, all, err
}

// measureReach runs the whole suite against a server that reports its blocks, one spec after the other. The overlay is that of
// writeReachable.
func measureReach(ctx context.Context, root, overlay string, blocks []block, work string) (*reachMap, error) {
	binary := filepath.Join(work, "standin")
	if err := build(ctx, root, overlay, "-o", binary, "./cmd/standin"); err != nil {
		return nil, err
	}
	socket, record := filepath.Join(work, "socket"), filepath.Join(work, "reach.jsonl")
	s, err := launch.Start(ctx, binary, []string{reach.Socket + "=" + socket}, "--fixture", "empty")
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	if holds, output := verify(ctx, s.URL, "--reach", record, "--reach-socket", socket); !holds {
		return nil, fmt.Errorf("the suite fails the server that records what it reaches:\n%s", lastLines(output, shownLines))
	}
	return readReach(blocks, record)
}

// readReach reads what recordReach has written.
func readReach(blocks []block, name string) (*reachMap, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	m := &reachMap{blocks: blocks, specs: map[string]reached{}, byBlock: map[int][]string{}, early: map[int]bool{}}
	lines := json.NewDecoder(bufio.NewReader(file))
	for lines.More() {
		var one reached
		if err := lines.Decode(&one); err != nil {
			return nil, err
		}
		if one.Spec == "" {
			for _, at := range one.Blocks {
				m.early[at] = true
			}
			continue
		}
		m.specs[one.Spec] = one
		for _, at := range one.Blocks {
			m.byBlock[at] = append(m.byBlock[at], one.Spec)
		}
	}
	return m, nil
}

// innermost returns the smallest block around a place, or -1.
func (m *reachMap) innermost(at touched) int {
	found := -1
	for i, one := range m.blocks {
		if one.file == at.file && one.start <= at.at && at.at < one.end && (found < 0 || one.start >= m.blocks[found].start) {
			found = i
		}
	}
	return found
}

// of returns the specs that reach a mutant, those first that reach the least. After them come all others if it may take effect
// where it is not known which specs reach it.
func (m *reachMap) of(one *mutant) []string {
	names, everywhere := map[string]bool{}, one.everywhere
	for _, at := range one.touches {
		within := m.innermost(at)
		for _, name := range m.byBlock[within] {
			names[name] = true
		}
		everywhere = everywhere || within < 0 || m.early[within]
	}
	reaching := m.ordered(maps.Keys(names))
	if !everywhere {
		return reaching
	}
	others := maps.Clone(m.specs)
	maps.DeleteFunc(others, func(name string, _ reached) bool { return names[name] })
	return append(reaching, m.ordered(maps.Keys(others))...)
}

// slow is the duration of a spec that is only run if quicker ones do not find a mutant.
const slow = 300 * time.Millisecond

// ordered returns specs in the order in which they are run.
func (m *reachMap) ordered(names func(func(string) bool)) []string {
	return slices.SortedFunc(names, func(a, b string) int {
		x, y := m.specs[a], m.specs[b]
		return cmp.Or(cmp.Compare(x.Took/slow, y.Took/slow), len(x.Blocks)-len(y.Blocks), strings.Compare(a, b))
	})
}

// recordReach adds a node to the suite that writes after each spec what it has reached.
func recordReach(socket, name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	early, err := reach.Ask(socket)
	if err != nil {
		return err
	}
	if err := lines.Encode(reached{Blocks: early}); err != nil {
		return err
	}
	ginkgo.ReportAfterEach(func(one ginkgo.SpecReport) {
		if one.State == 0 || one.NumAttempts == 0 {
			return
		}
		blocks, err := reach.Ask(socket)
		if err = errors.Join(err, lines.Encode(reached{one.FullText(), one.Labels(), one.RunTime, blocks})); err != nil {
			ginkgo.Fail(err.Error())
		}
	})
	return nil
}

// focused returns a regular expression that matches the specs whose texts are the lines of a file, or "" if name is "".
func focused(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	var all []string
	for line := range strings.Lines(string(content)) {
		all = append(all, regexp.QuoteMeta(strings.TrimSuffix(line, "\n")))
	}
	return " (?:" + strings.Join(all, "|") + ")$", nil
}
