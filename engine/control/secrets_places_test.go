package control_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// planted is a request with a secret in it.
type planted struct {
	method, path, body string
	header             http.Header
}

// plantSettings gives a tenant settings and a customer that hold secrets.
func (x *tester) plantSettings(p *planter, tenant string) {
	x.Helper()
	x.do("PATCH", "/tenants/"+tenant+"/settings", object{
		"saasSecret": p.password(), "serviceClients": []object{{"clientId": "backend" + tenant, "clientSecret": p.password()}},
	}).must(http.StatusOK)
	x.do("POST", "/tenants/"+tenant+"/customers", object{"email": "planted@example.com", "password": p.password()}).must(http.StatusCreated)
}

// shots are requests to the service that show a secret in all places that there are.
func (x *tester) shots(p *planter, tenant string) []planted {
	x.Helper()
	bearer := "demoShopperAccess00000000001" // Good everywhere, as it is the fixture's.
	if tenant != "unseen" {
		bearer = x.anonymous(tenant)
	}
	customer := "demoOrdinaryAccess0000000001"
	base := "/customer/" + tenant
	as := func(token string) http.Header {
		return http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
	}
	with := func(name, value string) http.Header {
		header := as(bearer)
		header.Set(name, value)
		return header
	}
	var all []planted
	add := func(method, path, body string, header http.Header) {
		all = append(all, planted{method: method, path: path, body: body, header: header})
	}
	// Passwords and tokens where they belong, and where they are refused.
	for _, body := range bodies(p) {
		for _, path := range []string{"/signup", "/login", "/password/reset/update", "/me/accounts/internal/email/change/confirm"} {
			add("POST", base+path, body, as(bearer))
		}
	}
	for _, path := range []string{"/password/change", "/me/accounts/internal/email/change", "/me/accounts/internal", "/me/addresses", "/socialLogin"} {
		for _, body := range bodies(p)[:6] {
			add("POST", base+path, body, as(customer))
		}
	}
	add("PATCH", base+"/me", fmt.Sprintf(`{"password":%q,"mixins":{"a":{"apiToken":%q}},"metadata":{"version":"x"}}`, p.password(), p.token(28)), as(customer))
	// The same under other media types.
	for _, mediaType := range []string{"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "application/xml", "x"} {
		add("POST", base+"/login", fmt.Sprintf(`{"email":"a@example.com","password":%q}`, p.password()), with("Content-Type", mediaType))
		add("POST", base+"/login", "email=a%40example.com&password="+p.password(), with("Content-Type", mediaType))
	}
	add("POST", base+"/login", fmt.Sprintf(`{"password":%q}`, p.password()), with("Content-Encoding", "gzip"))
	// Credentials in headers.
	for _, authorization := range []string{
		"Bearer " + p.token(28), "bearer " + p.token(28), "Bearer " + p.jwt(), p.token(28), "Digest " + p.token(32), "Token token=" + p.token(28),
		"Basic " + base64.StdEncoding.EncodeToString([]byte("a:"+p.password())), "Basic " + p.password(),
	} {
		header := with("Authorization", authorization)
		add("GET", base+"/me", "", header)
		add("POST", base+"/login", `{}`, header)
	}
	for _, name := range []string{"Cookie", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token", "Session-Token", "Saas-Token"} {
		add("GET", base+"/me", "", with(name, "session="+p.token(28)))
	}
	add("POST", base+"/socialLogin", `{"email":"s@example.com"}`, with("Session-Id", p.token(28)))
	add("GET", base+"/me/addresses/"+p.token(28), "", as(bearer)) // To its customer, the 404 quotes the id.
	add("GET", base+"/me", "", with("Referer", "http://localhost:3000/activate?token="+p.token(64)))
	for _, preference := range []string{"token=" + p.token(28), p.token(32), "code=" + p.token(28), "delay=0, password=" + p.password(), "respond-async; token=" + p.token(28), `x="` + p.jwt() + `"`} {
		add("GET", base+"/me", "", with("Prefer", preference))
	}
	// Tokens in queries: declared or not, in any case, and in what is no query.
	for _, path := range []string{base + "/refreshauthtoken", base + "/logout", base + "/me", base + "/nowhere", "/customerlogin/auth/anonymous/refresh", "/oauth/token"} {
		for _, query := range []string{
			"refreshToken=" + p.token(32), "accessToken=" + p.token(28), "REFRESH_TOKEN=" + p.token(32), "token=" + p.token(64), "tenant=" + tenant + "&client_id=x&refresh_token=" + p.token(32),
			"tenant=" + tenant + "&client_id=x&anonymous_token=" + p.token(28), "jwt=" + p.jwt(), "access=" + p.token(28), "bearer=" + p.token(28), p.token(28), "client_secret=" + p.password(),
			"accessToken=" + p.token(28) + ";x=1", "accessToken=" + p.token(28) + "&x=%zz", "%zz=" + p.token(32), "accessToken=a&accessToken=" + p.token(28), "password=" + url.QueryEscape(p.password()),
			"password=&password=" + url.QueryEscape(p.password()), "x=" + p.jwt(),
		} {
			method := "GET"
			if path == "/oauth/token" {
				method = "POST"
			}
			header := as(bearer)
			if strings.HasSuffix(path, "/logout") || strings.HasSuffix(path, "/me") {
				header = as(customer)
			}
			add(method, path+"?"+query, "", header)
		}
	}
	// Tokens in paths: where they belong, and where nothing is.
	for _, path := range []string{
		base + "/signup/optin/%s", base + "/signup/optin/%s/", base + "/signup/optin/%s/more", base + "/signup/%s", "/%s", "/customer/%s/me", "/%s/me", base + "/%s", base + "/me/%s/%s", "//customer/" + tenant + "/signup/optin/%s",
		base + "/signup/optin/%20%s", base + "/signup/optin/%s;x", base + "/me;token=%s", base + "/a/b/c/d/e/f/g/h/i/j/%s", "/customerlogin/auth/anonymous/login?client_id=x&tenant=%s",
	} {
		for _, method := range []string{"GET", "POST"} {
			add(method, strings.ReplaceAll(path, "%s", p.token(64)), "", as(bearer))
			add(method, strings.ReplaceAll(path, "%s", p.token(28)), "", as(bearer))
		}
	}
	// Forms.
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	scope := "&scope=tenant%3D" + tenant
	for _, body := range []string{
		"grant_type=client_credentials&client_id=backend" + tenant + "&client_secret=" + p.password() + scope, "client_secret=" + p.password() + scope, "grant_type=client_credentials&client_id=a&client_secret=" + p.password() + "%zz" + scope,
		"client_id=a&client_secret=" + p.password() + ";x" + scope, "client_secret=a&client_secret=" + p.password() + scope, "grant_type=password&username=a&password=" + p.password() + scope, "grant_type=client_credentials&client_id=a&client_secrte=" + p.password() + scope,
		"grant_type=client_credentials&client_id=a&assertion=" + p.jwt() + scope, `{"client_secret":"` + p.password() + `"}`,
	} {
		add("POST", "/oauth/token", body, form)
	}
	// The same as JSON, and in the query.
	for _, body := range []string{
		fmt.Sprintf(`{"grant_type":"client_credentials","client_id":"a","client_secret":%q,"scope":"tenant=%s"}`, p.password(), tenant),
		fmt.Sprintf(`{"grant_type":"client_credentials","client_id":"a","client_secret":{"a":%q}}`, p.password()),
		fmt.Sprintf(`{"grant_type":%q,"client_secrte":%q}`, p.token(28), p.password()),
		fmt.Sprintf(`{"client_id":"a","client_secret":%q`, p.password()),
	} {
		add("POST", "/oauth/token", body, as(bearer))
		add("POST", "/oauth/token?grant_type=client_credentials&client_id=a&client_secret="+url.QueryEscape(p.password())+scope, body, as(bearer))
		add("POST", "/oauth/token?client_secret="+url.QueryEscape(p.password())+scope, "grant_type=client_credentials&client_id=a", form)
	}
	return all
}

// bodies are JSON, or nearly, with a secret in it.
func bodies(p *planter) []string {
	return []string{
		fmt.Sprintf(`{"email":"new%d@example.com","password":%q,"signup":{"email":"other%d@example.com","password":%q},"customerDetails":{"firstName":"A"}}`, p.count, p.password(), p.count, p.password()),
		fmt.Sprintf(`{"email":"planted@example.com","password":%q}`, p.password()),
		fmt.Sprintf(`{"email":"john.doe@example.com","password":%q,"token":%q,"currentPassword":%q,"newPassword":%q,"newEmail":"n@example.com"}`, p.password(), p.token(64), p.password(), p.password()),
		fmt.Sprintf(`{"email":"a@example.com","pasword":%q,"passwort":%q,"pwd":[%q],"customer":{"pass":%q}}`, p.password(), p.password(), p.password(), p.password()),
		fmt.Sprintf(`{"email":"a@example.com","PASSWORD":%q,"p\u0061ssword":%q,"tokne":%q}`, p.password(), p.password(), p.token(64)),
		fmt.Sprintf(`{"email":5,"password":{"value":%q},"token":[%q]}`, p.password(), p.token(64)),
		fmt.Sprintf(`{"email":"a@example.com","password":[[%q]],"contactEmail":%q}`, p.password(), p.token(28)),
		fmt.Sprintf(`{"email":"a@example.com","password":%q`, p.password()),
		fmt.Sprintf(`{"email":"a@example.com","password":%q}}`, p.password()),
		fmt.Sprintf(`{"email":"a@example.com","password":"a","password":%q}`, p.password()),
		fmt.Sprintf(`{"email":"a@example.com","password":%s}`, p.password()),
		fmt.Sprintf(`{"email":"a@example.com","password":"%s`+"\xff"+`"}`, p.password()),
		fmt.Sprintf(`[%q]`, p.password()),
		fmt.Sprintf(`%q`, p.password()),
		p.password(),
	}
}

// controls are requests to the control API that show a secret and are mostly refused.
func (x *tester) controls(p *planter) []planted {
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + p.token(28)}}
	yaml := http.Header{"Content-Type": {"application/yaml"}}
	base := "/_standin/tenants/acme"
	var all []planted
	for _, one := range [][3]string{
		{"POST", base + "/customers", fmt.Sprintf(`{"email":"x","password":%q}`, p.password())},
		{"POST", base + "/customers", fmt.Sprintf(`{"email":"x@example.com","password":[%q]}`, p.password())},
		{"POST", base + "/customers", fmt.Sprintf(`{"email":"x@example.com","pasword":%q}`, p.password())},
		{"POST", base + "/customers", fmt.Sprintf(`{"email":"x@example.com","sessions":[{"accessToken":%q}]}`, p.token(28)+"!")},
		{"PATCH", base + "/customers/10000001", fmt.Sprintf(`{"password":{"a":%q}}`, p.password())},
		{"PATCH", base + "/settings", fmt.Sprintf(`{"saasSecret":[%q]}`, p.password())},
		{"PATCH", base + "/settings", fmt.Sprintf(`{"serviceClients":[{"clientSecret":%q}]}`, p.password())},
		{"PATCH", base + "/settings", fmt.Sprintf(`{"serviceClients":[{"clientId":5,"clientSecret":{"a":%q}}]}`, p.password())},
		{"POST", "/_standin/tenants", fmt.Sprintf(`{"settings":{"saasSecret":{"a":%q}}}`, p.password())},
		{"POST", base + "/tokens", fmt.Sprintf(`{"kind":"customer","password":%q}`, p.password())},
		{"POST", base + "/journal/1/replay", fmt.Sprintf(`{"body":{"password":%q}`, p.password())},
		{"POST", base + "/journal/1/replay", fmt.Sprintf(`{"query":{"token":[%q]}}`, p.token(64))},
		{"PUT", base + "/faults", fmt.Sprintf(`{"faults":[{"status":200,"body":{"access_token":%q},"headers":{"a b":%q}}]}`, p.token(28), p.token(28))},
		{"PUT", base + "/faults", fmt.Sprintf(`{"faults":[{"status":999999,"body":%q}]}`, p.token(28))},
		{"GET", base + "/journal?token=" + p.token(28), ""},
		{"GET", "/_standin/nowhere/" + p.token(28) + "?token=" + p.token(28), ""},
	} {
		all = append(all, planted{method: one[0], path: one[1], body: one[2], header: header})
	}
	// Faults whose answers hold tokens: GET …/faults tells them as they were said, the journal does not.
	for i, body := range []string{fmt.Sprintf(`{"access_token":%q,"user":{"password":%q}}`, p.token(28), p.password()), fmt.Sprintf(`"token=%s"`, p.token(28)), fmt.Sprintf(`"{\"token\":\"%s"`, p.token(28))} {
		fault := fmt.Sprintf(`{"name":"f%d","operation":"getScopes","status":200,"times":1,"body":%s,"headers":{"Set-Cookie":%q}}`, i, body, "session="+p.token(32))
		all = append(all, planted{method: "POST", path: "/_standin/tenants/picky/faults", body: fault, header: header})
		all = append(all, planted{method: "GET", path: "/iam/picky/users/me/scopes"})
	}
	for _, source := range []string{
		"customers: [{email: a@example.com, password: [%s]}]", "customers: [{email: a, password: %s}]", "customers: [{email: a@example.com, pasword: %s}]", "customers: [{email: a@example.com, password: %s", "a: b: %s",
		"settings: {saasSecret: [%s]}", "customers:\n- email: a@example.com\n  password: \"%s\n  x: y", "password: %s\n\t- x", "customers: [{email: a@example.com, passwordHash: %s}]", "password: *%s", "? [%s]", "a: &%s\n  - *%s", "password: !!int %s", "password: !%s x",
		"password: \"\\%s\"", "anonymous: [{accessToken: %s-}]", "password: |%s\n x", "password: >%s", "%%%s x\n---\na: b", "{%s", "@%s", "`%s", "a: [%s\nb: }",
	} {
		all = append(all, planted{method: "POST", path: base + "/import", body: strings.ReplaceAll(strings.ReplaceAll(source, "%%", "%"), "%s", p.password()), header: yaml})
	}
	return all
}
