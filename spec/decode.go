package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds on how deep a JSON value may be nested. Real profiles and their mixins stay far below. An answer holds what
// was sent, some levels further down.
const (
	requestDepth = 100
	answerDepth  = 200
)

// decodeJSON reads one JSON value strictly: no duplicate names, no invalid UTF-8, no trailing bytes, bounded
// depth. A name is itself only in its exact spelling. The detail says what is wrong without quoting any value.
func decodeJSON(data []byte, depth int) (any, *Detail) {
	d := decoder{Decoder: jsontext.NewDecoder(bytes.NewBuffer(data)), depth: depth}
	value, err := d.value()
	if err == nil {
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			return value, nil
		}
		err = errors.New("goes on after the end of the JSON value")
	}
	return nil, d.detail(err)
}

// decoder reads a value token by token.
type decoder struct {
	*jsontext.Decoder
	depth int
}

func (d decoder) value() (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	if d.StackDepth() > d.depth {
		return nil, fmt.Errorf("is nested deeper than %d levels", d.depth)
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '"':
		return token.String(), nil
	case '0':
		return decodeNumber(token)
	case '[':
		return d.array()
	default:
		return d.object()
	}
}

func decodeNumber(token jsontext.Token) (any, error) {
	number, err := token.Float()
	if err != nil || math.IsInf(number, 0) {
		return nil, errors.New("is a number out of range")
	}
	return number, nil
}

func (d decoder) array() (any, error) {
	list := []any{}
	for d.PeekKind() != ']' {
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := d.ReadToken()
	return list, err
}

func (d decoder) object() (any, error) {
	object := map[string]any{}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		if object[key], err = d.value(); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return object, err
}

// detail turns a decoder's error into a detail. The decoder's own text may quote the input, so only the
// kind of error, its place and its offset are used.
func (d decoder) detail(err error) *Detail {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		errors.As(err, &syntax)
		return &Detail{Field: dotted(string(syntax.JSONPointer)), Type: "duplicate", Message: "is given more than once"}
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &Detail{Field: wholeBody, Type: "malformed", Message: fmt.Sprintf("is not well-formed JSON in UTF-8, at byte %d", d.InputOffset())}
	default:
		return &Detail{Field: wholeBody, Type: "malformed", Message: err.Error()}
	}
}
