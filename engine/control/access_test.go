package control_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/control"
	"standin/fixtures"
)

func TestPagesOfOtherOriginsAreRefused(t *testing.T) {
	t.Parallel()
	x := newTester(t)
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
	if a.header.Get("Access-Control-Allow-Origin") != "http://localhost:3000" || !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "Standin-Entry") {
		t.Errorf("the headers are %v", a.header)
	}
	preflight := x.send("OPTIONS", "/customer/mine/me", http.Header{"Origin": {"http://a"}, "Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization,standin-sandbox"}}, nil)
	if allowed := preflight.header.Get("Access-Control-Allow-Headers"); allowed != "authorization,standin-sandbox" {
		t.Errorf("a page may send %q", allowed)
	}
}

// A page sends its requests with credentials: 'include' or axios' withCredentials. A browser shows it an answer only if that
// names the page's origin and allows credentials.
func TestAPageMaySendCredentialsToTheService(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	const page = "https://shop.example"
	for _, a := range []answer{
		x.call("GET", "/customer/demo/me", x.mint("demo", john), "", "Origin", page).must(http.StatusOK),
		x.call("GET", "/customer/demo/me", "", "", "Origin", page).must(http.StatusUnauthorized),
		x.call("GET", "/nowhere", "", "", "Origin", page).must(http.StatusNotFound),
		x.send("OPTIONS", "/customer/demo/me", http.Header{"Origin": {page}, "Access-Control-Request-Method": {"PATCH"}}, nil).must(http.StatusNoContent),
	} {
		if a.header.Get("Access-Control-Allow-Origin") != page || a.header.Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(a.header.Get("Vary"), "Origin") {
			t.Errorf("the headers are %v", a.header)
		}
		if cookies := a.header.Values("Set-Cookie"); len(cookies) > 0 {
			t.Errorf("it sets %v", cookies)
		}
	}
	if a := x.call("GET", "/customer/demo/me", "", ""); a.header.Get("Access-Control-Allow-Origin") != "" || a.header.Get("Vary") != "Origin" {
		t.Errorf("without an origin the headers are %v", a.header)
	}
}

// Pages of an origin that --control-origin names use the control API in a browser; all others stay out.
func TestAPageOfATrustedOriginIsAdmitted(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(accessible(t, control.Access{Token: "right", Origins: []string{"http://localhost:6006"}}))
	t.Cleanup(server.Close)
	for _, one := range []struct {
		origin, bearer string
		want           int
		allowed        bool
	}{
		{"http://localhost:6006", "right", http.StatusOK, true},
		{"http://localhost:6006", "", http.StatusUnauthorized, true}, // The page may read why.
		{"http://localhost:6007", "right", http.StatusForbidden, false},
		{"http://evil.example", "right", http.StatusForbidden, false},
		{"null", "right", http.StatusForbidden, false},
		{server.URL, "right", http.StatusOK, false}, // Its own pages need no permission.
		{"", "right", http.StatusOK, false},
	} {
		send := func(method, path string, header http.Header) (int, http.Header) {
			request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Header = header
			if one.origin != "" {
				header.Set("Origin", one.origin)
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			return response.StatusCode, response.Header
		}
		header := http.Header{}
		if one.bearer != "" {
			header.Set("Authorization", "Bearer "+one.bearer)
		}
		status, headers := send("GET", "/_standin/info", header)
		preflown, permission := send("OPTIONS", "/_standin/tenants/demo/faults", http.Header{
			"Access-Control-Request-Method": {"PUT"}, "Access-Control-Request-Headers": {"authorization,content-type"},
		})
		if status != one.want {
			t.Errorf("a page of %q is answered %d", one.origin, status)
		}
		for _, header := range []http.Header{headers, permission} {
			origin, credentials := "", ""
			if one.allowed {
				origin, credentials = one.origin, "true"
			}
			if header.Get("Access-Control-Allow-Origin") != origin || header.Get("Access-Control-Allow-Credentials") != credentials || !strings.Contains(header.Get("Vary"), "Origin") {
				t.Errorf("a page of %q is answered with %v", one.origin, header)
			}
		}
		if allows := permission.Get("Access-Control-Allow-Methods") == "PUT" && permission.Get("Access-Control-Allow-Headers") == "authorization,content-type" && preflown < 300; allows != one.allowed {
			t.Errorf("the preflight of a page of %q is answered %d %v", one.origin, preflown, permission)
		}
	}
}

// curl calls every body a form, and fetch calls a string text. Both are JSON, unless a page of another origin sends them: a
// browser sends such a request without asking first.
func TestJSONIsTakenUnderTheNamesThatClientsGiveIt(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	x.do("POST", "/tenants", object{"name": "mine"}).must(http.StatusCreated)
	own := http.Header{"Origin": {x.server.URL}}
	for _, one := range []struct {
		mediaType string
		from      http.Header
		want      int
	}{
		{"text/plain", nil, 200},
		{"text/plain;charset=UTF-8", nil, 200},
		{"text/plain;charset=UTF-8", own, 200},
		{"application/x-www-form-urlencoded", nil, 200},
		{"application/x-www-form-urlencoded; charset=utf-8", nil, 200},
		{"", nil, 200},
		{"text/plain; charset=latin1", nil, 415},
		{"text/html", nil, 415},
		{"multipart/form-data; boundary=x", nil, 415},
		{"text/plain", http.Header{"Origin": {"http://localhost:3000"}}, 403},
		{"text/plain", http.Header{"Origin": {"null"}}, 403},
		{"text/plain", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		{"application/x-www-form-urlencoded", http.Header{"Origin": {"https://evil.example"}}, 403},
	} {
		header := http.Header{}
		maps.Copy(header, one.from)
		if one.mediaType != "" {
			header.Set("Content-Type", one.mediaType)
		}
		if a := x.send("POST", "/_standin/tenants/mine/clock", header, []byte(`{"freeze":true}`)); a.status != one.want {
			t.Errorf("JSON as %q from %v is answered %d %s", one.mediaType, one.from, a.status, a.raw)
		}
	}
	// A fixture is YAML or JSON, and a client's name for it says neither.
	for _, mediaType := range []string{"text/plain;charset=UTF-8", "application/x-www-form-urlencoded", ""} {
		header := http.Header{}
		if mediaType != "" {
			header.Set("Content-Type", mediaType)
		}
		x.send("POST", "/_standin/tenants/mine/import", header, []byte("customers:\n  - email: ada@example.com\n    password: password123\n")).must(http.StatusOK)
	}
	// The service itself takes no text.
	if a := x.call("POST", "/customer/mine/me/addresses", x.mint("mine", "ada@example.com"), `{"contactName":"J"}`, "Content-Type", "text/plain"); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("the service answers %d %s", a.status, a.raw)
	}
}

// A body with a content coding is refused with the codings that are taken (RFC 9110, section 15.5.16).
func TestAContentCodingIsRefused(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	token := x.mint("demo", john)
	for _, a := range []answer{
		x.call("POST", "/customer/demo/me/addresses", token, `{"contactName":"J"}`, "Content-Encoding", "gzip"),
		x.call("POST", "/_standin/tenants", "", `{}`, "Content-Encoding", "gzip"),
	} {
		a.refuses(http.StatusUnsupportedMediaType, "The body has content encoding gzip; ")
		if got := a.header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("it takes %q", got)
		}
	}
	if a := x.call("POST", "/customer/demo/me/addresses", token, "{}", "Content-Type", "application/xml"); a.header.Get("Accept-Encoding") != "" {
		t.Errorf("a media type is refused with %v", a.header)
	}
}

// accessible is a server whose control API has its own rules of access.
func accessible(t *testing.T, access control.Access) http.Handler {
	t.Helper()
	empty, err := fixtures.Load(t.Context(), "empty")
	if err != nil {
		t.Fatal(err)
	}
	api := control.New(control.Options{Fixture: empty, Access: access})
	server, err := engine.New(engine.Config{
		Fixture: api.Home(), Control: api.Handlers(), Guard: api.Guard, TrustedOrigins: access.Origins, Now: time.Now, Seed: []byte("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// guarded sends requests to a control API with its own rules of access.
func guarded(t *testing.T, access control.Access) func(method, path, host, bearer string) int {
	t.Helper()
	guarded := accessible(t, access)
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

func TestAccess(t *testing.T) {
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

// The curl lines of a customer name the host of the request, which may be anything where others are allowed.
func TestCurlLinesQuoteTheHost(t *testing.T) {
	t.Parallel()
	server := accessible(t, control.Access{AnyHost: true})
	post := func(path, body string) string {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/_standin/tenants"+path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Host = "x';$(id);'y"
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		return answer.Body.String()
	}
	post("", `{"name":"box","from":"demo"}`)
	if became := post("/box/personas/ordinary/become", ""); !strings.Contains(became, `'http://x'\\'';$(id);'\\''y/customer/box/me/addresses'`) {
		t.Errorf("it answers %s", became)
	}
}
