package contracts

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// cell names what an operation has answered, in the reports of the specs.
func cell(operation string, status int) string {
	return fmt.Sprintf("%s %d", operation, status)
}

// unreachable are documented answers that no request provokes, with the reason.
func unreachable() map[string]string {
	const kinds = "the print documents a 403, but needs no scope here, and a caller of the wrong kind gets 401 (T-KIND)"
	return map[string]string{
		cell("signup", http.StatusForbidden):               kinds,
		cell("confirmEmailChange", http.StatusForbidden):   kinds,
		cell("requestPasswordReset", http.StatusForbidden): kinds,
		cell("resetPassword", http.StatusForbidden):        kinds,
	}
}

// gate fails the run if the specs have left something out: a rule without a spec, a spec without a rule, or a
// documented status that no spec has provoked. A run of some specs only is not judged.
func (s *suite) gate() {
	ReportAfterSuite("nothing is left out", func(report Report) {
		config := report.SuiteConfig
		if len(config.FocusStrings)+len(config.SkipStrings)+len(config.FocusFiles)+len(config.SkipFiles) > 0 || config.LabelFilter != "" || !report.SuiteSucceeded {
			return
		}
		missing := slices.Concat(s.unruly(report.SpecReports), s.unprovoked(report.SpecReports))
		if len(missing) > 0 {
			Fail("the suite leaves out:\n  " + strings.Join(missing, "\n  "))
		}
	})
}

// unruly lists rules without a spec, and specs that name no rule or one that is not there.
func (s *suite) unruly(specs types.SpecReports) []string {
	var missing []string
	covered := map[string]bool{}
	known := map[string]bool{}
	for _, rule := range s.rules {
		known[rule.ID] = true
	}
	for _, one := range specs.WithLeafNodeType(types.NodeTypeIt) {
		if len(one.Labels()) == 0 {
			missing = append(missing, "a rule of the spec: "+one.FullText())
		}
		for _, id := range one.Labels() {
			covered[id] = true
			if !known[id] {
				missing = append(missing, "the rule "+id+" of the spec: "+one.FullText())
			}
		}
	}
	for _, rule := range s.rules {
		if !covered[rule.ID] {
			missing = append(missing, "a spec of the rule "+rule.ID)
		}
	}
	return missing
}

// unprovoked lists documented answers that no spec has seen, and unreachable ones that were seen after all.
func (s *suite) unprovoked(specs types.SpecReports) []string {
	var missing []string
	seen := map[string]bool{}
	for _, one := range specs {
		for _, entry := range one.ReportEntries {
			seen[entry.Name] = true
		}
	}
	reasons := unreachable()
	for _, id := range slices.Sorted(maps.Keys(s.operations)) {
		for _, status := range s.operations[id].Statuses() {
			name := cell(id, status)
			_, excused := reasons[name]
			switch {
			case !seen[name] && !excused:
				missing = append(missing, "the answer "+name)
			case seen[name] && excused:
				missing = append(missing, "a reason that holds: "+name+" was seen")
			}
		}
	}
	return missing
}
