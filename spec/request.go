package spec

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// Request is a request to an operation after the check against the document, with the result of the check.
type Request struct {
	Params map[string]string // values of the path, query and header parameters that were sent, by name
	Raw    []byte            // body, if it is JSON
	Form   bool              // the body is a form
	value  any               // decoded body; nil until it is needed

	Credential string // value of the operation's apiKey parameter, for example the client_id; "" if absent

	Unsupported string   // media type or content coding that the operation does not accept (415); empty if it accepts the body
	Coded       bool     // Unsupported is a content coding
	Problems    []Detail // reasons to refuse the request (400)
	Warnings    []Detail // parts that the server ignores: tolerated unless the tenant is strict (W-LIBERAL)
}

// Check checks a routed request against the document. It does not change the request: it writes no defaults into it.
func (op *Operation) Check(m Match, r *http.Request, body []byte) *Request {
	checked := &Request{Params: map[string]string{}}
	var query url.Values
	if r.URL.RawQuery != "" {
		var err error
		if query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			checked.refuse(Detail{Field: "query", Type: "malformed", Message: "is not a well-formed query string"})
		}
		op.warnOfQuery(checked, query)
		for name := range op.credential {
			checked.Credential = query.Get(name)
		}
	}
	op.checkParameters(checked, m, r, query)
	if op.body == nil && (len(body) > 0 || r.ContentLength != 0) {
		checked.warn(Detail{Field: wholeBody, Type: "undeclared", Message: "is ignored: this operation takes none"})
	}
	op.checkBody(checked, r.Header, body)
	return checked
}

// Value returns the decoded body. It returns nil if there is no body or if the body is malformed. A form is an object of
// strings. Members that the operation takes from the query are among those of the body.
func (c *Request) Value() any {
	if c.value == nil && c.Raw != nil {
		c.value, _ = decodeJSON(c.Raw, requestDepth)
	}
	return c.value
}

func (c *Request) refuse(d ...Detail) { c.Problems = append(c.Problems, d...) }
func (c *Request) warn(d ...Detail)   { c.Warnings = append(c.Warnings, d...) }

// detached returns a value from the request line. The value may be stored, and a substring keeps the whole line in memory, so
// it is copied if it is a small part of the line.
func detached(value, line string) string {
	const small = 1024 // bytes
	if len(line) > len(value)+small {
		return strings.Clone(value)
	}
	return value
}

// checkParameters checks the parameters of a request and sets those that were sent.
func (op *Operation) checkParameters(checked *Request, m Match, r *http.Request, query url.Values) {
	for _, parameter := range op.parameters {
		value, sent := sentValue(parameter.Parameter, m, r.Header, query)
		if !utf8.ValidString(value) {
			checked.refuse(Detail{Field: parameter.Name, Type: "malformed", Message: "is not valid UTF-8"})
			continue
		}
		if value = parameter.canonical(value); sent && parameter.In == openapi3.ParameterInQuery {
			query[parameter.Name][0] = value
		}
		if problems := parameter.problems(value, sent, m, r, query); len(problems) > 0 {
			checked.refuse(problems...)
			continue
		}
		if sent {
			checked.Params[parameter.Name] = detached(value, r.RequestURI)
		}
		if sent && parameter.Deprecated {
			checked.warn(Detail{Field: parameter.Name, Type: "deprecated", Message: "is an older name, which new clients should not use"})
		}
	}
}

// problems returns the problems of a value of the parameter.
func (p parameter) problems(value string, sent bool, m Match, r *http.Request, query url.Values) []Detail {
	if p.valid(value, sent) {
		return nil
	}
	err := ask(p.Parameter, m, r, query)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return []Detail{{Field: p.Name, Type: "required", Message: "is required"}}
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		return []Detail{{Field: p.Name, Type: "min_length", Message: "must not be empty"}}
	}
	all := details(err, p.Name)
	if p.In == openapi3.ParameterInQuery && strings.Contains(value, " ") {
		for i := range all {
			all[i].Message += "; in a query a plus sign is written %2B" // An unencoded plus sign means a space.
		}
	}
	return all
}

// ask has kin-openapi check a parameter and returns its error.
func ask(parameter *openapi3.Parameter, m Match, r *http.Request, query url.Values) error {
	return openapi3filter.ValidateParameter(r.Context(), &openapi3filter.RequestValidationInput{
		Request:     r,
		PathParams:  m.Path,
		QueryParams: query,
		Options: &openapi3filter.Options{
			SkipSettingDefaults:     true,
			MultiError:              true,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.DisableSchemaErrorDetails()},
		},
	}, parameter)
}

// sentValue returns the value of a parameter and reports whether it was sent.
func sentValue(p *openapi3.Parameter, m Match, header http.Header, query url.Values) (string, bool) {
	switch p.In {
	case openapi3.ParameterInPath:
		value, sent := m.Path[p.Name]
		return value, sent
	case openapi3.ParameterInHeader:
		return header.Get(p.Name), len(header.Values(p.Name)) > 0
	default:
		return query.Get(p.Name), query.Has(p.Name)
	}
}

// warnOfQuery adds warnings for query parameters that are not declared or repeated.
func (op *Operation) warnOfQuery(checked *Request, query url.Values) {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		field := strings.ToValidUTF8(name, "\ufffd") // An answer must be valid UTF-8.
		switch {
		case !op.DeclaresQuery(name):
			checked.warn(Detail{Field: field, Type: "undeclared", Message: "is not a query parameter of this operation" + op.queryNames()})
		case len(query[name]) > 1:
			checked.warn(Detail{Field: field, Type: "repeated", Message: "is given more than once; the first value counts"})
		}
	}
}

// queryNames returns the end of a message, which names the query parameters of the operation.
func (op *Operation) queryNames() string {
	var names []string
	for _, p := range op.parameters {
		if p.In == openapi3.ParameterInQuery {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return ", which has none"
	}
	slices.Sort(names)
	return "; there are " + strings.Join(names, ", ")
}

// checkBody checks the body of a request.
func (op *Operation) checkBody(checked *Request, header http.Header, body []byte) {
	if op.body == nil {
		return
	}
	if coding := strings.Join(header.Values("Content-Encoding"), ", "); !identity(coding) {
		checked.Unsupported, checked.Coded = excerpt(coding), true
		return
	}
	mediaType, media := op.mediaType(header)
	if media == nil {
		checked.Unsupported = mediaType
		return
	}
	checked.Form = mediaType == formType
	if len(body) == 0 {
		if op.body.Required {
			checked.refuse(Detail{Field: wholeBody, Type: "required", Message: "is required"})
		}
		return
	}
	if isJSON(mediaType) && !op.MembersFromQuery && op.plans[mediaType]().valid(body, requestDepth) {
		checked.Raw = body
		return
	}
	value, problem := decodeBody(mediaType, body)
	if problem != nil {
		checked.refuse(*problem)
		return
	}
	checked.value = value
	if isJSON(mediaType) {
		checked.Raw = body
	}
	schema := media.Schema.Value
	if object, ok := value.(map[string]any); ok && op.MembersFromQuery {
		complete(object, schema, checked.Params)
	}
	// Clients send back what they have read, including read-only members. Those are ignored.
	options := []openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.DisableReadOnlyValidation()}
	if len(body) <= allProblemsBelow {
		options = append(options, openapi3.MultiErrors())
	}
	checked.refuse(check(schema, value, options...)...)
	checked.warn(undeclared(schema, value, "")...)
}

// complete adds the members that the schema declares and the body lacks from the parameters of the same names.
func complete(body map[string]any, schema *openapi3.Schema, parameters map[string]string) {
	for name := range schema.Properties {
		_, there := body[name]
		if value, sent := parameters[name]; sent && !there {
			body[name] = value
		}
	}
}

// allProblemsBelow is the size in bytes up to which all problems of a body are reported. A larger body could have hundreds
// of thousands, so only its first is.
const allProblemsBelow = 64 << 10

const formType = "application/x-www-form-urlencoded"

// mediaType returns the media type of a body and its description in the document, or nil if the operation does not accept
// it. A body without a Content-Type is a form if the operation accepts one, else JSON.
func (op *Operation) mediaType(header http.Header) (string, *openapi3.MediaType) {
	sent := header.Get("Content-Type")
	if sent == "" {
		if media := op.body.Content[formType]; media != nil {
			return formType, media
		}
		return "application/json", op.body.Content["application/json"]
	}
	mediaType, parameters, err := ParseMediaType(sent)
	if err != nil {
		return excerpt(sent), nil
	}
	if charset, ok := parameters["charset"]; ok && !slices.Contains([]string{"utf-8", "us-ascii"}, strings.ToLower(charset)) {
		return mediaType + " in " + excerpt(charset), nil
	}
	return mediaType, op.body.Content[mediaType]
}

// MediaTypes returns the media types of the bodies that the operation accepts, sorted.
func (op *Operation) MediaTypes() []string {
	if op.body == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(op.body.Content))
}

// decodeBody returns the value of a body.
func decodeBody(mediaType string, body []byte) (any, *Detail) {
	switch {
	case mediaType == formType:
		return DecodeForm(body)
	case !isJSON(mediaType): // The operation itself decodes such a body.
		return string(body), nil
	}
	return decodeJSON(body, requestDepth)
}

// DecodeForm returns the fields of a form as an object of strings. It refuses a field that is given twice or is not valid
// UTF-8.
func DecodeForm(body []byte) (any, *Detail) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, &Detail{Field: wholeBody, Type: "malformed", Message: "is not a well-formed form"}
	}
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(values)) { // In a fixed order, so that the same body always gets the same answer.
		list := values[name]
		if !utf8.ValidString(name) || !utf8.ValidString(list[0]) {
			return nil, &Detail{Field: wholeBody, Type: "malformed", Message: "is not valid UTF-8"}
		}
		if len(list) > 1 {
			return nil, &Detail{Field: name, Type: "duplicate", Message: "is given more than once"}
		}
		object[name] = list[0]
	}
	return object, nil
}
