package spec_test

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// spec imports its libraries and the standard library, and no other package of the project.
func TestDependencies(t *testing.T) {
	t.Parallel()
	found, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found.Imports {
		first, _, _ := strings.Cut(path, "/")
		if first == "standin" || strings.HasPrefix(path, "github.com/hashicorp/go-memdb") {
			t.Errorf("spec imports %s", path)
		}
	}
}

// Each library is imported by one package only.
func TestWhoKnowsWhichLibrary(t *testing.T) {
	t.Parallel()
	owners := map[string]string{
		"github.com/getkin/kin-openapi":       "spec cmd/judge cmd/measure",
		"github.com/gorilla/mux":              "spec cmd/measure",
		"github.com/hashicorp/go-memdb":       "state",
		"github.com/golang-jwt/jwt":           "engine/service",
		"github.com/alecthomas/kong":          "cmd/standin cmd/judge cmd/measure cmd/same cmd/mutants",
		"github.com/prometheus/client_golang": "engine/control",
		"golang.org/x/crypto":                 "engine/call",
		"go.yaml.in/yaml":                     "spec fixtures contracts/suite cmd/standin cmd/judge cmd/measure cmd/same cmd/session cmd/mutants",
		"github.com/prometheus/common":        "fixtures engine/control",
		"github.com/onsi/ginkgo":              "contracts contracts/suite cmd/mutants",
		"github.com/go-json-experiment":       "spec engine engine/call engine/journal engine/service engine/control fixtures",
		"github.com/rs/cors":                  "engine",
		"standin/engine":                      "cmd/standin cmd/measure engine/control engine/enginetest",
		"standin/engine/control":              "cmd/standin engine/enginetest",
		"standin/engine/console":              "cmd/standin engine/enginetest",
		"standin/fixtures":                    "cmd/standin engine/control engine/enginetest",
		"standin/contracts":                   "cmd/standin cmd/mutants",
		"standin/contracts/suite":             "contracts cmd/standin cmd/mutants",
		"golang.org/x/term":                   "cmd/standin",
		"golang.org/x/time":                   "contracts/suite",
		"golang.org/x/sys":                    "cmd/standin",
	}
	folders := map[string]bool{}
	eachFile(t, func(path string, _ []byte) { folders[filepath.ToSlash(filepath.Dir(path))] = true })
	for folder := range folders {
		found, err := build.ImportDir(filepath.Join("..", folder), 0)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, imported := range found.Imports {
			for library, owner := range owners {
				if belongs(imported, library) && !strings.Contains(" "+owner+" ", " "+folder+" ") {
					t.Errorf("%s imports %s, which belongs to %q", folder, imported, owner)
				}
			}
		}
	}
}

// belongs reports whether a package belongs to a library. Each of the project's packages counts as a library.
func belongs(imported, library string) bool {
	return imported == library || !strings.HasPrefix(library, "standin/") && strings.HasPrefix(imported, library+"/")
}

func TestNoFileIsTooLong(t *testing.T) {
	t.Parallel()
	const most = 400
	eachFile(t, func(path string, source []byte) {
		if lines := strings.Count(string(source), "\n"); lines > most {
			t.Errorf("%s has %d lines", path, lines)
		}
	})
}

// eachFile calls see for every Go file of the project, with its path from the root.
func eachFile(t *testing.T, see func(path string, source []byte)) {
	t.Helper()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		source, err := fs.ReadFile(root, path)
		see(path, source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
