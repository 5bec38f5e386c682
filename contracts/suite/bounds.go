package suite

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	. "github.com/onsi/ginkgo/v2"
)

// Bounds limit what a run does to the server. Zero is no limit.
type Bounds struct {
	Requests  int
	Customers int     // new ones
	PerSecond float64 // requests
}

// SmokeBounds are the bounds of a short run against a server that others use too.
func SmokeBounds() Bounds { return Bounds{Requests: 150, Customers: 15, PerSecond: 5} }

// Smoke is the label of the specs of a short run. They need no control API and few customers.
const Smoke = "smoke"

// The capabilities that a control API may have.
const (
	Clock     = "clock"
	Settings  = "settings"
	Tokens    = "tokens"
	Sandboxes = "sandboxes"
	Webhooks  = "webhooks"
	inbox     = "inbox"
	customers = "customers"
)

// The beginnings of the reasons why a spec ended without a verdict.
const (
	notRun       = "not run: "
	lacking      = notRun + "the server has no "
	spent        = notRun + "the bounds of this run are used up: "
	interrupted  = notRun + "the run was interrupted"
	notSelected  = notRun + "not selected by --focus and --label-filter"
	inconclusive = "inconclusive: "
)

// Need skips the spec unless the server has a capability.
func (s *Suite) Need(capability string) {
	GinkgoHelper()
	if !slices.Contains(s.capabilities, capability) {
		Skip(lacking + capability)
	}
}

// The kinds of names that the members of a token answer may have (W-CASE).
const (
	Classic = "classic"
	Current = "current"
)

// HasNames reports whether the token answers of the server have the names of a kind.
func (s *Suite) HasNames(kind string) bool {
	return !s.Target.Foreign() || s.Target.Wire == kind || s.Target.Wire == "" || s.Target.Wire == "both"
}

// NeedNames skips the spec unless the token answers of the server have the names of all kinds.
func (s *Suite) NeedNames(kinds ...string) {
	GinkgoHelper()
	for _, kind := range kinds {
		if !s.HasNames(kind) {
			Skip(lacking + kind + " names in token answers")
		}
	}
}

// usage counts what a run has done to the server so far.
type usage struct {
	mu        sync.Mutex
	requests  int
	silent    int      // requests in a row that got no answer
	customers []string // e-mail addresses of the customers that were created in a shared tenant
	spec      string   // the spec that has the shared tenant
	worlds    int
}

// mostSilent is the number of requests in a row without an answer after which no more are sent.
const mostSilent = 5

// countRequest counts a request. It skips the spec if the bounds do not allow the request.
func (s *Suite) countRequest(operation string) {
	GinkgoHelper()
	u := &s.used
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.silent >= mostSilent:
		Skip(fmt.Sprintf("%sthe server has left %d requests in a row without an answer", inconclusive, mostSilent))
	case s.bounds.Requests > 0 && u.requests >= s.bounds.Requests:
		Skip(fmt.Sprintf("%s%d requests", spent, s.bounds.Requests))
	case operation == "signup" && s.bounds.Customers > 0 && len(u.customers) >= s.bounds.Customers:
		Skip(fmt.Sprintf("%s%d new customers", spent, s.bounds.Customers))
	}
	u.requests++
}

// addCustomer adds a customer who remains in a shared tenant.
func (u *usage) addCustomer(email string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.customers = append(u.customers, email)
}

// countSilence counts a request without an answer; an answer resets the count.
func (u *usage) countSilence(answered bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.silent++
	if answered {
		u.silent = 0
	}
}

// sharedWorld returns the tenant of a server without sandboxes, with e-mail addresses that only this spec has.
func (s *Suite) sharedWorld(settings []H) *World {
	GinkgoHelper()
	if len(settings) > 0 {
		s.Need(Settings)
	}
	u := &s.used
	u.mu.Lock()
	defer u.mu.Unlock()
	current := CurrentSpecReport().FullText()
	if u.spec == current {
		Skip(lacking + "second tenant")
	}
	u.spec = current
	u.worlds++
	return &World{Tenant: s.Target.Tenant, suite: s, namespace: &namespace{
		tag: fmt.Sprintf(".%s-%d", s.run, u.worlds), domain: cmp.Or(s.Target.EmailDomain, ordinaryDomain), password: s.password,
	}}
}
