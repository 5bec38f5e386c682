package spec_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"standin/spec"
)

// fields returns the fields of details, in their order.
func fields(all []spec.Detail) string {
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Field
	}
	return strings.Join(names, " ")
}

// sample returns the body of a sign-up with every member that the document declares.
func sample() map[string]any {
	profile := map[string]any{
		"title": "MR", "firstName": "John", "middleName": "M", "lastName": "Doe", "contactEmail": "a@example.com", "contactPhone": "1",
		"company": "Emporix", "preferredLanguage": "en_US", "preferredCurrency": "EUR", "preferredSite": "main",
		"b2b": map[string]any{
			"companyRegistrationId": "1",
			"legalEntities":         []any{map[string]any{"id": "1", "name": "n", "contactAssignmentId": "c"}},
		},
		"metadata": map[string]any{"version": 1, "mixins": map[string]any{"m": "https://example.com/m.json"}},
		"mixins":   map[string]any{"m": map[string]any{"deep": []any{"x"}}},
	}
	address := map[string]any{
		"contactName": "John Doe", "country": "DE", "tags": []any{"BILLING", "SHIPPING"},
		"metadata": map[string]any{"version": 1}, "mixins": map[string]any{"m": "x"},
	}
	return map[string]any{
		"email": "a@example.com", "password": "password123",
		"signup":          map[string]any{"email": "b@example.com", "password": "password123"},
		"customerDetails": profile, "customerAddress": address,
	}
}

// eachPlace calls visit for every member and item below a value, with a function that sets it.
func eachPlace(value any, at string, visit func(at string, set func(any))) {
	below := func(name string, child any, set func(any)) {
		place := strings.TrimPrefix(at+"."+name, ".")
		visit(place, set)
		set(child)
		eachPlace(child, place, visit)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range sortedNames(value) {
			below(name, value[name], func(v any) { value[name] = v })
		}
	case []any:
		for i, child := range value {
			below(string(rune('0'+i)), child, func(v any) { value[i] = v })
		}
	}
}

// A detail names the place and the violated rule, and never contains the value that was sent.
func TestNoDetailHoldsAValue(t *testing.T) {
	t.Parallel()
	r := router(t)
	wrong := []any{
		planted,
		[]any{planted},
		map[string]any{"a": planted},
		map[string]any{"a": []any{planted, map[string]any{"b": planted}}},
		strings.Repeat(planted, 1000), nil, true, 4242424242.5, -4242424242,
	}
	whole := sample()
	refused := map[string]bool{}
	eachPlace(whole, "", func(at string, set func(any)) {
		for _, value := range wrong {
			set(value)
			body, err := json.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, string(body))
			for _, d := range slices.Concat(checked.Problems, checked.Warnings) {
				if text := d.Field + d.Type + d.Message; strings.Contains(text, planted) || strings.Contains(text, "42424242") {
					t.Errorf("%s: the value is quoted: %+v", at, d)
				}
			}
			for _, d := range checked.Problems {
				refused[at] = true
				if d.Field != at && !strings.HasPrefix(d.Field, at+".") {
					t.Errorf("%s: it is called %s", at, d.Field)
				}
			}
			free := at == "customerDetails.mixins.m" || strings.HasPrefix(at, "customerDetails.mixins.m.") || at == "customerAddress.mixins.m"
			if free && len(checked.Problems) > 0 {
				t.Errorf("%s: a free value is refused: %+v", at, checked.Problems)
			}
		}
	})
	for _, at := range []string{
		"email", "signup.password", "customerDetails.preferredCurrency", "customerDetails.b2b.legalEntities.0.id",
		"customerDetails.metadata.version", "customerDetails.metadata.mixins.m", "customerAddress.country", "customerAddress.tags.0", "customerAddress.tags.1",
	} {
		if !refused[at] {
			t.Errorf("%s takes everything", at)
		}
	}
}

func TestDetailsNameTheirPlace(t *testing.T) {
	t.Parallel()
	r := router(t)
	for _, one := range []struct{ method, target, body, want string }{
		{http.MethodPost, "/acme/signup", `{}`, "email password"},
		{http.MethodPost, "/acme/signup", `{"email":"","password":"","signup":{}}`, "email password signup.email signup.password"},
		{http.MethodPost, "/acme/signup", `{"email":"a@b.c","password":"p","customerAddress":{"country":"DEU","tags":[1,"a",null]}}`, "customerAddress.country customerAddress.tags.0 customerAddress.tags.2"},
		{http.MethodPost, "/acme/me/addresses", `{"tags":[1]}`, "tags.0"},
		{http.MethodPost, "/acme/me/addresses", `{"tags":{}}`, "tags"},
		{http.MethodPost, "/acme/me/addresses", `[]`, "body"},
		{http.MethodPost, "/acme/me/addresses", `"text"`, "body"},
		{http.MethodPatch, "/acme/me", `{"metadata":{"version":1.5,"mixins":{"a.b":1}}}`, "metadata.mixins.a.b metadata.version"},
		{http.MethodPatch, "/acme/me", `{"b2b":{"legalEntities":[{"name":"x"},{"id":1}]}}`, "b2b.legalEntities.0.id b2b.legalEntities.1.id"},
		{http.MethodPost, "/x/login", `{}`, "tenant tenant email password"},
		{http.MethodPost, "/acme/socialLogin", `{"email":1}`, "session-id email"},
	} {
		checked := check(t, r, one.method, one.target, jsonType, one.body)
		got := strings.Fields(fields(checked.Problems))
		want := strings.Fields(one.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s %s: got %v, want %v", one.target, one.body, got, want)
		}
	}
}

// A detail becomes part of an answer, so it must be valid UTF-8 for every request.
func TestDetailsCanBeAnswered(t *testing.T) {
	t.Parallel()
	r := router(t)
	const form = "application/x-www-form-urlencoded"
	for _, one := range []struct{ method, target, mediaType, body string }{
		{http.MethodGet, "/acme/me?%ff=1", "", ""},
		{http.MethodGet, "/acme/me?%ff=1&%ff=2&%00=%00", "", ""},
		{http.MethodGet, "/acme/me?expand=%ff", "", ""},
		{http.MethodGet, "/%ff/me", "", ""},
		{http.MethodGet, "/acme/me/addresses/%c3%28", "", ""},
		{http.MethodPost, "/acme/login", "text/\xff", "{}"},
		{http.MethodPost, "/acme/login", "text/plain; charset=\xff", "{}"},
		{http.MethodPost, "/acme/login", `application/json; charset="` + "\xff" + `"`, "{}"},
		{http.MethodPost, "/acme/login", jsonType, `{"":1,"\u0000":2,"a":{"":3}}`},
		{http.MethodPost, "/oauth/token?%ff", form, "grant_type=%ff"},
		{http.MethodPost, "/oauth/token", form, "%ff=1&%ff=2"},
		{http.MethodPost, "/oauth/token", form, "\xff=1&a\xff=2"},
	} {
		checked := check(t, r, one.method, one.target, one.mediaType, one.body)
		all := slices.Concat(checked.Problems, checked.Warnings)
		if len(all) == 0 && checked.Unsupported == "" {
			t.Errorf("%s %s %q: got no problem and no warning", one.method, one.target, one.body)
		}
		all = append(all, spec.Detail{Message: checked.Unsupported})
		for _, d := range all {
			if !utf8.ValidString(d.Field + d.Type + d.Message) {
				t.Errorf("%s %s %q: %+q", one.method, one.target, one.body, d)
			}
		}
		reply := spec.Reply{Status: http.StatusBadRequest, Body: map[string]any{"type": "x", "status": 400, "message": checked.Unsupported, "details": all}}
		if _, err := operation(t, "login").Seal(reply); err != nil {
			t.Errorf("%s %s %q: it cannot be answered: %v", one.method, one.target, one.body, err)
		}
	}
}

func sortedNames(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
