package control_test

import (
	"net/http"
	"testing"
	"time"
)

func TestTheClockDrivesEveryDeadline(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty", "freeze": true, "settings": object{"lockoutAfter": 1}})
	path := "/tenants/" + name
	x.signup(name, "ada@example.com")
	anonymous := x.anonymous(name)
	login := x.call("POST", "/customer/"+name+"/login", anonymous, `{"email":"ada@example.com","password":"password123"}`).must(http.StatusOK)
	token := login.text("accessToken")
	x.call("POST", "/customer/"+name+"/password/reset", anonymous, `{"email":"ada@example.com"}`).must(http.StatusNoContent)
	x.call("POST", "/customer/"+name+"/login", anonymous, `{"email":"ada@example.com","password":"wrong12"}`).must(http.StatusUnauthorized)

	next := x.do("GET", path+"/clock", nil).must(http.StatusOK)
	if kinds := [3]string{next.text("deadlines", 0, "kind"), next.text("deadlines", 1, "kind"), next.text("deadlines", 4, "kind")}; kinds != [3]string{"lockout", "anonymousAccess", "anonymousRefresh"} && kinds[0] != "lockout" {
		t.Errorf("what falls due next is %s", next.raw)
	}
	x.do("POST", path+"/clock", object{"advance": "5m"}).is(1, "expired", "lockout").is(nil, "expired", "mailed")
	x.do("POST", path+"/clock", object{"advance": "55m"}).is(3, "expired", "anonymousAccess")
	x.do("POST", path+"/clock", object{"advance": "23h"}).is(1, "expired", "mailed").is(1, "expired", "customerRefresh").is(3, "expired", "anonymousRefresh")
	x.do("POST", path+"/clock", object{"advance": "2505599s"}) // In all 2,591,999.
	x.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusOK)
	x.do("POST", path+"/clock", object{"advance": "1s"}).is(1, "expired", "customerAccess")
	late := x.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusUnauthorized)
	if want := `{"fault":{"faultstring":"Access Token expired","detail":{"errorcode":"keymanagement.service.access_token_expired"}}}`; string(late.raw) != want {
		t.Errorf("the late token answers %s", late.raw)
	}
	now, err := time.Parse(time.RFC3339, x.do("GET", path+"/clock", nil).text("now"))
	if err != nil || late.header.Get("Date") != now.Format(http.TimeFormat) {
		t.Errorf("Date is %q at %s (%v)", late.header.Get("Date"), now, err)
	}
	// Another tenant of the same process has not moved.
	other := x.sandbox(object{"from": "empty"})
	if at, err := time.Parse(time.RFC3339, x.do("GET", "/tenants/"+other+"/clock", nil).text("now")); err != nil || time.Since(at) > time.Minute {
		t.Errorf("the other tenant's time is %s (%v)", at, err)
	}
}

func TestSettingTheClock(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/tenants/" + name + "/clock"
	x.do("POST", path, object{"freeze": true}).must(http.StatusOK).is(true, "frozen")
	x.do("POST", path, object{"set": "2030-01-01T00:00:00Z"}).must(http.StatusOK).is("2030-01-01T00:00:00Z", "now").is(true, "frozen")
	x.do("POST", path, object{"set": "2030-01-02T02:00:00+02:00", "advance": "1h30m"}).is("2030-01-02T01:30:00Z", "now")
	x.do("POST", path, object{"advance": "-90m"}).refuses(http.StatusBadRequest, `"field":"advance"`, "2030-01-02T01:30:00Z", "allowBackwards")
	x.do("POST", path, object{"set": "2029-01-01T00:00:00Z"}).refuses(http.StatusBadRequest, `"field":"set"`, "allowBackwards")
	x.do("GET", path, nil).is("2030-01-02T01:30:00Z", "now")
	x.do("POST", path, object{"advance": "-90m", "allowBackwards": true}).is("2030-01-02T00:00:00Z", "now")
	x.do("POST", path, object{"set": "2029-01-01T00:00:00Z", "allowBackwards": true}).is("2029-01-01T00:00:00Z", "now")
	x.do("POST", path, object{"run": true}).must(http.StatusOK).is(false, "frozen")
	for field, body := range map[string]object{
		"advance": {"advance": "a month"}, "set": {"set": "2300-01-01T00:00:00Z"}, "run": {"run": true, "freeze": true},
		"freeze": {"freeze": false}, "body": {"allowBackwards": true}, "advanced": {"advanced": "1h"},
	} {
		x.do("POST", path, body).refuses(http.StatusBadRequest, `"field":"`+field+`"`)
	}
	x.do("POST", path, object{}).must(http.StatusBadRequest)
	x.do("POST", path, object{"advance": "-"}).refuses(http.StatusBadRequest, `"field":"advance"`)
	x.do("POST", path, object{"set": "0001-01-01T00:00:00Z", "allowBackwards": true}).refuses(http.StatusBadRequest, `"field":"set"`)
	for _, end := range []string{"1970-01-01T00:00:00Z", "2199-12-31T23:59:58Z"} { // What lies before and behind it can be exported.
		x.do("POST", path, object{"set": end, "allowBackwards": true}).must(http.StatusOK)
		x.do("POST", "/tenants/"+name+"/reset", nil).must(http.StatusOK)
		x.do("GET", "/tenants/"+name+"/export", nil).must(http.StatusOK)
	}
	x.do("POST", path, object{"advance": "90y"}).refuses(http.StatusBadRequest, `"field":"advance"`)
}
