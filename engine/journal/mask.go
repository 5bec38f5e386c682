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
	errNoForm    = errors.New("engine: not a well-formed form")
	errTokenName = errors.New("engine: a name has the form of a token")
)

// hints are in every body that has a member with a secret name, in whatever case.
var hints = []string{"password", "token", "secret"} //nolint:gochecknoglobals // A table.

// hinted reports whether a body may hold a secret. It does not copy the body: most bodies hold none.
func hinted(body []byte) bool {
	for i, b := range body {
		switch b {
		case '\\': // Behind an escape there may be anything.
			return true
		case 'p', 'P', 't', 'T', 's', 'S':
			for _, hint := range hints {
				if end := i + len(hint); end <= len(body) && body[end-1]|0x20 == hint[len(hint)-1] && strings.EqualFold(string(body[i:end]), hint) {
					return true
				}
			}
		}
	}
	_, end := findToken(body, 0)
	return end > 0
}

// maskedJSON returns JSON without its secrets, and where they were. A secret is one however deep its value is. What is
// undeclared is not listed: since nobody reads it, the request can be sent again without it.
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

// masker copies JSON token by token, and notes where it masks something.
type masker struct {
	from       *jsontext.Decoder
	to         *jsontext.Encoder
	undeclared map[string]bool
	masked     []string
}

// next copies one token, and the value behind it if the token is the name of a secret.
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

// mayHoldToken reports whether a string of JSON holds a token as it is written, or may hold one behind its escapes.
func mayHoldToken(raw jsontext.Value) bool {
	_, end := findToken(raw, 0)
	return end > 0 || bytes.IndexByte(raw, '\\') >= 0
}

// text copies a string without its tokens.
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

// member copies the name of a member, and its value if that is secret or undeclared.
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
	case 'n', 't', 'f': // They tell nothing.
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

// dotted is a JSON Pointer as the details of a refusal write it.
func dotted(pointer jsontext.Pointer) string {
	return strings.Join(slices.Collect(pointer.Tokens()), ".")
}

// maskedForm returns a form as it was sent without its secrets, and where they were, as [maskedJSON] does.
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
