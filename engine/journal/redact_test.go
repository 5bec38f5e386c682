package journal

import (
	"slices"
	"strings"
	"testing"
	"time"

	"standin/spec"
)

func TestMaskedJSON(t *testing.T) {
	t.Parallel()
	const token = "demoOrdinaryAccess0000000001"
	for body, want := range map[string]string{
		`{"a":1}`:                  `{"a":1}`,
		`{"password":"x","a":"y"}`: `{"password":"***","a":"y"}`,
		`{"a":{"newPassword":"x","b":[1,"c"]},"id":"i"}`:           `{"a":{"newPassword":"***","b":[1,"c"]},"id":"i"}`,
		`{"tokens":{"a":[1,"b",{"c":"d"}],"e":null},"f":"g"}`:      `{"tokens":"***","f":"g"}`,
		`[{"token":"x"},{"id":"y"},"z"]`:                           `[{"token":"***"},{"id":"y"},"z"]`,
		`{"secret":true,"token":null,"expires_token":1}`:           `{"secret":true,"token":null,"expires_token":1}`,
		`{"p\u0061ssword":"x"}`:                                    `{"password":"***"}`,
		`{"token":{},"a":"b"}`:                                     `{"token":"***","a":"b"}`,
		`{"a":{"token":[]},"b":"c"}`:                               `{"a":{"token":"***"},"b":"c"}`,
		`{"message":"Address ` + token + ` of 1 not found."}`:      `{"message":"Address *** of 1 not found."}`,
		`{"a":["` + token + `","` + strings.ToLower(token) + `"]}`: `{"a":["***","` + strings.ToLower(token) + `"]}`,
	} {
		if got, _, err := maskedJSON([]byte(body), nil); err != nil || string(got) != want {
			t.Errorf("%s becomes %s (%v), want %s", body, got, err, want)
		}
	}
	for _, body := range []string{"", " ", "{", `{"password":"x"`, `{"a":1}}`, `{"` + token + `":1}`} {
		if got, _, err := maskedJSON([]byte(body), nil); err == nil {
			t.Errorf("%q becomes %s", body, got)
		}
	}
	body := `{"a":[{"b/c":{"token":["x","y"]}}],"m":{"n":1}}`
	got, masked, err := maskedJSON([]byte(body), map[string]bool{"m.n": true})
	if err != nil || !slices.Equal(masked, []string{"/a/0/b~1c/token"}) || !strings.HasSuffix(string(got), `"m":{"n":"***"}}`) {
		t.Errorf("%s is masked at %v as %s (%v)", body, masked, got, err)
	}
}

func TestMaskedForm(t *testing.T) {
	t.Parallel()
	const token = "demoOrdinaryAccess0000000001"
	for body, want := range map[string]string{
		"grant_type=a%20b&client_secret=x&scope=": "grant_type=a%20b&client_secret=***&scope=",
		"client%5Fsecret=x+y":                     "client%5Fsecret=***",
		"id=" + token + "&secret=":                "id=***&secret=",
		"other=1&id=2":                            "other=***&id=2",
		"a=%zz":                                   "",
		"a;b=c":                                   "",
		"my secret":                               "",
		token + "=1":                              "",
	} {
		got, _, err := maskedForm([]byte(body), map[string]bool{"other": true})
		if string(got) != want || (err == nil) == (want == "") {
			t.Errorf("%s becomes %q (%v), want %q", body, got, err, want)
		}
	}
	if _, masked, _ := maskedForm([]byte("client_secret=x&other=1&a=2"), map[string]bool{"other": true}); !slices.Equal(masked, []string{"/client_secret"}) {
		t.Errorf("masked at %v", masked)
	}
}

// What is masked is counted once, however deep it is, and a body that is nothing but secrets is not kept.
func TestMostMasked(t *testing.T) {
	t.Parallel()
	keep := func(body string) Message {
		m := Message{}
		m.KeepRequest([]byte(body), &spec.Request{Raw: []byte(body)})
		return m
	}
	if m := keep(`{"password":[` + strings.Repeat("1,", 20_000) + `1]}`); len(m.Masked) != 1 || string(m.Body) != `{"password":"***"}` {
		t.Errorf("a list is masked at %d places as %.40s", len(m.Masked), m.Body)
	}
	if m := keep(`{"a":[` + strings.Repeat(`{"token":1},`, 500) + `1]}`); m.Omitted != tooMany || m.Body != nil || m.Masked != nil {
		t.Errorf("500 secrets are kept at %d places: %q", len(m.Masked), m.Omitted)
	}
}

func TestWithoutTokens(t *testing.T) {
	t.Parallel()
	const token, jwt = "demoOrdinaryAccess0000000001", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x-y_z"
	for text, want := range map[string]string{
		"":                                   "",
		token:                                Masked,
		"Bearer " + token + ".":              "Bearer ***.",
		token + "," + token:                  "***,***",
		token + "0":                          Masked, // A run that may hold one.
		"x%20" + token:                       "x%" + Masked,
		"aPreferredDeliveryAddressSelection": "aPreferredDeliveryAddressSelection",
		"x%20" + jwt + "&":                   "x%" + Masked + "&",
		"d41d8cd98f00b204e9800998ecf8427e":   "d41d8cd98f00b204e9800998ecf8427e",
		"a " + jwt + ", " + jwt:              "a ***, ***",
		"eyJx.y":                             "eyJx.y",
		"a.eyJx.y.z b eyJ-.":                 "a.*** b eyJ-.",
		"eyJx.y.z.a":                         "eyJx.y.z.a",
		"{" + strings.Repeat("aB", 32) + "}": "{***}",
	} {
		if got := withoutTokens(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// The journal keeps a target as it was sent: a path that is decoded or a query that is sorted is another request.
func TestMaskedQuery(t *testing.T) {
	t.Parallel()
	document, err := spec.Load("customer.yaml")
	if err != nil {
		t.Fatal(err)
	}
	op, _ := document.Operation("getProfile")
	for query, want := range map[string]string{
		"":                                    "",
		"expand=mixin%3Aa,addresses":          "?expand=mixin%3Aa,addresses",
		"x=1&expand=a&x=2":                    "?x=***&expand=a&x=***",
		"x=":                                  "?x=",
		"zz9secret":                           "?***",
		"a%20b=1":                             "?***",
		"expand=a;b":                          "?***",
		"expand=%zz":                          "?***",
		"expand=demoOrdinaryAccess0000000001": "?expand=***",
	} {
		if got := maskedQuery(query, op); got != want {
			t.Errorf("%s becomes %s, want %s", query, got, want)
		}
	}
	if got := maskedQuery("expand=a", nil); got != "?expand=***" {
		t.Errorf("where there is no operation, expand=a becomes %s", got)
	}
}

// The time of masking grows with the text, whatever its parts look like: a client chooses them, and a header may have 256 KiB.
func TestMaskingIsLinear(t *testing.T) {
	t.Parallel()
	const size, most = 256 << 10, time.Second // Linear masking takes milliseconds.
	for _, part := range []string{
		"eyJ-", "eyJ.", "eyJ_", "eyJ-demoOrdinaryAccess0000000001-", "demoOrdinaryAccess0000000001.", "eyJ.eyJ.eyJ ", "a.", "-", "aB",
	} {
		for _, end := range []string{"", "...", ".a.b"} {
			text := strings.Repeat(part, size/len(part)) + end
			began := time.Now()
			withoutTokens(text)
			if took := time.Since(began); took > most {
				t.Errorf("%q, repeated and then %q, takes %v", part, end, took)
			}
		}
	}
}
