//go:build !mutants

package engine

import (
	"net/http"

	"standin/spec"
	"standin/state"
)

// The faults of spec/mutants.yaml, of which this build has none. Each of these answers what is right, and the compiler
// takes it away.

func (*World) mutants() spec.Mutants { return nil }

func (*Server) misroute(*http.Request, *spec.Router, spec.Match, error) (spec.Match, bool, error) {
	return spec.Match{}, false, nil
}

func (*Server) racing(*World, func(*state.Txn) (bool, error)) ([]state.Change, bool, error) {
	return nil, false, nil
}

func presets(base state.Settings, _ func(state.Settings) (state.Settings, error)) state.Settings {
	return base
}

func (*Call) mutant(string) bool                                             { return false }
func (*Call) unless(_, value string) string                                  { return value }
func (*Call) spoil(e *Error) *Error                                          { return e }
func (*Call) spoilOrder(err error) error                                     { return err }
func (*Call) spoilBearer(token state.Token, ok bool) (state.Token, bool)     { return token, ok }
func (*Call) spoilLate(late bool, _ state.Token) bool                        { return late }
func (*Call) spoilScopes(enough bool, _ state.Token) bool                    { return enough }
func (*Call) spoilLogin(_ credentials, row state.Login) (state.Login, error) { return row, nil }
func (*Call) spoilStatus(status state.Status) state.Status                   { return status }
func (*Call) spoilWelcome(*state.Customer)                                   {}
func (*Call) spoilRefresh(_, _ *state.Token)                                 {}
func (*Call) spoilLogout(state.Token, bool) (spec.Reply, bool)               { return spec.Reply{}, false }
func (*Call) spoilEnd(token state.Token) state.Token                         { return token }
func (*Call) spoilPatch(*profileBody, *state.Customer)                       {}
func (*Call) spoilProfile(profileBody, state.Customer, *state.Customer)      {}
func (*Call) spoilCount() int                                                { return 1 }
func (*Call) spoilAddress(addressBody, state.Address, *state.Address)        {}
func (*Call) spoilTags(tags, _, _ []string) []string                         { return tags }
func (*Call) spoilTo(to string, _ state.Customer) string                     { return to }
func (*Call) spoilContact(row state.Customer, _ credentials) state.Customer  { return row }
func (*Call) spoilLeft(seconds int64) int64                                  { return seconds }
func (*Call) spoilNewAddress(string, addressBody) error                      { return nil }
