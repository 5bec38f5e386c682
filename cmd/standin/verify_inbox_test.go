package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// letter is a mail in an answer of the control API.
type letter struct{ ID, To, Subject, Link, Token string }

// mailpit is an inbox with the API of Mailpit that shows the mails of a stand-in's tenant.
func mailpit(t *testing.T, origin string) *httptest.Server {
	t.Helper()
	letters := func() []letter {
		answer, err := http.Get(origin + "/_standin/tenants/demo/mail?limit=1000")
		if err != nil {
			t.Error(err)
			return nil
		}
		defer func() { _ = answer.Body.Close() }()
		var said struct{ Mails []letter }
		if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
			t.Error(err)
		}
		return said.Mails
	}
	inbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, one := strings.CutPrefix(r.URL.Path, "/api/v1/message/")
		messages := []map[string]any{}
		for _, mail := range letters() {
			if one && mail.ID == id {
				_ = json.NewEncoder(w).Encode(map[string]any{"Text": "Please follow " + mail.Link, "HTML": ""})
				return
			}
			tag := strings.Trim(strings.TrimPrefix(r.URL.Query().Get("query"), "to:"), `"`)
			if strings.Contains(mail.To, tag) { // The newest comes first, as in Mailpit.
				messages = append([]map[string]any{{"ID": mail.ID, "Subject": mail.Subject, "To": []map[string]any{{"Address": mail.To}}}}, messages...)
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"messages": messages})
	}))
	t.Cleanup(inbox.Close)
	return inbox
}

// If the mails of a server without the control API reach an inbox, verify checks the rules about mails, too.
func TestVerifyReadsAnInbox(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0")
	origin := "http://" + s.addresses[0]
	// The proxy in front of the server hides the control API.
	front := httptest.NewServer(hidden(t, origin))
	defer front.Close()
	args := []string{"--profile", "full", "--inbox", mailpit(t, origin).URL, "--fail-on", "S,D,O,A", "--label-filter", "RESET-UPDATE"}
	code, out := verify(t, others(front.URL, args...)...)
	if code != exitOK || strings.Contains(out, "no inbox") || !strings.Contains(out, "passed, 0 failed") {
		t.Errorf("it exits with %d and says %s", code, out)
	}
	// The run reads its existing customer by the given name.
	code, out = verify(t, others(front.URL, "--customer", "john.doe@example.com:password123", "--focus", "existing customer")...)
	if code != exitOK || strings.Contains(out, "left over") {
		t.Errorf("with a customer it exits with %d and says %s", code, out)
	}
}

// hidden returns the URL of a proxy that hides the control API of a server.
func hidden(t *testing.T, origin string) http.Handler {
	t.Helper()
	to, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_standin") {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}
