package spec_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"standin/spec"
)

// planted is sent in place of a password or a token. No detail may contain it.
const planted = "hunter2hunter2"

func check(tb testing.TB, r *spec.Router, method, target, mediaType, body string) *spec.Request {
	tb.Helper()
	request := httptest.NewRequestWithContext(tb.Context(), method, target, http.NoBody)
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	m, err := r.Match(request)
	if err != nil {
		tb.Fatal(err)
	}
	return m.Operation.Check(m, request, []byte(body))
}

const jsonType = "application/json"

func TestProblemsNameTheField(t *testing.T) {
	t.Parallel()
	r := router(t)
	nested := func(levels int) string {
		return `{"email":"a@example.com","password":"x","customerDetails":{"mixins":` + strings.Repeat(`{"a":`, levels-2) + `1` + strings.Repeat(`}`, levels)
	}
	for _, one := range []struct{ body, field, kind string }{
		{`{"email":"` + planted, "body", "malformed"},
		{`{"email":"a@example.com","password":` + planted + `}`, "body", "malformed"},
		{`{"email":"a@example.com","password":"` + planted + `"} x`, "body", "malformed"},
		{"{\"email\":\"a@example.com\",\"password\":\"" + planted + "\xff\"}", "body", "malformed"},
		{`{"email":"a@example.com","password":"` + planted + `\ud800"}`, "body", "malformed"},
		{`{"password":"` + planted + `","password":"x"}`, "password", "duplicate"},
		{`{"signup":{"email":"` + planted + `","email":"x"}}`, "signup.email", "duplicate"},
		{`["` + planted + `"]`, "body", "type"},
		{`null`, "body", "nullable"},
		{`{"email":"a@example.com"}`, "password", "required"},
		{`{"email":"a@example.com","password":null}`, "password", "nullable"},
		{`{"email":"a@example.com","password":""}`, "password", "min_length"},
		{`{"email":"a@example.com","password":["` + planted + `"]}`, "password", "type"},
		{`{"email":"a@example.com","password":"x","signup":{"email":"x"}}`, "signup.password", "required"},
		{`{"email":"a@example.com","password":"x","customerAddress":{"country":"` + planted + `"}}`, "customerAddress.country", "pattern"},
		{`{"email":"a@example.com","password":"x","customerAddress":{"tags":["a",1]}}`, "customerAddress.tags.1", "type"},
		{`{"email":"a@example.com","password":"x","customerDetails":{"preferredCurrency":"` + planted + `"}}`, "customerDetails.preferredCurrency", "pattern"},
		{`{"email":"a@example.com","password":"x","customerDetails":{"mixins":{"a":1e999}}}`, "body", "malformed"},
		{nested(101), "body", "malformed"},
		{nested(9_000), "body", "malformed"},
		{"", "body", "required"},
	} {
		checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, one.body)
		if len(checked.Problems) == 0 || checked.Problems[0].Field != one.field || checked.Problems[0].Type != one.kind {
			t.Errorf("%.80s gives %v", one.body, checked.Problems)
		}
		for _, d := range append(checked.Problems, checked.Warnings...) {
			if strings.Contains(d.Field+d.Type+d.Message, planted) {
				t.Errorf("%.80s is quoted: %+v", one.body, d)
			}
		}
	}
	if checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, nested(100)); len(checked.Problems) > 0 {
		t.Errorf("a hundred levels give %v", checked.Problems)
	}
}

func TestWhatPasses(t *testing.T) {
	t.Parallel()
	r := router(t)
	checked := check(t, r, http.MethodPatch, "/acme/me?nobody=asked", "", `{"firstName":"A","title":null,"b2b":null,"b2b2":1,"metadata":{"mixins":null},"PASSWORD":"x"}`)
	if len(checked.Problems) > 0 {
		t.Errorf("the problems are %v", checked.Problems)
	}
	if body, _ := checked.Value().(map[string]any); len(body) != 6 {
		t.Errorf("defaults were written into %v", checked.Value())
	}
	var warned []string
	for _, d := range checked.Warnings {
		warned = append(warned, d.Field)
	}
	if got := strings.Join(warned, " "); got != "nobody PASSWORD b2b2" {
		t.Errorf("the warnings are about %s", got)
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	r := router(t)
	for mediaType, taken := range map[string]bool{
		"": true, jsonType: true, "application/json; charset=utf-8": true, "Application/JSON": true, "application/merge-patch+json": true,
		// Parameters may be empty (RFC 9110, section 5.6.6).
		"application/json;;charset=utf-8": true, "application/json; ; charset=utf-8;": true, `application/json;;charset="utf-8" ; `: true,
		"application/json;;charset=latin1": false, `application/json;;charset=";"`: false, ";;": false, ";application/json": false,
		"text/plain": false, "application/json; charset=latin1": false, "?": false, "application/xml": false,
	} {
		if checked := check(t, r, http.MethodPatch, "/acme/me", mediaType, `{}`); (checked.Unsupported == "") != taken {
			t.Errorf("%q is %q", mediaType, checked.Unsupported)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	r := router(t)
	for target, want := range map[string]struct{ field, kind string }{
		"/acme/me/addresses/x/tags":               {"tags", "required"},
		"/acme/me/addresses/x/tags?tags=":         {"tags", "min_length"},
		"/acme/me/addresses/x/tags?tags=%ff":      {"tags", "malformed"},
		"/acme/me/addresses/%ff/tags?tags=a":      {"addressId", "malformed"},
		"/ACME/me/addresses/x/tags?tags=a":        {"tenant", "pattern"},
		"/acme/me/addresses/x/tags?tags=a&b=%zz;": {"query", "malformed"},
	} {
		checked := check(t, r, http.MethodPost, target, "", "")
		if len(checked.Problems) == 0 || checked.Problems[0].Field != want.field || checked.Problems[0].Type != want.kind || checked.Problems[0].Message == "" {
			t.Errorf("%s gives %v", target, checked.Problems)
		}
	}
	checked := check(t, r, http.MethodPost, "/acme/me/addresses/a%2Fb/tags?tags=a,b&tags=c", "", "ignored")
	if len(checked.Problems) > 0 || checked.Params["tags"] != "a,b" || checked.Params["addressId"] != "a/b" || len(checked.Warnings) != 2 {
		t.Errorf("it is %+v", checked)
	}
	ignored := spec.Detail{Field: "body", Type: "undeclared", Message: "is ignored: this operation takes none"}
	if !slices.Contains(checked.Warnings, ignored) {
		t.Errorf("%v has no %v", checked.Warnings, ignored)
	}
}

func FuzzCheck(f *testing.F) {
	r := router(f)
	f.Add(`{"email":"a@example.com","password":"x"}`, "application/json")
	f.Add(`{"email":"a@example.com","password":"x","customerAddress":{"tags":[null]}}`, "")
	f.Fuzz(func(t *testing.T, body, mediaType string) {
		body = strings.ReplaceAll(body, "x", planted)
		checked := check(t, r, http.MethodPost, "/acme/signup", mediaType, body)
		for _, d := range checked.Problems {
			if strings.Contains(d.Message, planted) {
				t.Errorf("%q is quoted: %+v", body, d)
			}
		}
	})
}

// However a number or a truth value is written, handlers get it in one form.
func TestParametersAreCanonical(t *testing.T) {
	t.Parallel()
	r := router(t)
	const path = "/customer-management/acme/contact-assignments"
	for query, want := range map[string]string{
		"pageNumber=1e1": "10", "pageNumber=2.0": "2", "primary=true": "true", "primary=1": "true", "primary=T": "true", "primary=False": "false",
	} {
		checked := check(t, r, http.MethodGet, path+"?"+query, "", "")
		name, _, _ := strings.Cut(query, "=")
		if len(checked.Problems) > 0 || checked.Params[name] != want {
			t.Errorf("%s is %q with %v", query, checked.Params[name], checked.Problems)
		}
	}
}
