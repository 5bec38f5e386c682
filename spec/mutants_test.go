//go:build mutants

package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"standin/spec"
)

// Every fault of the table is in the code of its package, and names a rule; every one in the code is in the table.
func TestMutantsAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	if len(spec.AllMutants()) < 60 {
		t.Errorf("there are %d", len(spec.AllMutants()))
	}
	inCode := map[string][]string{}
	asked := regexp.MustCompile(`(?:mutant|Has|unless|overlook)\("([a-z0-9-]+)"`)
	for _, name := range []string{"spec", "state", "engine"} {
		files, err := filepath.Glob("../" + name + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range asked.FindAllStringSubmatch(string(source), -1) {
				inCode[found[1]] = append(inCode[found[1]], name)
			}
		}
	}
	rules, err := spec.Rules()
	if err != nil {
		t.Fatal(err)
	}
	grades := map[string]string{}
	for _, rule := range rules {
		grades[rule.ID] = rule.Grade
	}
	legal := map[string]bool{}
	for _, one := range spec.AllMutants() {
		if !slices.Contains(inCode[one.ID], one.Package) {
			t.Errorf("%s is not in %s", one.ID, one.Package)
		}
		if grades[one.Rule] == "" || one.What == "" {
			t.Errorf("%s names the rule %q and says %q", one.ID, one.Rule, one.What)
		}
		if one.Legal {
			legal[one.Rule] = true
		}
		delete(inCode, one.ID)
	}
	for id := range inCode {
		t.Errorf("%s is in the code and not in the table", id)
	}
	for _, rule := range []string{
		"LOGIN-LOCK", "OPTIN", "LOGIN-BAD", "T-ROTATE", "ADDR-TAGS", "PASSWORD-CHANGE", "LOGIN-INACTIVE", "ADDR-CREATE", "T-KIND", "LOGOUT", "ADDR-DELETE",
	} {
		if !legal[rule] {
			t.Errorf("no legal alternative to %s", rule)
		}
	}
}
