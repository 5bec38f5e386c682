package session

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// normalization is a part of answers that always differs, since it comes from the wall clock or from the process.
type normalization struct {
	why        string
	operations []string       // operations with such answers; empty for all
	method     string         // method of the requests; empty for any
	header     string         // header with the part; empty for the body
	expression *regexp.Regexp // matches the part; its first group is kept
}

// table returns all normalizations. Everything else is compared. The clocks of all sandboxes in the session stand in
// the 2030s, so a time in the 2020s comes from the wall clock.
func table() []normalization {
	const took = "how long an exchange took"
	timed := []string{
		"createTenant", "getTenant", "listTenants", "listSnapshots", "listStrays", "getStray", "listJournal", "getEntry", "exportJournal", "getMetrics",
	}
	return []normalization{
		{
			why: "the date of an answer that is not from a sandbox", header: "Date",
			expression: regexp.MustCompile(`()^\w+, \d+ \w+ 202\d .*$`),
		},
		{
			why:        "when a tenant or a snapshot was made, when a ttl ends, when an exchange of no tenant was, and a context without the control API",
			expression: regexp.MustCompile(`("(?:createdAt|modifiedAt|expiresAt|at)":)"202\d-[^"]*"`),
		},
		{
			why: took, operations: []string{"listJournal", "getEntry", "listStrays", "getStray", "streamJournal"},
			expression: regexp.MustCompile(`("milliseconds":)[0-9.e+-]+`),
		},
		{why: took, operations: []string{"exportJournal"}, expression: regexp.MustCompile(`("(?:time|wait)":)[0-9.e+-]+`)},
		{why: took, operations: []string{"getMetrics"}, expression: regexp.MustCompile(`(?m)^(\S+_seconds_(?:sum|bucket)\S*) .*$`)},
		{
			why: "what the process and its runtime use", operations: []string{"getMetrics"},
			expression: regexp.MustCompile(`(?m)^((?:go|process)_\S+) .*$`),
		},
		{
			why: "the length of an answer with one of these, where a HEAD shows nothing but the length", operations: timed,
			method: http.MethodHead, header: "Content-Length", expression: regexp.MustCompile(`()^\d+$`),
		},
	}
}

// Normalizer replaces what always differs in the answers of two servers.
type Normalizer struct{ table []normalization }

// NewNormalizer returns a normalizer.
func NewNormalizer() Normalizer { return Normalizer{table()} }

// Normalize returns the answer of an operation to a method with the parts that always differ replaced by a mark. It also
// replaces a correct Content-Length, since a different length is reported as a difference of the body.
func (n Normalizer) Normalize(operation, method string, a Answer) Answer {
	a.Header = a.Header.Clone()
	if a.Header.Get("Content-Length") == strconv.Itoa(len(a.Body)) {
		a.Header.Set("Content-Length", "the length of the body")
	}
	const mark = `${1}"normalized"`
	for _, one := range n.table {
		if len(one.operations) > 0 && !slices.Contains(one.operations, operation) || one.method != "" && one.method != method {
			continue
		}
		if one.header == "" {
			a.Body = one.expression.ReplaceAll(a.Body, []byte(mark))
			continue
		}
		for i, line := range a.Header[one.header] {
			a.Header[one.header][i] = one.expression.ReplaceAllString(line, mark)
		}
	}
	return a
}
