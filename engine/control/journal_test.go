package control_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"standin/engine"
	"standin/engine/enginetest"
	"standin/spec"
)

func TestTheJournal(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true})
	path := "/tenants/" + name + "/journal"
	shopper := x.anonymous(name)
	login := x.call("POST", "/customer/"+name+"/login", shopper, `{"email":"`+john+`","password":"password123","remember":true}`).must(http.StatusOK)
	if id := login.header.Get("Standin-Entry"); id != "2" || login.header.Get("Link") != "" {
		t.Errorf("the headers are %v", login.header)
	}
	refused := x.call("GET", "/customer/"+name+"/me/addresses/none", login.text("accessToken"), "").must(http.StatusNotFound)
	if link := refused.header.Get("Link"); link != "</_standin"+path+`/3/explain>; rel="describedby"` {
		t.Errorf("the link is %s", link)
	}
	x.do("GET", path, nil).must(http.StatusOK).is("3", "cursor").is(0, "dropped").
		is("anonymousLogin", "entries", 0, "operation").is("client", "entries", 0, "caller", "kind").
		is("remember", "entries", 1, "warnings", 0, "field").is("anonymous", "entries", 1, "caller", "kind").
		is("customer", "entries", 2, "caller", "kind").is("10000001", "entries", 2, "caller", "customerNumber").is(404, "entries", 2, "status")
	for query, want := range map[string]float64{"operation=login": 2, "status=404": 3, "status=4xx": 3, "path=/addresses": 3, "cursor=2": 3, "limit=1": 1, "since=2000-01-01T00:00:00Z": 1, "order=newest": 3, "order=newest&cursor=3": 2, "order=newest&cursor=9": 3, "order=newest&status=200": 2, "order=oldest": 1} {
		x.do("GET", path+"?"+query, nil).is(want, "entries", 0, "id")
	}
	x.do("GET", path+"?since=2200-01-01T00:00:00Z", nil).is(nil, "entries", 0)
	x.do("GET", path+"?order=newest&limit=2", nil).is("2", "cursor").is(2, "entries", 1, "id").is(nil, "entries", 2)
	x.do("GET", path+"?order=newest&cursor=1", nil).is("1", "cursor").is(nil, "entries", 0)
	for field, query := range map[string]string{"status": "status=9", "since": "since=now", "cursor": "cursor=x", "operations": "operations=login"} {
		x.do("GET", path+"?"+query, nil).refuses(http.StatusBadRequest, `"field":"`+field+`"`)
	}
	x.do("GET", path+"/2", nil).must(http.StatusOK).is(john, "request", "body", "email").is("***", "request", "body", "password").
		is("/password", "request", "masked", 0).is("***", "response", "body", "accessToken").is(2591999, "response", "body", "expiresIn")
	x.do("GET", path+"/9", nil).refuses(http.StatusNotFound, "no exchange 9 yet", "the last one is 3")
	x.do("GET", path+"/x", nil).refuses(http.StatusBadRequest, `"field":"entry"`)

	x.do("DELETE", path, nil).must(http.StatusNoContent)
	x.anonymous(name)
	x.do("GET", path, nil).is(4, "entries", 0, "id")
	x.do("GET", path+"/2", nil).refuses(http.StatusNotFound, "no longer kept", "reset")
	x.do("GET", path+"?operation=logIn", nil).refuses(http.StatusBadRequest, "no such operation", "login")
	x.do("GET", path+"/export?operation=logIn", nil).refuses(http.StatusBadRequest, "no such operation")
	x.do("GET", "/journal?operation=logIn", nil).refuses(http.StatusBadRequest, "no such operation")
}

func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	shopper, customer := x.anonymous(name), x.mint(name, john)
	const secret = "plantedPLANTEDplanted0000000"
	api := "/customer/" + name
	for _, one := range []struct{ method, path, token, body string }{
		{"GET", api + "/me", secret, ""},
		{"POST", api + "/login", shopper, `{"email":"` + john + `","password":"` + secret + `"}`},
		{"POST", api + "/login", shopper, `{"email":"` + john + `","PassWord":"` + secret + `"}`},
		{"POST", api + "/login", shopper, `{"email":"` + john + `","pass\u0077ord":"` + secret + `"}`},
		{"POST", api + "/signup", shopper, `{"email":"x","password":["` + secret + `",{"a":"` + secret + `"}]}`},
		{"POST", api + "/signup", shopper, `{"email":"x@example.com","password":"` + secret},
		{"POST", api + "/signup", shopper, `{"email":"x@example.com","signup":{"email":"y@example.com","password":"` + secret + `"}}`},
		{"PATCH", api + "/me", customer, `{"mixins":{"a":{"apiToken":"` + secret + `"}}}`},
		{"PATCH", api + "/me", customer, `{"mixins":{"b":{"PASSword":"` + secret + `","x":{"\u0074oken":"` + secret + `"}}}}`},
		{"GET", api + "/signup/optin/" + secret, shopper, ""},
		{"GET", api + "/refreshauthtoken?refreshToken=" + secret, shopper, ""},
		{"GET", api + "/logout?accessToken=" + secret, customer, ""},
		{"DELETE", api + "/me?token=" + secret, customer, ""},
		{"GET", "/nowhere/" + secret, customer, ""},
		{"POST", api + "/password/reset/update", shopper, `{"token":"` + secret + `","password":"` + secret + `"}`},
		{"POST", api + "/me/accounts/internal/email/change/confirm", shopper, `{"token":"` + secret + `"}`},
		{"POST", "/oauth/token", "", "grant_type=client_credentials&client_id=a&client_secret=" + secret + "&scope=tenant=" + name},
		{"POST", "/oauth/token", "", `{"grant_type":"client_credentials","client_id":"a","client_secret":"` + secret + `","scope":"tenant=` + name + `"}`},
		{"POST", "/oauth/token?client_secret=" + secret + "&scope=tenant%3D" + name, "", `{"grant_type":"client_credentials","client_id":"a"}`},
	} {
		header := http.Header{"Content-Type": {"application/json"}, "Cookie": {"a=" + secret}}
		if strings.HasPrefix(one.body, "grant_type") {
			header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if one.token != "" {
			header.Set("Authorization", "Bearer "+one.token)
		}
		x.send(one.method, one.path, header, []byte(one.body))
	}
	dump := x.do("GET", "/tenants/"+name+"/journal/export", nil).must(http.StatusOK)
	curl := x.do("GET", "/tenants/"+name+"/journal/export?format=curl", nil).must(http.StatusOK)
	all := string(dump.raw) + string(curl.raw) + string(x.do("GET", "/journal", nil).raw) + string(x.do("GET", "/journal/1", nil).raw)
	for _, hidden := range []string{secret, shopper, customer} {
		if at := strings.Index(all, hidden); at >= 0 {
			t.Errorf("a secret is kept: …%s", all[max(0, at-200):at+40])
		}
	}
	if n := len(dump.list("log", "entries")); n != 19 {
		t.Errorf("%d exchanges were kept", n)
	}
	if lines := strings.Count(string(curl.raw), "\n"); lines != 19 {
		t.Errorf("%d lines of curl", lines)
	}
}

func TestTheJournalIsBounded(t *testing.T) {
	t.Parallel()
	x := newTester(t, enginetest.WithConfig(func(c *engine.Config) { c.JournalEntries, c.JournalBytes = 5, 1<<30 }))
	name := x.sandbox(object{})
	for range 8 {
		x.call("GET", "/customer/"+name+"/me", "", "")
	}
	x.do("GET", "/tenants/"+name+"/journal", nil).is(3, "dropped").is(4, "entries", 0, "id").is(8, "entries", 4, "id")
	x.do("GET", "/tenants/"+name+"/journal/3", nil).must(http.StatusNotFound)

	// In bytes it is bounded for all tenants together, and a loud one takes nothing from a quiet one.
	x = newTester(t, enginetest.WithConfig(func(c *engine.Config) { c.JournalBytes = 30_000 }))
	quiet, loud := x.sandbox(object{}), x.sandbox(object{})
	for range 3 {
		x.call("GET", "/customer/"+quiet+"/me", "", "")
	}
	for range 60 {
		x.call("GET", "/customer/"+loud+"/me", "", "")
	}
	x.do("GET", "/tenants/"+quiet+"/journal", nil).is(0, "dropped").is(3, "entries", 2, "id")
	if dropped, _ := x.do("GET", "/tenants/"+loud+"/journal", nil).at("dropped").(float64); dropped < 10 {
		t.Errorf("the loud one has let go of %v", dropped)
	}
	// It lets go of no more than it has to, though it has more than its share.
	if kept := len(x.do("GET", "/tenants/"+loud+"/journal", nil).list("entries")); kept < 20 {
		t.Errorf("the loud one has kept %d", kept)
	}
	for range 30 { // However many there are.
		x.call("GET", "/customer/"+x.sandbox(object{})+"/me", "", "")
	}
	if size := x.server.Engine.Worlds().JournalBytes(); size > 31_000 || size < 5_000 {
		t.Errorf("all journals take %d bytes", size)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name + "/journal/verify"
	token := x.mint(name, john)
	for range 2 {
		x.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusOK)
	}
	for _, good := range []object{
		{"operation": "getProfile"},
		{"operation": "getProfile", "times": 2},
		{"operation": "getProfile", "status": 200, "atLeast": 1, "atMost": 2},
		{"operation": "login", "times": 0},
		{"customerNumber": "10000001", "times": 2},
		{"path": "/me", "times": 2},
		{"operation": "login", "atMost": 1},
	} {
		x.do("POST", path, good).must(http.StatusOK)
	}
	for text, bad := range map[string]object{
		"at least 1 times": {"operation": "login"}, "3 times": {"operation": "getProfile", "times": 3}, "2 times": {"operation": "getProfile", "times": 0},
		"0 to 1 times": {"operation": "getProfile", "atMost": 1},
	} {
		x.do("POST", path, bad).refuses(http.StatusConflict, text)
	}
	x.do("POST", path, object{"operation": "logIn"}).refuses(http.StatusNotFound, "login")
	x.do("POST", path, object{"operation": "login", "time": 1}).refuses(http.StatusBadRequest, `"field":"time"`)
}

func TestTheStream(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	x.call("GET", "/customer/"+name+"/me", "", "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func(last string) *bufio.Scanner {
		t.Helper()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, x.server.URL+"/_standin/tenants/"+name+"/journal/stream", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if last != "" {
			request.Header.Set("Last-Event-ID", last)
		}
		response, err := client.Do(request)
		if err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatal(response, err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		lines := bufio.NewScanner(response.Body)
		lines.Scan() // The comment at its beginning: from here on nothing is missed.
		return lines
	}
	event := func(lines *bufio.Scanner) string {
		t.Helper()
		text := ""
		for lines.Scan() && (lines.Text() != "" || text == "") {
			text += lines.Text() + "\n"
		}
		return text
	}
	fresh, late := open(""), open("0")
	seen.Store("streamJournal 200", true)
	if got := event(late); !strings.Contains(got, "id: 1\nevent: entry\ndata: {\"id\":1,") {
		t.Errorf("the stream begins with %q", got)
	}
	x.call("GET", "/customer/"+name+"/me/addresses", "", "")
	for _, lines := range []*bufio.Scanner{fresh, late} {
		if got := event(lines); !strings.Contains(got, "id: 2\n") || !strings.Contains(got, `"operation":"listAddresses"`) {
			t.Errorf("the stream goes on with %q", got)
		}
	}
	x.do("DELETE", "/tenants/"+name, nil).must(http.StatusNoContent)
	if rest := event(fresh); rest != "" {
		t.Errorf("the stream outlives its tenant: %q", rest)
	}
	x.do("GET", "/tenants/demo/journal/stream?x=1", nil).must(http.StatusBadRequest)
}

func TestReplay(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name + "/journal/"
	token := x.mint(name, john)
	id := func(a answer) string { return a.header.Get("Standin-Entry") }
	added := id(x.call("POST", "/customer/"+name+"/me/addresses", token, `{"contactName":"x"}`).must(http.StatusCreated))
	again := x.do("POST", path+added+"/replay", nil).must(http.StatusOK).is(201, "status")
	if next := fmt.Sprint(again.at("entry")); next == added || next == "0" {
		t.Errorf("the replay is exchange %s", next)
	}
	x.do("GET", "/tenants/"+name+"/customers/10000001", nil).is("x", "addresses", 3, "contactName")
	x.do("POST", path+added+"/replay", object{"body": object{"country": "England"}}).is(400, "status")

	login := id(x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `{"email":"`+john+`","password":"wrong12"}`).must(http.StatusUnauthorized))
	x.do("POST", path+login+"/replay", nil).refuses(http.StatusBadRequest, `"field":"body.password"`)
	x.do("POST", path+login+"/replay", object{"body": object{"password": "password123"}}).must(http.StatusOK).is(200, "status")
	refresh := id(x.call("GET", "/customer/"+name+"/refreshauthtoken?refreshToken=x", x.anonymous(name), "").must(http.StatusUnauthorized))
	x.do("POST", path+refresh+"/replay", nil).refuses(http.StatusBadRequest, `"field":"query.refreshToken"`)
	x.do("POST", path+refresh+"/replay", object{"query": object{"refreshToken": "demoOrdinaryRefresh0000000000001"}}).is(200, "status")
	optIn := id(x.call("GET", "/customer/"+name+"/signup/optin/x", x.anonymous(name), "").must(http.StatusBadRequest))
	x.do("POST", path+optIn+"/replay", nil).refuses(http.StatusBadRequest, "path held a token")
	unknown := id(x.call("GET", "/customer/"+name+"/me", "nobody", "").must(http.StatusUnauthorized))
	x.do("POST", path+unknown+"/replay", nil).is(401, "status")
	x.do("POST", path+"999/replay", nil).must(http.StatusNotFound)
	x.do("DELETE", "/tenants/"+name+"/customers/10000001", nil).must(http.StatusNoContent)
	x.do("POST", path+added+"/replay", nil).refuses(http.StatusBadRequest, "not there any more")
}

func TestStrays(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	for _, path := range []string{"/nowhere", "/customer/No/me", "/customer/unseen/me"} {
		if a := x.call("GET", path, "", ""); !strings.HasPrefix(a.header.Get("Link"), "</_standin/journal/") {
			t.Errorf("%s answers %v", path, a.header)
		}
	}
	x.do("GET", "/journal", nil).must(http.StatusOK).is("/nowhere", "entries", 0, "path").is("unseen", "entries", 2, "tenant")
	x.do("GET", "/journal/1", nil).must(http.StatusOK).is(404, "status")
	x.do("GET", "/journal/2/explain", nil).must(http.StatusOK).is("W-TENANT", "rule", "id").is("tenant", "state", 0, "name")
	x.do("GET", "/journal/3/explain", nil).must(http.StatusOK).is("T-401", "rule", "id")
	x.do("GET", "/journal/9", nil).must(http.StatusNotFound)
	x.do("GET", "/journal/9/explain", nil).must(http.StatusNotFound)
	x.do("GET", "/journal/9?x=1", nil).must(http.StatusBadRequest)
	x.do("GET", "/journal/9/explain?x=1", nil).must(http.StatusBadRequest)
	x.do("GET", "/journal?x=1", nil).must(http.StatusBadRequest)
	x.do("GET", "/tenants", nil).is(nil, "tenants", 1) // None of them has made a tenant.
	x.do("DELETE", "/journal?x=1", nil).must(http.StatusBadRequest)
	x.do("GET", "/journal", nil).is("/nowhere", "entries", 0, "path")
	x.do("DELETE", "/journal", nil).must(http.StatusNoContent)
	x.do("GET", "/journal", nil).is(nil, "entries", 0)
}

func TestCoverageAndViolations(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	x.call("GET", "/customer/"+name+"/me", "", "").must(http.StatusUnauthorized)
	x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `<`, "Content-Type", "text/xml").must(http.StatusUnsupportedMediaType)
	coverage := x.do("GET", "/tenants/"+name+"/coverage", nil).must(http.StatusOK).is(2, "covered")
	documented := 0
	for _, name := range []string{spec.Customer, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range document.Operations {
			documented += len(op.Statuses())
		}
	}
	coverage.is(documented, "documented")
	seen := map[any]any{}
	for _, one := range coverage.list("operations") {
		op, _ := one.(map[string]any)
		seen[op["operation"]] = op["statuses"]
	}
	if fmt.Sprint(seen["getProfile"]) != "map[200:0 400:0 401:1 403:0]" {
		t.Errorf("the coverage of getProfile is %v", seen["getProfile"])
	}
	x.do("GET", "/tenants/"+name+"/violations", nil).must(http.StatusOK).is(nil, "violations", 0)
}
