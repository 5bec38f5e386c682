package spec_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestQueries(t *testing.T) {
	t.Parallel()
	r := router(t)
	for name, one := range map[string]struct {
		method, target            string
		params, problems, warning string // params are those of the query, as name=value
	}{
		"nothing":                               {"GET", "/acme/me", "", "", ""},
		"one that is declared":                  {"GET", "/acme/me?expand=addresses", "expand=addresses", "", ""},
		"one that is not":                       {"GET", "/acme/me?nobody=1", "", "", "nobody"},
		"one of another operation":              {"GET", "/acme/me?refreshToken=" + planted, "", "", "refreshToken"},
		"one in another case":                   {"GET", "/acme/me?Expand=addresses", "", "", "Expand"},
		"several that are not, sorted":          {"GET", "/acme/me?b=1&a=2&b=3", "", "", "a b"},
		"one twice":                             {"GET", "/acme/me?expand=addresses&expand=x", "expand=addresses", "", "expand"},
		"a required one twice":                  {"GET", "/acme/logout?accessToken=a&accessToken=b", "accessToken=a", "", "accessToken"},
		"one twice, the second one bad":         {"GET", "/acme/me?expand=a&expand=%ff", "expand=a", "", "expand"},
		"a plus is a blank":                     {"GET", "/acme/me?expand=a+b%2Bc", "expand=a b+c", "", ""},
		"a required one is missing":             {"GET", "/acme/logout", "", "accessToken", ""},
		"a required one is there, though empty": {"GET", "/acme/logout?accessToken=", "accessToken=", "", ""},
		"a required one must not be empty":      {"POST", "/acme/me/addresses/a/tags?tags", "addressId=a", "tags", ""},
		"an optional one is empty":              {"DELETE", "/acme/me?token=", "token=", "", ""},
		"an empty one that must not be so":      {"GET", "/acme/refreshauthtoken?refreshToken=x&legalEntityId=", "refreshToken=x", "legalEntityId", ""},
		"bad UTF-8":                             {"GET", "/acme/logout?accessToken=%ff", "", "accessToken", ""},
		"a surrogate":                           {"GET", "/acme/logout?accessToken=%ed%a0%80", "", "accessToken", ""},
		"bad UTF-8 that nobody reads":           {"GET", "/acme/me?x=%ff", "", "", "x"},
		"half of an escape":                     {"GET", "/acme/me?expand=%f", "", "query", ""},
		"an escape that is none":                {"GET", "/acme/me?expand=%zz", "", "query", ""},
		"a semicolon":                           {"GET", "/acme/me?expand=a;b", "", "query", ""},
		"a semicolon, and one that is missing":  {"GET", "/acme/logout?accessToken=a;b", "", "query accessToken", ""},
		"a zero byte is a character":            {"GET", "/acme/me?expand=%00", "expand=\x00", "", ""},
		"a credential is declared":              {"GET", "/customerlogin/auth/anonymous/login?tenant=acme&client_id=x", "tenant=acme", "", ""},
		"a pattern that does not match":         {"GET", "/customerlogin/auth/anonymous/login?currency=" + planted, "", "currency", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked := check(t, r, one.method, one.target, "", "")
			params := map[string]string{}
			if name, value, ok := strings.Cut(one.params, "="); ok {
				params[name] = value
			}
			if strings.HasPrefix(one.target, "/acme") {
				params["tenant"] = "acme"
			}
			if !reflect.DeepEqual(checked.Params, params) {
				t.Errorf("the parameters are %q", checked.Params)
			}
			if got := fields(checked.Problems); got != one.problems {
				t.Errorf("refused for %q, want %q: %+v", got, one.problems, checked.Problems)
			}
			if got := fields(checked.Warnings); got != one.warning {
				t.Errorf("warned of %q, want %q", got, one.warning)
			}
			for _, d := range append(checked.Problems, checked.Warnings...) {
				if strings.Contains(d.String(), planted) {
					t.Errorf("the value is quoted: %+v", d)
				}
			}
		})
	}
}

func TestCredentialsInTheQuery(t *testing.T) {
	t.Parallel()
	r := router(t)
	const target = "/customerlogin/auth/anonymous/login?tenant=acme"
	for more, want := range map[string]string{"": "", "&client_id=": "", "&client_id=x": "x", "&client_id=x&client_id=y": "x", "&clientId=x": ""} {
		if checked := check(t, r, http.MethodGet, target+more, "", ""); checked.Credential != want || len(checked.Problems) > 0 {
			t.Errorf("%q: the credential is %q, refused for %+v", more, checked.Credential, checked.Problems)
		}
	}
	if checked := check(t, r, http.MethodGet, "/acme/me?client_id=x", "", ""); checked.Credential != "" || fields(checked.Warnings) != "client_id" {
		t.Errorf("an operation without one has %q", checked.Credential)
	}
}

func TestParametersOfPathAndHeader(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/acme/me": "", "/a23/me": "", "/abcdefghijklmnop/me": "", "/ab/me": "tenant", "/abcdefghijklmnopq/me": "tenant",
		"/ACME/me": "tenant", "/1acme/me": "tenant", "/ac-me/me": "tenant", "/acme%20/me": "tenant", "/acme%0a/me": "tenant",
		"/%ff%ff%ff/me": "tenant", "/%61cme/me": "", "/acme/me/addresses/%ff": "addressId", "/acme/me/addresses/%2F": "", "/acme/me/addresses/%00": "",
	} {
		checked := check(t, router(t), http.MethodGet, target, "", "")
		named := map[string]bool{}
		for _, d := range checked.Problems {
			named[d.Field] = true
		}
		if len(named) > 1 || (want != "") != named[want] {
			t.Errorf("%s: refused for %+v", target, checked.Problems)
		}
	}
	for name, one := range map[string]struct {
		header http.Header
		want   string
	}{
		"none":           {http.Header{}, "session-id"},
		"empty":          {http.Header{"Session-Id": {""}}, "session-id"},
		"one":            {http.Header{"Session-Id": {"x"}}, ""},
		"two":            {http.Header{"Session-Id": {"x", "y"}}, ""},
		"bad UTF-8":      {http.Header{"Session-Id": {"\xff"}}, "session-id"},
		"with its blank": {http.Header{"Session-Id": {"a b"}}, ""},
	} {
		if checked := send(t, http.MethodPost, "/acme/socialLogin", `{"provider":null}`, one.header); fields(checked.Problems) != one.want {
			t.Errorf("%s: refused for %+v", name, checked.Problems)
		}
	}
}
