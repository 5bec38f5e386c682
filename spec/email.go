package spec

import (
	"net/mail"
	"strings"
)

// IsEmail reports whether text is an e-mail address without a display name, comments or surrounding spaces (EMAIL-FORM).
// The local part may be quoted, as in "john doe"@example.com, and has at most 64 octets.
func IsEmail(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == withoutQuotes(text) && // ParseAddress removes quotes.
		strings.LastIndexByte(text, '@') <= longestLocalPart
}

// longestLocalPart is the number of octets before the @ that every mail server takes (RFC 5321, section 4.5.3.1.1).
const longestLocalPart = 64

// withoutQuotes returns an e-mail address with its local part unquoted.
func withoutQuotes(address string) string {
	at := strings.LastIndex(address, `"@`)
	if at < 1 || address[0] != '"' {
		return address
	}
	return Unquote(address[:at+1]) + address[at+1:]
}
