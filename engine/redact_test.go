package engine

import "testing"

func TestMask(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"a":1}`:                  `{"a":1}`,
		`{"password":"x","a":"y"}`: `{"password":"***","a":"y"}`,
		`{"a":{"newPassword":"x","b":[1,"c"]},"id":"i"}`:      `{"a":{"newPassword":"***","b":[1,"c"]},"id":"i"}`,
		`{"tokens":{"a":[1,"b",{"c":"d"}],"e":null},"f":"g"}`: `{"tokens":{"a":["***","***",{"c":"***"}],"e":null},"f":"g"}`,
		`[{"token":"x"},{"id":"y"},"z"]`:                      `[{"token":"***"},{"id":"y"},"z"]`,
		`{"secret":true,"token":null,"expires_token":1}`:      `{"secret":true,"token":null,"expires_token":1}`,
		`{"p\u0061ssword":"x"}`:                               `{"password":"***"}`,
		`{"token":{},"a":"b"}`:                                `{"token":{},"a":"b"}`,
		`{"a":{"token":[]},"b":"c"}`:                          `{"a":{"token":[]},"b":"c"}`,
	} {
		var m Message
		got, err := m.mask([]byte(body))
		if err != nil || string(got) != want {
			t.Errorf("%s becomes %s (%v), want %s", body, got, err, want)
		}
	}
	for _, body := range []string{"", " ", "{", `{"password":"x"`, `{"a":1}}`} {
		var m Message
		m.keep([]byte(`{"password":`), func() []byte { return []byte(body) }, false)
		if m.Omitted == "" || m.Body != nil || m.Masked != nil {
			t.Errorf("%q is kept as %s, masked at %v", body, m.Body, m.Masked)
		}
	}
	var m Message
	if _, err := m.mask([]byte(`{"a":[{"b/c":{"token":"x"}}]}`)); err != nil || len(m.Masked) != 1 || m.Masked[0] != "/a/0/b~1c/token" {
		t.Errorf("masked at %v (%v)", m.Masked, err)
	}
}
