package state_test

import (
	"go/build"
	"strings"
	"testing"
)

// The package is a leaf: the standard library without HTTP, and go-memdb.
func TestDependencies(t *testing.T) {
	t.Parallel()
	found, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Imports) == 0 {
		t.Fatal("no imports found: the test looks at nothing")
	}
	for _, path := range found.Imports {
		if path == "github.com/hashicorp/go-memdb" {
			continue
		}
		// A path of the standard library has no dot in its first element, and this module is not part of it.
		first, _, _ := strings.Cut(path, "/")
		if strings.Contains(first, ".") || first == "standin" || path == "net" || strings.HasPrefix(path, "net/") || path == "os" {
			t.Errorf("state imports %s", path)
		}
	}
}
