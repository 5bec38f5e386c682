package reach_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"standin/cmd/mutants/reach"
)

// Each answer has the blocks that have run since the one before.
func TestReportsWhatHasRun(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	t.Setenv(reach.Socket, socket)
	for _, want := range [][]int{{3, 5}, {5}, {}} {
		for _, one := range want {
			reach.Hit(one)
			reach.Hit(one)
		}
		got, err := reach.Ask(socket)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v and %v, want %v", got, err, want)
		}
	}
}

func TestLeavesWhatHasRunInAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "blocks")
	if got, err := reach.Read(file); err != nil || len(got) > 0 {
		t.Errorf("got %v and %v of a file that does not exist", got, err)
	}
	if os.Getenv(reach.File) == "" {
		test := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
		test.Env = append(os.Environ(), reach.File+"="+file)
		if output, err := test.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		if got, err := reach.Read(file); err != nil || !slices.Equal(got, []int{7, 2}) {
			t.Errorf("got %v and %v, want 7 and 2", got, err)
		}
		return
	}
	for _, one := range []int{7, 2, 7} {
		reach.Hit(one)
	}
}
