package call

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode decodes JSON that the document allows. Its integers may be written as 2.0 or 2e0, and its times with a lower-case t
// and z. It returns a [*json.SemanticError] for a value that the type cannot hold.
func Decode(data []byte, into any) error { return json.Unmarshal(data, into, asDeclared) }

var asDeclared = json.WithUnmarshalers(json.JoinUnmarshalers( //nolint:gochecknoglobals // A constant that Go cannot declare as one.
	json.UnmarshalFromFunc(decodeInteger[int]),
	json.UnmarshalFromFunc(decodeInteger[int64]),
	json.UnmarshalFromFunc(decodeMoment),
))

// decodeInteger decodes an integer in any of its forms.
func decodeInteger[T int | int64](d *jsontext.Decoder, into *T) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	number, err := token.Int()
	if errors.Is(err, strconv.ErrSyntax) { // It has a fraction or an exponent.
		var float float64
		if float, err = token.Float(); err == nil && (float != math.Trunc(float) || math.Abs(float) >= 1<<63) {
			err = strconv.ErrRange
		}
	}
	if *into = T(number); err == nil && int64(*into) != number {
		err = strconv.ErrRange
	}
	return err
}

// decodeMoment decodes a time of RFC 3339.
func decodeMoment(d *jsontext.Decoder, into *time.Time) error {
	if d.PeekKind() != '"' {
		return errors.ErrUnsupported
	}
	token, err := d.ReadToken()
	if err == nil {
		*into, err = time.Parse(time.RFC3339, strings.ToUpper(token.String()))
	}
	return err
}
