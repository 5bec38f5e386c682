package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// verify tries the flags about a server before the run begins. A mistake is a usage error of one sentence and not a finding.
func TestVerifyTriesWhatItWasTold(t *testing.T) {
	in(t, "x.yaml", "name: x\nsettings: {serviceClients: [{clientId: backend, clientSecret: right}]}\ncustomers: [{email: john.doe@example.com, password: password123}]\n")
	s := start(t, "--addr", "127.0.0.1:0", "--fixture", "x.yaml")
	front := httptest.NewServer(hidden(t, "http://"+s.addresses[0]))
	defer front.Close()
	inbox := mailpit(t, "http://"+s.addresses[0])
	for name, c := range map[string]struct {
		code int
		says string
		env  string
		args []string
	}{
		"a wrong password":                {exitUsage, "john.doe@example.com: check the address and the password in STANDIN_CUSTOMER", "STANDIN_CUSTOMER=john.doe@example.com:planted", nil},
		"a right password":                {exitOK, " 0 failed;", "STANDIN_CUSTOMER=john.doe@example.com:password123", nil},
		"a wrong service secret":          {exitUsage, "backend: check the id and the secret in STANDIN_SERVICE_CLIENT", "STANDIN_SERVICE_CLIENT=backend:planted", []string{"--profile", "full"}},
		"a right service secret":          {exitOK, " 0 failed;", "STANDIN_SERVICE_CLIENT=backend:right", []string{"--profile", "full"}},
		"no inbox":                        {exitUsage, "--inbox: it did not answer: ", "", []string{"--profile", "full", "--inbox", "http://127.0.0.1:1"}},
		"an inbox with a password":        {exitUsage, "--inbox: it did not answer: ", "", []string{"--profile", "full", "--inbox", "http://me:planted@127.0.0.1:1"}},
		"no Mailpit":                      {exitUsage, "--inbox: it answered 404 and no list of mails; give the address of a Mailpit", "", []string{"--profile", "full", "--inbox", front.URL}},
		"an inbox":                        {exitOK, " 0 failed;", "", []string{"--profile", "full", "--inbox", inbox.URL}},
		"an inbox in smoke":               {exitOK, "--inbox is not used: --profile smoke has no specs about mails", "", []string{"--profile", "smoke", "--inbox", "http://127.0.0.1:1"}},
		"an inbox beside the control API": {exitOK, "--inbox is not used: the mails come from the control API", "", []string{"--url", "http://" + s.addresses[0], "--inbox", "http://127.0.0.1:1"}},
	} {
		for _, variable := range []string{"STANDIN_CUSTOMER", "STANDIN_SERVICE_CLIENT"} {
			t.Setenv(variable, "")
			if value, ok := strings.CutPrefix(c.env, variable+"="); ok {
				t.Setenv(variable, value)
			}
		}
		code, out := verify(t, others(front.URL, append([]string{"--label-filter", "LOGIN-BAD || PROFILE-GET && smoke"}, c.args...)...)...)
		if code != c.code || !strings.Contains(out, c.says) || strings.Contains(out, "planted") {
			t.Errorf("%s: it exits with %d and says %s", name, code, out)
		}
		if code == exitUsage && strings.Count(out, "\n") != 1 {
			t.Errorf("%s: it says more than one sentence: %s", name, out)
		}
	}
}
