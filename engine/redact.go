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
				kept = append(kept, [2]string{name, valid(value)})
			}
		}
	}
	slices.SortStableFunc(kept, func(one, other [2]string) int { return strings.Compare(one[0], other[0]) })
	return append([][2]string(nil), kept...)
}

// secret says whether a member or a parameter of this name holds a password or a token.
func secret(name string) bool {
	name = strings.ToLower(name)
	if name == "token_type" || name == "tokentype" || strings.Contains(name, "expires") {
		return false
	}
	return strings.Contains(name, "password") || strings.Contains(name, "token") || strings.Contains(name, "secret")
}

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
// body is not what the document expects, so that its names may be spelled in any way.
func (m *Message) keep(body []byte, text func() []byte, odd bool) {
	m.Size = len(body)
	switch {
	case len(body) == 0:
	case len(body) > mostKept:
		m.Omitted = "it is larger than the journal keeps of a body"
	case !odd && !hinted(body):
		m.Body = body
	default:
		masked, err := m.mask(text())
		if err != nil {
			m.Omitted, m.Masked = "it could not be read, so it may hold a secret anywhere", nil
			return
		}
		m.Body = masked
	}
}

// mask copies JSON without its secrets, and notes where they were.
func (m *Message) mask(body []byte) ([]byte, error) {
	var out bytes.Buffer
	from, to := masker{Decoder: jsontext.NewDecoder(bytes.NewBuffer(body))}, jsontext.NewEncoder(&out)
	for {
		token, err := from.ReadToken()
		if errors.Is(err, io.EOF) && out.Len() > 0 {
			return bytes.TrimSpace(out.Bytes()), nil
		}
		if err != nil {
			return nil, err
		}
		if from.hides(token) {
			m.Masked = append(m.Masked, string(from.StackPointer()))
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
	hidden int // the depth of the secret that is being read, or 0
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
		if secret(token.String()) {
			m.hidden = depth
		}
	}
	return false
}

// target is a request's path and query for the journal: what stands in a secret place of either is masked.
func (c *Call) target(u *url.URL) string {
	if c.match == nil {
		return maskedPath(u.Path) + maskedQuery(u)
	}
	path := u.Path
	for _, name := range c.operation.secrets {
		if value := c.match.Path[name]; value != "" {
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
	for name := range query {
		if secret(name) && query.Get(name) != "" {
			query[name] = []string{Masked}
		}
	}
	return "?" + strings.ReplaceAll(query.Encode(), url.QueryEscape(Masked), Masked)
}
