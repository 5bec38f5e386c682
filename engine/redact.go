package engine

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"standin/spec"
)

// Masked takes the place of a secret in the journal.
const Masked = "***"

// mostKept is how many bytes of a body the journal keeps.
const mostKept = 64 << 10

// keptHeaders are what the journal keeps of the headers: none of them holds a secret of the service's.
var keptHeaders = []string{ //nolint:gochecknoglobals // A table.
	"Accept", "Accept-Language", "Allow", "Content-Type", "Link", "Origin", "Prefer", "Preference-Applied",
	"Retry-After", "Session-Id", "Standin-Sandbox", "Traceparent", "User-Agent", "X-Request-Id",
}

func keptHeader(header http.Header) [][2]string {
	var found [16][2]string // As many as there usually are, and more.
	kept := found[:0]
	for _, name := range keptHeaders {
		for _, value := range header[name] {
			kept = append(kept, [2]string{name, valid(value)})
		}
	}
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

// keep is a body as the journal keeps it. Its decoded value is needed only where it may hold a secret; odd says that
// the body is not what the document expects, so that its names may be spelled in any way.
func (m *Message) keep(body []byte, decode func() (any, bool), odd bool) {
	m.Size = len(body)
	switch {
	case len(body) == 0:
	case len(body) > mostKept:
		m.Omitted = "it is larger than the journal keeps of a body"
	case !odd && !hinted(body):
		m.Body = body
	default:
		value, ok := decode()
		if !ok {
			m.Omitted = "it could not be read, so it may hold a secret anywhere"
			return
		}
		value = m.mask(value, "", false)
		encoded, err := json.Marshal(value, json.Deterministic(true))
		if err != nil {
			m.Omitted = "it could not be written"
			return
		}
		m.Body = encoded
	}
}

// mask copies a value without its secrets, and notes where they were.
func (m *Message) mask(value any, at string, hidden bool) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			out[name] = m.mask(value[name], at+"/"+pointerEscape(name), hidden || secret(name))
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = m.mask(item, at+"/"+strconv.Itoa(i), hidden)
		}
		return out
	case nil, bool:
		return value
	}
	if hidden {
		m.Masked = append(m.Masked, at)
		return Masked
	}
	return value
}

func pointerEscape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// target is a request's path and query for the journal: what stands in a secret place of either is masked.
func target(match *spec.Match, u *url.URL) string {
	path := maskedPath(u.Path)
	if match != nil {
		path = u.Path
		for name, value := range match.Path {
			if secret(name) && value != "" {
				path = strings.ReplaceAll(path, value, Masked)
			}
		}
	}
	if u.RawQuery == "" {
		return path
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return path + "?" + Masked
	}
	for name := range query {
		if secret(name) && query.Get(name) != "" {
			query[name] = []string{Masked}
		}
	}
	return path + "?" + strings.ReplaceAll(query.Encode(), url.QueryEscape(Masked), Masked)
}
