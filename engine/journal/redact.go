package journal

import (
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"standin/engine/entropy"
	"standin/engine/refusal"
	"standin/spec"
)

// Masked replaces a secret in the journal.
const Masked = "***"

// keptHeaders are the headers that the journal keeps, sorted. The service uses none of them for a secret.
var keptHeaders = []string{ //nolint:gochecknoglobals // A table.
	"Accept", "Accept-Language", "Allow", "Content-Type", "Link", "Origin", "Prefer", "Preference-Applied",
	"Retry-After", "Session-Id", "Standin-Sandbox", "Traceparent", "User-Agent", "X-Request-Id",
}

// KeptHeader returns the headers that the journal keeps. A sandbox that was named in baggage, which is not kept, is kept as if it
// had been named in its header.
func KeptHeader(header http.Header, sandbox string) [][2]string {
	var found [16][2]string // More than there usually are.
	kept := found[:0]
	for name, values := range header {
		if _, ok := slices.BinarySearch(keptHeaders, name); ok {
			for _, value := range values {
				kept = append(kept, [2]string{name, keptValue(name, Valid(value))})
			}
		}
	}
	if sandbox != "" && header.Get(SandboxHeader) == "" {
		kept = append(kept, [2]string{SandboxHeader, keptValue(SandboxHeader, Valid(sandbox))})
	}
	slices.SortStableFunc(kept, func(one, other [2]string) int { return strings.Compare(one[0], other[0]) })
	return append([][2]string(nil), kept...)
}

// keptValue returns a header's value with tokens masked. A client may send a token in any header by mistake.
func keptValue(name, value string) string {
	if name == "Prefer" {
		var preferences []string
		for _, one := range spec.SplitHeader(value, ',') {
			if name, value := Preference(one); name != "" {
				preferences = append(preferences, MaskedPreference(name, value))
			}
		}
		return strings.Join(preferences, ", ")
	}
	return withoutTokens(value)
}

// MaskedPreference returns one preference (RFC 7240) without its quotes, so a part that needs them is masked: it would be read as
// another preference. The value of an unknown preference may be a secret.
func MaskedPreference(name, value string) string {
	const longest = 12 // characters of a status or a number of milliseconds
	if strings.Contains(name, `"`) {
		name = Masked
	}
	if value == "" {
		return Brief(Valid(name))
	}
	if name != "code" && name != "delay" || len(value) > longest || strings.ContainsAny(value, "\",; \t") {
		value = Masked
	}
	return Brief(Valid(name)) + "=" + Valid(value)
}

// withoutTokens returns a text with everything that has the form of a token replaced by [Masked].
func withoutTokens(text string) string {
	var jwts jwtRun
	start, end := nextToken(text, 0, &jwts)
	if end == 0 {
		return text
	}
	var out strings.Builder
	from := 0
	for ; end > 0; start, end = nextToken(text, from, &jwts) {
		out.WriteString(text[from:start] + Masked)
		from = end
	}
	return out.String() + text[from:]
}

// hasToken reports whether a text has a part that has the form of a token.
func hasToken[T ~string | ~[]byte](text T) bool {
	_, end := nextToken(text, 0, &jwtRun{})
	return end > 0
}

// nextToken returns the bounds of the first token at or after an index; the end is 0 if there is none. A token is a run of
// letters and digits of one of the lengths of W-TOKEN with both cases, unlike a hash in hexadecimal digits. A longer run
// with a digit may contain a token, as after an escape such as %20. The calls for one text share a jwtRun.
func nextToken[T ~string | ~[]byte](text T, from int, jwts *jwtRun) (start, end int) { //nolint:nonamedreturns // The names distinguish them.
	start = from
	for i := from; i <= len(text); i++ {
		if i < len(text) && isAlphanumeric(text[i]) {
			continue
		}
		if i-start >= entropy.AccessLength && mayBeToken(text[start:i]) {
			return start, i
		}
		if i < len(text) && strings.IndexByte(".-_", text[i]) >= 0 && strings.Contains(string(text[start:i]), jwtStart) {
			if end := endOfJWT(text, i, jwts); end > 0 {
				return start, end
			}
		}
		start = i + 1
	}
	return 0, 0
}

// mayBeToken reports whether a run of letters and digits is a token or may contain one.
func mayBeToken[T ~string | ~[]byte](run T) bool {
	var lower, upper, digit bool
	for i := range len(run) {
		lower, upper, digit = lower || run[i] >= 'a', upper || run[i] >= 'A' && run[i] <= 'Z', digit || run[i] <= '9'
	}
	exact := len(run) == entropy.AccessLength || len(run) == entropy.RefreshLength || len(run) == entropy.MailedLength
	return lower && upper && (exact || digit)
}

// jwtStart is the beginning of every JWT: "{" and a quotation mark in base64.
const jwtStart = "eyJ"

// jwtRun is a run of characters that a JWT may consist of. It is read once, however many JWTs could begin in it: what is masked
// comes from clients, and reading the rest of the run for each would take quadratic time.
type jwtRun struct {
	end           int // the index after the last character
	third, second int // indexes of the third and second last dot; -1 if there are fewer
}

// endOfJWT returns the end of a JWT whose first run of letters and digits ends at an index; 0 if it is not a JWT.
func endOfJWT[T ~string | ~[]byte](text T, from int, run *jwtRun) int {
	if from >= run.end {
		*run = runOfJWT(text, from)
	}
	if from <= run.third || from > run.second { // There are not two dots from here to the end.
		return 0
	}
	return run.end
}

// runOfJWT reads the run from an index on.
func runOfJWT[T ~string | ~[]byte](text T, from int) jwtRun {
	run, last := jwtRun{third: -1, second: -1}, -1
	for ; from < len(text); from++ {
		b := text[from]
		if b == '.' {
			run.third, run.second, last = run.second, last, from
		} else if b != '-' && b != '_' && !isAlphanumeric(b) {
			break
		}
	}
	run.end = from
	return run
}

func isAlphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}

// Brief returns a name from a request, or "…" if it is so long that it may be a misplaced token.
func Brief(name string) string {
	const longest = 20 // A tenant's name has 16 characters at most, and all tokens have more.
	if len(name) > longest {
		return "…"
	}
	return name
}

// Conceal masks the fields of warnings that may be secrets: a query or a form may consist of nothing else.
func Conceal(warnings []spec.Detail) {
	for i := range warnings {
		if !isPlainName(warnings[i].Field) {
			warnings[i].Field = Masked
		}
	}
}

// secret reports whether a member or parameter of this name holds a password or a token.
func secret(name string) bool {
	name = strings.ToLower(name)
	if name == "token_type" || name == "tokentype" || strings.Contains(name, "expires") {
		return false
	}
	return slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(name, part) })
}

// secretNames are parts of the names of secrets. All but the first three are not names of the documents, but of mistakes.
var secretNames = []string{"password", "token", "secret", "passw", "pwd", "jwt", "bearer", "authorization", "credential", "apikey", "api_key"} //nolint:gochecknoglobals // A table.

// Preference parses one preference (RFC 7240). Its name is in lower case. Its parameters are ignored, since no known
// preference has any.
func Preference(text string) (string, string) {
	name, value, _ := strings.Cut(spec.SplitHeader(text, ';')[0], "=")
	return strings.ToLower(strings.TrimSpace(name)), spec.Unquote(strings.TrimSpace(value))
}

// Logged returns a text for the log: tokens and control characters are masked, and it is so short that the whole line stays
// below 2 KB.
func Logged(text string, most int) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, Valid(refusal.Short(withoutTokens(text), most)))
}

// Valid returns a text with invalid UTF-8 replaced.
func Valid(text string) string { return strings.ToValidUTF8(text, "\ufffd") }
