package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"standin/contracts"
	"standin/spec"
)

// readKnown reads the differences that were accepted; none if there is no file.
func readKnown(file string) ([]contracts.Known, error) {
	if file == "" {
		return nil, nil
	}
	source, err := os.ReadFile(file) //nolint:gosec // The user names it.
	if err != nil {
		return nil, fmt.Errorf("--known: %w", err)
	}
	var entries []struct {
		Rule    string `yaml:"rule"`
		Spec    string `yaml:"spec"`
		Reason  string `yaml:"reason"`
		Expires string `yaml:"expires"`
	}
	rules, err := spec.Rules()
	if err != nil {
		return nil, err
	}
	source = bytes.TrimPrefix(source, []byte("\ufeff")) // Editors of Windows begin files with it.
	if err := yaml.Load(source, &entries, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("--known: %s: %w", file, err)
	}
	all := make([]contracts.Known, len(entries))
	for i, one := range entries {
		expires, wrong := time.Parse(time.DateOnly, one.Expires)
		switch {
		case one.Rule == "" && one.Spec == "":
			err = errors.New("names neither a rule nor a spec")
		case one.Rule != "" && !slices.ContainsFunc(rules, func(rule spec.Rule) bool { return rule.ID == one.Rule }):
			err = fmt.Errorf("is about a rule that is unknown: there is no rule %s; every report of verify lists them", one.Rule)
		case one.Reason == "":
			err = errors.New("has no reason")
		case wrong != nil:
			err = errors.New("has no day at which it expires, such as 2027-01-31")
		}
		if err != nil {
			return nil, fmt.Errorf("--known: %s: entry %d %w", file, i+1, err)
		}
		all[i] = contracts.Known{Rule: one.Rule, Spec: one.Spec, Reason: one.Reason, Expires: expires}
	}
	return all, nil
}
