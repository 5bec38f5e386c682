package spec

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Bounds on how deep a JSON value may be nested. Real profiles and their mixins stay far below. An answer holds what
// was sent, some levels further down.
const (
	requestDepth = 100
	answerDepth  = 200
)

// decodeJSON returns one JSON value, read strictly: no duplicate names, no invalid UTF-8, no trailing bytes, bounded
// depth. A name matches only in its exact spelling. The detail says what is wrong without quoting any value.
func decodeJSON(data []byte, depth int) (any, *Detail) {
	var value any
	if deeper(data, depth) || json.Unmarshal(data, &value) != nil {
		return nil, firstFault(data, depth)
	}
	return value, nil
}

// deeper reports whether a JSON text has more than some levels of brackets. Of other bytes it may report either.
func deeper(data []byte, levels int) bool {
	inside := false // a string
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case b == '"':
			inside = !inside
		case inside && b == '\\':
			i++
		case inside:
		case b == '[' || b == '{':
			if levels--; levels < 0 {
				return true
			}
		case b == ']' || b == '}':
			levels++
		}
	}
	return false
}

// firstFault returns what is wrong first in bytes that [decodeJSON] refuses. The library's own texts may quote the input, so
// only the kind of an error, its place and its offset are used.
func firstFault(data []byte, depth int) *Detail {
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	malformed := func(format string, values ...any) *Detail {
		return &Detail{Field: wholeBody, Type: "malformed", Message: fmt.Sprintf(format, values...)}
	}
	for first := true; first || d.StackDepth() > 0; first = false {
		token, err := d.ReadToken()
		var syntax *jsontext.SyntacticError
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
			return &Detail{Field: dotted(string(syntax.JSONPointer)), Type: "duplicate", Message: "is given more than once"}
		case err != nil:
			return malformed("is not well-formed JSON in UTF-8, at byte %d", d.InputOffset())
		case d.StackDepth() > depth:
			return malformed("is nested deeper than %d levels", depth)
		case token.Kind() == '0':
			if _, err := token.Float(); err != nil {
				return malformed("is a number out of range")
			}
		}
	}
	return malformed("goes on after the end of the JSON value")
}
