package control_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"standin/fixtures"
)

func TestCustomersAreFoundAndChanged(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name + "/customers"
	x.do("GET", path, nil).must(http.StatusOK).is("10000001", "customers", 0, "customerNumber").is(john, "customers", 0, "email").is(2, "customers", 0, "addresses")
	page := x.do("GET", path+"?limit=3", nil)
	x.do("GET", path+"?cursor="+page.text("cursor"), nil).is("10000004", "customers", 0, "customerNumber")
	for q, want := range map[string]string{"JOHN+D": "10000001", "bianca.": "10000004", "10000003": "10000003", "tools": "10000004"} {
		x.do("GET", path+"?q="+q, nil).is(want, "customers", 0, "customerNumber").is(nil, "customers", 1)
	}
	x.do("GET", path+"?Q=x", nil).refuses(http.StatusBadRequest, `"field":"Q"`)

	x.do("GET", path+"/10000001", nil).must(http.StatusOK).is("John", "profile", "firstName").is("gold", "profile", "mixins", "loyalty", "tier").
		is(john, "accounts", 0, "email").is("Chausseestrasse", "addresses", 0, "street").is(true, "sessions", 0, "live")
	x.do("GET", path+"/John.Doe@example.com", nil).must(http.StatusOK).is("10000001", "customerNumber")
	x.do("GET", path+"/1", nil).refuses(http.StatusNotFound, "no customer 1")
	x.do("PATCH", path+"/10000001", object{"profile": object{"firstName": "Jack", "title": nil}, "password": "changed1"}).
		must(http.StatusOK).is("Jack", "profile", "firstName").is(nil, "profile", "title").is("Doe", "profile", "lastName").is(4, "profile", "metadata", "version")
	x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `{"email":"`+john+`","password":"changed1"}`).must(http.StatusOK)
	x.do("PATCH", path+"/10000001", object{"status": "inactive"}).must(http.StatusOK).is("inactive", "status")
	x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `{"email":"`+john+`","password":"changed1"}`).refuses(http.StatusUnauthorized, "not active")
	x.do("POST", path+"/10000001/activate", nil).must(http.StatusOK).is("active", "status")
	for field, body := range map[string]object{
		"status": {"status": "gone"}, "profile.contactEmail": {"profile": object{"contactEmail": "x"}}, "firstName": {"firstName": "x"},
		"profile.preferredCurrency": {"profile": object{"preferredCurrency": "EURO"}}, "profile.firstName": {"profile": object{"b2b": object{"companyRegistrationId": "1"}, "firstName": nil}},
	} {
		x.do("PATCH", path+"/10000001", body).refuses(http.StatusBadRequest, `"field":"`+field+`"`)
	}
	x.do("PATCH", path+"/1", object{"status": "active"}).must(http.StatusNotFound)
	x.do("POST", path+"/1/activate", nil).must(http.StatusNotFound)

	// Petra waits for her opt-in; once she is active, her mailed token is dead.
	petra := x.do("GET", path+"?q=petra", nil).text("customers", 0, "customerNumber")
	x.do("GET", path+"/"+petra, nil).is("opt-in", "mailedTokens", 0, "kind")
	x.do("POST", path+"/"+petra+"/activate", nil).must(http.StatusOK).is(nil, "mailedTokens", 0)
	x.call("GET", "/customer/"+name+"/signup/optin/demoPendingOptIn000000000000000000000000000000000000000000000001", x.anonymous(name), "").must(http.StatusBadRequest)

	x.do("DELETE", path+"/10000001", nil).must(http.StatusNoContent)
	x.do("DELETE", path+"/10000001", nil).must(http.StatusNotFound)
	x.signup(name, john)
}

func TestCustomersInAnyState(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name + "/customers"
	login := func(email, password string) answer {
		t.Helper()
		return x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `{"email":"`+email+`","password":"`+password+`"}`)
	}
	made := x.do("POST", path, object{"email": "ada@example.com", "password": "password123", "addresses": []object{{"contactName": "Ada {n}", "repeat": 3}}}).must(http.StatusCreated)
	token := made.text("customers", 0, "tokens", "accessToken")
	if got := len(x.call("GET", "/customer/"+name+"/me/addresses", token, "").must(http.StatusOK).list()); got != 3 {
		t.Errorf("she has %d addresses", got)
	}
	login("ada@example.com", "password123").must(http.StatusOK)

	pending := x.do("POST", path, object{"status": "pendingOptIn", "email": "p{n}@example.com", "password": "password123", "mails": []object{{"kind": "opt-in"}}, "count": 3}).
		must(http.StatusCreated).is("p3@example.com", "customers", 2, "email").is("pendingOptIn", "customers", 2, "status").is(nil, "customers", 2, "tokens")
	mails := x.do("GET", "/tenants/"+name+"/mail?to=p2@example.com", nil)
	x.call("GET", "/customer/"+name+"/signup/optin/"+mails.text("mails", 0, "token"), x.anonymous(name), "").must(http.StatusOK)
	x.do("GET", path+"/"+pending.text("customers", 1, "customerNumber"), nil).is("active", "status")

	x.do("POST", path, object{"status": "inactive", "email": "in@example.com", "password": "password123"}).must(http.StatusCreated)
	login("in@example.com", "password123").refuses(http.StatusUnauthorized, "not active")

	x.do("POST", path, object{"email": "old@example.com", "password": "password123", "mails": []object{{"kind": "email-change", "newEmail": "new@example.com"}}}).must(http.StatusCreated)
	change := x.do("GET", "/tenants/"+name+"/mail?to=new@example.com", nil).text("mails", 0, "token")
	x.call("POST", "/customer/"+name+"/me/accounts/internal/email/change/confirm", x.anonymous(name), `{"token":"`+change+`"}`).must(http.StatusNoContent)
	login("new@example.com", "password123").must(http.StatusOK)

	// Like a persona, but somebody else.
	like := x.do("POST", path, object{"persona": "b2b", "count": 2, "profile": object{"firstName": "B{n}"}}).must(http.StatusCreated)
	for i := range 2 {
		number := like.text("customers", i, "customerNumber")
		x.do("GET", path+"/"+number, nil).is(fmt.Sprint("B", i+1), "profile", "firstName").is("B2B", "profile", "businessModel").is("5001", "profile", "b2b", "legalEntities", 0, "id")
		login(like.text("customers", i, "email"), like.text("customers", i, "password")).must(http.StatusOK)
	}
	x.do("POST", path, object{"persona": "pending"}).must(http.StatusCreated).is("pendingOptIn", "customers", 0, "status")

	before := x.do("GET", "/tenants/"+name, nil).at("customers")
	x.do("POST", path, object{"persona": "nobody"}).refuses(http.StatusNotFound, "ordinary, new, collector")
	x.do("POST", path, object{"email": john, "password": "password123"}).refuses(http.StatusConflict, "taken")
	x.do("POST", path, object{"number": "10000001", "password": "password123"}).refuses(http.StatusConflict, "taken")
	for field, body := range map[string]object{
		"email": {"email": "a@example.com", "password": "password123", "count": 2}, "profile.foo": {"password": "password123", "profile": object{"foo": 1}},
		"status": {"status": "dead", "password": "password123"}, "count": {"count": 0}, "addresses.0.country": {"password": "password123", "addresses": []object{{"country": "England"}}},
	} {
		x.do("POST", path, body).refuses(http.StatusBadRequest, `"field":"`+field+`"`)
	}
	x.do("GET", "/tenants/"+name, nil).is(before, "customers")
}

// What customers are made with is as good as what the service gave them, and can be there once only.
func TestCustomersAreMadeWithSessionsAndMails(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	path := "/tenants/" + name + "/customers"
	session := object{"accessToken": strings.Repeat("a", 28), "refreshToken": strings.Repeat("r", 32), "sessionId": "7d1f0c52-0000-4000-8000-00000000000a", "siteCode": "berlin"}
	mail := object{"kind": "email-change", "newEmail": "new@example.com", "token": strings.Repeat("m", 64)}
	made := x.do("POST", path, object{"email": "ada@example.com", "password": "password123", "sessions": []object{session}, "mails": []object{mail}}).
		must(http.StatusCreated).text("customers", 0, "customerNumber")
	access := fmt.Sprint(session["accessToken"])
	x.call("GET", "/customer/"+name+"/me", access, "").must(http.StatusOK).is(made, "customerNumber")
	x.call("GET", "/session-context/"+name+"/me/context", access, "").must(http.StatusOK).is("berlin", "siteCode")
	x.call("GET", "/customer/"+name+"/refreshauthtoken?refreshToken="+fmt.Sprint(session["refreshToken"]), x.anonymous(name), "").must(http.StatusOK)
	x.call("POST", "/customer/"+name+"/socialLogin", x.anonymous(name), `{"email":"eve@example.com"}`, "session-id", fmt.Sprint(session["sessionId"])).must(http.StatusOK)
	x.do("GET", path+"/"+made, nil).is(mail["token"], "mailedTokens", 0, "token")

	before := x.do("GET", "/tenants/"+name, nil).at("customers")
	for _, taken := range []object{{"sessions": []object{session}}, {"mails": []object{mail}}} {
		taken["email"], taken["password"] = "bob@example.com", "password123"
		x.do("POST", path, taken).refuses(http.StatusConflict, "taken")
	}
	x.do("GET", "/tenants/"+name, nil).is(before, "customers")
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name + "/customers/10000001/sessions"
	tokens := []string{x.mint(name, john), x.mint(name, john)}
	list := x.do("GET", path, nil).must(http.StatusOK).list("sessions")
	if len(list) != 4 { // The fixture's, the sandbox's, and these two.
		t.Errorf("the sessions are %v", list)
	}
	session := x.call("GET", "/customer/"+name+"/validateauthtoken", tokens[0], "").text("sessionId")
	x.do("DELETE", path+"/"+session, nil).must(http.StatusNoContent)
	x.call("GET", "/customer/"+name+"/me", tokens[0], "").must(http.StatusUnauthorized)
	x.call("GET", "/customer/"+name+"/me", tokens[1], "").must(http.StatusOK)
	x.do("DELETE", path+"/"+session, nil).refuses(http.StatusNotFound, session)
	x.do("DELETE", path, nil).must(http.StatusNoContent)
	x.call("GET", "/customer/"+name+"/me", tokens[1], "").must(http.StatusUnauthorized)
	x.do("GET", path, nil).is(nil, "sessions", 0)
	for _, method := range []string{"GET", "DELETE"} {
		x.do(method, strings.Replace(path, "10000001", "1", 1), nil).must(http.StatusNotFound)
	}
}

// The tokens of before a refresh expire at the same time as the new ones, if the clock stands still.
func TestASessionShowsTheCompanyOfItsLastRefresh(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "b2b", "freeze": true})
	path := "/tenants/" + name + "/customers/20000002/sessions"
	x.do("DELETE", path, nil).must(http.StatusNoContent)
	minted := x.do("POST", "/tenants/"+name+"/tokens", object{"kind": "customer", "email": "hanna@harbor.example.com"}).must(http.StatusCreated)
	access, refresh := minted.text("accessToken"), minted.text("refreshToken")
	for i := range 20 {
		entity := []string{"7002", "7003"}[i%2]
		refreshed := x.call("GET", "/customer/"+name+"/refreshauthtoken?refreshToken="+refresh+"&legalEntityId="+entity, access, "").must(http.StatusOK)
		access, refresh = refreshed.text("accessToken"), refreshed.text("refreshToken")
		x.do("GET", path, nil).must(http.StatusOK).is(entity, "sessions", 0, "legalEntityId").is(nil, "sessions", 1)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name + "/settings"
	x.do("PATCH", path, object{"lifetimes": object{"customerAccess": "60s"}, "doubleOptIn": true}).must(http.StatusOK).
		is("1m", "lifetimes", "customerAccess").is("1d", "lifetimes", "mailed").is(true, "doubleOptIn")
	x.do("PATCH", path, object{"doubleOptIn": nil}).is(false, "doubleOptIn")
	x.do("PATCH", path, object{"duobleOptIn": true}).refuses(http.StatusBadRequest, "duobleOptIn", "doubleOptIn, lifetimes, links")
	x.do("PATCH", path, object{"passwordMinLength": 99, "wire": "both"}).refuses(http.StatusBadRequest, `"field":"passwordMinLength"`)
	x.do("GET", path, nil).must(http.StatusOK).is(6, "passwordMinLength").is("1m", "lifetimes", "customerAccess")

	// strict turns a warning into a 400.
	token := x.mint(name, john)
	x.call("PATCH", "/customer/"+name+"/me", token, `{"fristName":"x"}`).must(http.StatusOK)
	x.call("GET", "/customerlogin/auth/anonymous/login?client_id=x&hybris-tenant="+name, "", "").must(http.StatusOK)
	x.do("PATCH", path, object{"strict": true}).must(http.StatusOK)
	x.call("PATCH", "/customer/"+name+"/me", token, `{"fristName":"x"}`).refuses(http.StatusBadRequest, "fristName")
	x.call("GET", "/customerlogin/auth/anonymous/login?client_id=x&hybris-tenant="+name, "", "").refuses(http.StatusBadRequest, "hybris-tenant")
}

func TestTokensOfAnyKind(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true})
	path := "/tenants/" + name + "/tokens"
	mint := func(order object) answer {
		t.Helper()
		return x.do("POST", path, order)
	}
	see := func(token string) answer {
		t.Helper()
		return x.call("GET", "/customer/"+name+"/validateauthtoken", token, "")
	}
	full := mint(object{"kind": "customer", "email": john}).must(http.StatusCreated).is(2591999, "expiresIn")
	see(full.text("accessToken")).must(http.StatusOK).is(full.text("sessionId"), "sessionId").is(john, "email")
	if parts := strings.Split(full.text("saasToken"), "."); len(parts) != 3 {
		t.Errorf("the saas token is %v", parts)
	}
	x.call("GET", "/customer/"+name+"/refreshauthtoken?refreshToken="+full.text("refreshToken"), x.anonymous(name), "").must(http.StatusOK)
	mint(object{"kind": "customer", "customerNumber": "10000001"}).must(http.StatusCreated)
	expired := mint(object{"kind": "customer", "email": john, "expiresIn": -1}).must(http.StatusCreated).is(-1, "expiresIn")
	see(expired.text("accessToken")).refuses(http.StatusUnauthorized, "access_token_expired")
	brief := mint(object{"kind": "anonymous", "expiresIn": 60}).must(http.StatusCreated)
	see(brief.text("accessToken")).must(http.StatusOK).is(60, "expires_in")
	x.do("POST", "/tenants/"+name+"/clock", object{"advance": "60s"})
	see(brief.text("accessToken")).refuses(http.StatusUnauthorized, "access_token_expired")
	see(mint(object{"kind": "anonymous", "expiresIn": 0}).text("accessToken")).must(http.StatusUnauthorized)
	if scope := see(mint(object{"kind": "service", "scopes": []string{"a.b", "c.d"}}).text("accessToken")).must(http.StatusOK).text("scope"); scope != "a.b c.d tenant="+name {
		t.Errorf("the scope is %s", scope)
	}
	manage := mint(object{"kind": "customer", "email": john, "scopes": []string{"customer.customer_manage"}}).text("accessToken")
	x.call("POST", "/customer/"+name+"/me/accounts/internal", manage, `{"email":"j2@example.com","password":"password123"}`).must(http.StatusCreated)

	mint(object{"kind": "customer", "email": "nobody@example.com"}).refuses(http.StatusNotFound, "nobody@example.com")
	for field, order := range map[string]object{
		"kind": {"kind": "admin"}, "email": {"kind": "customer"}, "customerNumber": {"kind": "customer", "email": john, "customerNumber": "1"}, "scopes.0": {"kind": "service", "scopes": []string{"a b"}},
		"expiresIn": {"kind": "service", "expiresIn": 1.5}, "scope": {"kind": "service", "scope": "x"},
	} {
		mint(order).refuses(http.StatusBadRequest, `"field":"`+field+`"`)
	}
	mint(object{"kind": "service", "email": john}).refuses(http.StatusBadRequest, `"field":"email"`)
}

func TestPersonas(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name + "/personas"
	x.do("GET", path, nil).must(http.StatusOK).is("ordinary", "personas", 0, "name").is("password123", "personas", 0, "password")
	x.do("GET", path+"/ordinary", nil).must(http.StatusOK).is("active", "status").is(nil, "tokens")
	plain := x.do("POST", path+"/ordinary/become", nil).must(http.StatusOK).is(nil, "storageState")
	x.call("GET", "/customer/"+name+"/me", plain.text("tokens", "accessToken"), "").must(http.StatusOK).is("John", "firstName")
	if !strings.Contains(plain.text("storageStateHint"), "storefront") || !strings.Contains(plain.text("curl", 0), plain.text("tokens", "accessToken")) {
		t.Errorf("the persona is %s", plain.raw)
	}
	x.do("GET", path+"/nobody", nil).refuses(http.StatusNotFound, "ordinary, new, collector")
	x.do("POST", path+"/nobody/become", nil).refuses(http.StatusNotFound, "ordinary, new, collector")
	x.do("POST", path+"/ordinary/become?x=1", nil).must(http.StatusBadRequest)
	x.do("GET", path+"/pending", nil).must(http.StatusOK).is("pendingOptIn", "status")
	x.do("POST", path+"/pending/become", nil).refuses(http.StatusNotFound, "pendingOptIn", "/activate")

	x.do("PATCH", "/tenants/"+name+"/settings", object{"storefront": object{
		"origin": "http://localhost:3000",
		"localStorage": object{
			"auth":   `{"access":{accessToken:json},"tenant":"{tenant}","other":{"unknown":1}}`,
			"number": "{customerNumber}",
		},
		"cookies": []object{{"name": "sid", "value": "{sessionId}", "httpOnly": true}},
	}}).must(http.StatusOK)
	state := x.do("POST", path+"/ordinary/become", nil).must(http.StatusOK)
	var auth object
	text := state.text("storageState", "origins", 0, "localStorage", 0, "value")
	if err := json.Unmarshal([]byte(text), &auth); err != nil || auth["access"] != state.text("tokens", "accessToken") || auth["tenant"] != name {
		t.Errorf("the storefront's token is %s (%v)", text, err)
	}
	state.is("http://localhost:3000", "storageState", "origins", 0, "origin").is("10000001", "storageState", "origins", 0, "localStorage", 1, "value").
		is(state.text("tokens", "sessionId"), "storageState", "cookies", 0, "value").is("localhost", "storageState", "cookies", 0, "domain").
		is(true, "storageState", "cookies", 0, "httpOnly").is("Lax", "storageState", "cookies", 0, "sameSite")

	// Every placeholder that there is has a value; what only looks like one is refused.
	all := object{"auth": nil, "number": nil}
	for _, name := range fixtures.Placeholders {
		all[name] = "{" + name + "}"
	}
	x.do("PATCH", "/tenants/"+name+"/settings", object{"storefront": object{"localStorage": all}}).must(http.StatusOK)
	if filled := x.do("POST", path+"/ordinary/become", nil); strings.ContainsAny(fmt.Sprint(filled.at("storageState")), "{}") {
		t.Errorf("not every placeholder is filled: %s", filled.raw)
	}
	for _, wrong := range []string{"{acessToken}", "{AccessToken}", "{accessToken:JSON}"} {
		x.do("PATCH", "/tenants/"+name+"/settings", object{"storefront": object{"localStorage": object{"a": wrong}}}).
			refuses(http.StatusBadRequest, "storefront.localStorage.a", wrong, "{accessToken}")
	}
}

func TestEveryActiveCustomerHasTokensToTake(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"settings": object{"storefront": object{"origin": "http://localhost:3000", "localStorage": object{"n": "{customerNumber} {email} {accessToken}"}}}})
	path := "/tenants/" + name + "/customers/"
	x.signup(name, "ada@example.com")
	a := x.do("POST", path+"ada@example.com/become", nil).must(http.StatusOK).is(nil, "persona")
	token := a.text("tokens", "accessToken")
	me := x.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusOK).is("ada@example.com", "contactEmail")
	a.is(me.text("customerNumber")+" ada@example.com "+token, "storageState", "origins", 0, "localStorage", 0, "value")
	if !strings.Contains(a.text("curl", 0), token) {
		t.Errorf("the curl lines are %v", a.list("curl"))
	}
	x.do("PATCH", path+"ada@example.com", object{"status": "inactive"}).must(http.StatusOK)
	x.do("POST", path+"ada@example.com/become", nil).refuses(http.StatusConflict, "inactive", "/activate")
	x.do("POST", path+"nobody/become", nil).refuses(http.StatusNotFound, "nobody")
}

// An e-mail address may have a quoted local part (EMAIL-FORM). It survives an export.
func TestAQuotedLocalPart(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	const email, quoted = `"john doe"@example.com`, `\"john doe\"@example.com`
	x.signup(name, quoted)
	login := func(tenant string) answer {
		return x.call("POST", "/customer/"+tenant+"/login", x.anonymous(tenant), `{"email":"`+quoted+`","password":"password123"}`)
	}
	login(name).must(http.StatusOK)
	x.reset(name, quoted)
	x.do("GET", "/tenants/"+name+"/mail?latest=true&to="+url.QueryEscape(email), nil).is(email, "mails", 0, "to")
	export := x.do("GET", "/tenants/"+name+"/export", nil).must(http.StatusOK)
	other := x.sandbox(object{"from": "empty"})
	x.send("POST", "/_standin/tenants/"+other+"/import", http.Header{"Content-Type": {"application/yaml"}}, export.raw).must(http.StatusOK)
	login(other).must(http.StatusOK)
	x.call("POST", "/customer/"+name+"/signup", x.anonymous(name), `{"email":"\"john\" doe@example.com","password":"password123"}`).refuses(http.StatusBadRequest, `"field":"email"`)
}

func TestACookieOfAnIPv6HostHasItsBrackets(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	for origin, want := range map[string]string{"http://[::1]:3000": "[::1]", "http://[::1]": "[::1]", "http://localhost:3000": "localhost", "https://shop.example": "shop.example"} {
		name := x.sandbox(object{"settings": object{"storefront": object{"origin": origin, "cookies": []object{{"name": "s", "value": "{accessToken}"}}}}})
		x.do("POST", "/tenants/"+name+"/personas/ordinary/become", nil).must(http.StatusOK).is(want, "storageState", "cookies", 0, "domain")
	}
}
