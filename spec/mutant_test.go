//go:build !mutants

package spec_test

import (
	"testing"

	"standin/spec"
)

// A build without the tag mutants has none of their faults, not even their names.
func TestNoMutantsWithoutTheirTag(t *testing.T) {
	t.Parallel()
	if len(spec.AllMutants()) > 0 {
		t.Error("there are some")
	}
	if (spec.Mutants{"mail-twice"}).Has("mail-twice") {
		t.Error("a fault is on")
	}
	if _, err := spec.Load("mutants.yaml"); err == nil {
		t.Error("the table of the faults is in the build")
	}
}
