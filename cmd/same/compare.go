package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"standin/cmd/session"
)

// difference is a difference between the two answers to a step.
type difference struct {
	step string
	what string // status, body, or header followed by its name
	base string
	head string
}

// String returns the step and the two texts from shortly before their first difference.
func (d difference) String() string {
	const before, shown = 40, 160
	at := 0
	for at < min(len(d.base), len(d.head)) && d.base[at] == d.head[at] {
		at++
	}
	from := max(0, at-before)
	cut := func(text string) string {
		part := text[min(from, len(text)):min(from+shown, len(text))]
		if from > 0 {
			part = "…" + part
		}
		if from+shown < len(text) {
			part += "…"
		}
		return strconv.Quote(part)
	}
	return fmt.Sprintf("%s: %s differs at byte %d\n  - %s\n  + %s", d.step, d.what, at, cut(d.base), cut(d.head))
}

// absent is the value of a header that an answer does not have.
const absent = "(none)"

// compare returns the differences of two normalized answers.
func compare(step string, base, head session.Answer) []difference {
	var all []difference
	add := func(what, was, is string) {
		if was != is {
			all = append(all, difference{step: step, what: what, base: was, head: is})
		}
	}
	add("status", strconv.Itoa(base.Status), strconv.Itoa(head.Status))
	for _, name := range names(base.Header, head.Header) {
		add("header "+name, values(base, name), values(head, name))
	}
	add("body", string(base.Body), string(head.Body))
	return all
}

// values returns all lines of a header, in their order.
func values(a session.Answer, name string) string {
	lines, ok := a.Header[name]
	if !ok {
		return absent
	}
	return strings.Join(lines, "\n")
}

// names returns the names of the headers in either answer, sorted.
func names(one, other http.Header) []string {
	var all []string
	for name := range one {
		all = append(all, name)
	}
	for name := range other {
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
