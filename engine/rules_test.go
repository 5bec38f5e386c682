package engine

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"standin/spec"
)

// Every rule that a refusal names is one of the service's.
func TestRefusalsNameRules(t *testing.T) {
	t.Parallel()
	rules, err := spec.Rules()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, rule := range rules {
		known[rule.ID] = true
	}
	var sources []string
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			sources = append(sources, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, file := range sources {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`\.By\("([^"]*)"\)`).FindAllSubmatch(source, -1) {
			named++
			if !known[string(found[1])] {
				t.Errorf("%s names the rule %s, which there is not", file, found[1])
			}
		}
	}
	if named < 30 {
		t.Errorf("only %d refusals name a rule", named)
	}
}
