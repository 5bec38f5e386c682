package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// accepted is an intended difference.
type accepted struct {
	Step   string `yaml:"step"`   // name of the step; * matches any text, and at the end of "operation: *" all generated steps of one operation
	What   string `yaml:"what"`   // status, body, or header followed by its name; * for all, of generated steps
	Old    string `yaml:"old"`    // text that may be replaced by New; empty for any difference
	New    string `yaml:"new"`    // text that replaces Old
	Reason string `yaml:"reason"` // reason for the difference

	step *regexp.Regexp
	used bool
}

// String returns the entry in short.
func (a *accepted) String() string {
	text := a.Step + ": " + a.What
	if a.Old != "" {
		text += fmt.Sprintf(" %q has become %q", a.Old, a.New)
	}
	return text
}

// readAccepted returns the accepted differences in a file. It returns nil if file is "".
func readAccepted(file string) ([]*accepted, error) {
	if file == "" {
		return nil, nil
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--accept: %w", err)
	}
	var all []*accepted
	if err := yaml.Load(source, &all, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("--accept: %s: %w", file, err)
	}
	for i, one := range all {
		if wrong := one.problem(); wrong != "" {
			return nil, fmt.Errorf("--accept: %s: entry %d %s", file, i+1, wrong)
		}
		one.step = regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(one.Step), `\*`, ".*") + "$")
	}
	return all, nil
}

// problem returns what is wrong with an entry, or "".
func (a *accepted) problem() string {
	generated := generatedSteps.MatchString(a.Step)
	switch {
	case a.Step == "" || a.What == "" || a.Reason == "":
		return "needs step, what and reason"
	case a.Old == "" && a.New != "", a.Old == "" && strings.Contains(a.Step, "*") && !generated:
		return "needs both old and new, since it has new or is for many steps"
	case a.What == "*" && (a.Old != "" || !generated):
		return "accepts everything, which only one for the generated steps of an operation may"
	}
	return ""
}

// generatedSteps matches the names of all generated steps of one operation.
var generatedSteps = regexp.MustCompile(`^[a-zA-Z]+: \*$`)

// unaccepted returns the differences that the entries do not accept, and marks the entries that accept one as used.
func unaccepted(differences []difference, entries []*accepted) []difference {
	var rest []difference
	for _, one := range differences {
		if !accepts(one, entries) {
			rest = append(rest, one)
		}
	}
	return rest
}

// accepts reports whether the entries together accept a difference.
func accepts(d difference, entries []*accepted) bool {
	var used []*accepted
	was := d.base
	for _, one := range entries {
		if one.What != d.what && one.What != "*" || !one.step.MatchString(d.step) {
			continue
		}
		is := d.head
		if one.Old != "" {
			is = strings.ReplaceAll(was, one.Old, one.New)
		}
		if is != was {
			was, used = is, append(used, one)
		}
	}
	if was != d.head {
		return false
	}
	for _, one := range used {
		one.used = true
	}
	return true
}
