package console_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A person watches a sign-up, opens its mail and follows the link. The customer becomes active, a month passes, and the refusal
// for the expired token is explained and corrected.
func TestASignUpFromItsFirstRequestToItsExpiry(t *testing.T) {
	t.Parallel()
	s := begin(t, "empty")
	followed := make(chan string, 1)
	storefront := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("token"); token != "" {
			followed <- token
		}
		_, _ = w.Write([]byte("Welcome"))
	}))
	t.Cleanup(storefront.Close)
	s.control("POST", "/tenants", `{"name":"acme","settings":{"doubleOptIn":true,"links":{"optIn":"`+storefront.URL+`/activate?token={token}"}}}`, http.StatusCreated)

	x := open(t, s.server)
	x.visit("/live?tenant=acme")
	x.sees("main", "No exchange yet")
	s.signup("acme", "ada@example.com")
	x.sees("main tbody", "signup") // By itself.
	x.click("signup")
	x.sees(".detail h2", "POST /customer/acme/signup")
	x.sees("[aria-label='Request']", `"password": "***"`)
	x.sees("[aria-label='Answer']", `"id":`)

	x.click("Mail")
	x.click("Confirm your e-mail address")
	x.sees(".detail", "ada@example.com")
	x.clickIn(".letter", value[string](x, `document.querySelector(".letter a").innerText`))
	select {
	case token := <-followed:
		if a := s.call("GET", "/customer/acme/signup/optin/"+token, s.anonymous("acme"), ""); a.status != http.StatusOK {
			t.Fatalf("the confirmation answers %d %v", a.status, a.body)
		}
	case <-time.After(patience):
		t.Fatal("the link opens no storefront")
	}
	x.visit("/customers?tenant=acme")
	x.sees("main tbody", "active")
	x.wait(`!document.querySelector("main tbody").innerText.includes("pendingOptIn")`)

	token := s.login("acme", "ada@example.com")
	x.click("Time")
	x.sees("#now", "running")
	x.click("+ 30 d")
	x.sees("#told", "Fallen due")
	x.sees("#told", "A customer's access token")
	if a := s.call("GET", "/customer/acme/me", token, ""); a.status != http.StatusUnauthorized {
		t.Fatalf("after a month the profile answers %d", a.status)
	}
	x.click("Live")
	x.click("getProfile")
	x.sees("#why", "T-LIFE")
	x.sees("#why", "accessExpires")
	x.sees("#why", "curl")
	x.wait(`document.querySelector("#why pre")?.innerText.includes("Bearer")`)
}
