package control_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A minted token has what a login of its kind would give.
func TestAMintedTokenIsLikeOneOfALogin(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true})
	mint := func(order object) answer {
		t.Helper()
		return x.do("POST", "/tenants/"+name+"/tokens", order).must(http.StatusCreated)
	}
	scopes := func(token string) []string {
		t.Helper()
		return strings.Fields(x.call("GET", "/customer/"+name+"/validateauthtoken", token, "").must(http.StatusOK).text("scope"))
	}
	login := x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `{"email":"`+john+`","password":"password123"}`).must(http.StatusOK)
	ordinary := scopes(login.text("accessToken"))

	customer := mint(object{"kind": "customer", "email": john}).is(login.at("expiresIn"), "expiresIn")
	if got := scopes(customer.text("accessToken")); !slices.Equal(got, ordinary) {
		t.Errorf("a customer's token has the scopes %s, and that of a login %s", got, ordinary)
	}
	entitled := mint(object{"kind": "customer", "email": john, "scopes": []string{"a.b"}})
	if got, want := scopes(entitled.text("accessToken")), append(slices.Clone(ordinary), "a.b"); !equalSets(got, want) {
		t.Errorf("an entitled customer's token has the scopes %s, and not %s", got, want)
	}
	if len(strings.Split(customer.text("saasToken"), ".")) != 3 || customer.text("sessionId") == entitled.text("sessionId") {
		t.Errorf("the tokens are %s and %s", customer.raw, entitled.raw)
	}
	mint(object{"kind": "service"}).is(nil, "refreshToken").is(nil, "saasToken").is(nil, "sessionId")

	// The tokens of a shopper end as those of a visit: access after an hour, refresh after a day.
	shopper := mint(object{"kind": "anonymous"}).is(3599, "expiresIn").is(nil, "saasToken")
	refresh := func(token string) answer {
		t.Helper()
		return x.call("GET", "/customerlogin/auth/anonymous/refresh?tenant="+name+"&client_id=storefront&refresh_token="+token, "", "")
	}
	other := mint(object{"kind": "anonymous"})
	x.do("POST", "/tenants/"+name+"/clock", object{"advance": "1h"}).must(http.StatusOK)
	x.call("GET", "/customer/"+name+"/validateauthtoken", shopper.text("accessToken"), "").refuses(http.StatusUnauthorized, "access_token_expired")
	refresh(shopper.text("refreshToken")).must(http.StatusOK).is(shopper.text("sessionId"), "sessionId")
	x.do("POST", "/tenants/"+name+"/clock", object{"advance": "23h"}).must(http.StatusOK)
	refresh(other.text("refreshToken")).must(http.StatusUnauthorized)
	again := "/customer/" + name + "/refreshauthtoken?refreshToken=" + customer.text("refreshToken")
	x.call("GET", again, x.anonymous(name), "").must(http.StatusUnauthorized)
}

func equalSets(one, other []string) bool {
	slices.Sort(one)
	slices.Sort(other)
	return slices.Equal(one, other)
}

// Sofia came through a social provider and has a second login with a password.
func TestAPatchChangesOnlyWhatItNames(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	sofia := "/tenants/" + name + "/customers/" + x.do("GET", "/tenants/"+name+"/customers?q=sofia", nil).text("customers", 0, "customerNumber")
	initial := func(read answer, want string) answer {
		t.Helper()
		got := map[any]any{}
		for i := range read.list("accounts") {
			got[read.at("accounts", i, "providerId")] = read.at("accounts", i, "initialPassword")
		}
		if text := fmt.Sprint(got); text != want {
			t.Errorf("the initial passwords by provider are %s, and not %s", text, want)
		}
		return read
	}
	before := x.do("GET", sofia, nil).must(http.StatusOK)
	initial(x.do("PATCH", sofia, object{"initialPassword": true}), "map[<nil>:true google:<nil>]").must(http.StatusOK).
		is(before.at("profile", "metadata", "version"), "profile", "metadata", "version").is("active", "status")
	initial(x.do("PATCH", sofia, object{"status": "active"}), "map[<nil>:true google:<nil>]").must(http.StatusOK)
	initial(x.do("PATCH", sofia, object{"initialPassword": false}), "map[<nil>:<nil> google:<nil>]").must(http.StatusOK)
	x.do("PATCH", sofia, object{"profile": object{"firstName": "Sofie"}}).must(http.StatusOK).is("Sofie", "profile", "firstName").is("active", "status")

	// A customer without addresses and mixins has empty ones.
	nora := x.do("GET", "/tenants/"+name+"/customers/nora.new@example.com", nil).must(http.StatusOK)
	if nora.at("addresses") == nil || nora.at("profile", "mixins") == nil {
		t.Errorf("her addresses are %v, her mixins %v", nora.at("addresses"), nora.at("profile", "mixins"))
	}
}

func TestActivationTakesOnlyTheTokenOfTheOptIn(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	made := x.do("POST", "/tenants/"+name+"/customers", object{
		"status": "pendingOptIn", "email": "ada@example.com", "password": "password123", "mails": []object{{"kind": "opt-in"}, {"kind": "password-reset"}},
	}).must(http.StatusCreated)
	active := x.do("POST", "/tenants/"+name+"/customers/"+made.text("customers", 0, "customerNumber")+"/activate", nil).must(http.StatusOK)
	active.is("active", "status").is("password-reset", "mailedTokens", 0, "kind").is(nil, "mailedTokens", 1)
	x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `{"email":"ada@example.com","password":"password123"}`).must(http.StatusOK)
}

func TestTagsThatNameNoTagAreExplained(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	token := x.mint(name, john)
	at := x.call("GET", "/customer/"+name+"/me/addresses", token, "").text(0, "id")
	x.call("POST", "/customer/"+name+"/me/addresses/"+at+"/tags?tags=,", token, "").refuses(http.StatusBadRequest, `{"field":"tags","type":"required","message":"names no tag"}`)
}
