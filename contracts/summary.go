package contracts

import (
	"fmt"
	"regexp"
	"strings"
)

// Summary is the result as Markdown, for a step of a CI job.
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

// markdown is a finding as Markdown.
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

// marks are more backticks than any that stand together in a text, and at least so many.
func marks(text string, least int) string {
	most := least - 1
	for _, run := range backticks.FindAllString(text, -1) {
		most = max(most, len(run))
	}
	return strings.Repeat("`", most+1)
}

// block is a text as a block of code, which it cannot end.
func block(language, text string) string {
	fence := marks(text, 3)
	return fmt.Sprintf("\n%s%s\n%s\n%s\n", fence, language, text, fence)
}

// markup finds what may mean something in a line of Markdown.
var markup = regexp.MustCompile("[`<>\\[\\]*_#|\\\\\n]")

// inline is a text as a part of a line: as it is, or as code if it may mean something.
func inline(text string) string {
	if !markup.MatchString(text) {
		return text
	}
	fence := marks(text, 1)
	return fence + " " + strings.ReplaceAll(text, "\n", " ") + " " + fence
}

// text is what the rule says, and why it was not judged.
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
