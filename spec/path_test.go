package spec_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"standin/spec"
)

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "", "PROPFIND"}

// values replaces the parameters of a path template.
var values = strings.NewReplacer("{tenant}", "acme", "{addressId}", "b05c20e034", "{token}", "t0ken")

// Every path of every document is routed to its operations, under each prefix, with and without a slash at its end. For
// any other method the error lists the allowed methods.
func TestEveryPathAndMethod(t *testing.T) {
	t.Parallel()
	r := router(t)
	operations := map[string]map[string]*spec.Operation{}
	for _, d := range documents(t) {
		for _, op := range d.Operations {
			for _, template := range op.Templates() {
				if operations[template] == nil {
					operations[template] = map[string]*spec.Operation{}
				}
				operations[template][op.Method] = op
			}
		}
	}
	for template, byMethod := range operations {
		allow := slices.Sorted(maps.Keys(byMethod))
		for _, slash := range []string{"", "/"} {
			for _, method := range methods {
				request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, values.Replace(template)+slash+"?x=/y", http.NoBody)
				request.Method = method
				m, err := r.Match(request)
				if op := byMethod[method]; op != nil {
					if err != nil || m.Operation != op || m.Template != template || len(m.Path) != strings.Count(template, "{") {
						t.Errorf("%s %s%s is %+v, %v", method, template, slash, m, err)
					}
					continue
				}
				if refused, ok := errors.AsType[*spec.MethodError](err); !ok || !slices.Equal(refused.Allow, allow) {
					t.Errorf("%s %s%s gives %v", method, template, slash, err)
				}
			}
		}
		for _, path := range []string{template + "//", "/" + template, template + "/more", template + "%2F", strings.Replace(template, "/", "/./", 1)} {
			m, err := r.Match(httptest.NewRequestWithContext(t.Context(), http.MethodGet, values.Replace(path), http.NoBody))
			if err == nil && m.Template == template && !strings.HasSuffix(template, "}") {
				t.Errorf("%s is %s", path, m.Template)
			}
		}
	}
}

// An operation is the same under each of its prefixes.
func TestPrefixesShareTheirOperations(t *testing.T) {
	t.Parallel()
	for _, op := range documents(t)[0].Operations {
		if got := op.Templates(); !slices.Equal(got, []string{"/customer" + op.Path, op.Path}) {
			t.Errorf("%s is served under %v", op.ID, got)
		}
	}
	for _, op := range documents(t)[1].Operations {
		if got := op.Templates(); !slices.Equal(got, []string{op.Path}) {
			t.Errorf("%s is served under %v", op.ID, got)
		}
	}
}

func TestEscapedPaths(t *testing.T) {
	t.Parallel()
	r := router(t)
	for target, want := range map[string]string{
		"a%2Fb": "a/b", "a%2fb": "a/b", "%2F": "/", "%2F%2F": "//", "a%252Fb": "a%2Fb", "a%20b": "a b", "a+b": "a+b", "%2B": "+", "..": "..", ".": ".",
		"%2e%2e": "..", "%00": "\x00", "%0A": "\n", "%C3%A9": "é", "é": "é", "%7Btenant%7D": "{tenant}", "a:b@c;d=e,f": "a:b@c;d=e,f", "%3Fx": "?x", "tags": "tags",
	} {
		for _, slash := range []string{"", "/"} {
			m, err := r.Match(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/customer/acme/me/addresses/"+target+slash, http.NoBody))
			if err != nil || m.Operation.ID != "getAddress" || m.Path["addressId"] != want {
				t.Errorf("%s is %+v, %v", target, m, err)
			}
		}
	}
	for _, target := range []string{
		"/acme%2Fme", "/acme/me%2Faddresses/x/y", "/%2Facme/me/x", "/acme/me/addresses/a%2Fb/c", "/acme/me/addresses/x/tags%2F",
	} {
		if m, err := r.Match(httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)); err == nil {
			t.Errorf("%s is %+v", target, m)
		}
	}
	// A request target without a path, and URLs that no parser returns.
	for _, at := range []*url.URL{{}, {Path: "*"}, {Opaque: "/acme/me"}, {Path: "/acme/me", RawPath: "%zz"}, {Path: "acme/me"}} {
		request := &http.Request{Method: http.MethodGet, URL: at}
		if m, err := r.Match(request); err == nil && m.Operation.ID != "getProfile" {
			t.Errorf("%+v is %+v", at, m)
		}
	}
}

// A letter, digit, hyphen, period, underscore or tilde means the same percent-encoded (RFC 3986, section 6.2.2.2). No other
// character does.
func TestEncodedLettersInFixedSegments(t *testing.T) {
	t.Parallel()
	r := router(t)
	for target, want := range map[string]string{
		"GET /customer/acme/m%65": "getProfile", "GET /%63ustomer/acme/%6d%65/": "getProfile", "GET /acme/%6D%65": "getProfile", "GET /%61cme/me": "getProfile",
		"POST /acme/signup/optin/refresh%5ftoken": "resendOptIn", "POST /acme/signup/optin/refresh%5Ftoke%6E": "resendOptIn",
		"GET /acme/me/addresses/%2e%2e": "getAddress", "GET /acme/m%65/addresses/a%2Fb%2f%65": "getAddress",
		"GET /acme/m%2565": "", "GET /acme/me%2F": "", "GET /acme%2Fme": "", "GET /acme/me%20": "", "GET /acme/m%C3%A9": "", "GET /acme/m%00e": "",
	} {
		method, path, _ := strings.Cut(target, " ")
		request := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
		before := *request.URL
		m, err := r.Match(request)
		if (err == nil) != (want != "") || err == nil && m.Operation.ID != want {
			t.Errorf("%s is %+v, %v", target, m, err)
		}
		if *request.URL != before {
			t.Errorf("%s has become %v", target, request.URL)
		}
		if err == nil && want == "getAddress" && m.Path["addressId"] != ".." && m.Path["addressId"] != "a/b/e" {
			t.Errorf("%s has the address %s", target, m.Path["addressId"])
		}
	}
}

// A literal segment is preferred to a parameter for every method: the path of the resent opt-in is not taken for a token.
func TestLiteralsGoBeforeParameters(t *testing.T) {
	t.Parallel()
	r := router(t)
	for _, prefix := range []string{"", "/customer"} {
		for _, slash := range []string{"", "/"} {
			path := prefix + "/acme/signup/optin/refresh_token" + slash
			m, err := r.Match(httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, http.NoBody))
			if err != nil || m.Operation.ID != "resendOptIn" || len(m.Path) != 1 {
				t.Errorf("POST %s is %+v, %v", path, m, err)
			}
			_, err = r.Match(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
			if refused, ok := errors.AsType[*spec.MethodError](err); !ok || !slices.Equal(refused.Allow, []string{"POST"}) {
				t.Errorf("GET %s gives %v", path, err)
			}
			path = prefix + "/acme/signup/optin/refresh_token2" + slash
			m, err = r.Match(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
			if err != nil || m.Operation.ID != "confirmOptIn" || m.Path["token"] != "refresh_token2" {
				t.Errorf("GET %s is %+v, %v", path, m, err)
			}
		}
	}
}

// FuzzMatch routes any method and path. Match must return a match with its parameters or one of two errors, and not panic.
func FuzzMatch(f *testing.F) {
	r := router(f)
	for _, path := range []string{
		"/customer/acme/me", "/acme/me/addresses/a%2Fb/tags/", "/acme/signup/optin/refresh_token", "//", "", "*", "/%zz", "/a\x00b/me", "/{tenant}/me", "/%ff/login",
	} {
		for _, method := range []string{"GET", "POST", "HEAD", "\xff"} {
			f.Add(method, path, "")
			f.Add(method, path, path)
		}
	}
	f.Fuzz(func(t *testing.T, method, path, rawPath string) {
		m, err := r.Match(&http.Request{Method: method, URL: &url.URL{Path: path, RawPath: rawPath}})
		refused, isMethod := errors.AsType[*spec.MethodError](err)
		switch {
		case err == nil:
			if m.Operation.Method != method || !slices.Contains(m.Operation.Templates(), m.Template) || len(m.Path) != strings.Count(m.Template, "{") {
				t.Errorf("%q %q is %+v", method, path, m)
			}
			for name, value := range m.Path {
				if value == "" {
					t.Errorf("%q %q has no %s", method, path, name)
				}
			}
		case isMethod:
			if len(refused.Allow) == 0 || slices.Contains(refused.Allow, method) {
				t.Errorf("%q %q allows %v", method, path, refused.Allow)
			}
		case !errors.Is(err, spec.ErrNoPath):
			t.Errorf("%q %q gives %v", method, path, err)
		}
	})
}
