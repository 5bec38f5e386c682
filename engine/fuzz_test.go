package engine_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"standin/engine"
	"standin/engine/enginetest"
)

// FuzzRequest sends anything anywhere: no answer is a fault of our own, and none echoes the bearer.
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct{ method, target, kind, body string }{
		{"GET", "/customer/acme/me?expand=addresses,mixin:*", "customer", ""},
		{"PATCH", "/acme/me/", "customer", `{"firstName":null,"mixins":{"a":{"b":[1,null]}},"metadata":{"version":1}}`},
		{"PUT", "/customer/acme/me/addresses/a000000001", "customer", `{"isDefault":true,"tags":["A","A"]}`},
		{"POST", "/customer/acme/me/addresses", "customer", `{"country":"DE"}`},
		{"POST", "/customer/acme/me/addresses/a%2Fb/tags?tags=%ff", "customer", ""},
		{"DELETE", "/customer/acme/me?token=x", "customer", ""},
		{"POST", "/customer/acme/signup", "anonymous", `{"email":"a@b.c","password":"123456","signup":null,"customerAddress":{"contactName":"x"}}`},
		{"POST", "/customer/acme/login", "anonymous", `{"email":"john.doe@example.com","password":"password123"}`},
		{"GET", "/customer/acme/refreshauthtoken?refreshToken=demoOrdinaryRefresh0000000000001", "anonymous", ""},
		{"GET", "/customer/acme/logout?accessToken=demoOrdinaryAccess0000000001", "customer", ""},
		{"POST", "/customer/acme/socialLogin", "anonymous", `{"email":"x@example.com"}`},
		{"POST", "/oauth/token", "", "grant_type=client_credentials&client_id=a&client_secret=b&scope=tenant%3Dacme"},
		{"GET", "/customerlogin/auth/anonymous/login?tenant=acme&client_id=x&currency=EUR", "", ""},
		{"PATCH", "/session-context/acme/me/context", "anonymous", `{"currency":"EUR"}`},
		{"HEAD", "/customer/customer/me//", "service", "\x00"},
	} {
		f.Add(seed.method, seed.target, seed.kind, []byte(seed.body), "application/json")
	}
	s := enginetest.New(f, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) {
		c.Hash = engine.HashCost{Memory: 8}
		c.MaxWorlds = 50
	}))
	tokens := map[string]string{}
	for _, kind := range []string{"customer", "anonymous", "service"} {
		tokens[kind] = mint(f, s, kind, john)
	}
	f.Fuzz(func(t *testing.T, method, target, kind string, body []byte, mediaType string) {
		at, err := url.Parse(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return // net/http answers these itself.
		}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", bytes.NewReader(body))
		request.Method, request.URL = method, at
		request.Header.Set("Content-Type", mediaType)
		request.Header.Set("Authorization", "Bearer "+tokens[kind])
		request.Header.Set("session-id", target)
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, request)
		if answer.Code >= http.StatusInternalServerError || s.Violations() > 0 {
			t.Fatalf("%s %s answers %d %s", method, target, answer.Code, answer.Body)
		}
		if token := tokens[kind]; token != "" && strings.Contains(answer.Body.String(), token) && !strings.Contains(target, token) {
			t.Fatalf("%s %s echoes its bearer: %s", method, target, answer.Body)
		}
	})
}
