//go:build mutants

package engine

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"standin/spec"
	"standin/state"
)

// mutant says whether a fault of spec/mutants.yaml is on in the call's world.
func (c *Call) mutant(id string) bool {
	return c.world != nil && c.world.mutants().Has(id)
}

// mutants are the faults that are on in a world.
func (w *World) mutants() spec.Mutants {
	var on []string
	w.View(func(txn *state.Txn) { on = txn.Settings().Mutants })
	return on
}

// misroute repeats the routing of a request in the way that a fault of its world has it. It says whether there is one.
func (s *Server) misroute(r *http.Request, router *spec.Router, match spec.Match, err error) (spec.Match, bool, error) {
	path := r.URL.EscapedPath()
	tenant, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "/customer"), "/"), "/")
	world, found := s.worlds.named(tenant), false
	if world == nil {
		return match, false, err
	}
	again := r.Clone(r.Context())
	on := world.mutants()
	method, isMethod := errors.AsType[*spec.MethodError](err)
	switch {
	case on.Has("route-slash") && err == nil && strings.HasSuffix(path, "/"):
		return match, true, spec.ErrNoPath
	case on.Has("route-alias") && err == nil && match.Operation.TenantFrom == "path" && !strings.HasPrefix(path, "/customer/"):
		return match, true, spec.ErrNoPath
	case on.Has("route-head") && r.Method == http.MethodHead:
		again.Method, found = http.MethodGet, true
	case on.Has("route-method-404") && isMethod:
		return match, true, spec.ErrNoPath
	case on.Has("route-allow") && isMethod && len(method.Allow) > 1:
		return match, true, &spec.MethodError{Allow: method.Allow[:1]}
	case on.Has("route-double-slash") && strings.HasSuffix(path, "//"):
		again.URL.Path, again.URL.RawPath, found = strings.TrimRight(r.URL.Path, "/"), "", true
	case on.Has("route-literal") && r.Method == http.MethodGet && strings.HasSuffix(path, "/signup/optin/refresh_token"):
		again.URL.Path, again.URL.RawPath, found = strings.Replace(r.URL.Path, "refresh_token", "refresh-token", 1), "", true
	}
	if !found {
		return match, false, err
	}
	match, err = router.Match(again)
	return match, true, err
}

// raceWindow is how long a careless writer has read before it writes.
const raceWindow = 25 * time.Millisecond

// racing is a writer that holds no lock: it reads, works, and puts its own copy in place of the database. It says
// whether the world has one.
func (s *Server) racing(w *World, run func(*state.Txn) (bool, error)) ([]state.Change, bool, error) {
	if !w.mutants().Has("race-lost-update") {
		return nil, false, nil
	}
	db := w.db.Load().Fork()
	txn := db.Change()
	defer txn.Abort()
	keep, err := run(txn)
	if !keep {
		return nil, true, err
	}
	time.Sleep(raceWindow) //nolint:forbidigo // The window that such a fault has.
	changes := txn.Changes()
	txn.Commit()
	w.db.Store(db)
	return changes, true, err
}

// presets are the settings that a world begins with before those that it was made with.
func presets(base state.Settings, start func(state.Settings) (state.Settings, error)) state.Settings {
	if after, err := start(base); err == nil && spec.Mutants(after.Mutants).Has("optin-default") {
		base.DoubleOptIn = true
	}
	return base
}
