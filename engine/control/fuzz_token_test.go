package control_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"standin/engine/world"
	"standin/state"
)

// presented are the places where a token is shown: a request with a hole for it.
var presented = []struct {
	takes                          string // the kind of token
	caller                         uint8
	method, path, query, body, hdr string
}{
	{takes: "access", caller: nobody, method: "GET", path: "/customer/acme/me", hdr: "Authorization"},
	{takes: "access", caller: nobody, method: "GET", path: "/customer/acme/me/addresses", hdr: "Authorization"},
	{takes: "access", caller: nobody, method: "POST", path: "/acme/login", body: `{"email":"john.doe@example.com","password":"password123"}`, hdr: "Authorization"},
	{takes: "access", caller: nobody, method: "GET", path: "/customer/acme/validateauthtoken", hdr: "Authorization"},
	{takes: "access", caller: nobody, method: "GET", path: "/customer/acme/refreshauthtoken", query: "refreshToken=demoOrdinaryRefresh0000000000001", hdr: "Authorization"},
	{takes: "access", caller: customer, method: "GET", path: "/customer/acme/logout", query: "accessToken="},
	{takes: "refresh", caller: anonymous, method: "GET", path: "/customer/acme/refreshauthtoken", query: "refreshToken="},
	{takes: "refresh", caller: nobody, method: "GET", path: "/customerlogin/auth/anonymous/refresh", query: "tenant=acme&client_id=x&refresh_token="},
	{takes: "access", caller: nobody, method: "GET", path: "/customerlogin/auth/anonymous/refresh", query: "tenant=acme&client_id=x&anonymous_token="},
	{takes: "mailed", caller: anonymous, method: "GET", path: "/customer/acme/signup/optin/"},
	{takes: "mailed", caller: anonymous, method: "POST", path: "/customer/acme/me/accounts/internal/email/change/confirm", body: `{"token":`},
	{takes: "mailed", caller: anonymous, method: "POST", path: "/customer/acme/password/reset/update", body: `{"password":"password124","token":`},
	{takes: "session", caller: anonymous, method: "POST", path: "/customer/acme/socialLogin", body: `{"email":"x@example.com"}`, hdr: "Session-Id"},
	{takes: "mailed", caller: customer, method: "DELETE", path: "/customer/acme/me", query: "token="},
}

// FuzzToken shows any text where a token is wanted: what was not issued in this world, letter for letter, opens
// nothing, ends nothing and is worth nothing.
func FuzzToken(f *testing.F) {
	s := besiege(f)
	texts := []string{
		"", " ", "\x00", "x", "demoOrdinaryAccess0000000001", "demoOrdinaryAccess000000000", "demoordinaryaccess0000000001", "demoOrdinaryAccess0000000001\x00", "demoOrdinaryAccess00000000012",
		"demoOrdinaryRefresh0000000000001", "demoShopperAccess00000000001", "demoShopperRefresh00000000000001", "7d1f0c52-0000-4000-8000-000000000001",
		"demoPendingOptIn000000000000000000000000000000000000000000000001", "demoMoverEmailChange00000000000000000000000000000000000000000001",
		"demoForgetfulReset0000000000000000000000000000000000000000000001", "demoLeavingDeletion000000000000000000000000000000000000000000001",
		"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMDAwMDAwMSJ9.", "10000001", "null", "\xff", "😀",
	}
	texts = append(texts, s.callers[:]...)
	for _, text := range texts {
		for place, one := range presented {
			if one.hdr == "Authorization" {
				for _, scheme := range []string{"Bearer ", "bearer  ", "Basic ", "", "Bearer\t", "Bearer Bearer ", "Bearer,"} {
					f.Add(uint8(place), scheme+text)
				}
				continue
			}
			f.Add(uint8(place), text)
		}
	}
	f.Fuzz(func(t *testing.T, place uint8, text string) {
		one := presented[int(place)%len(presented)]
		aim := shot{method: one.method, url: &url.URL{Path: one.path, RawQuery: one.query}, caller: one.caller, body: []byte(one.body)}
		shown := text
		switch {
		case one.hdr == "Authorization":
			if !sendable(one.hdr, text) {
				return
			}
			aim.header = one.hdr + ":" + text
			words := strings.Fields(text) // One way to show a token, and only one.
			if shown = ""; len(words) == 2 && strings.EqualFold(words[0], "Bearer") {
				shown = words[1]
			}
		case one.hdr != "":
			aim.header = one.hdr + ":" + text
			shown = strings.TrimSpace(text)
		case strings.HasSuffix(one.query, "="):
			aim.url.RawQuery += url.QueryEscape(text)
		case strings.HasSuffix(one.body, ":"):
			aim.body = []byte(one.body + encode(text) + "}")
		default:
			aim.url.RawPath = one.path + url.PathEscape(text)
			aim.url.Path += text
		}
		w, _ := s.server.Worlds().Named("acme")
		good := issued(w, one.takes)[shown]
		answer := s.fire(t, aim)
		good = good || one.query == "token=" && text == "" // Without a token a deletion is asked for.
		if answer.Code < http.StatusBadRequest && !good {
			t.Fatalf("%q was never issued, and %s %s takes it: %d %s", shown, one.method, aim.url, answer.Code, answer.Body)
		}
	})
}

// issued are the tokens of a kind that a world has issued, or its fixture.
func issued(w *world.World, kind string) map[string]bool {
	all := map[string]map[string]bool{"access": {}, "refresh": {}, "mailed": {}, "session": {}}
	w.View(func(txn *state.Txn) {
		txn.EachToken(func(row state.Token) {
			if row.Tenant == "" || row.Tenant == w.Name() {
				all["access"][row.Access] = true
				all["refresh"][row.Refresh] = row.Refresh != ""
			}
		})
		txn.EachMailedToken(func(row state.MailedToken) { all["mailed"][row.Token] = true })
		txn.EachSession(func(row state.Session) { all["session"][row.ID] = true })
	})
	return all[kind]
}
