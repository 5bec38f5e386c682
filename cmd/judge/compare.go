package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"standin/spec"
)

// compared returns the differences of this project's own documents from the facts: operations, callers, parameters and members
// of requests.
func (f facts) compared(own facts, operations map[string]*spec.Operation) []difference {
	var all []difference
	for at, theirs := range f {
		here := own[at]
		if here == nil {
			all = append(all, difference{at, "is not served"})
			continue
		}
		add := func(format string, one, other []string) {
			for _, name := range one {
				if !slices.Contains(other, name) {
					all = append(all, difference{operations[at].ID, fmt.Sprintf(format, name)})
				}
			}
		}
		add("is also for %s", here.Callers, theirs.Callers)
		add("is not for %s", theirs.Callers, here.Callers)
		add("also takes %s", here.Media, theirs.Media)
		add("does not take %s", theirs.Media, here.Media)
		add("also reads %s", names(here.Parameters), names(theirs.Parameters))
		add("does not read %s", names(theirs.Parameters), names(here.Parameters))
		add("also reads body%s", here.Body.beyond(theirs.Body), nil)
		add("does not read body%s", theirs.Body.beyond(here.Body), nil)
	}
	for at := range own {
		if f[at] == nil {
			all = append(all, difference{operations[at].ID, "is not in their document"})
		}
	}
	return all
}

// beyond returns the paths of values that others lack, each after a space. It leaves out what is in such a value, and the members of a map,
// which may be any.
func (v values) beyond(others values) []string {
	var paths []string
	for path := range v {
		_, known := others[path]
		if outer, inOther := others[above(path)]; !known && (path == "" || inOther && outer.Type != free) {
			paths = append(paths, strings.TrimRight(" "+path, " "))
		}
	}
	return paths
}

// names returns the paths of forms.
func names(v values) []string { return slices.Collect(maps.Keys(v)) }
