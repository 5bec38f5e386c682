package suite

import (
	"fmt"
	"regexp"
	"strings"
)

// Summary returns the result as Markdown, for a CI job.
func (r Result) Summary(url string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "## %s %s\n\n%s\n", url, r.Sentence(), r.Line())
	for _, problem := range r.Against() {
		fmt.Fprintf(&out, "\n- **%s**\n", inline(problem))
	}
	for _, group := range r.Groups() {
		if title := group.Title(); title != "" {
			fmt.Fprintf(&out, "\n### %s\n", title)
		}
		for _, finding := range group.Findings {
			out.WriteString(finding.markdown())
		}
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"Without a verdict", r.reasonLines()}, {"Warnings", r.Warnings}, {"Customers left over", r.Leftover}} {
		if len(list.lines) > 0 {
			fmt.Fprintf(&out, "\n### %s\n\n", list.title)
		}
		for _, line := range list.lines {
			fmt.Fprintf(&out, "- %s\n", inline(line))
		}
	}
	out.WriteString("\n| Rule | Grade | Passed | Failed | Differs | Known | Open | |\n|---|---|---|---|---|---|---|---|\n")
	for _, rule := range r.Rules {
		fmt.Fprintf(&out, "| %s | %s | %d | %d | %d | %d | %d | %s |\n", rule.ID, rule.Grade, rule.Passed, rule.Failed, rule.Assumed, rule.Known, rule.Open(),
			strings.ReplaceAll(rule.text(), "|", `\|`))
	}
	return out.String()
}

// markdown returns the finding as Markdown.
func (f Finding) markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n#### %s (grade %s): %s\n", strings.Join(f.Rules, ", "), f.Grade, f.Spec)
	switch f.Verdict {
	case string(assumed):
		out.WriteString("\nOur assumption differs.\n")
	case string(known):
		fmt.Fprintf(&out, "\nKnown: %s\n", inline(f.Reason))
	}
	out.WriteString(block("", strings.TrimSpace(f.Message)))
	if len(f.Curl) > 0 {
		out.WriteString(block("sh", strings.Join(f.Curl, "\n")))
	}
	return out.String()
}

var backticks = regexp.MustCompile("`+")

// fence returns more backticks than the longest run of backticks in a text, and at least a number of them.
func fence(text string, least int) string {
	most := least - 1
	for _, run := range backticks.FindAllString(text, -1) {
		most = max(most, len(run))
	}
	return strings.Repeat("`", most+1)
}

// block returns a text as a fenced code block that the text cannot close.
func block(language, text string) string {
	marks := fence(text, 3)
	return fmt.Sprintf("\n%s%s\n%s\n%s\n", marks, language, text, marks)
}

// markup matches characters that have a meaning in Markdown.
var markup = regexp.MustCompile("[`<>\\[\\]*_#|\\\\\n]")

// inline returns a text as a part of a line: unchanged, or as code if it has markup.
func inline(text string) string {
	if !markup.MatchString(text) {
		return text
	}
	marks := fence(text, 1)
	return marks + " " + strings.ReplaceAll(text, "\n", " ") + " " + marks
}

// text returns the statement of the rule, with the reason if it was not judged.
func (r RuleResult) text() string {
	if len(r.Why) == 0 {
		return r.Statement
	}
	return r.Statement + " Not judged: " + strings.Join(r.Why, "; ") + "."
}

func (r Result) reasonLines() []string {
	lines := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		lines[i] = fmt.Sprintf("%s (%d specs)", reason.Text, reason.Specs)
	}
	return lines
}
