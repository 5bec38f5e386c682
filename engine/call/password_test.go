package call

import (
	"crypto/rand"
	"strings"
	"testing"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	// The form of a PHC string: argon2id, version 19, and the parameters by default.
	hash, err := (HashCost{}).Hash(rand.Reader, "password123")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=128,t=4,p=1$") {
		t.Fatal(hash, err)
	}
	c := &Call{Hashes: NewHashes(HashCost{}.WithDefaults(), make(chan struct{}, 1))}
	c.Hashes.rehearsals = rehearsalsAtMost
	for _, one := range []struct {
		password, hash string
		want           bool
	}{
		{"password123", hash, true},
		{"password124", hash, false},
		{"", hash, false},
		{"password123", "", false},
		{"password123", "$argon2id$v=19$m=512,t=0,p=1$AAAA$AAAA", false},
		{"password123", "password123", false},
		{"password123", strings.Replace(hash, "m=128", "m=x", 1), false},
	} {
		if ok, _, err := c.VerifyPassword(one.password, one.hash); ok != one.want || err != nil {
			t.Errorf("VerifyPassword(%q, %q) is %t, %v", one.password, one.hash, ok, err)
		}
	}
}
