package contracts

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
	Customers int     // that are made
	PerSecond float64 // requests
}

// Smoke are the bounds of a short run against a server that others use as well.
func Smoke() Bounds { return Bounds{Requests: 150, Customers: 15, PerSecond: 5} }

// smoke labels the specs of a short run: they need no control plane and few customers.
const smoke = "smoke"

// What a control plane may be able to do.
const (
	sandboxes = "sandboxes"
	clock     = "clock"
	inbox     = "inbox"
	settings  = "settings"
	customers = "customers"
	tokens    = "tokens"
)

// Why a spec ended without a verdict. The reports tell these apart by their beginnings.
const (
	notRun       = "not run: "
	lacking      = notRun + "the server has no "
	spent        = notRun + "the bounds of this run are used up: "
	interrupted  = notRun + "the run was interrupted"
	notSelected  = notRun + "not selected by --focus and --label-filter"
	inconclusive = "inconclusive: "
)

// need ends a spec that needs what the server cannot do.
func (s *suite) need(capability string) {
	GinkgoHelper()
	if !slices.Contains(s.capabilities, capability) {
		Skip(lacking + capability)
	}
}

// The names that token answers may have (W-CASE).
const (
	classic = "classic"
	current = "current"
)

// names says whether the server's token answers have the names of a kind.
func (s *suite) names(kind string) bool {
	return !s.target.Foreign() || s.target.Wire == kind || s.target.Wire == "" || s.target.Wire == "both"
}

// needNames ends a spec that needs names which the server is said not to have.
func (s *suite) needNames(kinds ...string) {
	GinkgoHelper()
	for _, kind := range kinds {
		if !s.names(kind) {
			Skip(lacking + kind + " names in token answers")
		}
	}
}

// usage is what a run has done to the server so far.
type usage struct {
	mu        sync.Mutex
	requests  int
	silent    int      // requests in a row that got no answer
	customers []string // that were made in a tenant which stays, by their e-mail addresses
	world     string   // the spec that has the shared tenant
	worlds    int
}

// mostSilent is after how many requests without an answer a server is not asked any more.
const mostSilent = 5

// spend counts a request, and ends the spec if there may be no more of its kind.
func (s *suite) spend(operation string) {
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

// made notes a customer who stays in a tenant that others use.
func (u *usage) made(email string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.customers = append(u.customers, email)
}

// heard notes whether a request got an answer.
func (u *usage) heard(answered bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.silent++
	if answered {
		u.silent = 0
	}
}

// share lends the one tenant of a server without sandboxes to a spec, whose e-mail addresses no other spec has.
func (s *suite) share(wanted []H) *World {
	GinkgoHelper()
	if len(wanted) > 0 {
		s.need(settings)
	}
	u := &s.used
	u.mu.Lock()
	defer u.mu.Unlock()
	here := CurrentSpecReport().FullText()
	if u.world == here {
		Skip(lacking + "second tenant")
	}
	u.world = here
	u.worlds++
	return &World{Tenant: s.target.Tenant, suite: s, namespace: &namespace{
		tag: fmt.Sprintf(".%s-%d", s.run, u.worlds), domain: cmp.Or(s.target.EmailDomain, ordinaryDomain), password: s.password,
	}}
}
