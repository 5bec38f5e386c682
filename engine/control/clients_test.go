package control_test

import (
	"net/http"
	"strings"
	"testing"
)

// A request for a service token finds the tenant that lists its client, however the tenant has come to its settings.
func TestAClientIsFoundInTheTenantThatListsIt(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	in := func(want string) {
		t.Helper()
		a := x.send("POST", "/oauth/token", form, []byte("grant_type=client_credentials&client_id=backend&client_secret=x")).must(http.StatusOK)
		if !strings.Contains(a.text("scope"), "tenant="+want) {
			t.Errorf("the token is of %s, and was to be of %s", a.text("scope"), want)
		}
	}
	lists := object{"serviceClients": []object{{"clientId": "backend", "clientSecret": "x"}}}
	in("demo")
	b := x.sandbox(object{"name": "bbb", "settings": lists})
	in(b)
	a := x.sandbox(object{"name": "aaa", "from": "tenant:bbb"})
	in(a) // The first by name.
	x.do("POST", "/tenants/aaa/snapshots", object{"name": "listed"}).must(http.StatusCreated)
	x.do("PATCH", "/tenants/aaa/settings", object{"serviceClients": []object{}}).must(http.StatusOK)
	in(b)
	x.do("POST", "/tenants/aaa/snapshots/listed/restore", nil).must(http.StatusOK)
	in(a)
	x.do("POST", "/tenants/aaa/reset", nil).must(http.StatusOK)
	in(b)
	x.do("PATCH", "/tenants/ccc/settings", lists).must(http.StatusNotFound)
	x.sandbox(object{"name": "ccc", "from": "empty"})
	x.do("PATCH", "/tenants/ccc/settings", lists).must(http.StatusOK)
	in(b)
	x.do("DELETE", "/tenants/bbb", nil).must(http.StatusNoContent)
	in("ccc")
	x.send("POST", "/_standin/tenants/aaa/import", http.Header{"Content-Type": {"application/yaml"}},
		[]byte("settings: {serviceClients: [{clientId: backend, clientSecret: x}]}")).must(http.StatusOK)
	in(a)
	x.do("PATCH", "/tenants/demo/settings", lists).must(http.StatusOK)
	in("demo")
	named := x.send("POST", "/oauth/token", form, []byte("grant_type=client_credentials&client_id=backend&client_secret=x&scope=tenant%3Daaa")).must(http.StatusOK)
	if !strings.Contains(named.text("scope"), "tenant="+a) {
		t.Errorf("the token is of %s, and was to be of the tenant that the scope names", named.text("scope"))
	}
}

// What it costs does not grow with the number of tenants.
func TestAServiceTokenLooksIntoNoOtherTenant(t *testing.T) {
	x := newTester(t)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	cost := func() float64 {
		return testing.AllocsPerRun(20, func() {
			x.send("POST", "/oauth/token", form, []byte("grant_type=client_credentials&client_id=backend&client_secret=x"))
		})
	}
	few := cost()
	for range 500 {
		x.sandbox(object{"from": "empty"})
	}
	if many := cost(); many > few*1.5 {
		t.Errorf("with 500 tenants it makes %.0f allocations, and without %.0f", many, few)
	}
}
