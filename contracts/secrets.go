package contracts

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// found is a secret in an answer.
type found struct {
	text   string // itself
	sent   string // as it stands in the answer
	member string // the name of the member that holds it; empty if it has none
	path   string // where jq finds it; empty if jq cannot
}

// shortestSecret is from how many bytes on a member's value is a secret: what is shorter may be a word of any text.
const shortestSecret = 4

// What is a secret by its form or by what stands before it.
var (
	jsonWebToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+(?:\.[\w-]+)?`)
	randomText   = regexp.MustCompile(`[A-Za-z0-9_-]{20,}`)
	credential   = regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([\w.~+/=-]{8,})`)
)

// The ways in which a text names a member and its value, cut off or not: the value is the last group that is not empty.
// What follows a colon without quotes may be prose, so that it is a secret only if it has a digit.
var (
	inQuotes   = regexp.MustCompile(`["']([\w-]+)["']\s*[:=]\s*(?:"((?:[^"\\]|\\.)*)|'((?:[^'\\]|\\.)*))`)
	inForm     = regexp.MustCompile(`([\w-]+)=["']?([^\s"'&,;<>{}\[\]]+)`)
	inElement  = regexp.MustCompile(`<([\w-]+)[^<>]*>([^<]+)`)
	afterColon = regexp.MustCompile(`([\w-]+)["']?\s*:\s*([^\s"'&,;<>{}\[\]]*\d[^\s"'&,;<>{}\[\]]*)`)
)

// secretName reports whether a member, a parameter or a header of this name holds a secret.
func secretName(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "")
	for _, end := range []string{"token", "tokens", "cookie", "authorization", "jwt", "sessionid", "session-id"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	for _, part := range []string{"password", "secret", "credential", "apikey", "api-key"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// looksRandom reports whether a text looks drawn: nobody writes upper case, lower case and digits that mixed.
func looksRandom(text string) bool {
	return strings.ContainsFunc(text, unicode.IsUpper) && strings.ContainsFunc(text, unicode.IsLower) && strings.ContainsFunc(text, unicode.IsDigit)
}

// secretsIn returns the secrets of an answer's body: those in JSON with their paths, and whatever looks like one in
// any other text. An answer may be cut off, or give a member twice.
func secretsIn(body []byte) []found {
	var all []found
	var value any
	if json.Unmarshal(body, &value) == nil {
		all = walk(all, "", "", false, value)
	}
	text := string(body)
	for _, form := range []*regexp.Regexp{inQuotes, inForm, inElement, afterColon} {
		for _, match := range form.FindAllStringSubmatch(text, -1) {
			if sent := cmp.Or(match[len(match)-1], match[2]); secretName(match[1]) && len(sent) >= shortestSecret {
				all = append(all, found{text: decoded(sent), sent: sent, member: match[1]})
			}
		}
	}
	for _, match := range shaped(text) {
		all = append(all, found{text: match, sent: match})
	}
	return all
}

// shaped lists what is a secret in a text by its form.
func shaped(text string) []string {
	all := jsonWebToken.FindAllString(text, -1)
	for _, match := range credential.FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return append(all, slices.DeleteFunc(randomText.FindAllString(text, -1), func(one string) bool { return !looksRandom(one) })...)
}

// walk adds the secrets of a JSON value: all texts below a member with the name of one, and every other text that is
// one by its form.
func walk(all []found, path, member string, secret bool, value any) []found {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			under := member
			if !secret {
				under = name
			}
			all = walk(all, path+step(name), under, secret || secretName(name), value[name])
		}
	case []any:
		for i, one := range value {
			all = walk(all, path+"["+strconv.Itoa(i)+"]", member, secret, one)
		}
	case string:
		whole := len(shaped(value)) == 1 && shaped(value)[0] == value
		if whole || secret && len(value) >= shortestSecret {
			all = append(all, found{text: value, sent: value, member: member, path: path})
		}
	}
	return all
}

var plainStep = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// step is a member in a path of jq.
func step(name string) string {
	if plainStep.MatchString(name) {
		return "." + name
	}
	quoted, _ := json.Marshal(name) // A text always can be.
	return "[" + string(quoted) + "]"
}

// decoded is what a JSON string says; what is none says itself.
func decoded(inner string) string {
	var text string
	if json.Unmarshal([]byte(`"`+inner+`"`), &text) != nil {
		return inner
	}
	return text
}
