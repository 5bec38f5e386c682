package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is an operation of a document.
type Operation struct {
	ID       string
	Method   string
	Path     string   // path template in the document, for example /{tenant}/me
	Prefixes []string // path prefixes of the document's servers, the preferred one first
	Summary  string

	Security       []string // names of the security schemes, any one of which suffices; empty if the operation is public
	Scopes         []string // scopes, any one of which suffices (x-required-scopes); empty if no scope is required
	AcceptsExpired bool     // also accept an expired bearer token of a customer (x-accepts-expired)
	TenantFrom     string   // location of the tenant's name: path, query or form (x-tenant-from)
	Compatibility  bool     // not in the print, but served for existing clients (x-compatibility)

	MembersFromQuery bool // take members that the body lacks from query parameters of the same names (x-members-from-query)

	PlatformErrors bool // answer errors in the form of the platform's other services (x-platform-errors)

	parameters []parameter
	credential map[string]bool // names of query parameters that are credentials
	body       *openapi3.RequestBody
	plans      map[string]func() *plan // plans of the body, by media type
	answers    map[int]*answer
}

// Statuses returns the statuses that the document gives the operation, in ascending order.
func (op *Operation) Statuses() []int {
	statuses := make([]int, 0, len(op.answers))
	for status := range op.answers {
		statuses = append(statuses, status)
	}
	sort.Ints(statuses)
	return statuses
}

// Documents reports whether the document gives the operation an answer with the status.
func (op *Operation) Documents(status int) bool {
	_, ok := op.answers[status]
	return ok
}

// Accepts reports whether a security scheme is one of the operation's.
func (op *Operation) Accepts(scheme string) bool {
	return slices.Contains(op.Security, scheme)
}

// TakesBody reports whether the operation has a request body. If it has none, the server ignores a body that is sent.
func (op *Operation) TakesBody() bool { return op.body != nil }

// Parameter returns the location (path, query or header) and the example of a parameter of the operation. Both are empty if
// the operation has no such parameter.
func (op *Operation) Parameter(name string) (string, string) {
	for _, p := range op.parameters {
		if p.Name == name {
			example := ""
			if p.Example != nil {
				example = fmt.Sprint(p.Example)
			}
			return p.In, example
		}
	}
	if op.credential[name] {
		return openapi3.ParameterInQuery, ""
	}
	return "", ""
}

// DeclaresQuery reports whether the operation has a query parameter with a name. A credential counts as one.
func (op *Operation) DeclaresQuery(name string) bool {
	return op.credential[name] || slices.ContainsFunc(op.parameters, func(p parameter) bool {
		return p.In == openapi3.ParameterInQuery && p.Name == name
	})
}

// Parameters returns the names of the operation's parameters in a location: path, query or header. A credential is in the
// query.
func (op *Operation) Parameters(in string) []string {
	var names []string
	for _, p := range op.parameters {
		if p.In == in {
			names = append(names, p.Name)
		}
	}
	if in == openapi3.ParameterInQuery {
		names = slices.AppendSeq(names, maps.Keys(op.credential))
	}
	return names
}

// Templates returns the path templates under which the operation is served, the preferred one first.
func (op *Operation) Templates() []string {
	templates := make([]string, len(op.Prefixes))
	for i, prefix := range op.Prefixes {
		templates[i] = prefix + op.Path
	}
	return templates
}

func newOperation(doc *openapi3.T, path, method string) (*Operation, error) {
	item := doc.Paths.Value(path)
	declared := item.GetOperation(method)
	if declared.OperationID == "" {
		return nil, errors.New("has no operationId")
	}
	op := &Operation{
		ID:         declared.OperationID,
		Method:     method,
		Path:       path,
		Summary:    declared.Summary,
		TenantFrom: "path",
		credential: map[string]bool{},
		answers:    map[int]*answer{},
	}
	for _, server := range doc.Servers {
		op.Prefixes = append(op.Prefixes, strings.TrimSuffix(server.URL, "/"))
	}
	for _, refs := range []openapi3.Parameters{item.Parameters, declared.Parameters} {
		for _, ref := range refs {
			op.parameters = append(op.parameters, newParameter(ref.Value))
		}
	}
	if declared.RequestBody != nil {
		op.body = declared.RequestBody.Value
		op.plans = plansOf(op.body.Content)
	}
	if err := op.addAnswers(declared.Responses); err != nil {
		return nil, err
	}
	op.addSecurity(doc, declared)
	return op, op.addExtensions(declared.Extensions)
}

func (op *Operation) addAnswers(declared *openapi3.Responses) error {
	for code, ref := range declared.Map() {
		status, err := strconv.Atoi(code)
		if err != nil {
			return fmt.Errorf("status %q is not a number; a default response is not supported", code)
		}
		op.answers[status] = newAnswer(ref.Value)
	}
	return nil
}

func (op *Operation) addSecurity(doc *openapi3.T, declared *openapi3.Operation) {
	if declared.Security == nil {
		return
	}
	for _, alternative := range *declared.Security {
		for scheme := range alternative {
			op.Security = append(op.Security, scheme)
			ref := doc.Components.SecuritySchemes[scheme]
			if ref != nil && ref.Value.Type == "apiKey" && ref.Value.In == openapi3.ParameterInQuery {
				op.credential[ref.Value.Name] = true
			}
		}
	}
	sort.Strings(op.Security)
}

func (op *Operation) addExtensions(extensions map[string]any) error {
	for name, value := range extensions {
		var ok bool
		switch name {
		case "x-required-scopes":
			op.Scopes, ok = texts(value)
		case "x-accepts-expired":
			op.AcceptsExpired, ok = value.(bool)
		case "x-tenant-from":
			op.TenantFrom, ok = value.(string)
		case "x-members-from-query":
			op.MembersFromQuery, ok = value.(bool)
		case "x-platform-errors":
			op.PlatformErrors, ok = value.(bool)
		case "x-compatibility":
			op.Compatibility, ok = value.(bool)
		default:
			return fmt.Errorf("unknown extension %s", name)
		}
		if !ok {
			return fmt.Errorf("extension %s has a value of the wrong type", name)
		}
	}
	return nil
}

// texts returns a list of strings. It reports false if value is anything else.
func texts(value any) ([]string, bool) {
	list, ok := value.([]any)
	out := make([]string, 0, len(list))
	for _, one := range list {
		text, isText := one.(string)
		ok = ok && isText
		out = append(out, text)
	}
	return out, ok
}
