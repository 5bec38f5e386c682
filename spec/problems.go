package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Detail describes a problem at one place of a request or an answer. It never contains a value that was sent.
type Detail struct {
	Field   string `json:"field"` // names of members joined by dots, or name of a parameter; "body" for the body as a whole
	Type    string `json:"type"`  // violated keyword of the schema, or another kind of problem: required, type, pattern, undeclared …
	Message string `json:"message"`
}

// Tolerable reports whether a problem in an answer is an undeclared member, which clients ignore.
func (d Detail) Tolerable() bool { return d.Type == "undeclared" }

func (d Detail) String() string { return d.Field + " " + d.Message }

const wholeBody = "body"

// maxDetails is the greatest number of details for one body. More would not help a client.
const maxDetails = 100

// dotted returns a JSON pointer in the form of Detail.Field.
func dotted(pointer string) string {
	path := strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
	path = strings.ReplaceAll(strings.ReplaceAll(path, "~1", "/"), "~0", "~")
	if path == "" {
		return wholeBody
	}
	return path
}

// details returns the details of an error from kin-openapi: one for each leaf of the tree of errors. The texts of
// kin-openapi contain the value, so they are not used.
func details(err error, at string) []Detail {
	switch err := err.(type) { //nolint:errorlint // These errors are trees, and only the type of this node counts.
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
		// An error below a leaf, such as the reason of a violated format, has no pointer.
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

// variants reports whether a keyword lists alternative schemas.
func variants(keyword string) bool { return keyword == "oneOf" || keyword == "anyOf" }

// fieldAt returns the field of an error: the place that was checked, followed by the error's pointer.
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

// keyword returns a schema's keyword in the form of Detail.Type, for example min_length for minLength.
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

// message returns the message for an error. It contains no value that was sent.
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
		if s.MinItems == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d items", s.MinItems)
	case "maxItems":
		if s.MaxItems != nil {
			return fmt.Sprintf("must have at most %d items", *s.MaxItems)
		}
	case "enum":
		return fmt.Sprintf("must be one of %v", s.Enum)
	}
	return "violates " + err.SchemaField
}

// number returns a bound in decimal, without an exponent.
func number(bound *float64) string {
	if bound == nil {
		return "0"
	}
	return strconv.FormatFloat(*bound, 'f', -1, 64)
}
