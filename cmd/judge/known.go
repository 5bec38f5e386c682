package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed differences.yaml
var differences []byte

// known is an entry of the list of known differences.
type known struct {
	Row        string   `yaml:"row"`        // id of a row in spec/DIVERGENCES.md
	Operations []string `yaml:"operations"` // each of them must show the difference; empty for any, of which one must
	What       string   `yaml:"what"`       // * matches any text
}

// readKnown returns the entries of a list of known differences.
func readKnown(text []byte) ([]known, error) {
	var list []known
	if err := yaml.Load(text, &list, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	for i, one := range list {
		if one.Row == "" || strings.Trim(one.What, "* ") == "" {
			return nil, fmt.Errorf("entry %d of the known differences needs row and what", i+1)
		}
	}
	return list, nil
}

// matches reports whether the entry is about a difference.
func (k known) matches(d difference) bool {
	what := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(k.What), `\*`, ".*") + "$")
	return (len(k.Operations) == 0 || slices.Contains(k.Operations, d.Operation)) && what.MatchString(d.What)
}

// unlisted returns a message for each difference that the list does not have, and for each entry of the list that no difference shows.
func unlisted(found []difference, list []known) []string {
	var all []string
	for _, d := range found {
		if !slices.ContainsFunc(list, func(k known) bool { return k.matches(d) }) {
			all = append(all, fmt.Sprintf("%s: mend it, or add it to cmd/judge/differences.yaml with a row of spec/DIVERGENCES.md", d))
		}
	}
	for _, k := range list {
		gone := func(of string) {
			all = append(all, fmt.Sprintf("%s: %s: no longer occurs: remove it from cmd/judge/differences.yaml", of, k.What))
		}
		for _, id := range k.Operations {
			if !slices.ContainsFunc(found, func(d difference) bool { return d.Operation == id && k.matches(d) }) {
				gone(id)
			}
		}
		if len(k.Operations) == 0 && !slices.ContainsFunc(found, k.matches) {
			gone("any operation")
		}
	}
	return all
}
