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
	wish := Fault{Name: "Prefer"}
	var applied []string
	for _, line := range c.header.Values("Prefer") {
		for one := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(one), "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			number, err := strconv.Atoi(value)
			switch {
			case err != nil:
				c.ignore(one, "is not understood; it takes code=404 and delay=500, in milliseconds")
			case strings.EqualFold(name, "code") && wish.Status == 0 && (c.declared.Documents(number) || number == http.StatusTooManyRequests || number == http.StatusServiceUnavailable):
				wish.Status = number
				applied = append(applied, "code="+value)
			case strings.EqualFold(name, "delay") && wish.Latency == 0 && number >= 0 && number <= int(mostDelay/time.Millisecond):
				wish.Latency = time.Duration(number) * time.Millisecond
				applied = append(applied, "delay="+value)
			case strings.EqualFold(name, "code"):
				c.ignore(one, fmt.Sprintf("asks for a status that %s does not have; it has %v, and 429 and 503", c.id(), c.declared.Statuses()))
			default:
				c.ignore(one, "is not applied")
			}
		}
	}
	if len(applied) == 0 {
		return nil, ""
	}
	return &liveFault{Fault: wish}, strings.Join(applied, ", ")
}

// ignore notes a preference that is not applied, for the journal: whoever asked wonders.
func (c *Call) ignore(preference, why string) {
	c.ignored = append(c.ignored, spec.Detail{Field: "Prefer", Type: "ignored", Message: maskedPreference(preference) + " " + why})
}
