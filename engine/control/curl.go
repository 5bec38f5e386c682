package control

import (
	"maps"
	"slices"
	"strings"

	"standin/engine"
)

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// request is a request as a curl line shows it.
type request struct {
	method, url string
	header      [][2]string
	body        []byte
}

// curl is a line for a shell that sends the request. What the journal has masked is left for whoever pastes it.
func (r request) curl() string {
	var line strings.Builder
	line.WriteString("curl -sS")
	if r.method != "GET" {
		line.WriteString(" -X " + r.method)
	}
	line.WriteString(" " + quote(r.url))
	for _, header := range r.header {
		line.WriteString(" -H " + quote(header[0]+": "+header[1]))
	}
	if len(r.body) > 0 {
		line.WriteString(" --data-raw " + quote(string(r.body)))
	}
	return line.String()
}

// quote makes a word of a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// sent are the headers of a request that it needs to mean the same again.
var sent = []string{"Accept-Language", "Content-Type", "Prefer", "Session-Id", "Standin-Sandbox"} //nolint:gochecknoglobals // A table.

// curlOf shows an exchange's request. The bearer was never kept: $TOKEN takes its place.
func curlOf(origin string, e *engine.Entry) string {
	r := request{method: e.Method, url: origin + e.Target, body: e.Request.Body}
	for _, header := range e.Request.Header {
		if slices.Contains(sent, header[0]) {
			r.header = append(r.header, header)
		}
	}
	line := r.curl()
	if e.Caller.Kind != "none" && e.Caller.Kind != "client" {
		line += ` -H "Authorization: Bearer $TOKEN"`
	}
	return line
}
