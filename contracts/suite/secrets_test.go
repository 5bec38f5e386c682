package suite

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"standin/spec"
	"standin/spec/curl"
)

// exchanged is an exchange of an operation with an answer.
func exchanged(t *testing.T, operation string, status int, answer string) *exchange {
	t.Helper()
	operations := map[string]*spec.Operation{}
	for _, name := range []string{spec.Customer, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range document.Operations {
			operations[op.ID] = op
		}
	}
	e := &exchange{name: operation, owner: "CUSTOMER", suite: &Suite{operations: operations}, request: curl.Request{Target: "/customer/acme/login", Body: []byte(`{"email":"jane@example.com"}`)}}
	e.setAnswer(status, http.Header{}, []byte(answer))
	return e
}

// An answer that may have tokens shows only declared members whose names are not those of secrets.
func TestSecretsOfAnAnswer(t *testing.T) {
	const ok, refused, undocumented = http.StatusOK, http.StatusUnauthorized, http.StatusTeapot
	for _, test := range []struct {
		operation string
		status    int
		answer    string
		want      []string
	}{
		{"login", ok, `{"whatever":"deadbeef","n":123456,"small":123,"deadbeef03":true,"a":{"scope":"open sesame"}}`, []string{"deadbeef", "123456", "deadbeef03", "open sesame"}},
		{"login", ok, `{"token_type":"Bearer","tokenType":"Bearer","expires_in":2591999,"refreshTokenExpiresIn":86399,"initialPassword":true}`, nil},
		{"login", ok, `{"token_type":"deadbeef","expires_in":"12345678","session_id":"plain-word"}`, []string{"deadbeef", "12345678", "plain-word"}},
		{"login", ok, `{"email":"jane@example.com","tenant":"acme"}`, nil}, // The request has them.
		{"login", ok, `"deadbeef"`, []string{"deadbeef"}},
		{"login", ok, `deadbeef`, []string{"deadbeef"}},
		{"login", ok, `{"whatever":"open ses`, []string{"open ses"}},
		{"login", ok, `{"whatever":"open sesame","whatever":"x"}`, []string{"open sesame"}},
		{"login", ok, `{"whatever":12345678,"whatever":1}`, []string{"12345678"}},
		{"login", refused, `{"error":"invalid_grant","error_description":"Bad credentials","path":"/customer/acme/login","status":401}`, nil},
		{"login", refused, `{"whatever":"deadbeef03","message":"the session deadbeef03cafe77aa is over"}`, []string{"deadbeef03", "deadbeef03cafe77aa"}},
		{"login", undocumented, `{"more":{"scope":"opensesame"},"whatever":"open sesame"}`, []string{"opensesame", "open sesame"}},
		{"login", undocumented, `{"status":418,"message":"I am a teapot","errorcode":"TEAPOT"}`, nil},
		{"getProfile", undocumented, `{"x":"shown"}`, nil},
		{"validateToken", ok, `{"token_type":"Bearer","scope":"tenant=acme a.b_c","sessionId":"plain-word","x":"hidden"}`, []string{"plain-word", "hidden"}},
		{"serviceToken", ok, `{"x":"hidden"}`, []string{"hidden"}},
		{"confirmOptIn", ok, `{"x":"hidden"}`, []string{"hidden"}},
		{"socialLogin", ok, `{"x":"hidden"}`, []string{"hidden"}},
		{"refreshToken", ok, `{"x":"hidden"}`, []string{"hidden"}},
		{"anonymousLogin", ok, `{"x":"hidden"}`, []string{"hidden"}},
		{"anonymousRefresh", ok, `{"x":"hidden"}`, []string{"hidden"}},
		{"getProfile", ok, `{"id":"12345678","x":"shown","traceId":"deadbeef03cafe77aa","PIN":"4711","otp":471147}`, []string{"4711", "471147", "deadbeef03cafe77aa"}},
		{"getProfile", ok, `{"note":"{\"passwd\":\"deadbeef\"}"}`, []string{"deadbeef"}},
		{"GET /nowhere", ok, `{"x":"shown12345","code":"SHOWN"}`, nil},
	} {
		var got []string
		for _, one := range exchanged(t, test.operation, test.status, test.answer).secrets() {
			got = append(got, one.text)
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if got = slices.Compact(got); !slices.Equal(got, test.want) {
			t.Errorf("%s %d %s has the secrets %q, not %q", test.operation, test.status, test.answer, got, test.want)
		}
	}
}

// Names of secrets are recognized by their parts, in any case.
func TestSecretName(t *testing.T) {
	for name, want := range map[string]bool{
		"session passwd pwd sid sessionKey tokenValue tokenData refreshTokenV2 jwtString bearer auth pin otp pass passphrase privateKey ticket key": true,
		"SESSION user_pin X-Auth-Token api-key APIKEY clientSecret saas_token userCredentials Set-Cookie Authorization pinCode smsOTP":              true,
		"addressId shippingAddress author company token_type tokenType refreshTokenExpiresIn refresh_token_expires_in monkeys keyword tenant":       false,
		"code message path email scope passenger": false,
	} {
		for one := range strings.FieldsSeq(name) {
			if got := secretName(one); got != want {
				t.Errorf("%s: %t", one, got)
			}
		}
	}
}
