//go:build !mutants

package engine

import (
	"net/http"

	"standin/spec"
	"standin/state"
)

// The faults of spec/mutants.yaml, of which this build has none.

func (*Call) mutant(string) bool { return false }

func (*Call) spoil(e *Error) *Error { return e }

func (*Call) spoilProfile(profileBody, state.Customer, *state.Customer) {}

func (*Call) spoilTags(tags, _, _ []string) []string { return tags }

func (*Call) unless(_, value string) string { return value }

func (c *Call) left() int64 { return c.secondsTo(c.Caller.AccessExpires) }

func (*World) mutants() spec.Mutants { return nil }

func (*Server) misroute(*http.Request, *spec.Router, spec.Match, error) (spec.Match, error, bool) {
	return spec.Match{}, nil, false
}

func (*Server) racing(*World, func(*state.Txn) (bool, error)) ([]state.Change, error, bool) {
	return nil, nil, false
}

func presets(base state.Settings, _ func(state.Settings) (state.Settings, error)) state.Settings {
	return base
}
