package control_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/control"
	"standin/fixtures"
)

func TestPagesOfOtherOriginsCannotSteer(t *testing.T) {
	t.Parallel()
	x := steer(t)
	x.do("POST", "/tenants", object{"name": "mine"}).must(http.StatusCreated)
	own := "http://localhost" + x.server.URL[strings.LastIndex(x.server.URL, ":"):] // Whether it listens on 127.0.0.1 or, where that has no port left, on ::1.
	for _, one := range []struct {
		host, origin string
		want         int
	}{
		{"", "", 200},
		{"", x.server.URL, 200},
		{strings.TrimPrefix(own, "http://"), own, 200},
		{"[::1]:1", "http://[::1]:1", 200},
		{"a.localhost", "", 200},
		{"", "http://localhost:3000", 403},
		{"", "https://evil.example", 403},
		{"", "null", 403},
		{"", own, 403},
		{"evil.example", "", 403},
		{"evil.example", "http://evil.example", 403},
		{"127.0.0.1.evil.example", "", 403},
		{"10.0.0.1", "", 403},
	} {
		for _, method := range []string{"GET", "POST"} {
			header := http.Header{"Content-Type": {"application/json"}}
			if one.host != "" {
				header.Set("Host", one.host)
			}
			if one.origin != "" {
				header.Set("Origin", one.origin)
			}
			a := x.send(method, "/_standin/tenants/mine/clock", header, []byte(map[string]string{"POST": `{"freeze":true}`}[method]))
			if a.status != one.want {
				t.Errorf("%s for %q from %q answers %d %s", method, one.host, one.origin, a.status, a.raw)
			}
			if allowed := a.header.Get("Access-Control-Allow-Origin"); allowed != "" {
				t.Errorf("a page of %q may read it: %s", one.origin, allowed)
			}
		}
	}
	x.send("POST", "/_standin/tenants/mine/reset", http.Header{"Sec-Fetch-Site": {"cross-site"}}, nil).must(http.StatusForbidden)
	for mode, want := range map[string]int{"no-cors": http.StatusForbidden, "navigate": http.StatusOK} { // A picture that a page embeds, and a link.
		x.send("GET", "/_standin/tenants/mine/personas/ordinary", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {mode}}, nil).must(want)
	}
	x.send("GET", "/_standin/tenants/mine/clock", http.Header{"Origin": {x.server.URL, "https://evil.example"}}, nil).must(http.StatusForbidden)
	// The service itself takes any origin, and says where its answers are explained.
	a := x.call("GET", "/customer/mine/me", "", "", "Origin", "http://localhost:3000").must(http.StatusUnauthorized)
	if a.header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "Standin-Entry") {
		t.Errorf("the headers are %v", a.header)
	}
	preflight := x.send("OPTIONS", "/customer/mine/me", http.Header{"Origin": {"http://a"}, "Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization,standin-sandbox"}}, nil)
	if allowed := preflight.header.Get("Access-Control-Allow-Headers"); allowed != "authorization,standin-sandbox" {
		t.Errorf("a page may send %q", allowed)
	}
}

// guarded is a control plane with its own rules of access.
func guarded(t *testing.T, access control.Access) func(method, path, host, bearer string) int {
	t.Helper()
	empty, err := fixtures.Load("empty")
	if err != nil {
		t.Fatal(err)
	}
	plane := control.New(control.Options{Fixture: empty, Access: access})
	guarded, err := engine.New(engine.Config{
		Fixture: plane.Home(), Control: plane.Plane(), Guard: plane.Guard, Now: time.Now, Seed: []byte("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(method, path, host, bearer string) int {
		r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
		r.Host = host
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		answer := httptest.NewRecorder()
		guarded.ServeHTTP(answer, r)
		return answer.Code
	}
}

func TestWhoMaySteer(t *testing.T) {
	t.Parallel()
	const tenants = "/_standin/tenants"
	for name, one := range map[string]struct {
		access control.Access
		want   string // without a bearer, with a wrong one, with the right one; then from another host, with the right one there
	}{
		"by default": {control.Access{}, "200 200 200 403 403"},
		"with token": {control.Access{Token: "right"}, "401 401 200 401 200"},
		"open":       {control.Access{AnyHost: true}, "200 200 200 200 200"},
		"off":        {control.Access{Off: true}, "404 404 404 404 404"},
	} {
		ask := guarded(t, one.access)
		got := fmt.Sprint(ask("GET", tenants, "localhost", ""), ask("GET", tenants, "localhost", "wrong"), ask("GET", tenants, "localhost", "right"),
			ask("GET", tenants, "shop.example", ""), ask("GET", tenants, "shop.example", "right"))
		if got != one.want {
			t.Errorf("%s it answers %s", name, got)
		}
		if live := ask("GET", "/livez", "shop.example", ""); live != http.StatusOK {
			t.Errorf("%s the health check answers %d", name, live)
		}
		if api := ask("GET", "/customer/acme/me", "shop.example", ""); api != http.StatusUnauthorized {
			t.Errorf("%s the service answers %d", name, api)
		}
	}
}
