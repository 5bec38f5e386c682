package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// Known is a difference that is accepted until a day.
type Known struct {
	Rule    string // the rule that is broken; empty for any rule
	Spec    string // a part of the spec's text; empty for any spec
	Reason  string
	Expires time.Time // from then on the difference is not accepted
}

// covers reports whether the entry accepts findings of a spec.
func (k Known) covers(text string, rules []string) bool {
	return (k.Rule == "" || slices.Contains(rules, k.Rule)) && strings.Contains(text, k.Spec)
}

func (k Known) String() string {
	return strings.TrimSpace(k.Rule + " " + k.Spec)
}

func (f Finding) isKnown(k Known) bool { return k.covers(f.Spec, f.Rules) }

// staleKnown lists the accepted differences that have expired, and those that no longer occur although one of their specs
// passed.
func staleKnown(run Run, used []bool, report Report) []string {
	var stale []string
	for i, one := range run.Known {
		switch {
		case !run.Now.Before(one.Expires):
			stale = append(stale, fmt.Sprintf("the entry %q has expired at %s: mend the difference, or give the entry a later day", one, one.Expires.Format(time.DateOnly)))
		case !used[i] && one.occursNoMore(report):
			stale = append(stale, fmt.Sprintf("the entry %q no longer occurs: take it out of the file", one))
		}
	}
	return stale
}

// occursNoMore reports whether a spec that the entry covers passed, or no spec is covered.
func (k Known) occursNoMore(report Report) bool {
	found := false
	for _, one := range report.SpecReports {
		if one.LeafNodeType != types.NodeTypeIt || !k.covers(one.FullText(), one.Labels()) {
			continue
		}
		found = true
		if one.State == types.SpecStatePassed {
			return true
		}
	}
	return !found
}
