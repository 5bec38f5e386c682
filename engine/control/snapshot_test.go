package control_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestResetReturnsToTheFixture(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true})
	path := "/tenants/" + name
	token := x.mint(name, john)
	x.call("PATCH", "/customer/"+name+"/me", token, `{"firstName":"Jack"}`).must(http.StatusOK)
	x.do("PATCH", path+"/settings", object{"passwordMinLength": 9}).must(http.StatusOK)
	x.do("PUT", path+"/faults", object{"faults": []object{{"operation": "login", "drop": true}}}).must(http.StatusOK)
	later := x.do("POST", path+"/clock", object{"advance": "3d"}).text("now")

	x.do("POST", path+"/reset", nil).must(http.StatusOK).is(later, "now").is(true, "frozen").is("demo", "fixture")
	x.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusUnauthorized)
	x.call("GET", "/customer/"+name+"/me", x.mint(name, john), "").is("John", "firstName")
	x.do("GET", path+"/settings", nil).is(6, "passwordMinLength")
	if faults := x.do("GET", path+"/faults", nil).list("faults"); len(faults) > 0 {
		t.Errorf("there are still %v", faults)
	}
	if entries := x.do("GET", path+"/journal", nil).list("entries"); len(entries) != 2 {
		t.Errorf("the journal begins with %v", entries)
	}
	x.do("GET", path+"/coverage", nil).is(2, "covered")
	// What the fixture says relative to now is relative to the world's time.
	x.do("POST", path+"/personas/ordinary/become", nil).must(http.StatusOK)
	x.call("GET", "/customer/"+name+"/me", "demoOrdinaryAccess0000000001", "").must(http.StatusOK)

	x.do("POST", path+"/reset?to=b2b", nil).must(http.StatusOK).is("b2b", "fixture")
	x.do("POST", path+"/reset", nil).must(http.StatusOK).is("b2b", "fixture")
	x.do("POST", path+"/reset?to=nothing", nil).refuses(http.StatusNotFound, "demo, b2b, empty, short")
	x.do("POST", path+"/reset?too=b2b", nil).refuses(http.StatusBadRequest, `"field":"too"`)
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true})
	path := "/tenants/" + name
	before := x.do("GET", path, nil).text("now")
	token := x.mint(name, john)
	x.do("POST", path+"/snapshots", object{"name": "before"}).must(http.StatusCreated).is(before, "at")
	x.do("POST", path+"/snapshots", object{"name": "before"}).refuses(http.StatusConflict, "before")
	for _, name := range []string{"a b", ".", "..", ".hidden"} { // A client may leave dots out of a path: then it would mean the tenant.
		x.do("POST", path+"/snapshots", object{"name": name}).refuses(http.StatusBadRequest, "name")
	}
	x.do("GET", path+"/snapshots", nil).must(http.StatusOK).is("before", "snapshots", 0, "name")

	for range 2 { // It may be restored again.
		x.call("PATCH", "/customer/"+name+"/me", token, `{"firstName":"Jack"}`).must(http.StatusOK)
		x.do("PATCH", path+"/settings", object{"passwordMinLength": 9}).must(http.StatusOK)
		x.do("POST", path+"/clock", object{"advance": "3d", "run": true}).must(http.StatusOK)
		x.do("POST", path+"/snapshots/before/restore", nil).must(http.StatusOK).is(before, "now").is(true, "frozen")
		x.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusOK).is("John", "firstName")
		x.do("GET", path+"/settings", nil).is(6, "passwordMinLength")
	}
	x.do("POST", path+"/snapshots/after/restore", nil).refuses(http.StatusNotFound, "There are before")
	x.do("DELETE", path+"/snapshots/after", nil).refuses(http.StatusNotFound, "There are before")
	x.do("DELETE", path+"/snapshots/before", nil).must(http.StatusNoContent)
	x.do("POST", path+"/snapshots/before/restore", nil).refuses(http.StatusNotFound, "has none")
}

func TestImport(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name
	file := []byte("name: mine\ncustomers:\n  - persona: ada\n    email: ada@example.com\n    password: password123\n")
	yaml := http.Header{"Content-Type": {"application/yaml"}}
	for _, header := range []http.Header{yaml, {"Content-Type": {"application/x-www-form-urlencoded"}}} { // As curl sends it.
		x.send("POST", "/_standin"+path+"/import", header, file).must(http.StatusOK).is("mine", "fixture").is(1, "customers")
	}
	x.do("POST", path+"/personas/ada/become", nil).must(http.StatusOK)
	x.signup(name, "bob@example.com")
	x.do("POST", path+"/reset", nil).must(http.StatusOK).is("mine", "fixture").is(1, "customers")
	x.do("POST", path+"/import", object{"customers": []object{{"email": "json@example.com"}}}).refuses(http.StatusBadRequest, "customers.0")

	x.signup(name, "stays@example.com")
	x.send("POST", "/_standin"+path+"/import", yaml, []byte("customers:\n  - {email: a, foo: 1}\n")).
		refuses(http.StatusBadRequest, `"field":"customers.0.foo"`, "line 2, column")
	x.send("POST", "/_standin"+path+"/import", yaml, []byte("a: [")).must(http.StatusBadRequest)
	x.do("GET", path, nil).is(2, "customers")
}

// What an export brings along of live tokens is good in one tenant only, unless it is said outright.
func TestAnImportBringsNoTokens(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name, other := x.sandbox(object{"settings": object{"doubleOptIn": true}}), x.sandbox(object{"from": "empty"})
	token := x.mint(name, john)
	x.signup(name, "ada@example.com")
	mailed := x.do("GET", "/tenants/"+name+"/mail?to=ada@example.com", nil).text("mails", 0, "token")
	file := x.do("GET", "/tenants/"+name+"/export", nil).must(http.StatusOK).raw
	yaml := http.Header{"Content-Type": {"application/yaml"}}
	for query, status := range map[string]int{"": http.StatusUnauthorized, "?keepTokens=false": http.StatusUnauthorized, "?keepTokens=true": http.StatusOK} {
		x.send("POST", "/_standin/tenants/"+other+"/import"+query, yaml, file).must(http.StatusOK).is(13, "customers")
		x.call("GET", "/customer/"+other+"/me", token, "").must(status)
		optIn := map[int]int{http.StatusOK: http.StatusOK, http.StatusUnauthorized: http.StatusBadRequest}[status]
		x.call("GET", "/customer/"+other+"/signup/optin/"+mailed, x.anonymous(other), "").must(optIn)
	}
	x.send("POST", "/_standin/tenants/"+other+"/import?keepTokens=1", yaml, file).refuses(http.StatusBadRequest, "keepTokens")
	x.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusOK)
}

func TestAnExportLoadsAgain(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true, "settings": object{"doubleOptIn": true, "lockoutAfter": 3}})
	path := "/tenants/" + name
	shopper, customer := x.anonymous(name), x.mint(name, john)
	x.signup(name, "ada@example.com")
	x.call("PATCH", "/customer/"+name+"/me", customer, `{"firstName":"Jack","preferredLanguage":"","preferredSite":"","mixins":{"a":{"zero":0,"text":""}}}`).must(http.StatusOK)
	x.call("POST", "/customer/"+name+"/login", shopper, `{"email":"`+john+`","password":"wrong12"}`).must(http.StatusUnauthorized)
	x.call("DELETE", "/customer/"+name+"/me", customer, "").must(http.StatusNoContent)
	file := x.do("GET", path+"/export", nil).must(http.StatusOK)

	other := x.sandbox(object{"from": "empty", "clock": x.do("GET", path, nil).text("now"), "freeze": true})
	yaml := http.Header{"Content-Type": {"application/yaml"}}
	x.send("POST", "/_standin/tenants/"+other+"/import?keepTokens=true", yaml, file.raw).must(http.StatusOK).is(name, "fixture").is(13, "customers")
	again := x.do("GET", "/tenants/"+other+"/export", nil).must(http.StatusOK)
	if want := strings.Replace(string(file.raw), name, other, 1); string(again.raw) != want { // Its name is the tenant's.
		t.Errorf("the second export is\n%s\nand not\n%s", again.raw, want)
	}
	x.call("GET", "/customer/"+other+"/me", customer, "").must(http.StatusOK).is("Jack", "firstName").is("", "preferredLanguage").is("", "preferredSite")
	x.call("POST", "/customer/"+other+"/login", shopper, `{"email":"`+john+`","password":"password123"}`).must(http.StatusOK)
	x.do("POST", "/tenants/"+other+"/personas/ordinary/become", nil).must(http.StatusOK)
	mail := x.do("GET", "/tenants/"+other+"/mail?kind=opt-in&to=ada@example.com", nil)
	x.call("GET", "/customer/"+other+"/signup/optin/"+mail.text("mails", 0, "token"), shopper, "").must(http.StatusOK)
	x.do("GET", "/tenants/"+other+"/customers?q=ada", nil).is("active", "customers", 0, "status")
}
