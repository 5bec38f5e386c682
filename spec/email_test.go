package spec_test

import (
	"strings"
	"testing"

	"standin/spec"
)

func TestIsEmail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"john.doe@example.com": true, "john+shop@example.com": true, "jörg@example.com": true, "a@localhost": true,
		// The local part may be quoted (RFC 5322, section 3.4.1).
		`"john doe"@example.com`: true, `"john"@example.com`: true, `"a\"b\\c"@example.com`: true, `"a@b"@example.com`: true, `"<a>"@example.com`: true,
		"": false, "x": false, "a@": false, "@b": false, "john doe@example.com": false, `""@example.com`: false, `"a"b@example.com`: false,
		"John <john@example.com>": false, "<john@example.com>": false, `"John" <john@example.com>`: false, `"x"@y <john@example.com>`: false, `"John" <"j"@example.com>`: false,
		" a@b": false, "a@b ": false, "a@ b": false, `"a"@ b`: false, `"a" @b`: false, "a@b (c)": false, "(c)a@b": false, `"a"@b (c)`: false, "a@b, c@d": false,
		"\"a\nb\"@example.com": false,
		// The local part has at most 64 octets (RFC 5321, section 4.5.3.1.1), its quotes included.
		strings.Repeat("a", 64) + "@example.com": true, strings.Repeat("a", 65) + "@example.com": false,
		strings.Repeat("é", 32) + "@example.com": true, strings.Repeat("é", 32) + "a@example.com": false,
		`"` + strings.Repeat("a", 62) + `"@example.com`: true, `"` + strings.Repeat("a", 63) + `"@example.com`: false,
	} {
		if got := spec.IsEmail(text); got != want {
			t.Errorf("%s is an e-mail address: %t", text, got)
		}
	}
}
