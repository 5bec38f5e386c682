package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"standin/spec"
)

// ours returns what this project's documents of the service say, and the operations by method and path.
func ours() (facts, map[string]*spec.Operation, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, at *url.URL) ([]byte, error) {
		document, err := spec.Load(at.Path)
		if err != nil {
			return nil, err
		}
		return document.Source(), nil
	}
	all, operations := facts{}, map[string]*spec.Operation{}
	for _, name := range []string{spec.Customer, spec.Companions} {
		kin, err := loader.LoadFromURI(&url.URL{Path: name})
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(all, derive(kin))
		document, err := spec.Load(name)
		if err != nil {
			return nil, nil, err
		}
		for _, op := range document.Operations {
			operations[op.Method+" "+op.Templates()[0]] = op
		}
	}
	return all, operations, nil
}

// derive returns the facts of an OpenAPI document.
func derive(document *openapi3.T) facts {
	prefix := ""
	if len(document.Servers) > 0 && strings.HasPrefix(document.Servers[0].URL, "/") {
		prefix = strings.TrimSuffix(document.Servers[0].URL, "/")
	}
	all := facts{}
	for path, item := range document.Paths.Map() {
		for method, declared := range item.Operations() {
			all[method+" "+prefix+path] = deriveOperation(document, item, declared)
		}
	}
	return all
}

// deriveOperation returns the facts of an operation.
func deriveOperation(document *openapi3.T, item *openapi3.PathItem, declared *openapi3.Operation) *operation {
	op := &operation{Parameters: values{}, Answers: map[int]values{}}
	for _, name := range callers(document, declared) {
		if scheme := document.Components.SecuritySchemes[name]; scheme != nil && scheme.Value.Type == "apiKey" {
			op.Parameters[scheme.Value.In+" "+scheme.Value.Name] = form{Type: "string", Required: true}
		} else {
			op.Callers = append(op.Callers, name)
		}
	}
	for _, ref := range slices.Concat(item.Parameters, declared.Parameters) {
		op.addParameter(ref.Value)
	}
	if declared.RequestBody != nil {
		op.addBody(declared.RequestBody.Value.Content)
	}
	for code, ref := range declared.Responses.Map() {
		if status, err := strconv.Atoi(code); err == nil && status < http.StatusInternalServerError {
			op.Answers[status] = values{}
			addContent(op.Answers[status], ref.Value.Content)
		}
	}
	return op
}

// callers returns the names of the security schemes of an operation.
func callers(document *openapi3.T, op *openapi3.Operation) []string {
	alternatives := document.Security
	if op.Security != nil {
		alternatives = *op.Security
	}
	var names []string
	for _, one := range alternatives {
		names = slices.AppendSeq(names, maps.Keys(one))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// addParameter adds a parameter, but for the headers for which OpenAPI has other places.
func (op *operation) addParameter(p *openapi3.Parameter) {
	if p.In == openapi3.ParameterInHeader && slices.Contains([]string{"Authorization", "Content-Type", "Accept"}, http.CanonicalHeaderKey(p.Name)) {
		return
	}
	f := form{Type: anyOf}
	if p.Schema != nil {
		f = formOf(p.Schema.Value)
	}
	f.Required = p.Required
	op.Parameters[p.In+" "+p.Name] = f
}

// addBody adds the body of requests.
func (op *operation) addBody(content openapi3.Content) {
	op.Media, op.Body = slices.Sorted(maps.Keys(content)), values{}
	addContent(op.Body, content)
}

// addContent adds the forms of a body, of the first media type.
func addContent(to values, content openapi3.Content) {
	for _, name := range slices.Sorted(maps.Keys(content)) {
		if schema := content[name].Schema; schema != nil {
			addSchema(to, "", schema.Value, false)
			return
		}
	}
}

// addSchema adds the forms of a value and of all that is in it.
func addSchema(to values, path string, schema *openapi3.Schema, required bool) {
	f := formOf(schema)
	properties, needed, further := members(schema)
	if f.Type == free && len(properties) > 0 {
		f.Type = object
	}
	f.Required = required
	to[path] = f
	switch {
	case f.Type == list && schema.Items != nil:
		addSchema(to, inside(path, list), schema.Items.Value, false)
	case f.Type == free && further != nil:
		addSchema(to, inside(path, free), further, false)
	}
	for name, member := range properties {
		addSchema(to, below(path, name), member, slices.Contains(needed, name))
	}
}

// members returns the properties of a schema and of all that it consists of, the names of the required ones, and the schema of
// further members.
func members(schema *openapi3.Schema) (map[string]*openapi3.Schema, []string, *openapi3.Schema) {
	properties, needed := map[string]*openapi3.Schema{}, schema.Required
	further := schema.AdditionalProperties.Schema
	for _, part := range schema.AllOf {
		inner, also, more := members(part.Value)
		maps.Copy(properties, inner)
		needed = slices.Concat(needed, also)
		if more != nil {
			further = &openapi3.SchemaRef{Value: more}
		}
	}
	for name, ref := range schema.Properties {
		properties[name] = ref.Value
	}
	if further == nil {
		return properties, needed, nil
	}
	return properties, needed, further.Value
}

// formOf returns the form of a value without what is in it.
func formOf(schema *openapi3.Schema) form {
	f := form{Type: anyOf, Pattern: schema.Pattern, Time: schema.Format == "date-time"}
	switch {
	case schema.Type.Is("array"):
		f.Type = list
	case schema.Type.Is("object") || len(schema.AllOf) > 0 || len(schema.Properties) > 0:
		f.Type = free
	case schema.Type != nil && len(*schema.Type) == 1:
		f.Type = (*schema.Type)[0]
	}
	for _, one := range schema.Enum {
		f.Values = append(f.Values, fmt.Sprint(one))
	}
	if f.Type == "string" {
		if schema.MinLength > 0 {
			f.Least = strconv.FormatUint(schema.MinLength, 10)
		}
		if schema.MaxLength != nil {
			f.Most = strconv.FormatUint(*schema.MaxLength, 10)
		}
	}
	bound := func(n *float64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatFloat(*n, 'f', -1, 64)
	}
	if f.Type == "integer" || f.Type == "number" {
		f.Least, f.Most = bound(schema.Min), bound(schema.Max)
	}
	return f
}
