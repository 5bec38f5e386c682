package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"
)

// survivorsFile is the file of the mutants that may survive, relative to the root of the repository.
const survivorsFile = "cmd/mutants/survivors.yaml"

// survivor says of a mutant why the contract suite does not find it. It is a mutant by its texts and not by its line, so that it
// still applies when lines move.
type survivor struct {
	In       text   `yaml:"in"` // a file and a function, Type.name or a package variable, as in a fault
	Operator string `yaml:"operator"`
	From     string `yaml:"from"`
	To       string `yaml:"to"`
	Nth      int    `yaml:"nth"`     // which one, if the function has several with these texts
	Verdict  string `yaml:"verdict"` // equivalent or outside
	Reason   string `yaml:"reason"`
	Test     string `yaml:"test"` // what finds a mutant outside the contract: a package and a test, such as ./state TestFold
}

// The verdicts of a survivor.
const (
	equivalent = "equivalent" // no request shows the change
	outside    = "outside"    // the contract says nothing about it; a test of this repository finds it
)

// survivors contains the entries of the file by their mutants.
type survivors struct{ byID map[string]*survivor }

// of returns the verdict of the file about a mutant, or "", and the test that finds it.
func (s *survivors) of(m *mutant) (string, string) {
	if one := s.byID[m.ID.value]; one != nil {
		return one.Verdict, one.Test
	}
	return "", ""
}

// readSurvivors reads the file. It returns an error for each entry that is incomplete or is no mutant of those given.
func readSurvivors(name string, all []*mutant) (*survivors, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []*survivor
	if err := yaml.Load(content, &list, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &survivors{byID: map[string]*survivor{}}
	var mistakes []error
	for _, one := range list {
		if mistake := one.mistake(); mistake != "" {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %s", name, one.In.line, mistake))
			continue
		}
		at := slices.IndexFunc(all, one.is)
		if at < 0 {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %s has no such mutant any more", name, one.In.line, one.In.value))
			continue
		}
		s.byID[all[at].ID.value] = one
	}
	return s, errors.Join(mistakes...)
}

// mistake returns what is wrong with an entry itself, or "".
func (s *survivor) mistake() string {
	switch {
	case s.Verdict != equivalent && s.Verdict != outside:
		return fmt.Sprintf("the verdict is %q; it must be equivalent or outside", s.Verdict)
	case s.Reason == "":
		return "reason is missing"
	case s.Verdict == outside && s.Test == "":
		return "test is missing: which test finds the mutant?"
	}
	return ""
}

// is reports whether an entry is about a mutant.
func (s *survivor) is(m *mutant) bool {
	return s.In.value == m.File+" "+m.Function && s.Operator == m.Operator && squeeze(s.From) == m.From && squeeze(s.To) == m.To &&
		max(s.Nth, 1) == m.Nth
}
