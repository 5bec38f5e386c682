package journal

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	errNoForm    = errors.New("journal: not a well-formed form")
	errTokenName = errors.New("journal: a name has the form of a token")
)

// hints are parts of every name of a secret member, in lower case.
var hints = []string{"password", "token", "secret"} //nolint:gochecknoglobals // A table.

// hinted reports whether a body may hold a secret. It does not copy the body, since most bodies hold none.
func hinted(body []byte) bool {
	for i, b := range body {
		switch b {
		case '\\': // An escape may hide anything.
			return true
		case 'p', 'P', 't', 'T', 's', 'S':
			for _, hint := range hints {
				if end := i + len(hint); end <= len(body) && body[end-1]|0x20 == hint[len(hint)-1] && strings.EqualFold(string(body[i:end]), hint) {
					return true
				}
			}
		}
	}
	return hasToken(body)
}

// maskedJSON returns JSON with its secrets masked, and pointers to them. A secret value is masked once, however deep it is.
// Undeclared members are masked without a pointer: since the service ignores them, the request can be repeated without them.
func maskedJSON(body []byte, undeclared map[string]bool) ([]byte, []string, error) {
	var out bytes.Buffer
	m := masker{from: jsontext.NewDecoder(bytes.NewBuffer(body)), to: jsontext.NewEncoder(&out), undeclared: undeclared}
	for {
		switch err := m.next(); {
		case errors.Is(err, io.EOF) && out.Len() > 0:
			return bytes.TrimSpace(out.Bytes()), m.masked, nil
		case err != nil:
			return nil, nil, err
		}
	}
}

// masker copies JSON token by token and records what it masks.
type masker struct {
	from       *jsontext.Decoder
	to         *jsontext.Encoder
	undeclared map[string]bool
	masked     []string
}

// next copies one token; if it is the name of a secret, it copies the masked value, too.
func (m *masker) next() error {
	if m.from.PeekKind() != '"' {
		token, err := m.from.ReadToken()
		if err != nil {
			return err
		}
		return m.to.WriteToken(token)
	}
	scope, read := m.from.StackIndex(m.from.StackDepth())
	raw, err := m.from.ReadValue()
	switch {
	case err != nil:
		return err
	case scope == '{' && read%2 == 0:
		return m.member(raw)
	case mayHoldToken(raw):
		return m.text(raw)
	}
	return m.to.WriteValue(raw)
}

// mayHoldToken reports whether a JSON string holds a token, or may hold one in escapes.
func mayHoldToken(raw jsontext.Value) bool {
	return hasToken(raw) || bytes.IndexByte(raw, '\\') >= 0
}

// text copies a string with its tokens masked.
func (m *masker) text(raw jsontext.Value) error {
	text, err := unquote(raw)
	if err != nil {
		return err
	}
	without := withoutTokens(text)
	if without != text {
		m.note()
	}
	return m.to.WriteToken(jsontext.String(without))
}

// member copies the name of a member, and its value masked if it is secret or undeclared.
func (m *masker) member(raw jsontext.Value) error {
	name, err := unquote(raw)
	if err != nil {
		return err
	}
	if withoutTokens(name) != name {
		return errTokenName
	}
	known := secret(name)
	hidden := known || len(m.undeclared) > 0 && m.undeclared[dotted(m.from.StackPointer())]
	if err := m.to.WriteValue(raw); err != nil || !hidden {
		return err
	}
	value, err := m.from.ReadValue()
	if err != nil {
		return err
	}
	switch value.Kind() {
	case 'n', 't', 'f': // null, true and false are not secrets.
		return m.to.WriteValue(value)
	}
	if known {
		m.note()
	}
	return m.to.WriteToken(jsontext.String(Masked))
}

func unquote(raw jsontext.Value) (string, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	return string(text), err
}

func (m *masker) note() { m.masked = append(m.masked, string(m.from.StackPointer())) }

// dotted returns a JSON Pointer in the form that the details of a refusal have.
func dotted(pointer jsontext.Pointer) string {
	return strings.Join(slices.Collect(pointer.Tokens()), ".")
}

// maskedForm is [maskedJSON] for a form.
func maskedForm(body []byte, undeclared map[string]bool) ([]byte, []string, error) {
	var masked []string
	pairs := strings.Split(string(body), "&")
	for i, pair := range pairs {
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, wrong := url.QueryUnescape(rawValue)
		if err != nil || wrong != nil || strings.Contains(pair, ";") || !isPlainName(name) {
			return nil, nil, errNoForm
		}
		known := secret(name) || withoutTokens(value) != value
		if value == "" || !known && !undeclared[name] {
			continue
		}
		pairs[i] = rawName + "=" + Masked
		if known {
			masked = append(masked, string(jsontext.Pointer("").AppendToken(name)))
		}
	}
	return []byte(strings.Join(pairs, "&")), masked, nil
}
