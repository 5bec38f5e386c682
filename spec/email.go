package spec

import (
	"net/mail"
	"strings"
)

// IsEmail reports whether a text is an e-mail address and nothing around it: no name, no comment, no blank (EMAIL-FORM). Its
// local part may be quoted, as in "john doe"@example.com.
func IsEmail(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == withoutQuotes(text) // Parsed, it has no quotes.
}

// withoutQuotes returns an e-mail address with its local part as it reads without quotes.
func withoutQuotes(address string) string {
	at := strings.LastIndex(address, `"@`)
	if at < 1 || address[0] != '"' {
		return address
	}
	return Unquote(address[:at+1]) + address[at+1:]
}
