package engine

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"standin/spec"
)

// mostDelay bounds what a request may ask for itself.
const mostDelay = 5 * time.Minute

// preferred is the fault that a request asks for itself (RFC 7240): code=404, an answer that the document has for the
// operation, and delay=500, in milliseconds. applied is what of it is done; what cannot be done is ignored.
func (c *Call) preferred() (*liveFault, string) {
	lines := c.header.Values("Prefer")
	if len(lines) == 0 {
		return nil, ""
	}
	wish := Fault{Name: "Prefer"}
	var applied []string
	seen := map[string]bool{}
	for _, line := range lines {
		for _, one := range spec.SplitHeader(line, ',') {
			if one == "" {
				continue
			}
			name, value := preference(one)
			if len(spec.SplitHeader(one, ';')) > 1 {
				c.ignore("parameters", "", "of a preference, behind a semicolon, are ignored; a comma separates preferences: code=403, delay=500")
			}
			if why := c.apply(&wish, name, value, seen[name]); why != "" {
				c.ignore(name, value, why)
				continue
			}
			seen[name] = true
			applied = append(applied, name+"="+value)
		}
	}
	if len(applied) == 0 {
		return nil, ""
	}
	return &liveFault{Fault: wish}, strings.Join(applied, ", ")
}

// preference reads one preference, whose name is told in lower case. Its parameters are left out, as nothing here has any.
func preference(text string) (string, string) {
	name, value, _ := strings.Cut(spec.SplitHeader(text, ';')[0], "=")
	return strings.ToLower(strings.TrimSpace(name)), spec.Unquote(strings.TrimSpace(value))
}

// apply does what a preference asks for. It returns why it does not, or "".
func (c *Call) apply(wish *Fault, name, value string, again bool) string {
	number, err := strconv.Atoi(value)
	switch {
	case name != "code" && name != "delay" || err != nil:
		return "is not understood; it takes code=404 and delay=500, in milliseconds"
	case again:
		return "is given again; the first one counts"
	case name == "code" && !c.declared.Documents(number) && number != http.StatusTooManyRequests && number != http.StatusServiceUnavailable:
		return fmt.Sprintf("asks for a status that %s does not have; it has %v, and 429 and 503", c.id(), c.declared.Statuses())
	case name == "code":
		wish.Status = number
	case number < 0 || number > int(mostDelay/time.Millisecond):
		return fmt.Sprintf("is not applied; a delay is at most %d, in milliseconds", mostDelay/time.Millisecond)
	default:
		wish.Latency = time.Duration(number) * time.Millisecond
	}
	return ""
}

// ignore notes a preference that is not applied, for the journal: whoever asked wonders.
func (c *Call) ignore(name, value, why string) {
	if len(c.ignored) < mostDetails {
		c.ignored = append(c.ignored, spec.Detail{Field: "Prefer", Type: "ignored", Message: maskedPreference(name, value) + " " + why})
	}
}
