package spec

import (
	"bytes"
	"io"
	"math"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// valid reports whether data is a JSON text, as strict as decodeJSON requires, that the plan accepts. If it reports false,
// the text may be valid nevertheless.
func (p *plan) valid(data []byte, depth int) bool {
	r, _ := readers.Get().(*reader)
	defer readers.Put(r)
	r.depth = depth
	r.source = *bytes.NewBuffer(data)
	r.Reset(&r.source)
	defer r.Reset(&r.none) // The pool must not keep data in memory.
	if !r.value(p) {
		return false
	}
	_, err := r.ReadToken()
	return err == io.EOF //nolint:errorlint // The decoder returns io.EOF unwrapped.
}

// reader reads a JSON text and checks it against a plan. Its methods report whether what they have read is valid.
type reader struct {
	jsontext.Decoder
	source bytes.Buffer
	none   bytes.Buffer // always empty
	depth  int          // greatest depth allowed
}

// readers keeps readers for reuse.
var readers = sync.Pool{New: func() any { return &reader{} }} //nolint:gochecknoglobals // A pool has to be global.

// value reads a value.
func (r *reader) value(p *plan) bool {
	switch r.PeekKind() {
	case '"':
		return p.text != nil && r.text(p.text)
	case '0':
		return p.number != nil && r.number(p.number)
	case '[':
		return p.list != nil && r.list(p.list)
	case '{':
		return p.object != nil && r.object(p.object)
	case 'n':
		return p.null && r.token()
	case 't', 'f':
		return p.boolean && r.token()
	}
	return false
}

// token reads a token of any kind.
func (r *reader) token() bool {
	_, err := r.ReadToken()
	return err == nil && r.StackDepth() <= r.depth
}

// text reads a string.
func (r *reader) text(p *textPlan) bool {
	raw, err := r.ReadValue()
	if err != nil {
		return false
	}
	if p.free {
		return true
	}
	text, plain := unquoted(raw)
	return plain && p.allows(text)
}

// unquoted returns a JSON string without its quotes. It reports false if the string has escapes.
func unquoted(raw jsontext.Value) ([]byte, bool) {
	text := raw[1 : len(raw)-1]
	return text, bytes.IndexByte(text, '\\') < 0
}

// allows reports whether a string is valid.
func (p *textPlan) allows(text []byte) bool {
	if length := utf8.RuneCount(text); length < p.least || p.most >= 0 && length > p.most {
		return false
	}
	if p.class != nil && slices.ContainsFunc(text, func(b byte) bool { return !p.class[b] }) {
		return false
	}
	if p.pattern != nil && !p.pattern.Match(text) {
		return false
	}
	if p.moment && !isMoment(text) {
		return false
	}
	return p.enum == nil || slices.ContainsFunc(p.enum, func(one string) bool { return one == string(text) })
}

// isMoment reports whether text is a valid time in UTC. It reports false for a time with an offset, since Go and kin-openapi
// differ on which of those are valid.
func isMoment(text []byte) bool {
	return bytes.HasSuffix(text, []byte("Z")) && bytes.IndexByte(text, ',') < 0 && new(time.Time).UnmarshalText(text) == nil
}

// number reads a number.
func (r *reader) number(p *numberPlan) bool {
	token, err := r.ReadToken()
	if err != nil {
		return false
	}
	number, err := token.Float()
	return err == nil && !math.IsInf(number, 0) &&
		(!p.whole || number == math.Trunc(number)) &&
		(p.min == nil || number >= *p.min) && (p.max == nil || number <= *p.max)
}

// list reads an array.
func (r *reader) list(p *listPlan) bool {
	if !r.token() {
		return false
	}
	n := 0
	for ; r.PeekKind() != ']'; n++ {
		if p.items == nil && !r.anything() || p.items != nil && !r.value(p.items) {
			return false
		}
	}
	return r.token() && n >= p.least && (p.most < 0 || n <= p.most)
}

// object reads an object.
func (r *reader) object(p *objectPlan) bool {
	if !r.token() {
		return false
	}
	var seen uint64
	n := 0
	for ; r.PeekKind() != '}'; n++ {
		raw, err := r.ReadValue()
		if err != nil {
			return false
		}
		name, plain := unquoted(raw)
		member, declared := p.members[string(name)]
		seen |= member.bit
		if !plain || !r.member(p, member, declared) {
			return false
		}
	}
	return r.token() && n >= p.least && seen&p.required == p.required && p.chosen(seen)
}

// member reads the value of a member.
func (r *reader) member(p *objectPlan, member memberPlan, declared bool) bool {
	switch {
	case declared:
		return r.value(member.plan)
	case p.others != nil:
		return r.value(p.others)
	}
	return p.open && r.anything()
}

// chosen reports whether the set of members seen includes one of the choices.
func (p *objectPlan) chosen(seen uint64) bool {
	return len(p.choices) == 0 || slices.ContainsFunc(p.choices, func(set uint64) bool { return seen&set == set })
}

// anything reads a value of any kind.
func (r *reader) anything() bool {
	from := r.StackDepth()
	for {
		switch r.PeekKind() {
		case '0':
			if !r.number(&numberPlan{}) {
				return false
			}
		default:
			if !r.token() {
				return false
			}
		}
		if r.StackDepth() == from {
			return true
		}
	}
}
