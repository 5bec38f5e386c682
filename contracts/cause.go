package contracts

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Group is findings with one cause, of which the first stands for all.
type Group struct {
	Cause    string // and what to do about it; empty if it is not known
	Findings []Finding
}

// tokenAnswer finds an answer with a customer's tokens in a message.
var tokenAnswer = regexp.MustCompile(`\b(?:login|refreshToken|confirmOptIn) answered 200 with .*`)

// cause is why a spec failed where the run was told the wrong thing about a server, and what to tell it.
func (s *suite) cause(f Finding) string {
	if !s.target.Foreign() {
		return ""
	}
	answer := tokenAnswer.FindString(f.Message)
	hasClassic, hasCurrent := strings.Contains(answer, `"accessToken"`), strings.Contains(answer, `"access_token"`)
	switch {
	case hasClassic && !hasCurrent && s.names(current):
		return "the server answers only the classic names of tokens: run with --wire classic"
	case hasCurrent && !hasClassic && s.names(classic):
		return "the server answers only the current names of tokens: run with --wire current"
	case strings.Contains(f.Message, "anonymousLogin answered 401 with ") && strings.Contains(f.Message, FaultAPIKey):
		return "the server does not take the client id: name another with --client-id"
	case strings.Contains(f.Message, "anonymousLogin answered 400 with "):
		return "the server does not take the tenant: name another with --tenant"
	}
	return ""
}

// answerBody finds the body of an answer in a message.
var answerBody = regexp.MustCompile(`(?m) answered (\d+) with .*$`)

// alike is what findings with one cause have in common: the cause, or what they say but for the bodies of answers.
func (f Finding) alike() string {
	if f.Cause != "" {
		return f.Cause
	}
	return answerBody.ReplaceAllString(f.Message, " answered $1")
}

// rank is lower for what matters more.
func (f Finding) rank() int {
	return slices.Index([]string{string(failed), string(assumed), string(known)}, f.Verdict)
}

// order compares two findings: by their ranks, then by their specs.
func (f Finding) order(other Finding) int {
	return cmp.Or(cmp.Compare(f.rank(), other.rank()), cmp.Compare(f.Spec, other.Spec))
}

// Groups are the findings of a run by their causes. Those that fail the run come first, then those with a known
// cause, then those with most findings. The order of the run does not matter.
func (r Result) Groups() []Group {
	sorted := slices.SortedFunc(slices.Values(r.Findings), Finding.order)
	var groups []Group
	at := map[string]int{}
	for _, finding := range sorted {
		key := finding.alike()
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key], groups = i, append(groups, Group{Cause: finding.Cause})
		}
		groups[i].Findings = append(groups[i].Findings, finding)
	}
	slices.SortStableFunc(groups, func(one, other Group) int {
		known := func(g Group) int { return min(len(g.Cause), 1) }
		return cmp.Or(cmp.Compare(one.Findings[0].rank(), other.Findings[0].rank()), cmp.Compare(known(other), known(one)), cmp.Compare(len(other.Findings), len(one.Findings)))
	})
	return groups
}

// Title names a group that a person is told of as one; it is empty for a finding without a known cause.
func (g Group) Title() string {
	switch count := len(g.Findings); {
	case g.Cause != "" && count > 1:
		return fmt.Sprintf("%s (%d findings)", g.Cause, count)
	case g.Cause == "" && count > 1:
		return fmt.Sprintf("%d findings say the same", count)
	}
	return g.Cause
}

// text is a group as a person reads it: its first finding whole, and the names of the others.
func (g Group) text(color bool) string {
	var out strings.Builder
	if title := g.Title(); title != "" {
		fmt.Fprintf(&out, "✗ %s\n", title)
	}
	out.WriteString(g.Findings[0].text(color))
	for _, one := range g.Findings[1:] {
		fmt.Fprintf(&out, "    also %s\n", one.head())
	}
	return out.String()
}
