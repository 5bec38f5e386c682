package engine_test

import (
	"go/build"
	"slices"
	"testing"
)

// The engine acts through spec and state. It knows no library behind them, no plane above it, and no fixtures.
func TestDependencies(t *testing.T) {
	t.Parallel()
	found, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found.Imports {
		if slices.Contains([]string{
			"github.com/getkin/kin-openapi/openapi3", "github.com/gorilla/mux", "github.com/hashicorp/go-memdb",
			"standin/fixtures", "standin/engine/control", "standin/engine/console", "standin/contracts", "os", "net",
		}, path) {
			t.Errorf("engine imports %s", path)
		}
	}
}
