package spec_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"standin/spec"
)

const formType = "application/x-www-form-urlencoded"

// send checks a request with the headers given.
func send(tb testing.TB, method, target, body string, header http.Header) *spec.Request {
	tb.Helper()
	request := httptest.NewRequestWithContext(tb.Context(), method, target, http.NoBody)
	request.Header = header
	m, err := router(tb).Match(request)
	if err != nil {
		tb.Fatal(err)
	}
	return m.Operation.Check(m, request, []byte(body))
}

func TestUnsupportedBodies(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		target, mediaType string
		encodings         []string
		want              string // expected Unsupported; empty if the body is read
	}{
		"JSON":                         {"/acme/login", jsonType, nil, ""},
		"no type":                      {"/acme/login", "", nil, ""},
		"a type in capitals":           {"/acme/login", "APPLICATION/JSON", nil, ""},
		"UTF-8":                        {"/acme/login", "application/json; charset=utf-8", nil, ""},
		"UTF-8 as somebody writes it":  {"/acme/login", `application/json;charset="Utf-8"`, nil, ""},
		"ASCII in capitals":            {"/acme/login", "application/json; charset=US-ASCII", nil, ""},
		"a parameter nobody knows":     {"/acme/login", "application/json; profile=x", nil, ""},
		"the identity":                 {"/acme/login", jsonType, []string{"Identity"}, ""},
		"Latin 1":                      {"/acme/login", "application/json; charset=iso-8859-1", nil, "application/json in iso-8859-1"},
		"UTF-16":                       {"/acme/login", "application/json; charset=utf-16", nil, "application/json in utf-16"},
		"XML":                          {"/acme/login", "application/xml", nil, "application/xml"},
		"plain text":                   {"/acme/login", "text/plain; charset=utf-8", nil, "text/plain"},
		"a form":                       {"/acme/login", formType, nil, formType},
		"JSON of another kind":         {"/acme/login", "application/merge-patch+json", nil, "application/merge-patch+json"},
		"any type":                     {"/acme/login", "*/*", nil, "*/*"},
		"no type that can be read":     {"/acme/login", ";;", nil, ";;"},
		"two types in one":             {"/acme/login", "application/json, text/plain", nil, "application/json, text/plain"},
		"the identity twice":           {"/acme/login", jsonType, []string{"identity, ", "IDENTITY"}, ""},
		"gzip":                         {"/acme/login", jsonType, []string{"gzip"}, "gzip"},
		"gzip without a type":          {"/acme/login", "", []string{"gzip"}, "gzip"},
		"gzip in a second header":      {"/acme/login", jsonType, []string{"identity", "gzip"}, "identity, gzip"},
		"a form where one is taken":    {"/oauth/token", formType, nil, ""},
		"no type where a form is":      {"/oauth/token", "", nil, ""},
		"JSON where a form is, too":    {"/oauth/token", jsonType, nil, ""},
		"text where a form is":         {"/oauth/token", "text/plain", nil, "text/plain"},
		"a form of several parts":      {"/oauth/token", "multipart/form-data; boundary=x", nil, "multipart/form-data"},
		"a very long type, cut short":  {"/acme/login", ";" + strings.Repeat("x", 200), nil, ";" + strings.Repeat("x", 79)},
		"a type with bytes of its own": {"/acme/login", "text/\xff", nil, "text/\ufffd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if one.mediaType != "" {
				header.Set("Content-Type", one.mediaType)
			}
			header["Content-Encoding"] = one.encodings
			checked := send(t, http.MethodPost, one.target, `{"email":1}`, header)
			if checked.Unsupported != one.want || checked.Coded != strings.Contains(one.want, "gzip") {
				t.Fatalf("got %q (a coding: %t), want %q", checked.Unsupported, checked.Coded, one.want)
			}
			if read := len(checked.Problems) > 0; read == (one.want != "") {
				t.Errorf("the body was read: %t: %+v", read, checked.Problems)
			}
		})
	}
}

// A PATCH of a profile accepts two media types with the same schema.
func TestAMergePatchIsAProfile(t *testing.T) {
	t.Parallel()
	for _, mediaType := range []string{jsonType, "application/merge-patch+json", ""} {
		checked := check(t, router(t), http.MethodPatch, "/acme/me", mediaType, `{"firstName":1,"x":2}`)
		if checked.Unsupported != "" || fields(checked.Problems) != "firstName" || fields(checked.Warnings) != "x" {
			t.Errorf("%q: %+v", mediaType, checked)
		}
	}
}

func TestBodiesThatAreNotThere(t *testing.T) {
	t.Parallel()
	r := router(t)
	for _, d := range documents(t) {
		for _, op := range d.Operations {
			target := strings.NewReplacer("{tenant}", "acme", "{addressId}", "a", "{token}", "t").Replace(op.Path)
			empty := check(t, r, op.Method, target, "", "")
			needs := slices.Contains(strings.Fields(fields(empty.Problems)), "body")
			if takes := len(op.MediaTypes()) > 0; needs != takes {
				t.Errorf("%s takes a body: %t; without one: %+v", op.ID, takes, empty.Problems)
			}
			if needs || len(op.MediaTypes()) > 0 {
				continue
			}
			// A body that the operation ignores is never refused.
			sent := check(t, r, op.Method, target, "text/plain", "\xff"+planted)
			if got := fields(sent.Warnings); got != "body" || sent.Unsupported != "" || sent.Value() != nil || sent.Raw != nil {
				t.Errorf("%s with a body: warned of %q, %+v", op.ID, got, sent)
			}
			if !reflect.DeepEqual(sent.Problems, empty.Problems) {
				t.Errorf("%s refuses the body: %+v", op.ID, sent.Problems)
			}
		}
	}
}

func TestNull(t *testing.T) {
	t.Parallel()
	r := router(t)
	for _, one := range []struct{ method, target, body, refused string }{
		{http.MethodPost, "/acme/signup", `{"email":"a@b.c","password":"p","signup":null,"customerDetails":null,"customerAddress":null}`, ""},
		{http.MethodPost, "/acme/signup", `{"email":"a@b.c","password":"p","customerDetails":{"b2b":null,"mixins":null,"metadata":null,"preferredCurrency":null}}`, ""},
		{http.MethodPost, "/acme/signup", `{"email":"a@b.c","password":"p","customerAddress":{"country":null,"tags":null}}`, ""},
		{http.MethodPatch, "/acme/me", `{"metadata":{"version":null,"mixins":{"m":null}},"mixins":{"m":null},"b2b":{"legalEntities":null}}`, ""},
		{http.MethodPatch, "/acme/me/addresses/a", `{"id":null,"isDefault":null,"city":null}`, ""},
		{http.MethodPost, "/acme/signup", `{"email":null,"password":null}`, "email password"},
		{http.MethodPost, "/acme/signup", `{"email":"a@b.c","password":"p","signup":{"email":null,"password":"p"}}`, "signup.email"},
		{http.MethodPost, "/acme/signup", `{"email":"a@b.c","password":"p","customerAddress":{"tags":[null]}}`, "customerAddress.tags.0"},
		{http.MethodPost, "/acme/password/change", `{"currentPassword":null,"newPassword":null}`, "currentPassword newPassword"},
		{http.MethodPost, "/acme/login", `null`, "body"},
		{http.MethodPatch, "/acme/me", `null`, "body"},
	} {
		checked := check(t, r, one.method, one.target, jsonType, one.body)
		if got := fields(checked.Problems); got != one.refused || len(checked.Warnings) > 0 {
			t.Errorf("%s: got %q, want %q; warned of %+v", one.body, got, one.refused, checked.Warnings)
		}
	}
}

// The document has defaults for a new profile. If they were written into a change, they would reset the customer's choices.
func TestNoDefaultIsWritten(t *testing.T) {
	t.Parallel()
	r := router(t)
	for _, one := range []struct{ method, target, body string }{
		{http.MethodPatch, "/acme/me", `{"firstName":"Ada"}`},
		{http.MethodPut, "/acme/me", `{"firstName":"Ada"}`},
		{http.MethodPost, "/acme/me/accounts/internal/email/change", `{"email":"a","password":"p","newEmail":"b@example.com"}`},
		{http.MethodPost, "/acme/signup", `{"email":"a@b.c","password":"p","customerDetails":{}}`},
	} {
		checked := check(t, r, one.method, one.target, jsonType, one.body)
		before := strings.Count(one.body, `":`)
		if body, _ := checked.Value().(map[string]any); len(body) != before || string(checked.Raw) != one.body {
			t.Errorf("%s became %v", one.body, checked.Value())
		}
		if details, ok := checked.Value().(map[string]any)["customerDetails"].(map[string]any); ok && len(details) > 0 {
			t.Errorf("%s became %v", one.body, checked.Value())
		}
		if len(checked.Params) != 1 {
			t.Errorf("the parameters became %v", checked.Params)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	r := router(t)
	const good = "grant_type=client_credentials&client_id=a&client_secret="
	for name, one := range map[string]struct{ body, problems, warnings string }{
		"good":                         {good + planted, "", ""},
		"escapes and blanks":           {good + "a%2Bb+c&scope=tenant%3Dacme+x", "", ""},
		"an unknown field":             {good + "b&x=" + planted, "", "x"},
		"a field in another case":      {good + "b&Scope=" + planted, "", "Scope"},
		"nothing":                      {"", "body", ""},
		"a field without a value":      {good, "client_secret", ""},
		"a missing field":              {"grant_type=client_credentials&client_id=a", "client_secret", ""},
		"a value that is none of them": {"grant_type=" + planted + "&client_id=a&client_secret=b", "grant_type", ""},
		"a field twice":                {good + "b&client_secret=" + planted, "client_secret", ""},
		"an unknown field twice":       {good + "b&x=1&x=" + planted, "x", ""},
		"two fields twice, the first":  {good + "b&z=1&z=1&y=1&y=1", "y", ""},
		"half of an escape":            {good + planted + "%f", "body", ""},
		"an escape that is none":       {good + planted + "%zz", "body", ""},
		"a semicolon":                  {good + planted + ";x=1", "body", ""},
		"bad UTF-8 in a value":         {good + planted + "%ff", "body", ""},
		"bad UTF-8 in a name":          {good + "b&%ff=" + planted, "body", ""},
		"bad UTF-8 in a name, twice":   {good + "b&%ff=1&%ff=2", "body", ""},
		"JSON that is called a form":   {`{"client_id":"a"}`, "grant_type client_id client_secret", `{"client_id":"a"}`},
	} {
		for range 5 { // The same body always gets the same answer.
			checked := check(t, r, http.MethodPost, "/oauth/token", formType, one.body)
			if fields(checked.Problems) != one.problems || fields(checked.Warnings) != one.warnings {
				t.Errorf("%s: refused for %v, warned of %v", name, checked.Problems, checked.Warnings)
			}
			for _, d := range slices.Concat(checked.Problems, checked.Warnings) {
				if strings.Contains(d.String(), planted) {
					t.Errorf("%s: the value is quoted: %v", name, d)
				}
			}
		}
	}
	checked := check(t, r, http.MethodPost, "/oauth/token", "", good+"a%2Bb+c")
	want := map[string]any{"grant_type": "client_credentials", "client_id": "a", "client_secret": "a+b c"}
	if !reflect.DeepEqual(checked.Value(), want) || checked.Raw != nil {
		t.Errorf("the form is %v", checked.Value())
	}
}
