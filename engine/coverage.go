package engine

import (
	"strconv"
	"sync/atomic"

	"standin/spec"
)

// Coverage is how many of the documented answers were seen.
type Coverage struct {
	Covered    int                 `json:"covered"`
	Documented int                 `json:"documented"`
	Operations []OperationCoverage `json:"operations"`
}

// OperationCoverage is how often an operation answered each of its documented statuses.
type OperationCoverage struct {
	Operation string         `json:"operation"`
	Statuses  map[string]int `json:"statuses"`
}

// coverage counts the documented answers of the service over all tenants, also of removed ones. Its maps are complete from
// the start, so counting takes no lock.
type coverage map[string]map[int]*atomic.Int64

func newCoverage(documents []*spec.Document) coverage {
	all := coverage{}
	for _, document := range documents {
		if document.Name == spec.Control {
			continue
		}
		for _, op := range document.Operations {
			all[op.ID] = map[int]*atomic.Int64{}
			for _, status := range op.Statuses() {
				all[op.ID][status] = new(atomic.Int64)
			}
		}
	}
	return all
}

func (c coverage) add(operation string, status int) {
	if count := c[operation][status]; count != nil {
		count.Add(1)
	}
}

// Coverage returns the coverage over all tenants since the server started. It includes tenants that were reset or removed.
func (s *Server) Coverage() Coverage {
	seen := map[string]map[int]int{}
	for operation, statuses := range s.covered {
		seen[operation] = map[int]int{}
		for status, count := range statuses {
			seen[operation][status] = int(count.Load())
		}
	}
	return s.CoverageOf(seen)
}

// CoverageOf compares how often answers were seen with the documents.
func (s *Server) CoverageOf(seen map[string]map[int]int) Coverage {
	view := Coverage{Operations: []OperationCoverage{}}
	for _, document := range s.documents {
		if document.Name == spec.Control {
			continue
		}
		for _, op := range document.Operations {
			one := OperationCoverage{Operation: op.ID, Statuses: map[string]int{}}
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
	return view
}
