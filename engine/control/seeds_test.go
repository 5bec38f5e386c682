package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"standin/engine"
	"standin/engine/world"
	"standin/spec"
	"standin/state"
)

// seed is what a fuzzer begins with for one operation.
type seed struct {
	variables, query, header string
	caller                   uint8
	body                     []byte
}

// succeeds is what an operation needs to succeed, where the document's example is not about what is there.
var succeeds = map[string]seed{
	"anonymousLogin":     {query: "tenant=acme&client_id=x&currency=EUR"},
	"anonymousRefresh":   {query: "tenant=acme&client_id=x&refresh_token=demoShopperRefresh00000000000001"},
	"assignAccount":      {caller: manager, body: []byte(`{"email":"second@example.com","password":"password123"}`)},
	"confirmEmailChange": {caller: anonymous, body: []byte(`{"token":"demoMoverEmailChange00000000000000000000000000000000000000000001"}`)},
	"deleteProfile":      {caller: customer, query: "token="},
	"explainStray":       {variables: "entry=1"},
	"getStray":           {variables: "entry=1"},
	"login":              {caller: anonymous, body: []byte(`{"email":"john.doe@example.com","password":"password123"}`)},
	"logout":             {caller: customer, query: "accessToken=demoOrdinaryAccess0000000001"},
	"mintToken":          {body: []byte(`{"kind":"customer","email":"john.doe@example.com","scopes":["a.b"],"expiresIn":-1}`)},
	"putFaults":          {body: []byte(`{"faults":[{"preset":"refresh-race"},{"operation":"login","status":401,"headers":{"A":"b"},"body":{"a":1},"probability":0.5,"skip":1,"times":2}]}`)},
	"refreshToken":       {caller: anonymous, query: "refreshToken=demoOrdinaryRefresh0000000000001"},
	"replaceProfile":     {caller: customer, body: []byte(`{"firstName":"Ada","mixins":{"a":{"b":[1,null]}},"b2b":null}`)},
	"replayEntry":        {caller: 3, body: []byte(`{"query":{"expand":"addresses"}}`)},
	"requestEmailChange": {caller: customer, body: []byte(`{"email":"john.doe@example.com","password":"password123","newEmail":"new@example.com","syncContactEmail":true}`)},
	"resetPassword":      {caller: anonymous, body: []byte(`{"token":"demoForgetfulReset0000000000000000000000000000000000000000000001","password":"password124"}`)},
	"serviceToken":       {header: "Content-Type: application/x-www-form-urlencoded", body: []byte("grant_type=client_credentials&client_id=a&client_secret=b&scope=tenant%3Dacme")},
	"socialLogin":        {caller: anonymous, header: "Session-Id: 7d1f0c52-0000-4000-8000-000000000001", body: []byte(`{"email":"x@example.com","provider":"google"}`)},
	"updateProfile":      {caller: customer, body: []byte(`{"firstName":null,"preferredCurrency":"EUR","metadata":{"mixins":{"a":"http://x/a.json"}}}`)},
	"verifyJournal":      {body: []byte(`{"operation":"getProfile","status":200,"atLeast":0}`)},
}

// seeds are the document's own examples for an operation, from all callers and in all worlds, bodies with one fault
// each, and a request that is wrong throughout.
func seeds(op *spec.Operation) []seed {
	var all []seed
	if good, ok := succeeds[op.ID]; ok {
		all = append(all, good)
	}
	for _, tenant := range []string{"acme", "strict", "locked"} {
		for caller := range uint8(callerKinds) {
			if tenant == "acme" || caller == anonymous { // No other has tokens in the others.
				all = append(all, seed{"tenant=" + tenant, exampleQuery(op, tenant), "Content-Type: " + mediaType(op), caller, exampleBody(op)})
			}
		}
	}
	caller := uint8(anonymous)
	if slices.Contains(engine.Accepts(op), "customer") {
		caller = manager
	}
	for _, negative := range op.Negatives() {
		if len(negative.Body) < mostBody {
			all = append(all, seed{"", exampleQuery(op, "acme"), "Content-Type: " + negative.MediaType + "\nContent-Encoding: " + negative.Encoding, caller, negative.Body})
		}
	}
	return append(all, seed{
		"tenant=\xff&addressId=%2F&token=&customer=&entry=-1", "a=%zz;&a=b&a=%ff", "Content-Type: ;\nPrefer: code=x, delay\nBaggage: standin=acme\nSession-Id: \xff",
		customer, make([]byte, mostBody+1),
	})
}

// there is something of each kind that the worlds have.
func (s *siege) there(name string, which uint8) string {
	w, _ := s.server.Worlds().Named("acme")
	switch name {
	case "tenant":
		return "acme"
	case "entry":
		const most = 4
		s.prelude("acme") // It may have been cleared.
		return strconv.FormatUint(w.Journal().Last()-uint64(which%most), 10)
	case "mail":
		mails, _ := w.Mails(world.MailFilter{}).Read(context.Background(), world.Query{Most: 1})
		return mails[0].ID
	case "session":
		session := ""
		w.View(func(txn *state.Txn) {
			row, _ := txn.TokenByAccess(s.callers[customer])
			session = row.SessionID
		})
		return session
	}
	return map[string]string{
		"addressId": "a000000001", "token": "demoPendingOptIn000000000000000000000000000000000000000000000001", "document": "control.yaml", "customer": "10000001",
		"event": "msg_seed", "legalEntityId": "7001", "contactAssignmentId": "8001", "locationId": "6001",
		"persona": "ordinary", "attributeName": "weather", "snapshot": "snapshot", "fault": "fault",
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
