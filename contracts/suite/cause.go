package suite

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Group is the findings with one cause. Only the first is shown in full.
type Group struct {
	Cause    string // with its remedy; empty if the cause is not known
	Findings []Finding
}

// tokenAnswer matches an answer with a customer's tokens in a message.
var tokenAnswer = regexp.MustCompile(`\b(?:login|refreshToken|confirmOptIn) answered 200 with .*`)

// cause returns the flag of verify that caused a finding, with its remedy; "" if no flag did.
func (s *Suite) cause(f Finding) string {
	if !s.Target.Foreign() {
		return ""
	}
	answer := tokenAnswer.FindString(f.Message)
	hasClassic, hasCurrent := strings.Contains(answer, `"accessToken"`), strings.Contains(answer, `"access_token"`)
	switch {
	case hasClassic && !hasCurrent && s.HasNames(Current):
		return "the server answers only the classic names of tokens: run with --wire classic"
	case hasCurrent && !hasClassic && s.HasNames(Classic):
		return "the server answers only the current names of tokens: run with --wire current"
	case strings.Contains(f.Message, "anonymousLogin answered 401 with ") && strings.Contains(f.Message, FaultAPIKey):
		return "the server does not take the client id: name another with --client-id"
	case strings.Contains(f.Message, "anonymousLogin answered 400 with "):
		return "the server does not take the tenant: name another with --tenant"
	}
	return ""
}

// answerBody matches an answer with its body in a message.
var answerBody = regexp.MustCompile(`(?m) answered (\d+) with .*$`)

// alike returns a text that is equal for findings with one cause: the cause, or the message without bodies of answers.
func (f Finding) alike() string {
	if f.Cause != "" {
		return f.Cause
	}
	return answerBody.ReplaceAllString(f.Message, " answered $1")
}

// rank returns a lower number for a more important verdict.
func (f Finding) rank() int {
	return slices.Index([]string{string(failed), string(assumed), string(known)}, f.Verdict)
}

// order compares two findings by their ranks, then by their specs.
func (f Finding) order(other Finding) int {
	return cmp.Or(cmp.Compare(f.rank(), other.rank()), cmp.Compare(f.Spec, other.Spec))
}

// Groups returns the findings of a run by their causes. Groups that fail the run come first, then those with a known
// cause, then those with most findings. The result does not depend on the order of the run.
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

// Title returns the heading of a group; "" for a single finding without a known cause.
func (g Group) Title() string {
	switch count := len(g.Findings); {
	case g.Cause != "" && count > 1:
		return fmt.Sprintf("%s (%d findings)", g.Cause, count)
	case g.Cause == "" && count > 1:
		return fmt.Sprintf("%d findings say the same", count)
	}
	return g.Cause
}

// text returns the group for a terminal: its first finding in full and the names of the others.
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
