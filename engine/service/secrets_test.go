package service_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"standin/engine/enginetest"
	"standin/engine/journal"
	"standin/engine/world"
)

// planted is a secret of a request. It has no form by which it could be masked, so only its name tells that it is secret.
const planted = "correct horse battery"

// The journal keeps the request of every operation that takes a secret, without the secret.
func TestTheJournalKeepsNoSecretOfAnOperation(t *testing.T) {
	t.Parallel()
	server := enginetest.New(t)
	tenant, err := server.Worlds().Make(world.Sandbox{Name: "acme", Fixture: server.Config().Fixture})
	if err != nil {
		t.Fatal(err)
	}
	const json = "application/json"
	for name, one := range map[string]struct{ method, target, mediaType, body string }{
		"serviceToken":       {http.MethodPost, "/oauth/token", "application/x-www-form-urlencoded", "grant_type=client_credentials&client_id=a&client_secret=$&scope=tenant%3Dacme"},
		"serviceToken JSON":  {http.MethodPost, "/oauth/token", json, `{"grant_type":"client_credentials","client_id":"a","client_secret":"$","scope":"tenant=acme"}`},
		"serviceToken query": {http.MethodPost, "/oauth/token?client_secret=$&scope=tenant%3Dacme", json, `{"grant_type":"client_credentials","client_id":"a"}`},
		"signup":             {http.MethodPost, "/acme/signup", json, `{"email":"a@example.com","password":"$","signup":{"email":"b@example.com","password":"$"}}`},
		"login":              {http.MethodPost, "/acme/login", json, `{"email":"a@example.com","password":"$"}`},
		"assignAccount":      {http.MethodPost, "/acme/me/accounts/internal", json, `{"email":"a@example.com","password":"$"}`},
		"requestEmailChange": {http.MethodPost, "/acme/me/accounts/internal/email/change", json, `{"email":"a@example.com","password":"$","newEmail":"b@example.com"}`},
		"confirmEmailChange": {http.MethodPost, "/acme/me/accounts/internal/email/change/confirm", json, `{"token":"$"}`},
		"resetPassword":      {http.MethodPost, "/acme/password/reset/update", json, `{"token":"$","password":"$"}`},
		"changePassword":     {http.MethodPost, "/acme/password/change", json, `{"currentPassword":"$","newPassword":"$"}`},
		"confirmOptIn":       {http.MethodGet, "/acme/signup/optin/$", "", ""},
		"logout":             {http.MethodGet, "/acme/logout?accessToken=$", "", ""},
		"refreshToken":       {http.MethodGet, "/acme/refreshauthtoken?refreshToken=$", "", ""},
		"deleteProfile":      {http.MethodDelete, "/acme/me?token=$", "", ""},
		"anonymousRefresh":   {http.MethodGet, "/customerlogin/auth/anonymous/refresh?tenant=acme&client_id=x&refresh_token=$&anonymous_token=$", "", ""},
	} {
		inURL := strings.ReplaceAll(planted, " ", "%20")
		if one.mediaType != json {
			one.body = strings.ReplaceAll(one.body, "$", inURL)
		}
		request := httptest.NewRequestWithContext(t.Context(), one.method, strings.ReplaceAll(one.target, "$", inURL), strings.NewReader(strings.ReplaceAll(one.body, "$", planted)))
		request.Header.Set("Content-Type", one.mediaType)
		server.ServeHTTP(httptest.NewRecorder(), request)
		var kept string
		tenant.Journal().Entries(0, func(e *journal.Entry) bool {
			if operation, _, _ := strings.Cut(name, " "); e.Operation == operation {
				kept = fmt.Sprintf("%s %s %s %v", e.Target, e.Request.Body, e.Response.Body, e.Refusal)
			}
			return true
		})
		if !strings.Contains(kept, journal.Masked) || strings.Contains(kept, planted) || strings.Contains(kept, inURL) {
			t.Errorf("of %s the journal keeps %q", name, kept)
		}
	}
}
