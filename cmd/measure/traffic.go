package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"standin/spec"
)

// traffic generates requests for every operation of the service from its documents, valid and faulty ones.
type traffic struct {
	url        string
	operations []*spec.Operation
	negatives  map[*spec.Operation][]spec.Negative
	examples   map[*spec.Operation]map[string]any
	count      atomic.Int64 // counter for values that must be new

	mu    sync.RWMutex
	pools []*pool
}

// newTraffic returns traffic for the server with a URL.
func newTraffic(url string) (*traffic, error) {
	t := &traffic{url: url, negatives: map[*spec.Operation][]spec.Negative{}, examples: map[*spec.Operation]map[string]any{}}
	for _, name := range []string{spec.Customer, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			return nil, err
		}
		for _, op := range document.Operations {
			t.operations = append(t.operations, op)
			t.negatives[op] = slices.DeleteFunc(op.Negatives(), func(n spec.Negative) bool { return len(n.Body) > 1<<20 })
			t.examples[op], _ = op.RequestExample().(map[string]any)
		}
	}
	return t, nil
}

// pool returns the pool of a random tenant.
func (t *traffic) pool() *pool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.pools[rand.IntN(len(t.pools))]
}

// of returns the pool of a tenant, or nil.
func (t *traffic) of(tenant string) *pool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, p := range t.pools {
		if p.tenant == tenant {
			return p
		}
	}
	return nil
}

// replace replaces a pool by another one.
func (t *traffic) replace(old, fresh *pool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pools[slices.Index(t.pools, old)] = fresh
}

// request is a request that is being generated.
type request struct {
	method, path string
	query        url.Values
	header       http.Header
	body         []byte
}

// next sets target to a request for a random operation and tenant. Three of ten requests have a fault.
func (t *traffic) next(target *vegeta.Target) error {
	p, op := t.pool(), t.operations[rand.IntN(len(t.operations))]
	r := t.good(p, op)
	if rand.IntN(10) < 3 {
		t.spoil(r, p, op)
	}
	target.Method, target.Header, target.Body = r.method, r.header, r.body
	target.URL = t.url + r.path
	if len(r.query) > 0 {
		target.URL += "?" + r.query.Encode()
	}
	return nil
}

// good returns a valid request.
func (t *traffic) good(p *pool, op *spec.Operation) *request {
	templates := op.Templates()
	r := &request{method: op.Method, path: templates[rand.IntN(len(templates))], query: url.Values{}, header: http.Header{}}
	for _, name := range op.Parameters("path") {
		r.path = strings.ReplaceAll(r.path, "{"+name+"}", url.PathEscape(t.value(p, name)))
	}
	for _, name := range op.Parameters("query") {
		if name != "hybris-tenant" && (name != "token" || rand.IntN(2) == 0) {
			r.query.Set(name, t.value(p, name))
		}
	}
	for _, name := range op.Parameters("header") {
		r.header.Set(name, t.value(p, name))
	}
	switch {
	case op.Accepts("CustomerAccessToken") && (!op.Accepts("AnonymousAccessToken") || rand.IntN(2) == 0):
		r.header.Set("Authorization", "Bearer "+p.any(customer))
	case op.Accepts("AnonymousAccessToken"):
		r.header.Set("Authorization", "Bearer "+p.any(anonymous))
	}
	switch types := op.MediaTypes(); {
	case len(types) == 0:
	case op.TenantFrom == "form": // It takes JSON, too, whose example names another tenant.
		r.query, r.body = url.Values{}, []byte(url.Values{"grant_type": {"client_credentials"}, "client_id": {"backend"}, "client_secret": {"s"}, "scope": {"tenant=" + p.tenant}}.Encode())
		r.header.Set("Content-Type", "application/x-www-form-urlencoded")
	case slices.Contains(types, "application/json"):
		r.header.Set("Content-Type", "application/json")
		r.body = t.body(p, op)
	}
	return r
}

// value returns a valid value for a parameter or a member with a name.
func (t *traffic) value(p *pool, name string) string {
	switch name {
	case "tenant":
		return p.tenant
	case "addressId":
		return cmp.Or(p.any(addresses), "0123456789")
	case "token":
		return cmp.Or(p.any(mailed), "none")
	case "tags":
		return "BILLING,SHIPPING"
	case "expand":
		return "addresses,mixin:*"
	case "accessToken":
		return p.any(customer)
	case "anonymous_token":
		return cmp.Or(p.any(anonymous), "none")
	case "refreshToken", "refresh_token":
		return cmp.Or(p.any(refreshes), "none")
	case "session-id":
		return cmp.Or(p.any(sessions), "none")
	case "email":
		if rand.IntN(2) == 0 {
			return t.newEmail()
		}
		return p.any(emails)
	case "newEmail":
		return t.newEmail()
	case "password", "currentPassword":
		return "password123"
	case "newPassword":
		return []string{"password123", "P@ssw0rd123"}[rand.IntN(2)]
	}
	return "x"
}

// newEmail returns a new e-mail address.
func (t *traffic) newEmail() string { return fmt.Sprintf("new%d@example.com", t.count.Add(1)) }

// body returns the document's example with values of the tenant and without some optional members.
func (t *traffic) body(p *pool, op *spec.Operation) []byte {
	body := maps.Clone(t.examples[op])
	for name := range body {
		switch name {
		case "email", "newEmail", "password", "currentPassword", "newPassword", "token":
			body[name] = t.value(p, name)
		case "metadata", "b2b", "signup":
			if op.ID != "updateSessionContext" { // It needs its version.
				delete(body, name)
			}
		}
	}
	if details, ok := body["customerDetails"].(map[string]any); ok {
		details = maps.Clone(details)
		delete(details, "contactEmail")
		delete(details, "b2b")
		body["customerDetails"] = details
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // The document's examples are JSON.
	}
	return encoded
}

// spoil adds a fault to a request.
func (t *traffic) spoil(r *request, p *pool, op *spec.Operation) {
	faults := []func(){
		func() { r.header.Del("Authorization") },
		func() { r.header.Set("Authorization", "Bearer "+t.pool().any(customer)) },
		func() { r.header.Set("Authorization", "Bearer "+p.any(anonymous)) },
		func() { r.header.Set("Authorization", noise(40)) },
		func() { r.path += "/nowhere" },
		func() { r.path += "/" },
		func() { r.path = strings.Replace(r.path, p.tenant, url.PathEscape(noise(12)), 1) },
		func() { r.method = []string{"GET", "PUT", "PATCH", "DELETE", "POST", "TRACE", "OPTIONS"}[rand.IntN(7)] },
		func() { r.query.Set(noise(6), noise(20)) },
		func() {
			r.header.Set("Content-Type", []string{"text/plain", "application/json; charset=utf-16", noise(10)}[rand.IntN(3)])
		},
		func() { r.header.Set("Standin-Sandbox", p.tenant) },
		func() {
			for name := range r.query {
				r.query.Set(name, noise(30))
			}
		},
		func() { r.body = mutated(r.body) },
		func() { r.body = mutated(mutated(r.body)) },
	}
	negatives := t.negatives[op]
	if n := rand.IntN(len(faults) + 6); n < len(faults) {
		faults[n]()
		return
	}
	if len(negatives) > 0 {
		one := negatives[rand.IntN(len(negatives))]
		r.body = one.Body
		r.header.Set("Content-Type", one.MediaType)
	}
}

// noise returns a random text of up to most printable characters.
func noise(most int) string {
	text := make([]byte, 1+rand.IntN(most))
	for i := range text {
		text[i] = byte(0x20 + rand.IntN(0x5f))
	}
	return string(text)
}

// mutated returns a body with a byte changed, some bytes removed, or some inserted.
func mutated(body []byte) []byte {
	if len(body) == 0 {
		return []byte(noise(20))
	}
	out := slices.Clone(body)
	at := rand.IntN(len(out))
	switch rand.IntN(3) {
	case 0:
		out[at] = byte(rand.IntN(256))
	case 1:
		out = slices.Delete(out, at, min(at+1+rand.IntN(8), len(out)))
	default:
		out = slices.Insert(out, at, []byte(noise(8))...)
	}
	return out
}
