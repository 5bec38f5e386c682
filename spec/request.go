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

// Request is a request as its operation understands it, with the document's verdict on it.
type Request struct {
	Params map[string]string // path, query and header parameters that were sent, by name
	Raw    []byte            // the body's bytes if it is JSON
	Form   bool              // the body is a form
	value  any               // the decoded body, once it was needed

	Credential string // what the operation's apiKey scheme names, for example the client_id; "" if absent

	Unsupported string   // the media type or content coding that the operation does not take (415)
	Coded       bool     // Unsupported is a content coding
	Problems    []Detail // why the request is refused (400)
	Warnings    []Detail // what nobody reads: tolerated unless the tenant is strict (W-LIBERAL)
}

// Check holds a routed request to the document. Nothing is written into the request, and no default either.
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

// Value is the decoded body: nil if there is none, or if it could not be read. A form is an object of strings.
func (c *Request) Value() any {
	if c.value == nil && c.Raw != nil {
		c.value, _ = decodeJSON(c.Raw, requestDepth)
	}
	return c.value
}

func (c *Request) refuse(d ...Detail) { c.Problems = append(c.Problems, d...) }
func (c *Request) warn(d ...Detail)   { c.Warnings = append(c.Warnings, d...) }

// own returns a value of the request line. Where it is a small part of the line it is copied, since it may be stored, and a
// part keeps the whole line in memory.
func own(value, line string) string {
	const small = 1024 // bytes
	if len(line) > len(value)+small {
		return strings.Clone(value)
	}
	return value
}

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
			checked.Params[parameter.Name] = own(value, r.RequestURI)
		}
		if sent && parameter.Deprecated {
			checked.warn(Detail{Field: parameter.Name, Type: "deprecated", Message: "is an older name, which new clients should not use"})
		}
	}
}

// problems lists what is wrong with a value.
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
			all[i].Message += "; in a query a plus sign is written %2B" // Unencoded, it is a blank.
		}
	}
	return all
}

// ask has kin-openapi judge a parameter.
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

func (op *Operation) warnOfQuery(checked *Request, query url.Values) {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		field := strings.ToValidUTF8(name, "\ufffd") // What cannot be told cannot be answered, either.
		switch {
		case !op.DeclaresQuery(name):
			checked.warn(Detail{Field: field, Type: "undeclared", Message: "is not a query parameter of this operation" + op.queryNames()})
		case len(query[name]) > 1:
			checked.warn(Detail{Field: field, Type: "repeated", Message: "is given more than once; the first value counts"})
		}
	}
}

// queryNames lists the query parameters that there are.
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

func (op *Operation) checkBody(checked *Request, header http.Header, body []byte) {
	if op.body == nil {
		return
	}
	if coding := strings.Join(header.Values("Content-Encoding"), ", "); !identity(coding) {
		checked.Unsupported, checked.Coded = printable(coding), true
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
	if isJSON(mediaType) && op.plans[mediaType]().valid(body, requestDepth) {
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
	// A client sends back what it read, read-only members included; they are ignored.
	options := []openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.DisableReadOnlyValidation()}
	if len(body) <= allProblemsBelow {
		options = append(options, openapi3.MultiErrors())
	}
	checked.refuse(check(schema, value, options...)...)
	checked.warn(undeclared(schema, value, "")...)
}

// allProblemsBelow is the size in bytes up to which all problems of a body are looked for: a larger one could hold
// hundreds of thousands, so its first has to do.
const allProblemsBelow = 64 << 10

const formType = "application/x-www-form-urlencoded"

// mediaType is the type that a body has, and what the document says of it: nil if it is not taken. A body
// without a content type is read as JSON, or as a form where only that is taken.
func (op *Operation) mediaType(header http.Header) (string, *openapi3.MediaType) {
	sent := header.Get("Content-Type")
	if sent == "" {
		if media := op.body.Content["application/json"]; media != nil {
			return "application/json", media
		}
		return formType, op.body.Content[formType]
	}
	mediaType, parameters, err := ParseMediaType(sent)
	if err != nil {
		return printable(sent), nil
	}
	if charset, ok := parameters["charset"]; ok && !slices.Contains([]string{"utf-8", "us-ascii"}, strings.ToLower(charset)) {
		return mediaType + " in " + printable(charset), nil
	}
	return mediaType, op.body.Content[mediaType]
}

// MediaTypes lists the types of body that the operation takes, sorted.
func (op *Operation) MediaTypes() []string {
	if op.body == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(op.body.Content))
}

func decodeBody(mediaType string, body []byte) (any, *Detail) {
	switch {
	case mediaType == formType:
		return DecodeForm(body)
	case !isJSON(mediaType): // Whoever takes such a body reads it.
		return string(body), nil
	}
	return decodeJSON(body, requestDepth)
}

// DecodeForm reads a form into an object of strings. A field given twice, or one that is no valid UTF-8, is
// refused.
func DecodeForm(body []byte) (any, *Detail) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, &Detail{Field: wholeBody, Type: "malformed", Message: "is not a well-formed form"}
	}
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(values)) { // In an order, so that one body gets one answer.
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

func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
