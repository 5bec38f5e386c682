package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Detail says what is wrong at one place of a request or an answer. It never quotes a value.
type Detail struct {
	Field   string `json:"field"` // members joined by dots, or a parameter's name; body for the body as a whole
	Type    string `json:"type"`  // required, type, pattern, undeclared …: the keyword that was not met
	Message string `json:"message"`
}

// Tolerable says of a problem in an answer that it is one member more than the document has, which clients ignore.
func (d Detail) Tolerable() bool { return d.Type == "undeclared" }

func (d Detail) String() string { return d.Field + " " + d.Message }

const wholeBody = "body"

// maxDetails bounds the details of one body: whoever gets so many wrong has another problem.
const maxDetails = 100

// dotted turns a JSON pointer into the form that details use.
func dotted(pointer string) string {
	path := strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
	path = strings.ReplaceAll(strings.ReplaceAll(path, "~1", "/"), "~0", "~")
	if path == "" {
		return wholeBody
	}
	return path
}

// details lists the leaves of an error of kin-openapi's. Its own texts print the value, so they are not used.
func details(err error, at string) []Detail {
	switch err := err.(type) { //nolint:errorlint // These errors are trees; what is meant is this node, and none below.
	case openapi3.MultiError:
		var all []Detail
		for _, one := range err {
			if all = append(all, details(one, at)...); len(all) >= maxDetails {
				break
			}
		}
		return all
	case *openapi3.SchemaError:
		if variants(err.SchemaField) {
			return []Detail{{Field: fieldAt(at, err), Type: keyword(err.SchemaField), Message: "matches none of the forms that are allowed"}}
		}
		// What lies below a leaf, such as the reason why a format is not met, has no place of its own.
		if _, ok := errors.AsType[*openapi3.SchemaError](err.Origin); ok {
			return details(err.Origin, at)
		}
		return []Detail{{Field: fieldAt(at, err), Type: keyword(err.SchemaField), Message: message(err)}}
	}
	if below := errors.Unwrap(err); below != nil {
		return details(below, at)
	}
	return []Detail{{Field: at, Type: "malformed", Message: "cannot be read"}}
}

func variants(keyword string) bool { return keyword == "oneOf" || keyword == "anyOf" }

// fieldAt is where the error sits: the pointer of the error below the place that was checked.
func fieldAt(at string, err *openapi3.SchemaError) string {
	path := strings.Join(err.JSONPointer(), ".")
	switch {
	case path == "":
		return at
	case at == wholeBody:
		return path
	default:
		return at + "." + path
	}
}

// keyword spells a schema's keyword the way that types of errors are spelled.
func keyword(field string) string {
	var out strings.Builder
	for _, r := range field {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('_')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}

func message(err *openapi3.SchemaError) string {
	s := err.Schema
	switch err.SchemaField {
	case "required":
		return "is required"
	case "nullable":
		return "must not be null"
	case "type":
		if s.Type != nil {
			return "must be of type " + strings.Join(s.Type.Slice(), " or ")
		}
	case "minLength":
		if s.MinLength == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d characters", s.MinLength)
	case "maxLength":
		if s.MaxLength != nil {
			return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
		}
	case "pattern":
		return "must match " + s.Pattern
	case "minimum":
		return "must be at least " + number(s.Min)
	case "maximum":
		return "must be at most " + number(s.Max)
	case "format":
		if s.Format == "date-time" {
			return "must be a time such as 2026-01-31T09:00:00Z"
		}
	case "minProperties":
		return fmt.Sprintf("must have at least %d members", s.MinProps)
	case "minItems":
		return fmt.Sprintf("must have at least %d items", s.MinItems)
	case "enum":
		return fmt.Sprintf("must be one of %v", s.Enum)
	}
	return "does not meet " + err.SchemaField
}

// number writes a bound out, without an exponent.
func number(bound *float64) string {
	if bound == nil {
		return "0"
	}
	return strconv.FormatFloat(*bound, 'f', -1, 64)
}
