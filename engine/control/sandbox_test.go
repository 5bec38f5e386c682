package control_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/enginetest"
)

func TestSandboxes(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	made := x.do("POST", "/tenants", object{"from": "demo"}).must(http.StatusCreated)
	name := made.text("tenant")
	made.is(x.server.URL+"/customer/"+name, "baseUrl").is("storefront", "clientId").is("demo", "fixture").is("ordinary", "personas", 0, "name")
	x.call("GET", "/customer/"+name+"/me", made.text("personas", 0, "tokens", "accessToken"), "").must(http.StatusOK).is("John", "firstName")
	x.call("GET", "/customer/"+name+"/me", made.text("anonymousToken", "accessToken"), "").must(http.StatusOK).is("Anonymous", "firstName")
	for _, one := range made.list("personas") {
		persona, _ := one.(map[string]any)
		if _, has := persona["tokens"]; has != (persona["status"] == "active") {
			t.Errorf("%v has tokens: %t", persona["name"], has)
		}
	}
	x.do("GET", "/tenants/"+name, nil).must(http.StatusOK).is(12, "customers")
	x.do("GET", "/tenants", nil).must(http.StatusOK).is("demo", "tenants", 0, "tenant").is(name, "tenants", 1, "tenant")
	x.do("GET", "/tenants?limit=1", nil).is("demo", "cursor")
	x.do("GET", "/tenants?cursor=demo", nil).is(name, "tenants", 0, "tenant")

	x.do("POST", "/tenants", object{"name": name}).refuses(http.StatusConflict, name)
	x.do("DELETE", "/tenants/"+name, nil).must(http.StatusNoContent)
	x.do("GET", "/tenants/"+name, nil).refuses(http.StatusNotFound, "demo")
	x.call("GET", "/customer/"+name+"/me", "", "").refuses(http.StatusBadRequest, "The tenant information", "POST /_standin/tenants makes it anew")
	x.do("POST", "/tenants", object{"name": name}).must(http.StatusCreated)
	x.do("GET", "/fixtures", nil).must(http.StatusOK).is("demo", "fixtures", 0, "name")
}

func TestANameThatWasGivenIsGoneToo(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	token := ""
	for range 3 {
		made := x.do("POST", "/tenants", object{"name": "mine"}).must(http.StatusCreated)
		if again := made.text("anonymousToken", "accessToken"); again == token {
			t.Error("a name that is used again repeats its tokens")
		} else {
			token = again
		}
		x.call("GET", "/customer/mine/me", token, "").must(http.StatusOK)
		x.do("DELETE", "/tenants/mine", nil).must(http.StatusNoContent)
		x.call("GET", "/customer/mine/me", token, "").must(http.StatusBadRequest)
	}
}

func TestWhereASandboxComesFrom(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	x.signup("acme", "ada@example.com")
	x.do("PATCH", "/tenants/acme/settings", object{"passwordMinLength": 9}).must(http.StatusOK)
	x.do("POST", "/tenants/acme/clock", object{"advance": "5d", "freeze": true}).must(http.StatusOK)
	acme := x.mint("acme", "ada@example.com")
	x.do("POST", "/tenants/acme/snapshots", object{"name": "then"}).must(http.StatusCreated)
	x.signup("acme", "later@example.com")
	for from, want := range map[string]int{"acme": 14, "tenant:acme": 14, "snapshot:acme/then": 13} {
		name := x.sandbox(object{"from": from})
		x.do("GET", "/tenants/"+name, nil).is(want, "customers").is("true", "frozen").
			is(x.do("GET", "/tenants/acme", nil).text("now"), "now")
		x.do("GET", "/tenants/"+name+"/settings", nil).is(9, "passwordMinLength")
		x.call("GET", "/customer/"+name+"/me", acme, "").must(http.StatusUnauthorized)
		x.call("GET", "/customer/"+name+"/me", x.mint(name, "ada@example.com"), "").must(http.StatusOK)
		x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `{"email":"ada@example.com","password":"password123"}`).must(http.StatusOK)
	}
	for from, want := range map[string]int{"empty": 0, "fixture:empty": 0, "fixture:demo": 12} {
		x.do("GET", "/tenants/"+x.sandbox(object{"from": from}), nil).is(want, "customers")
	}
	for from, text := range map[string]string{
		"nowhere": "There are demo, b2b, empty, short", "fixture:acme": "There is no fixture acme", "tenant:b2b": "There is no tenant b2b",
		"snapshot:acme/now": "There are then", "snapshot:acme": "then", "snapshot:nobody/then": "There is no tenant nobody",
	} {
		x.do("POST", "/tenants", object{"from": from}).refuses(http.StatusNotFound, text)
	}
	for _, one := range []struct {
		field string
		order object
	}{
		{"name", object{"name": "No"}},
		{"name", object{"name": "customer"}},
		{"as", object{"as": "Me Too"}},
		{"ttl", object{"ttl": "soon"}},
		{"ttl", object{"ttl": "0s"}},
		{"clock", object{"clock": "0001-01-01T00:00:00Z"}},
		{"clock", object{"clock": "yesterday"}},
		{"clock", object{"clock": "2300-01-01T00:00:00Z"}},
		{"seed", object{"seed": 1.5}},
		{"settings.wire", object{"settings": object{"wire": "none"}}},
		{"settings.foo", object{"settings": object{"foo": 1}}},
		{"tll", object{"tll": "1h"}},
	} {
		x.do("POST", "/tenants", one.order).refuses(http.StatusBadRequest, `"field":"`+one.field+`"`)
	}
}

func TestASandboxBeginsAsItIsTold(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	made := x.do("POST", "/tenants", object{
		"name": "told", "clock": "2030-05-05T05:05:05Z", "freeze": true, "settings": object{"doubleOptIn": true},
	}).must(http.StatusCreated)
	made.is("2030-05-05T05:05:05Z", "now").is(true, "frozen")
	x.do("GET", "/tenants/told/settings", nil).is(true, "doubleOptIn")
	x.do("GET", "/tenants/told/mail", nil).is("2030-05-05T04:45:05Z", "mails", 0, "sentAt") // The fixture says -20m.
	x.do("POST", "/tenants/told/reset", nil).must(http.StatusOK).is("2030-05-05T05:05:05Z", "now")
	x.do("GET", "/tenants/told/mail", nil).is("2030-05-05T04:45:05Z", "mails", 0, "sentAt")
	x.do("GET", "/tenants/told/settings", nil).is(true, "doubleOptIn")
}

func TestASandboxGoesByItself(t *testing.T) {
	t.Parallel()
	var wall atomic.Int64
	wall.Store(time.Now().UnixNano())
	x := newTester(t, enginetest.WithConfig(func(c *engine.Config) {
		c.Now = func() time.Time { return time.Unix(0, wall.Load()) }
	}))
	pass := func(d time.Duration) { wall.Add(int64(d)) }
	used, unused, drawn := x.sandbox(object{"name": "used", "ttl": "90s"}), x.sandbox(object{"name": "unused", "ttl": "90s"}), x.sandbox(object{"ttl": "90s"})
	x.do("GET", "/tenants/"+unused, nil).is("1m30s", "ttl")
	x.sandbox(object{"name": "again", "ttl": "90s"})
	for range 3 {
		pass(80 * time.Second)
		x.anonymous(used)
	}
	for _, gone := range []string{unused, drawn} {
		x.do("GET", "/tenants/"+gone, nil).must(http.StatusNotFound)
		x.call("GET", "/customer/"+gone+"/me", "", "").refuses(http.StatusBadRequest, "The tenant information")
	}
	x.sandbox(object{"name": "again", "ttl": "90s"}) // Its name is free before anything is cleared away.
	x.server.Engine.Worlds().Expire()
	for _, gone := range []string{unused, drawn} {
		x.call("GET", "/customer/"+gone+"/me", "", "").refuses(http.StatusBadRequest, "The tenant information")
	}
	x.do("GET", "/tenants", nil).is("again", "tenants", 0, "tenant").is("used", "tenants", 2, "tenant").is(nil, "tenants", 3)
	x.do("POST", "/tenants", object{"name": unused}).must(http.StatusCreated)
	pass(time.Hour)
	x.do("GET", "/tenants/"+unused, nil).must(http.StatusOK)

	// Whoever watches uses it.
	watched := x.sandbox(object{"ttl": "90s"})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.server.URL+"/_standin/tenants/"+watched+"/journal/stream", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	pass(time.Hour)
	x.do("GET", "/tenants/"+watched, nil).must(http.StatusOK)
}

func TestAPublicName(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	x.anonymous("shop") // A world of that name is there already.
	one, two := x.sandbox(object{"as": "shop", "name": "one", "overshadow": true}), x.sandbox(object{"as": "shop", "name": "two", "overshadow": true})
	x.do("GET", "/tenants/"+one, nil).is("shop", "as").is(x.server.URL+"/customer/shop", "baseUrl")
	for _, name := range []string{one, two} {
		for _, header := range [][]string{{"Standin-Sandbox", name}, {"Baggage", "a=1, standin=" + name + ";p=1,b=2"}} {
			token := x.anonymous("shop", header...)
			x.call("GET", "/customer/shop/me", token, "", header...).must(http.StatusOK)
			x.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusOK) // Good under both names.
			x.call("GET", "/customer/shop/validateauthtoken", token, "", header...).must(http.StatusOK).is("tenant=shop", "scope")
			x.call("GET", "/customer/"+name+"/validateauthtoken", token, "").must(http.StatusOK).is("tenant=shop", "scope")
		}
	}
	x.signup("shop", "ada@example.com", "Standin-Sandbox", one)
	x.signup("shop", "ada@example.com", "Standin-Sandbox", two) // It is another world.
	token := x.anonymous("shop", "Standin-Sandbox", one)
	x.call("POST", "/customer/shop/signup", token, `{"email":"ada@example.com","password":"password123"}`, "Standin-Sandbox", one).
		refuses(http.StatusConflict, "tenant 'shop'")
	x.call("GET", "/customer/shop/me", token, "", "Standin-Sandbox", two).must(http.StatusUnauthorized)

	const refused = "The tenant information"
	x.call("GET", "/customer/shop/me", token, "").refuses(http.StatusBadRequest, refused, "Standin-Sandbox")
	x.call("GET", "/customer/shop/me", token, "", "Standin-Sandbox", "three").refuses(http.StatusBadRequest, refused, "Standin-Sandbox")
	x.call("GET", "/customer/acme/me", token, "", "Standin-Sandbox", one).refuses(http.StatusBadRequest, refused)
	x.call("GET", "/customer/acme/me", token, "", "Baggage", "standin="+one).refuses(http.StatusBadRequest, refused)
	x.do("DELETE", "/tenants/one", nil).must(http.StatusNoContent)
	x.call("GET", "/customer/shop/me", "", "").must(http.StatusBadRequest) // Two bears it still.
	x.do("DELETE", "/tenants/two", nil).must(http.StatusNoContent)
	x.call("GET", "/customer/shop/me", "", "").must(http.StatusUnauthorized)
}

// A sandbox cuts off no tenant that is there, the home tenant and itself included, unless it is told to.
func TestATenantIsNotOvershadowedByAccident(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	token := x.anonymous("victim")
	x.anonymous("other")
	for _, order := range []object{{"as": "victim"}, {"as": "demo"}, {"as": "victim", "from": "tenant:other", "ttl": "5m"}} {
		x.do("POST", "/tenants", order).refuses(http.StatusConflict, "cuts off", "overshadow")
	}
	x.call("GET", "/customer/victim/me", token, "").must(http.StatusOK)
	x.call("GET", "/customer/demo/me", x.anonymous("demo"), "").must(http.StatusOK)
	x.do("GET", "/tenants/victim", nil).is(nil, "overshadowed")

	x.sandbox(object{"as": "victim", "name": "box", "overshadow": true})
	x.do("GET", "/tenants/victim", nil).is(true, "overshadowed")
	x.call("GET", "/customer/victim/me", token, "").must(http.StatusBadRequest)
	x.sandbox(object{"as": "fresh", "name": "second"})
	x.do("POST", "/tenants", object{"name": "fresh"}).refuses(http.StatusConflict, "sandboxes run as fresh")
	x.sandbox(object{"as": "self", "name": "self"})
	x.do("DELETE", "/tenants/box", nil).must(http.StatusNoContent)
	x.call("GET", "/customer/victim/me", token, "").must(http.StatusOK)
}

func TestAServiceTokenInASandbox(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	x.sandbox(object{"as": "shop", "name": "one"})
	for _, scope := range []string{"", "&scope=tenant=shop", "&scope=tenant=one"} {
		a := x.send("POST", "/oauth/token", http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "Standin-Sandbox": {"one"},
		}, []byte("grant_type=client_credentials&client_id=a&client_secret=b"+scope)).must(http.StatusOK)
		if !strings.Contains(a.text("scope"), "tenant=shop") {
			t.Errorf("the scope is %s", a.text("scope"))
		}
		x.call("GET", "/customer/one/validateauthtoken", a.text("access_token"), "").must(http.StatusOK)
	}
}

func TestANamedTenantIsServedBesidesItsSandboxes(t *testing.T) {
	t.Parallel()
	x := newTester(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) { c.Tenants = []string{"shop"} }))
	x.sandbox(object{"as": "shop", "name": "one"})
	x.call("GET", "/customer/shop/me", x.anonymous("shop"), "").must(http.StatusOK)
	x.call("GET", "/customer/one/me", x.anonymous("one"), "").must(http.StatusOK) // Made, so it is one.
	x.call("GET", "/customer/other/me", "", "").must(http.StatusBadRequest)
}

func TestAsManySandboxesAsAllowed(t *testing.T) {
	t.Parallel()
	x := newTester(t, enginetest.WithConfig(func(c *engine.Config) { c.MaxWorlds = 2 }))
	x.sandbox(object{})
	last := x.sandbox(object{})
	x.do("POST", "/tenants", nil).refuses(http.StatusConflict, "max-worlds", "(2)")
	x.do("DELETE", "/tenants/"+last, nil).must(http.StatusNoContent)
	x.sandbox(object{})
}

func TestTenantsAreLookedUpAndNotMade(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	for _, op := range x.doc.Operations {
		if !strings.Contains(op.Path, "{tenant}") {
			continue
		}
		path := strings.NewReplacer("{tenant}", "nobody", "{entry}", "1", "{customer}", "1").Replace(op.Path)
		a := x.send(op.Method, path, nil, nil)
		if a.status != http.StatusNotFound || !strings.Contains(string(a.raw), "There is no tenant nobody") {
			t.Errorf("%s answers %d %s", op.ID, a.status, a.raw)
		}
	}
	x.do("GET", "/tenants", nil).is(nil, "tenants", 1)
}
