package spec_test

import (
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
	} {
		if got := spec.IsEmail(text); got != want {
			t.Errorf("%s is an e-mail address: %t", text, got)
		}
	}
}
