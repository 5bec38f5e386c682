package control

import (
	"net/http"

	"standin/engine"
	"standin/engine/call"
	"standin/spec"
)

// getCoverage answers how often the tenant has seen each documented status of each operation.
//
// GET /_standin/tenants/{tenant}/coverage
func getCoverage(c *engine.ControlCall) (spec.Reply, error) {
	return call.Answer(http.StatusOK, c.Server.CoverageOf(c.World.Journal().Coverage()))
}

// listViolations answers which answers of the stand-in broke the document.
//
// GET /_standin/tenants/{tenant}/violations
func listViolations(c *engine.ControlCall) (spec.Reply, error) {
	views := []map[string]any{}
	for _, v := range c.World.Journal().Violations() {
		views = append(views, map[string]any{"id": v.ID, "at": v.At, "operation": v.Operation, "cause": v.Cause})
	}
	return call.Answer(http.StatusOK, map[string]any{"violations": views})
}
