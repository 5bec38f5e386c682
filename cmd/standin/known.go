package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"standin/contracts/suite"
	"standin/spec"
)

// knownMembers are the members of an entry in the file of --known.
var knownMembers = []string{"rule", "spec", "reason", "expires"} //nolint:gochecknoglobals // A table.

// knownExample is an example of an entry.
const knownExample = "- {rule: ..., spec: ..., reason: ..., expires: 2027-01-31}"

// lineError is a mistake in a line of a file.
type lineError struct {
	line int
	what string
}

func (e lineError) Error() string { return e.what }

// readKnown returns the accepted differences in a file. It returns nil if file is "" or the file is empty.
func readKnown(file string) ([]suite.Known, error) {
	if file == "" {
		return nil, nil
	}
	source, err := os.ReadFile(file) //nolint:gosec // The user names it.
	if err != nil {
		return nil, fmt.Errorf("--known: %w", err)
	}
	all, err := parseKnown(bytes.TrimPrefix(source, []byte("\ufeff"))) // Editors on Windows write a byte order mark.
	if wrong, ok := errors.AsType[lineError](err); ok {
		return nil, fmt.Errorf("--known: %s:%d: %w", file, wrong.line, wrong)
	}
	if err != nil {
		return nil, fmt.Errorf("--known: %s: %w", file, err)
	}
	return all, nil
}

// parseKnown returns the accepted differences in the text of a file.
func parseKnown(source []byte) ([]suite.Known, error) {
	rules, err := spec.Rules()
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil || len(document.Content) == 0 {
		return nil, err
	}
	list := document.Content[0]
	if list.Kind != yaml.SequenceNode {
		return nil, lineError{list.Line, "a list is expected, whose entries begin with a hyphen: " + knownExample}
	}
	var all []suite.Known
	for _, node := range list.Content {
		members, err := membersOf(node)
		if err != nil {
			return nil, err
		}
		one, wrong := newKnown(members, rules)
		if wrong != "" {
			return nil, lineError{node.Line, wrong}
		}
		all = append(all, one)
	}
	return all, nil
}

// membersOf returns the members of an entry by name.
func membersOf(entry *yaml.Node) (map[string]string, error) {
	if entry.Kind == yaml.AliasNode {
		entry = entry.Alias
	}
	if entry.Kind != yaml.MappingNode {
		return nil, lineError{entry.Line, "an entry is expected: " + knownExample}
	}
	members := map[string]string{}
	for i := 0; i+1 < len(entry.Content); i += 2 {
		name, value := entry.Content[i], entry.Content[i+1]
		_, twice := members[name.Value]
		switch {
		case !slices.Contains(knownMembers, name.Value):
			return nil, lineError{name.Line, fmt.Sprintf("%s is unknown; valid names are %s", name.Value, strings.Join(knownMembers, ", "))}
		case value.Kind != yaml.ScalarNode:
			return nil, lineError{value.Line, name.Value + " must be a string"}
		case twice:
			return nil, lineError{name.Line, name.Value + " is given twice"}
		case value.Tag == "!!null":
			continue
		}
		members[name.Value] = value.Value
	}
	return members, nil
}

// newKnown returns the accepted difference in an entry, or a message about a mistake in the entry.
func newKnown(members map[string]string, rules []spec.Rule) (suite.Known, string) {
	one := suite.Known{Rule: members["rule"], Spec: members["spec"], Reason: members["reason"]}
	var err error
	one.Expires, err = time.Parse(time.DateOnly, members["expires"])
	switch {
	case one.Rule == "" && one.Spec == "":
		return one, "the entry names neither a rule nor a spec"
	case one.Rule != "" && !slices.ContainsFunc(rules, func(rule spec.Rule) bool { return rule.ID == one.Rule }):
		return one, fmt.Sprintf("there is no rule %s; every report of verify lists the rules", one.Rule)
	case one.Reason == "":
		return one, "the entry has no reason"
	case err != nil:
		return one, "the entry has no day at which it expires, such as 2027-01-31"
	}
	return one, ""
}
