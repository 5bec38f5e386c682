package contracts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// signedWith returns a function that reports whether the HS256 signature of a JWT was made with a secret.
func signedWith(secret string) func(string) bool {
	return func(token string) bool {
		at := strings.LastIndex(token, ".")
		if at < 0 {
			return false
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(token[:at]))
		signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
		return err == nil && hmac.Equal(signature, mac.Sum(nil))
	}
}
