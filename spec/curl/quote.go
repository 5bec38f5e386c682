package curl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quote makes a word of the shell of a text without NUL bytes: between plain quotes if all of it can be printed, else
// with escapes.
func quote(text string) string {
	if utf8.ValidString(text) && strings.IndexFunc(text, unprintable) < 0 {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return "$'" + escape(text, `\'`, `\x%02x`) + "'"
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// asFormat makes a format of printf of a text, to stand between plain quotes.
func asFormat(text string) string {
	return strings.ReplaceAll(escape(text, `\'`, `\%03o`), "%", "%%")
}

// escape writes each byte of special and each byte of what cannot be printed in the format of an escape.
func escape(text, special, format string) string {
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 || unprintable(r) || strings.ContainsRune(special, r) {
			for _, b := range []byte(text[:size]) {
				fmt.Fprintf(&out, format, b)
			}
		} else {
			out.WriteString(text[:size])
		}
		text = text[size:]
	}
	return out.String()
}
