package suite

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega/format"
)

// mostMessage is the most bytes of a message that are shown.
const mostMessage = 4000

// doNotTruncate makes failure messages complete, because a truncated secret would not be found.
func doNotTruncate() {
	format.TruncatedDiff, format.MaxLength = false, 0
	format.RegisterCustomFormatter(func(value any) (string, bool) {
		text, ok := value.([]byte) // Gomega would print the bytes as numbers if there are control characters.
		return string(text), ok
	})
}

// maskSpec returns the report of a spec without secrets and control characters. It has only what may be shown: everything
// that a run writes is made from such reports.
func (s *Suite) maskSpec(one SpecReport) SpecReport {
	var exchanges []*exchange
	if hasAnswers(one) {
		exchanges = exchangesOf(one)
	}
	masker := s.newMasker(exchanges)
	masked := SpecReport{
		ContainerHierarchyTexts: one.ContainerHierarchyTexts, ContainerHierarchyLocations: one.ContainerHierarchyLocations,
		ContainerHierarchyLabels: one.ContainerHierarchyLabels,
		LeafNodeType:             one.LeafNodeType, LeafNodeLocation: one.LeafNodeLocation, LeafNodeLabels: one.LeafNodeLabels, LeafNodeText: one.LeafNodeText,
		State: one.State, StartTime: one.StartTime, EndTime: one.EndTime, RunTime: one.RunTime, ParallelProcess: one.ParallelProcess, NumAttempts: one.NumAttempts,
		Failure: types.Failure{
			Message: masker.message(one.Failure.Message), ForwardedPanic: masker.message(one.Failure.ForwardedPanic), Location: one.Failure.Location,
			FailureNodeContext: one.Failure.FailureNodeContext, FailureNodeType: one.Failure.FailureNodeType, FailureNodeLocation: one.Failure.FailureNodeLocation,
			FailureNodeContainerIndex: one.Failure.FailureNodeContainerIndex, TimelineLocation: one.Failure.TimelineLocation,
		},
	}
	for _, entry := range one.ReportEntries {
		switch entry.Name {
		case exchangeEntry:
			continue
		case warningEntry:
			entry.Value = types.WrapEntryValue(masker.message(entry.StringRepresentation()))
		default:
			entry.Value = types.ReportEntryValue{} // Only its name is used.
		}
		masked.ReportEntries = append(masked.ReportEntries, entry)
	}
	if script := masker.script(exchanges); one.State.Is(types.SpecStateFailureStates) && len(script) > 0 {
		masked.ReportEntries = append(masked.ReportEntries, types.ReportEntry{
			Name: exchangeEntry, Visibility: types.ReportEntryVisibilityFailureOrVerbose, Location: one.LeafNodeLocation, Time: one.StartTime,
			Value: types.WrapEntryValue(strings.Join(script, "\n")),
		})
	}
	return masked
}

// hasAnswers reports whether a report shows anything of a server's answers.
func hasAnswers(one SpecReport) bool {
	warned := slices.ContainsFunc(one.ReportEntries, func(entry types.ReportEntry) bool { return entry.Name == warningEntry })
	return warned || one.State != types.SpecStatePassed
}

// exchangesOf returns the exchanges in the report of a spec.
func exchangesOf(one SpecReport) []*exchange {
	var all []*exchange
	for _, entry := range one.ReportEntries {
		if sent, ok := entry.GetRawValue().(*exchange); ok {
			all = append(all, sent)
		}
	}
	return all
}

// forget releases the exchanges of a spec that are not shown. There are many, and some are large.
func forget(one SpecReport) {
	if hasAnswers(one) {
		return
	}
	for _, sent := range exchangesOf(one) {
		*sent = exchange{}
	}
}

// maskReport returns the report of a run with its specs masked.
func (s *Suite) maskReport(report Report) Report {
	masked := report
	masked.SpecReports = nil
	for _, one := range report.SpecReports {
		masked.SpecReports = append(masked.SpecReports, s.maskSpec(one))
	}
	return masked
}

// message returns a message without secrets and control characters, truncated to [mostMessage].
func (m *masker) message(message string) string {
	message = Printable(m.mask(message, mostMessage+1))
	if len(message) <= mostMessage {
		return message
	}
	return strings.ToValidUTF8(message[:mostMessage], "") + "…"
}

// Printable returns a text without control characters for a terminal. What cannot be printed is replaced by an escape of
// Go, except for newlines and tabs.
func Printable(text string) string {
	harmless := func(r rune) bool { return unicode.IsPrint(r) || r == '\n' || r == '\t' }
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !harmless(r) }) < 0 {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if harmless(r) && (r != utf8.RuneError || size > 1) {
			out.WriteString(text[:size])
		} else {
			quoted := strconv.Quote(text[:size])
			out.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return out.String()
}
