package curl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote returns a text as a word of the shell, without NUL bytes, which no word can have.
func Quote(text string) string { return quote(strings.ReplaceAll(text, "\x00", "")) }

// quote returns a text without NUL bytes as a word of the shell: in single quotes if all characters are printable, otherwise
// with escapes.
func quote(text string) string {
	if utf8.ValidString(text) && strings.IndexFunc(text, unprintable) < 0 {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return "$'" + escape(text, `\'`, `\x%02x`) + "'"
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// asFormat returns a format of printf that prints a text, for use in single quotes.
func asFormat(text string) string {
	return strings.ReplaceAll(escape(text, `\'`, `\%03o`), "%", "%%")
}

// escape returns a text in which the bytes in special and those of unprintable characters are replaced by escapes in a format.
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
