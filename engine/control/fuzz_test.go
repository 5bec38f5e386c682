package control_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

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
		{"PATCH", "/session-context/acme/me/context", anonymous, `{"currency":"EUR"}`},
		{"HEAD", "/customer/customer/me//", service, "\x00"},
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
	var operations []*spec.Operation
	for _, name := range names {
		operations = append(operations, s.documents[name].Operations...)
	}
	for i, op := range operations {
		for _, tenant := range []string{"acme", "strict", "locked"} {
			for caller := range uint8(callerKinds) {
				if tenant == "acme" || caller == anonymous { // No other has tokens in the others.
					f.Add(uint8(i), "tenant="+tenant, exampleQuery(op, tenant), "Content-Type: "+mediaType(op), caller, exampleBody(op))
				}
			}
		}
		for _, caller := range []uint8{customer, anonymous} {
			for _, negative := range op.Negatives() {
				if len(negative.Body) < mostBody {
					f.Add(uint8(i), "", exampleQuery(op, "acme"), "Content-Type: "+negative.MediaType+"\nContent-Encoding: "+negative.Encoding, caller, negative.Body)
				}
			}
		}
		f.Add(uint8(i), "tenant=\xff&addressId=%2F&token=&customer=&entry=-1", "a=%zz;&a=b&a=%ff", "Content-Type: ;\nPrefer: code=x, delay\nBaggage: standin=acme\nSession-Id: \xff", uint8(customer), make([]byte, mostBody+1))
	}
	f.Fuzz(func(t *testing.T, operation uint8, variables, query, header string, caller uint8, body []byte) {
		op := operations[int(operation)%len(operations)]
		s.fire(t, shot{method: op.Method, url: s.aim(op, variables, query, caller), header: header, caller: caller, body: body})
	})
}

// aim is where an operation is, with what the fuzzer says of the variables of its path, or what is there.
func (s *siege) aim(op *spec.Operation, variables, query string, template uint8) *url.URL {
	said, _ := url.ParseQuery(variables) // What can be read of it will do.
	templates := op.Templates()
	path, raw := "", ""
	for segment := range strings.SplitSeq(strings.TrimPrefix(templates[int(template)%len(templates)], "/"), "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			segment = s.there(name)
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

// there is something of each kind that the worlds have.
func (s *siege) there(name string) string {
	switch name {
	case "tenant":
		return "acme"
	case "entry":
		w, _ := s.server.World("acme")
		return strconv.FormatUint(w.Journal().Last(), 10)
	case "session":
		return "7d1f0c52-0000-4000-8000-000000000001"
	}
	return map[string]string{
		"addressId": "a000000001", "token": "demoPendingOptIn000000000000000000000000000000000000000000000001", "document": "control.yaml", "customer": "10000001",
		"persona": "ordinary", "snapshot": "snapshot", "fault": "fault", "mail": "1",
	}[name]
}

// exampleQuery is what the document shows for the query parameters of an operation.
func exampleQuery(op *spec.Operation, tenant string) string {
	query := url.Values{}
	for _, name := range []string{
		"tenant", "client_id", "currency", "expand", "tags", "token", "accessToken", "refreshToken", "refresh_token", "legalEntityId", "to", "kind", "after", "limit", "cursor", "q",
		"operation", "status", "path", "since", "format", "order", "type",
	} {
		if in, example := op.Parameter(name); in == "query" {
			query.Set(name, example)
		}
	}
	if query.Has("tenant") {
		query.Set("tenant", tenant)
	}
	for name := range query {
		if query.Get(name) == "" {
			query.Del(name)
		}
	}
	return query.Encode()
}

func mediaType(op *spec.Operation) string {
	types := op.MediaTypes()
	if len(types) == 0 || slices.Contains(types, "application/json") {
		return "application/json"
	}
	return types[0]
}

// exampleBody is the body that the document shows for an operation.
func exampleBody(op *spec.Operation) []byte {
	example := op.RequestExample()
	switch kind := mediaType(op); {
	case example == nil:
		return nil
	case kind == "application/json":
		raw, err := json.Marshal(example)
		if err != nil {
			panic(err) // The documents' examples are JSON.
		}
		return raw
	case kind == "application/x-www-form-urlencoded":
		form := url.Values{}
		fields, _ := example.(map[string]any)
		for name, value := range fields {
			form.Set(name, fmt.Sprint(value))
		}
		return []byte(form.Encode())
	}
	return fmt.Append(nil, example)
}

// encode is a value in JSON.
func encode(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err) // What tests make of literals is JSON.
	}
	return string(raw)
}
