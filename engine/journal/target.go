package journal

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"standin/spec"
)

// masking masks the target of a request that has matched an operation, or none.
type masking struct {
	match   spec.Match
	secrets []string // variables of the operation's path that hold a secret
}

// target returns a request's path and query as they were sent, with secret places and undeclared values masked.
func (m masking) target(u *url.URL) string {
	path := u.EscapedPath()
	if m.match.Operation == nil {
		return MaskedPath(path) + maskedQuery(u.RawQuery, nil)
	}
	for name, value := range m.match.Path {
		if m.hidesSegment(name, value) {
			path = m.maskedSegments(path)
			break
		}
	}
	return path + maskedQuery(u.RawQuery, m.match.Operation)
}

// hidesSegment reports whether a variable segment of the path is masked.
func (m masking) hidesSegment(name, value string) bool {
	switch {
	case value == "":
		return false
	case name == "tenant" && Brief(value) != value:
		return true
	}
	return slices.Contains(m.secrets, name) || withoutTokens(value) != value
}

// maskedSegments returns the path with its secret segments masked.
func (m masking) maskedSegments(path string) string {
	segments := strings.Split(path, "/")
	for i, declared := range strings.Split(m.match.Template, "/") {
		name, variable := strings.CutPrefix(declared, "{")
		name = strings.TrimSuffix(name, "}")
		if variable && m.hidesSegment(name, m.match.Path[name]) {
			segments[i] = Masked
		}
	}
	return strings.Join(segments, "/")
}

// SecretsIn returns the variables of an operation's path that hold a password or a token.
func SecretsIn(op *spec.Operation) []string {
	var names []string
	for part := range strings.SplitSeq(op.Path, "{") {
		if name, _, ok := strings.Cut(part, "}"); ok && secret(name) {
			names = append(names, name)
		}
	}
	return names
}

// MaskedPath returns a path that no operation has, with segments that may be tokens masked.
func MaskedPath(path string) string {
	const longest, segments = 20, 10
	parts := strings.SplitN(path, "/", segments)
	for i, part := range parts {
		if len(part) > longest {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

// maskedQuery returns a query with a leading question mark. Values that are secret or that the operation does not declare
// are masked; without an operation, all are.
func maskedQuery(raw string, op *spec.Operation) string {
	if raw == "" {
		return ""
	}
	if _, err := url.ParseQuery(raw); err != nil {
		return "?" + Masked
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		rawName, rawValue, valued := strings.Cut(pair, "=")
		name, _ := url.QueryUnescape(rawName) // The whole query was parsed above.
		value, _ := url.QueryUnescape(rawValue)
		declared := op != nil && op.DeclaresQuery(name)
		switch {
		case pair == "", declared && !secret(name) && withoutTokens(value) == value:
		case !declared && (!valued || !isPlainName(name)):
			pairs[i] = Masked
		case value != "":
			pairs[i] = rawName + "=" + Masked
		}
	}
	return "?" + strings.Join(pairs, "&")
}

// isPlainName reports whether a text looks like the name of a member or a parameter. Anything else may be a misplaced
// secret.
func isPlainName(name string) bool {
	const longest = 100
	return name != "" && len(name) <= longest && withoutTokens(name) == name && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.:$@[]", r)
	})
}
