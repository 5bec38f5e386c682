package contracts

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

// mostMessage bounds in bytes a message that is shown.
const mostMessage = 4000

// showWhole makes failures say all of what they found: what is cut before secrets are looked for may end within one.
func showWhole() {
	format.TruncatedDiff, format.MaxLength = false, 0
	format.RegisterCustomFormatter(func(value any) (string, bool) {
		text, ok := value.([]byte) // Else one with control characters is a list of numbers.
		return string(text), ok
	})
}

// shown returns the report of a spec as it may leave the process: without secrets and control characters, and with
// nothing else in it that a server may have said. All that a run writes is made of such reports.
func (s *suite) shown(one SpecReport) SpecReport {
	var exchanges []*exchange
	if says(one) {
		exchanges = exchangesOf(one)
	}
	names := s.nameSecrets(exchanges)
	shown := SpecReport{
		ContainerHierarchyTexts: one.ContainerHierarchyTexts, ContainerHierarchyLocations: one.ContainerHierarchyLocations,
		ContainerHierarchyLabels: one.ContainerHierarchyLabels,
		LeafNodeType:             one.LeafNodeType, LeafNodeLocation: one.LeafNodeLocation, LeafNodeLabels: one.LeafNodeLabels, LeafNodeText: one.LeafNodeText,
		State: one.State, StartTime: one.StartTime, EndTime: one.EndTime, RunTime: one.RunTime, ParallelProcess: one.ParallelProcess, NumAttempts: one.NumAttempts,
		Failure: types.Failure{
			Message: names.text(one.Failure.Message), ForwardedPanic: names.text(one.Failure.ForwardedPanic), Location: one.Failure.Location,
			FailureNodeContext: one.Failure.FailureNodeContext, FailureNodeType: one.Failure.FailureNodeType, FailureNodeLocation: one.Failure.FailureNodeLocation,
			FailureNodeContainerIndex: one.Failure.FailureNodeContainerIndex, TimelineLocation: one.Failure.TimelineLocation,
		},
	}
	for _, entry := range one.ReportEntries {
		switch entry.Name {
		case exchangeEntry:
			continue
		case warningEntry:
			entry.Value = types.WrapEntryValue(names.text(entry.StringRepresentation()))
		default:
			entry.Value = types.ReportEntryValue{} // Its name is all that it says.
		}
		shown.ReportEntries = append(shown.ReportEntries, entry)
	}
	if script := names.script(exchanges); one.State.Is(types.SpecStateFailureStates) && len(script) > 0 {
		shown.ReportEntries = append(shown.ReportEntries, types.ReportEntry{
			Name: exchangeEntry, Visibility: types.ReportEntryVisibilityFailureOrVerbose, Location: one.LeafNodeLocation, Time: one.StartTime,
			Value: types.WrapEntryValue(strings.Join(script, "\n")),
		})
	}
	return shown
}

// says reports whether the report of a spec has anything that a server may have said.
func says(one SpecReport) bool {
	warned := slices.ContainsFunc(one.ReportEntries, func(entry types.ReportEntry) bool { return entry.Name == warningEntry })
	return warned || one.State != types.SpecStatePassed
}

func exchangesOf(one SpecReport) []*exchange {
	var all []*exchange
	for _, entry := range one.ReportEntries {
		if sent, ok := entry.GetRawValue().(*exchange); ok {
			all = append(all, sent)
		}
	}
	return all
}

// forget lets go of the exchanges of a spec that are not shown: there are many, and some are large.
func forget(one SpecReport) {
	if says(one) {
		return
	}
	for _, sent := range exchangesOf(one) {
		*sent = exchange{}
	}
}

// shownAll returns the report of a run as it may leave the process.
func (s *suite) shownAll(report Report) Report {
	shown := report
	shown.SpecReports = nil
	for _, one := range report.SpecReports {
		shown.SpecReports = append(shown.SpecReports, s.shown(one))
	}
	return shown
}

// text is a message as it may be shown.
func (n *names) text(message string) string {
	message = Printable(n.mask(message, mostMessage+1))
	if len(message) <= mostMessage {
		return message
	}
	return strings.ToValidUTF8(message[:mostMessage], "") + "…"
}

// Printable returns a text that does nothing to a terminal: what cannot be printed is written as an escape of Go,
// except for the ends of lines and tabs.
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
