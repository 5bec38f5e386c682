package control

import (
	"net/http"
	"strconv"

	"standin/engine"
	"standin/spec"
)

type coverageView struct {
	Covered    int             `json:"covered"`
	Documented int             `json:"documented"`
	Operations []operationSeen `json:"operations"`
}

type operationSeen struct {
	Operation string         `json:"operation"`
	Statuses  map[string]int `json:"statuses"`
}

// getCoverage answers how often the tenant has seen each documented status of each operation.
//
// GET /_standin/tenants/{tenant}/coverage
func getCoverage(c *engine.Call) (spec.Reply, error) {
	seen := c.World().Journal().Coverage()
	view := coverageView{Operations: []operationSeen{}}
	for _, document := range c.Server.Documents() {
		if document.Name == spec.Control {
			continue
		}
		for _, op := range document.Operations {
			one := operationSeen{Operation: op.ID, Statuses: map[string]int{}}
			for _, status := range op.Statuses() {
				one.Statuses[strconv.Itoa(status)] = seen[op.ID][status]
				view.Documented++
				if seen[op.ID][status] > 0 {
					view.Covered++
				}
			}
			view.Operations = append(view.Operations, one)
		}
	}
	return engine.Answer(http.StatusOK, view)
}

// listViolations answers the stand-in's own answers that broke the document.
//
// GET /_standin/tenants/{tenant}/violations
func listViolations(c *engine.Call) (spec.Reply, error) {
	views := []map[string]any{}
	for _, v := range c.World().Journal().Violations() {
		views = append(views, map[string]any{"id": v.ID, "at": v.At, "operation": v.Operation, "cause": v.Cause})
	}
	return engine.Answer(http.StatusOK, map[string]any{"violations": views})
}
