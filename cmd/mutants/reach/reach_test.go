package reach_test

import (
	"path/filepath"
	"slices"
	"testing"

	"standin/cmd/mutants/reach"
)

// Each answer has the blocks that have run since the one before.
func TestReportsWhatHasRun(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	t.Setenv(reach.Variable, socket)
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
