package spec

import (
	"mime"
	"regexp"
	"slices"
	"strings"
)

// SplitHeader splits the value of a header at each separator outside quoted strings and returns the parts without
// surrounding spaces and tabs. A part may be empty.
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

// escaped matches an escaped character in a quoted string.
var escaped = regexp.MustCompile(`\\(.)`)

// Unquote returns the content of a quoted string in a header. It returns a text without quotes unchanged.
func Unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	return escaped.ReplaceAllString(text[1:len(text)-1], "$1")
}

// ParseMediaType is like [mime.ParseMediaType] but accepts empty parameters, as in "application/json;;charset=utf-8" (RFC
// 9110, section 5.6.6).
func ParseMediaType(value string) (string, map[string]string, error) {
	mediaType, parameters, err := mime.ParseMediaType(value)
	if err == nil {
		return mediaType, parameters, nil
	}
	parts := SplitHeader(value, ';')
	parameterless := slices.DeleteFunc(parts[1:], func(part string) bool { return part == "" })
	return mime.ParseMediaType(strings.Join(append(parts[:1], parameterless...), ";"))
}

// identity reports whether the value of a Content-Encoding header means that the body is not encoded.
func identity(coding string) bool {
	return !slices.ContainsFunc(strings.Split(coding, ","), func(one string) bool {
		one = strings.TrimSpace(one)
		return one != "" && !strings.EqualFold(one, "identity")
	})
}

// excerpt returns the beginning of a client's text for use in a message. The result is short and valid UTF-8.
func excerpt(sent string) string {
	const most = 80
	runes := []rune(sent) // Each invalid byte becomes U+FFFD.
	return string(runes[:min(len(runes), most)])
}
