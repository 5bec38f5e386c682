package control_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/enginetest"
)

// held returns the answer to a request that a fault holds while meanwhile runs.
func (x *tester) held(tenant string, request func() answer, meanwhile func()) answer {
	x.Helper()
	answered := make(chan answer)
	go func() { answered <- request() }()
	eventually(x.T, func() bool { return x.do("GET", "/tenants/"+tenant+"/faults", nil).at("faults", 0, "waiting") == 1.0 })
	meanwhile()
	return <-answered
}

// A request is for the tenant that it has found, also if that is deleted before it is answered.
func TestAHeldRequestStaysWithItsTenant(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"settings": object{"serviceClients": []object{{"clientId": "c1", "clientSecret": "s1"}}}})
	x.do("PUT", "/tenants/"+name+"/faults", object{"faults": []object{{"name": "h", "hold": true}}}).must(http.StatusOK)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	x.held(name, func() answer {
		return x.send("POST", "/oauth/token", form, []byte("grant_type=client_credentials&client_id=c1&client_secret=s1"))
	}, func() { x.do("DELETE", "/tenants/"+name, nil).must(http.StatusNoContent) }).refuses(http.StatusBadRequest, `"type":"gone"`)
}

// An answer that a fault has injected is of the time at which its request came.
func TestAnInjectedAnswerHasTheTimeOfItsRequest(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true, "clock": "2026-01-01T00:00:00Z"})
	x.do("PUT", "/tenants/"+name+"/faults", object{"faults": []object{{"name": "h", "hold": true, "status": 503, "undeclared": true}}}).must(http.StatusOK)
	got := x.held(name, func() answer { return x.send("GET", "/customer/"+name+"/me", nil, nil) }, func() {
		x.do("POST", "/tenants/"+name+"/clock", object{"advance": "1h"}).must(http.StatusOK)
		x.do("POST", "/tenants/"+name+"/faults/h/release", nil).must(http.StatusOK)
	}).must(http.StatusServiceUnavailable)
	if date := got.header.Get("Date"); date != "Thu, 01 Jan 2026 00:00:00 GMT" {
		t.Errorf("it is dated %s", date)
	}
}

// A fault that comes after an operation does not meet a request that has committed nothing, since its tenant was deleted.
func TestAFaultAfterNothing(t *testing.T) {
	t.Parallel()
	x := newTester(t, enginetest.WithConfig(func(c *engine.Config) { c.Hash.Time = 10_000 }))
	name := x.sandbox(object{})
	token := x.anonymous(name)
	x.do("PUT", "/tenants/"+name+"/faults", object{"faults": []object{{"name": "h", "when": "after", "status": 503, "undeclared": true, "operation": "signup"}}}).must(http.StatusOK)
	answered := make(chan answer)
	go func() {
		answered <- x.call("POST", "/customer/"+name+"/signup", token, `{"email":"a@example.com","password":"password123"}`)
	}()
	time.Sleep(100 * time.Millisecond) // Its hash takes longer. If it has not come yet, its tenant is gone all the same.
	x.do("DELETE", "/tenants/"+name, nil).must(http.StatusNoContent)
	(<-answered).refuses(http.StatusBadRequest, `"type":"gone"`)
}

// The metrics count the tenant that is always there before a request has come for it, and do not create it.
func TestTheMetricsCountTheHomeTenant(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	for range 2 {
		if text := string(x.send("GET", "/metrics", nil, nil).must(http.StatusOK).raw); !strings.Contains(text, "\nstandin_worlds 1\n") {
			t.Errorf("the metrics are %s", text)
		}
	}
}

// Where the service is, the server's health has no slash behind it: that is a path of the service.
func TestHealthHasNoSlash(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t)
	for path, want := range map[string]int{"/livez": http.StatusOK, "/readyz": http.StatusOK, "/livez/": http.StatusNotFound, "/readyz/": http.StatusNotFound} {
		answer := httptest.NewRecorder()
		s.API().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if answer.Code != want {
			t.Errorf("%s answers %d", path, answer.Code)
		}
	}
}
