package control_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"standin/spec"
)

// FuzzRequest sends anything anywhere.
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct {
		method, target string
		caller         uint8
		body           string
	}{
		{"GET", "/customer/acme/me?expand=addresses,mixin:*", customer, ""},
		{"PATCH", "/acme/me/", customer, `{"firstName":null,"mixins":{"a":{"b":[1,null]}},"metadata":{"version":1}}`},
		{"PUT", "/customer/acme/me/addresses/a000000001", customer, `{"isDefault":true,"tags":["A","A"]}`},
		{"POST", "/customer/acme/me/addresses", manager, `{"country":"DE"}`},
		{"POST", "/customer/acme/me/addresses/a%2Fb/tags?tags=%ff", customer, ""},
		{"DELETE", "/customer/acme/me?token=x", customer, ""},
		{"POST", "/customer/acme/signup", anonymous, `{"email":"a@b.c","password":"123456","signup":null,"customerAddress":{"contactName":"x"}}`},
		{"POST", "/customer/nobody/login", anonymous, `{"email":"john.doe@example.com","password":"password124"}`},
		{"POST", "/customer/locked/login", anonymous, `{"email":"john.doe@example.com","password":"password124"}`},
		{"GET", "/customer/acme/refreshauthtoken?refreshToken=demoOrdinaryRefresh0000000000001", anonymous, ""},
		{"GET", "/customer/acme/logout?accessToken=demoOrdinaryAccess0000000001", customer, ""},
		{"POST", "/customer/acme/socialLogin", anonymous, `{"email":"x@example.com"}`},
		{"POST", "/oauth/token", nobody, "grant_type=client_credentials&client_id=a&client_secret=b&scope=tenant%3Dacme"},
		{"GET", "/customerlogin/auth/anonymous/login?tenant=acme&client_id=x&currency=EUR", nobody, ""},
		{"PATCH", "/session-context/acme/me/context", anonymous, `{"currency":"EUR","context":{"a":"b"},"metadata":{"version":1}}`},
		{"POST", "/session-context/acme/me/context/attributes", anonymous, `{"key":"weather","value":{"rain":true}}`},
		{"DELETE", "/session-context/acme/me/context/attributes/weather", anonymous, ""},
		{"HEAD", "/customer/customer/me//", backend, "\x00"},
		{"OPTIONS", "/customer/acme/me", nobody, ""},
		{"GET", "/_standin/tenants/acme/journal?order=newest&limit=1", nobody, ""},
		{"TRACE", "/_standin/..//tenants", stale, ""},
		{"", "/%5F/\xff?;", foreign, ""},
	} {
		f.Add(seed.method, seed.target, "Content-Type: application/json\nSession-Id: "+seed.target, seed.caller, []byte(seed.body))
	}
	f.Add("POST", "/customer/unseen/login", "Authorization: Bearer demoShopperAccess00000000001", uint8(nobody), []byte(`{"email":"john.doe@example.com","password":"password124"}`))
	s := besiege(f)
	f.Fuzz(func(t *testing.T, method, target, header string, caller uint8, body []byte) {
		at, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return // net/http answers these itself.
		}
		s.fire(t, shot{method: method, url: at, header: header, caller: caller, body: body})
	})
}

// FuzzOperation sends every operation of the service whatever may be in its path, its query, its headers and its body.
func FuzzOperation(f *testing.F) { fuzzOperations(f, spec.Customer, spec.Companions) }

// FuzzControl does the same to every operation of the tester's.
func FuzzControl(f *testing.F) { fuzzOperations(f, spec.Control) }

func fuzzOperations(f *testing.F, names ...string) {
	f.Helper()
	s := besiege(f)
	operations := s.operations(names...)
	for i, op := range operations {
		for _, seed := range seeds(op) {
			f.Add(uint8(i), seed.variables, seed.query, seed.header, seed.caller, seed.body)
		}
	}
	f.Fuzz(func(t *testing.T, operation uint8, variables, query, header string, caller uint8, body []byte) {
		op := operations[int(operation)%len(operations)]
		s.fire(t, shot{method: op.Method, url: s.aim(op, variables, query, caller), header: header, caller: caller, body: body})
	})
}

func (s *siege) operations(names ...string) []*spec.Operation {
	var all []*spec.Operation
	for _, name := range names {
		all = append(all, s.documents[name].Operations...)
	}
	return all
}

// A fuzzer that only ever meets the first check of an operation finds nothing behind it: of the seeds of each, one
// succeeds.
func TestSeedsReachEveryOperation(t *testing.T) {
	t.Parallel()
	s := besiege(t)
	s.patience = 2 * time.Second // An export takes its time where all others run beside it.
	all := s.operations(spec.Customer, spec.Companions, spec.Control)
	at := slices.IndexFunc(all, func(op *spec.Operation) bool { return op.ID == "clearStrays" })
	forgets := all[at] // Others ask for what it clears, so it comes last.
	for _, op := range append(slices.Delete(all, at, at+1), forgets) {
		last := ""
		if !slices.ContainsFunc(seeds(op), func(seed seed) bool { // The first will do.
			answer := s.fire(t, shot{method: op.Method, url: s.aim(op, seed.variables, seed.query, seed.caller), header: seed.header, caller: seed.caller, body: seed.body})
			last += answer.Body.String() + "\n"
			return answer.Code < http.StatusBadRequest
		}) {
			t.Errorf("%s refuses all of its seeds: %s", op.ID, last)
		}
	}
}

// aim is where an operation is, with what the fuzzer says of the variables of its path, or what is there.
func (s *siege) aim(op *spec.Operation, variables, query string, template uint8) *url.URL {
	said, _ := url.ParseQuery(variables) // What can be read of it will do.
	templates := op.Templates()
	path, raw := "", ""
	for segment := range strings.SplitSeq(strings.TrimPrefix(templates[int(template)%len(templates)], "/"), "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			segment = s.there(name, template)
			if said.Has(name) {
				segment = said.Get(name)
			}
		}
		path, raw = path+"/"+segment, raw+"/"+url.PathEscape(segment)
	}
	return &url.URL{Path: path, RawPath: raw, RawQuery: strings.Map(visible, query)}
}

// visible leaves out what net/http takes in no request line.
func visible(r rune) rune {
	if r <= ' ' || r == '#' || r == 0x7f {
		return -1
	}
	return r
}
