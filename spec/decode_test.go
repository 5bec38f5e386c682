package spec_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// signup returns the body of a sign-up with some JSON as its mixins, since the check must be strict at every depth.
func signup(mixins string) string {
	return `{"email":"a@example.com","password":"` + planted + `","customerDetails":{"mixins":` + mixins + `}}`
}

func TestJSONIsReadStrictly(t *testing.T) {
	t.Parallel()
	r := router(t)
	for name, one := range map[string]struct{ mixins, field, kind string }{
		"empty":                             {``, "body", "malformed"},
		"a bare word":                       {planted, "body", "malformed"},
		"single quotes":                     {`{'a':1}`, "body", "malformed"},
		"a comma at the end of an object":   {`{"a":1,}`, "body", "malformed"},
		"a comma at the end of a list":      {`{"a":[1,]}`, "body", "malformed"},
		"no comma":                          {`{"a":[1 2]}`, "body", "malformed"},
		"a name without a value":            {`{"a"}`, "body", "malformed"},
		"a number as a name":                {`{1:1}`, "body", "malformed"},
		"the wrong end":                     {`{"a":[1}]`, "body", "malformed"},
		"a comment":                         {`{}/* */`, "body", "malformed"},
		"NaN":                               {`{"a":NaN}`, "body", "malformed"},
		"a leading zero":                    {`{"a":01}`, "body", "malformed"},
		"a leading plus":                    {`{"a":+1}`, "body", "malformed"},
		"hexadecimal":                       {`{"a":0x1}`, "body", "malformed"},
		"a number without bounds":           {`{"a":1e999}`, "body", "malformed"},
		"one below all":                     {`{"a":[-1e999]}`, "body", "malformed"},
		"one that is very long":             {`{"a":` + strings.Repeat("9", 400) + `}`, "body", "malformed"},
		"a zero byte in a text":             {"{\"a\":\"\x00\"}", "body", "malformed"},
		"a zero byte between":               {"{\x00}", "body", "malformed"},
		"a line break in a text":            {"{\"a\":\"\n\"}", "body", "malformed"},
		"an escape that is none":            {`{"a":"\x41"}`, "body", "malformed"},
		"half of an escape":                 {`{"a":"\u00"}`, "body", "malformed"},
		"a high surrogate alone":            {`{"a":"\ud83d"}`, "body", "malformed"},
		"a low surrogate alone":             {`{"a":"\ude00"}`, "body", "malformed"},
		"surrogates the wrong way round":    {`{"a":"\ude00\ud83d"}`, "body", "malformed"},
		"one in a name":                     {`{"\ud83d":1}`, "body", "malformed"},
		"bad UTF-8 in a text":               {"{\"a\":\"\xff\"}", "body", "malformed"},
		"bad UTF-8 in a name":               {"{\"\xc3\x28\":1}", "body", "malformed"},
		"UTF-8 that is longer than needed":  {"{\"a\":\"\xc0\x80\"}", "body", "malformed"},
		"a surrogate in UTF-8":              {"{\"a\":\"\xed\xa0\x80\"}", "body", "malformed"},
		"bad UTF-8 between":                 {"{\xff}", "body", "malformed"},
		"a name twice":                      {`{"a":1,"a":1}`, "customerDetails.mixins.a", "duplicate"},
		"a name twice, once escaped":        {`{"a":1,"\u0061":1}`, "customerDetails.mixins.a", "duplicate"},
		"a name twice in a list":            {`{"a":[0,{"b":1,"c":2,"b":3}]}`, "customerDetails.mixins.a.1.b", "duplicate"},
		"a name with a slash twice":         {`{"a/b~":1,"a/b~":1}`, "customerDetails.mixins.a/b~", "duplicate"},
		"many levels of objects":            {strings.Repeat(`{"a":`, 10_000) + `1` + strings.Repeat(`}`, 10_000), "body", "malformed"},
		"many levels of lists":              {`{"a":` + strings.Repeat(`[`, 10_000) + strings.Repeat(`]`, 10_000) + `}`, "body", "malformed"},
		"many levels that never end":        {strings.Repeat(`[`, 100_000), "body", "malformed"},
		"one name in two cases":             {`{"a":1,"A":2}`, "", ""},
		"an escaped zero byte":              {`{"a":"\u0000"}`, "", ""},
		"a pair of surrogates":              {`{"a":"\ud83d\ude00"}`, "", ""},
		"the greatest character":            {`{"a":"\udbff\udfff` + "\U0010FFFF" + `"}`, "", ""},
		"a very small number":               {`{"a":1e-999}`, "", ""},
		"a great number":                    {`{"a":1e308}`, "", ""},
		"more digits than a float holds":    {`{"a":9007199254740993.000000000000001}`, "", ""},
		"one name in two objects of a list": {`{"a":[{"b":1},{"b":2}]}`, "", ""},
		"blanks of all kinds":               {" \t\r\n{ \"a\" : [ ] } ", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, signup(one.mixins))
			if one.field == "" {
				if len(checked.Problems) > 0 || checked.Value() == nil {
					t.Fatalf("refused: %+v", checked.Problems)
				}
				return
			}
			if len(checked.Problems) != 1 || checked.Problems[0].Field != one.field || checked.Problems[0].Type != one.kind {
				t.Fatalf("got %+v", checked.Problems)
			}
			if text := checked.Problems[0].String(); strings.Contains(text, planted) || len(text) > 200 {
				t.Errorf("the detail quotes the body: %.300s", text)
			}
			if checked.Value() != nil || checked.Raw != nil {
				t.Error("what is not well-formed is handed on")
			}
		})
	}
}

// A body with several faults is refused for the first of them.
func TestTheFirstFaultIsReported(t *testing.T) {
	t.Parallel()
	r := router(t)
	deep := strings.Repeat("[", 101)
	for body, want := range map[string]string{
		`{"a":1e999,"a":1}`:                  "body is a number out of range",
		`{"a":1,"a":1e999}`:                  "a is given more than once",
		`{"a":1,"a":` + deep:                 "a is given more than once",
		`{"a":` + deep + `x`:                 "body is nested deeper than 100 levels",
		`{"a":` + deep[:99] + `1e999`:        "body is a number out of range",
		`{"a":tru` + deep:                    "body is not well-formed JSON in UTF-8, at byte 4",
		`{"a":"` + deep + `","b":"\"` + deep: "body is not well-formed JSON in UTF-8, at byte 112",
		`}` + deep:                           "body is not well-formed JSON in UTF-8, at byte 0",
		`{"a":1} ` + deep:                    "body goes on after the end of the JSON value",
	} {
		checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, body)
		if len(checked.Problems) != 1 || checked.Problems[0].String() != want {
			t.Errorf("%s: %+v", body, checked.Problems)
		}
	}
}

// A body is refused as a whole if it is truncated anywhere or has trailing bytes.
func TestTruncatedAndTrailingBodies(t *testing.T) {
	t.Parallel()
	r := router(t)
	whole := signup(`{"a":[1,true,null,"\u00e9é"]}`)
	for cut := 1; cut < len(whole); cut++ {
		checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, whole[:cut])
		if len(checked.Problems) != 1 || checked.Problems[0].Type != "malformed" || strings.Contains(checked.Problems[0].String(), planted) {
			t.Errorf("%d bytes give %+v", cut, checked.Problems)
		}
	}
	for _, more := range []string{"x", "{}", "null", `"`, "}", ",", "\x00", "\xff", "\ufeff", whole} {
		checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, whole+more)
		if len(checked.Problems) != 1 || checked.Problems[0].Type != "malformed" || strings.Contains(checked.Problems[0].String(), planted) {
			t.Errorf("with %.10q behind it: %+v", more, checked.Problems)
		}
	}
	for _, more := range []string{"", " ", "\r\n\t "} {
		if checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, more+whole+more); len(checked.Problems) > 0 {
			t.Errorf("with %q around it: %+v", more, checked.Problems)
		}
	}
	for _, empty := range []string{" ", "\n", "\ufeff", "\ufeff" + whole} {
		if checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, empty); len(checked.Problems) != 1 || checked.Problems[0].Type != "malformed" {
			t.Errorf("%.10q gives %+v", empty, checked.Problems)
		}
	}
}

// A name in a different case is a different name. It does not count as the declared member and does not hide it.
func TestNamesKeepTheirCase(t *testing.T) {
	t.Parallel()
	r := router(t)
	both := check(t, r, http.MethodPost, "/acme/login", jsonType, `{"email":"a","password":"p","PASSWORD":"q","Email":1}`)
	if len(both.Problems) > 0 {
		t.Errorf("refused: %+v", both.Problems)
	}
	if got := fields(both.Warnings); got != "Email PASSWORD" {
		t.Errorf("warned of %s", got)
	}
	alone := check(t, r, http.MethodPost, "/acme/login", jsonType, `{"email":"a","PASSWORD":"q"}`)
	if got := fields(alone.Problems); got != "password" {
		t.Errorf("refused for %q", got)
	}
}

// FuzzDecode sends any text as the body of a sign-up. A body that is accepted must be JSON for other decoders, too. A body
// that is refused must have details, and no detail may contain the secret in it.
func FuzzDecode(f *testing.F) {
	r := router(f)
	for _, mixins := range []string{
		`{}`, `null`, `{"a":[1,true,null,"x"]}`, `{"a":1,"a":2}`, `{"a":1e999}`, `"`, `{"a":"\ud800"}`, "\xff", `}}`, `{"a":` + strings.Repeat("[", 120),
	} {
		f.Add(signup(mixins))
	}
	f.Add(`{"email":"` + planted + `","password":"","signup":{"password":["` + planted + `"]},"customerAddress":{"country":"` + planted + `"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		checked := check(t, r, http.MethodPost, "/acme/signup", jsonType, body)
		again := check(t, r, http.MethodPost, "/acme/signup", jsonType, body)
		if !reflect.DeepEqual(checked, again) {
			t.Errorf("%q: two checks differ: %+v and %+v", body, checked, again)
		}
		if checked.Value() != nil && !json.Valid([]byte(body)) {
			t.Errorf("%q is accepted, and is not JSON", body)
		}
		if checked.Value() == nil && len(checked.Problems) == 0 {
			t.Errorf("%q is neither taken nor refused", body)
		}
		for _, d := range slices.Concat(checked.Problems, checked.Warnings) {
			if strings.Contains(d.Type+d.Message, planted) || !utf8.ValidString(d.Field) {
				t.Errorf("%q: %+q", body, d)
			}
		}
	})
}
