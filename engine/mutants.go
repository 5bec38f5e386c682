//go:build mutants

package engine

import (
	"errors"
	"net/http"
	"slices"
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
func (s *Server) misroute(r *http.Request, router *spec.Router, match spec.Match, err error) (spec.Match, error, bool) {
	path := r.URL.EscapedPath()
	tenant, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "/customer"), "/"), "/")
	world, found := s.worlds.named(tenant), false
	if world == nil {
		return match, err, false
	}
	again := r.Clone(r.Context())
	on := world.mutants()
	method, isMethod := errors.AsType[*spec.MethodError](err)
	switch {
	case on.Has("route-slash") && err == nil && strings.HasSuffix(path, "/"):
		return match, spec.ErrNoPath, true
	case on.Has("route-alias") && err == nil && match.Operation.TenantFrom == "path" && !strings.HasPrefix(path, "/customer/"):
		return match, spec.ErrNoPath, true
	case on.Has("route-head") && r.Method == http.MethodHead:
		again.Method, found = http.MethodGet, true
	case on.Has("route-method-404") && isMethod:
		return match, spec.ErrNoPath, true
	case on.Has("route-allow") && isMethod && len(method.Allow) > 1:
		return match, &spec.MethodError{Allow: method.Allow[:1]}, true
	case on.Has("route-double-slash") && strings.HasSuffix(path, "//"):
		again.URL.Path, again.URL.RawPath, found = strings.TrimRight(r.URL.Path, "/"), "", true
	case on.Has("route-literal") && r.Method == http.MethodGet && strings.HasSuffix(path, "/signup/optin/refresh_token"):
		again.URL.Path, again.URL.RawPath, found = strings.Replace(r.URL.Path, "refresh_token", "refresh-token", 1), "", true
	}
	if !found {
		return match, err, false
	}
	match, err = router.Match(again)
	return match, err, true
}

// raceWindow is how long a careless writer has read before it writes.
const raceWindow = 2 * time.Millisecond

// racing is a writer that holds no lock: it reads, works, and puts its own copy in place of the database. It says
// whether the world has one.
func (s *Server) racing(w *World, run func(*state.Txn) (bool, error)) ([]state.Change, error, bool) {
	if !w.mutants().Has("race-lost-update") {
		return nil, nil, false
	}
	db := w.db.Load().Fork()
	txn := db.Change()
	defer txn.Abort()
	keep, err := run(txn)
	if !keep {
		return nil, err, true
	}
	time.Sleep(raceWindow) //nolint:forbidigo // The window that such a fault has.
	changes := txn.Changes()
	txn.Commit()
	w.db.Store(db)
	return changes, err, true
}

// presets are the settings that a world begins with before those that it was made with.
func presets(base state.Settings, start func(state.Settings) (state.Settings, error)) state.Settings {
	if after, err := start(base); err == nil && spec.Mutants(after.Mutants).Has("optin-default") {
		base.DoubleOptIn = true
	}
	return base
}

// spoilTags changes what a change of tags has made of them.
func (c *Call) spoilTags(tags, before, named []string) []string {
	switch {
	case c.mutant("tags-case"):
		var kept []string
		for _, tag := range tags {
			if !slices.ContainsFunc(kept, func(one string) bool { return strings.EqualFold(one, tag) }) {
				kept = append(kept, tag)
			}
		}
		return kept
	case c.mutant("tags-sorted"):
		return slices.Sorted(slices.Values(tags))
	case c.mutant("tags-twice") && c.id() == "addAddressTags":
		return slices.Concat(before, named)
	}
	return tags
}

// spoil changes a refusal.
func (c *Call) spoil(e *Error) *Error {
	derived := *e
	if c.mutant("forbidden-type") {
		derived.body.Type = strings.ToLower(derived.body.Type)
	}
	if c.mutant("details-missing") {
		derived.body.Details = nil
	}
	return &derived
}

// spoilProfile changes what a change of a profile has made of it.
func (c *Call) spoilProfile(in profileBody, before state.Customer, row *state.Customer) {
	if c.mutant("patch-defaults") {
		if !in.PreferredLanguage.Present {
			row.PreferredLanguage = state.DefaultLanguage
		}
		if !in.PreferredCurrency.Present {
			row.PreferredCurrency = state.DefaultCurrency
		}
	}
	if c.mutant("patch-null") {
		for _, one := range []struct {
			null        bool
			field, keep *string
		}{
			{in.Title.Null, &row.Title, &before.Title}, {in.FirstName.Null, &row.FirstName, &before.FirstName},
			{in.LastName.Null, &row.LastName, &before.LastName}, {in.Company.Null, &row.Company, &before.Company},
		} {
			if one.null {
				*one.field = *one.keep
			}
		}
	}
	if c.mutant("patch-mixins") && in.Mixins.Present {
		row.Mixins = in.Mixins.Value
	}
	if c.mutant("patch-phone") && !in.ContactPhone.Present {
		row.ContactPhone = ""
	}
}

// unless is a value, or nothing if a fault is on.
func (c *Call) unless(id, value string) string {
	if c.mutant(id) {
		return ""
	}
	return value
}

// left is how many seconds the caller's token has left.
func (c *Call) left() int64 {
	if c.mutant("validate-minus") {
		return int64(c.Caller.AccessExpires.Sub(c.Caller.IssuedAt) / time.Second)
	}
	return c.secondsTo(c.Caller.AccessExpires)
}
