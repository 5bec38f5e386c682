package main

import (
	"os"
	"testing"
)

// Every fault matches the source, and the server compiles with all faults.
func TestFaultsFitTheSource(t *testing.T) {
	t.Parallel()
	const root = "../.."
	faults, err := allFaults(root)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := writeOverlay(root, faults, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := build(t.Context(), root, overlay, append([]string{"-o", os.DevNull}, packages(faults)...)...); err != nil {
		t.Fatal(err)
	}
}
