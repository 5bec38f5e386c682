package engine

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"standin/spec"
)

// Masked takes the place of a secret in the journal.
const Masked = "***"

// mostKept is how many bytes of a body the journal keeps.
const mostKept = 64 << 10

// keptHeaders, sorted, are what the journal keeps of the headers: none of them holds a secret of the service's.
var keptHeaders = []string{ //nolint:gochecknoglobals // A table.
	"Accept", "Accept-Language", "Allow", "Content-Type", "Link", "Origin", "Prefer", "Preference-Applied",
	"Retry-After", "Session-Id", "Standin-Sandbox", "Traceparent", "User-Agent", "X-Request-Id",
}

func keptHeader(header http.Header) [][2]string {
	var found [16][2]string // As many as there usually are, and more.
	kept := found[:0]
	for name, values := range header {
		if _, ok := slices.BinarySearch(keptHeaders, name); ok {
			for _, value := range values {
				kept = append(kept, [2]string{name, keptValue(name, valid(value))})
			}
		}
	}
	slices.SortStableFunc(kept, func(one, other [2]string) int { return strings.Compare(one[0], other[0]) })
	return append([][2]string(nil), kept...)
}

// keptValue is a header's value as the journal keeps it. A token may stand in any of them by mistake; what a tracer calls
// a request may look like one.
func keptValue(name, value string) string {
	switch {
	case name == "Prefer":
		preferences := strings.Split(value, ",")
		for i, one := range preferences {
			preferences[i] = maskedPreference(one)
		}
		return strings.Join(preferences, ", ")
	case shaped(value) && name != "X-Request-Id":
		return Masked
	}
	return value
}

// maskedPreference is one preference (RFC 7240) as it is told: what is not understood may be anything.
func maskedPreference(one string) string {
	const longest = 12 // of a number in milliseconds or a status, and of what is meant to be one
	one, _, _ = strings.Cut(one, ";")
	name, value, given := strings.Cut(strings.TrimSpace(one), "=")
	known := strings.EqualFold(name, "code") || strings.EqualFold(name, "delay")
	if given && (!known || len(value) > longest) {
		value = Masked
	}
	if name = brief(valid(name)); given {
		name += "=" + value
	}
	return valid(name)
}

// shaped says whether a text has the form of a token of the service's, or of a JWT: then it is masked wherever it is met.
func shaped(text string) bool {
	switch len(text) {
	case accessLength, refreshLength, mailedLength:
		return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(alphanumeric, r) })
	}
	return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2
}

// brief is a name that a client has given, unless it is so long that it may be a token in the wrong place.
func brief(name string) string {
	const longest = 20 // A tenant's name has 16 characters at most, and all tokens have more.
	if len(name) > longest {
		return "…"
	}
	return name
}

// conceal names no field in a warning whose name may be a token: a query may be nothing but one.
func conceal(warnings []spec.Detail) {
	for i := range warnings {
		if shaped(warnings[i].Field) {
			warnings[i].Field = Masked
		}
	}
}

// secret says whether a member or a parameter of this name holds a password or a token.
func secret(name string) bool {
	name = strings.ToLower(name)
	if name == "token_type" || name == "tokentype" || strings.Contains(name, "expires") {
		return false
	}
	return slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(name, part) })
}

// secretNames are parts of the names of secrets. Those behind the first three are no names of the documents'.
var secretNames = []string{"password", "token", "secret", "passw", "pwd", "jwt", "bearer", "authorization", "credential", "apikey", "api_key"} //nolint:gochecknoglobals // A table.

// hints are in every body that has a member with a secret name, in whatever case, spelled out or escaped.
var hints = []string{"password", "token", "secret", `\u`} //nolint:gochecknoglobals // A table.

// hinted looks for the hints without copying the body: most bodies have none.
func hinted(body []byte) bool {
	for i, b := range body {
		switch b {
		case 'p', 'P', 't', 'T', 's', 'S', '\\':
			for _, hint := range hints {
				if end := i + len(hint); end <= len(body) && body[end-1]|0x20 == hint[len(hint)-1] && strings.EqualFold(string(body[i:end]), hint) {
					return true
				}
			}
		}
	}
	return false
}

// keep is a body as the journal keeps it. Its text in JSON is needed only where it may hold a secret; odd says that the
// body is not what the document expects, so that its names may be spelled in any way. What no document declares is
// masked, too: a password under a misspelled name is one.
func (m *Message) keep(body []byte, text func() []byte, odd bool, undeclared ...spec.Detail) {
	m.Size = len(body)
	switch {
	case len(body) == 0:
	case len(body) > mostKept:
		m.Omitted = "it is larger than the journal keeps of a body"
	case !odd && !hinted(body):
		m.Body = body
	default:
		masked, err := m.mask(text(), undeclared...)
		if err != nil || odd && !bytes.HasPrefix(masked, []byte("{")) {
			m.Omitted, m.Masked = "it could not be read, so it may hold a secret anywhere", nil
			return
		}
		m.Body = masked
	}
}

// mask copies JSON without its secrets, and notes where they were. What is undeclared is not noted: since nobody reads
// it, the request can be sent again without it.
func (m *Message) mask(body []byte, undeclared ...spec.Detail) ([]byte, error) {
	var out bytes.Buffer
	from, to := masker{Decoder: jsontext.NewDecoder(bytes.NewBuffer(body)), undeclared: undeclared}, jsontext.NewEncoder(&out)
	for {
		token, err := from.ReadToken()
		if errors.Is(err, io.EOF) && out.Len() > 0 {
			return bytes.TrimSpace(out.Bytes()), nil
		}
		if err != nil {
			return nil, err
		}
		if from.hides(token) {
			if !from.unread {
				m.Masked = append(m.Masked, string(from.StackPointer()))
			}
			token = jsontext.String(Masked)
		}
		if err := to.WriteToken(token); err != nil {
			return nil, err
		}
	}
}

// masker reads JSON and knows which of its values are secret.
type masker struct {
	*jsontext.Decoder
	undeclared []spec.Detail
	hidden     int  // the depth of the secret that is being read, or 0
	unread     bool // it is one only because nobody reads it
}

// hides says whether the token that was just read is a secret, or a part of one.
func (m *masker) hides(token jsontext.Token) bool {
	depth := m.StackDepth()
	if depth < m.hidden {
		m.hidden = 0
	}
	scope, read := m.StackIndex(depth)
	if scope != '{' || read%2 == 0 || token.Kind() != '"' { // It is no name.
		return m.hidden > 0 && (token.Kind() == '"' || token.Kind() == '0')
	}
	if m.hidden == 0 || m.hidden == depth {
		m.hidden = 0
		known := secret(token.String())
		if m.unread = !known && m.isUndeclared(); known || m.unread {
			m.hidden = depth
		}
	}
	return false
}

// isUndeclared says whether the member whose name was just read is one that no document declares.
func (m *masker) isUndeclared() bool {
	if len(m.undeclared) == 0 {
		return false
	}
	var steps []string
	for step := range m.StackPointer().Tokens() {
		steps = append(steps, step)
	}
	field := strings.Join(steps, ".")
	return slices.ContainsFunc(m.undeclared, func(d spec.Detail) bool { return d.Field == field })
}

// target is a request's path and query for the journal: what stands in a secret place of either is masked.
func (c *Call) target(u *url.URL) string {
	if c.match == nil {
		return maskedPath(u.Path) + maskedQuery(u)
	}
	path := u.Path
	for name, value := range c.match.Path {
		if value != "" && (slices.Contains(c.operation.secrets, name) || shaped(value) || name == "tenant" && brief(value) != value) {
			path = strings.ReplaceAll(path, value, Masked)
		}
	}
	return path + maskedQuery(u)
}

// secretsIn are the variables of an operation's paths that hold a password or a token.
func secretsIn(op *spec.Operation) []string {
	var names []string
	for part := range strings.SplitSeq(op.Path, "{") {
		if name, _, ok := strings.Cut(part, "}"); ok && secret(name) {
			names = append(names, name)
		}
	}
	return names
}

func maskedQuery(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "?" + Masked
	}
	for name, values := range query {
		said := strings.Join(values, "")
		if said != "" && secret(name) || slices.ContainsFunc(values, shaped) {
			query[name] = []string{Masked}
		}
		if shaped(name) {
			query[Masked] = query[name]
			delete(query, name)
		}
	}
	return "?" + strings.ReplaceAll(query.Encode(), url.QueryEscape(Masked), Masked)
}
