package spec_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"testing"

	"standin/spec"
)

func documents(tb testing.TB) []*spec.Document {
	tb.Helper()
	var all []*spec.Document
	for _, name := range []string{spec.Customer, spec.Companions} {
		d, err := spec.Load(name)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

func router(tb testing.TB) *spec.Router {
	tb.Helper()
	r, err := spec.NewRouter(documents(tb)...)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestMatch(t *testing.T) {
	t.Parallel()
	r := router(t)
	for _, one := range []struct{ method, target, operation, name, value string }{
		{"GET", "/customer/acme/me", "getProfile", "tenant", "acme"},
		{"GET", "/acme/me", "getProfile", "tenant", "acme"},
		{"PUT", "/acme/me/", "replaceProfile", "tenant", "acme"},
		{"GET", "/customer/acme/me/addresses/a%2Fb", "getAddress", "addressId", "a/b"},
		{"GET", "/customer/acme/me/addresses/tags", "getAddress", "addressId", "tags"},
		{"POST", "/customer/acme/me/addresses/x/tags/", "addAddressTags", "addressId", "x"},
		{"GET", "/customer/acme/signup/optin/abc", "confirmOptIn", "token", "abc"},
		{"POST", "/customer/acme/signup/optin/refresh_token", "resendOptIn", "tenant", "acme"},
		{"GET", "/customer/UPPER%20/me", "getProfile", "tenant", "UPPER "},
		{"GET", "/customer/me", "getProfile", "tenant", "customer"},
		{"GET", "/customer/acme/validateauthtoken", "validateToken", "tenant", "acme"},
		{"GET", "/customerlogin/auth/anonymous/login?tenant=x", "anonymousLogin", "", ""},
		{"POST", "/oauth/token", "serviceToken", "", ""},
	} {
		m, err := r.Match(httptest.NewRequestWithContext(t.Context(), one.method, one.target, http.NoBody))
		if err != nil || m.Operation.ID != one.operation || m.Path[one.name] != one.value {
			t.Errorf("%s %s is %+v, %v", one.method, one.target, m, err)
		}
	}
}

func TestNoMatch(t *testing.T) {
	t.Parallel()
	r := router(t)
	for _, target := range []string{"/", "//", "/customer", "/customer/acme", "/customer/acme/me//", "/customer//me", "/a/b/c/d/e/f", "/product/acme/products"} {
		if _, err := r.Match(httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)); !errors.Is(err, spec.ErrNoPath) {
			t.Errorf("%s gives %v", target, err)
		}
	}
	for target, allow := range map[string][]string{
		"/customer/acme/me": {"DELETE", "GET", "PATCH", "PUT"},
		"/acme/login/":      {"POST"},
		"/customer/acme/signup/optin/refresh_token": {"POST"},
	} {
		_, err := r.Match(httptest.NewRequestWithContext(t.Context(), http.MethodHead, target, http.NoBody))
		if method, ok := errors.AsType[*spec.MethodError](err); !ok || !slices.Equal(method.Allow, allow) {
			t.Errorf("HEAD %s gives %v", target, err)
		}
	}
}

func TestTwoOperationsOnOnePath(t *testing.T) {
	t.Parallel()
	all := documents(t)
	_, err := spec.NewRouter(all[0], all[0])
	if err == nil || !regexp.MustCompile(`^spec: [A-Z]+ /[^ ]+ is both (\w+) and (\w+)$`).MatchString(err.Error()) {
		t.Errorf("the same operations twice: %v", err)
	}
}

func BenchmarkMatch(b *testing.B) {
	r := router(b)
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/customer/acme/me", http.NoBody)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Match(request); err != nil {
			b.Fatal(err)
		}
	}
}
