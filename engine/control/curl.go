package control

import (
	"maps"
	"slices"

	"standin/engine/journal"
	"standin/spec/curl"
)

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// sent are the headers that a repeated request needs to mean the same.
var sent = []string{"Accept-Language", "Content-Type", "Prefer", "Session-Id", "Standin-Sandbox"} //nolint:gochecknoglobals // A table.

// bearerVariable is the variable of a curl line that holds the token, which is not in the journal.
const bearerVariable = "TOKEN"

// curlOf returns a shell command that sends an exchange's request. Secrets that the journal has masked have to be filled in.
func curlOf(origin string, e *journal.Entry) string {
	r := curl.Request{Method: e.Method, Origin: origin, Target: e.Target, Body: e.Request.Body}
	for _, header := range e.Request.Header {
		if slices.Contains(sent, header[0]) {
			r.Header = append(r.Header, header)
		}
	}
	if e.Caller.Kind != "none" && e.Caller.Kind != "client" {
		r.Bearer = bearerVariable
	}
	if e.Request.Omitted != "" {
		return curl.Note("the body was not kept: "+e.Request.Omitted) + r.Line()
	}
	return r.Line()
}
