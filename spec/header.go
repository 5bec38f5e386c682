package spec

import (
	"mime"
	"regexp"
	"slices"
	"strings"
)

// SplitHeader splits the value of a header at a separator that is not within a quoted string, and trims the parts. A part
// may be empty.
func SplitHeader(value string, separator byte) []string {
	var parts []string
	quoted, from := false, 0
	for i := 0; i < len(value); i++ {
		switch {
		case quoted && value[i] == '\\':
			i++ // The next byte stands for itself.
		case value[i] == '"':
			quoted = !quoted
		case value[i] == separator && !quoted:
			parts = append(parts, strings.Trim(value[from:i], " \t"))
			from = i + 1
		}
	}
	return append(parts, strings.Trim(value[from:], " \t"))
}

// escaped is a character of a quoted string that stands for itself.
var escaped = regexp.MustCompile(`\\(.)`)

// Unquote returns what a quoted string of a header says, or a text without quotes as it is.
func Unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	return escaped.ReplaceAllString(text[1:len(text)-1], "$1")
}

// ParseMediaType is [mime.ParseMediaType] for a media type whose parameters may be empty, as in "application/json;;charset=utf-8"
// (RFC 9110, section 5.6.6).
func ParseMediaType(value string) (string, map[string]string, error) {
	mediaType, parameters, err := mime.ParseMediaType(value)
	if err == nil {
		return mediaType, parameters, nil
	}
	parts := SplitHeader(value, ';')
	parameterless := slices.DeleteFunc(parts[1:], func(part string) bool { return part == "" })
	return mime.ParseMediaType(strings.Join(append(parts[:1], parameterless...), ";"))
}

// identity reports whether a Content-Encoding leaves the body as it is.
func identity(coding string) bool {
	return !slices.ContainsFunc(strings.Split(coding, ","), func(one string) bool {
		one = strings.TrimSpace(one)
		return one != "" && !strings.EqualFold(one, "identity")
	})
}

// printable makes what a client sent fit for a message: valid UTF-8 and short.
func printable(sent string) string {
	const most = 80
	runes := []rune(sent) // A byte that is no UTF-8 becomes U+FFFD.
	return string(runes[:min(len(runes), most)])
}
