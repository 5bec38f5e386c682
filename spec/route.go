package spec

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// ErrNoPath is returned when no document has the path of a request.
var ErrNoPath = errors.New("spec: no such path")

// MethodError is returned when the path exists, but not with the method of the request.
type MethodError struct {
	Allow []string // methods of the path, sorted
}

func (e *MethodError) Error() string {
	return "spec: the path allows " + strings.Join(e.Allow, ", ")
}

// Match is a routed request.
type Match struct {
	Operation *Operation
	Template  string            // path template that matched, prefix included
	Path      map[string]string // path parameters by name, unescaped
}

// Router finds the operation of a request.
type Router struct {
	muxes map[int]*mux.Router              // by the number of segments in a path, since mux tries its routes one by one
	paths map[string]map[string]*Operation // template → method → operation
}

// NewRouter returns a router to the operations of all documents. It returns an error if two operations have the same method
// and path.
//
// Every path is one route of the mux, named after its template. The method is looked up after the path has matched, so that
// the allowed methods are known for a 405.
func NewRouter(documents ...*Document) (*Router, error) {
	r := &Router{muxes: map[int]*mux.Router{}, paths: map[string]map[string]*Operation{}}
	for _, d := range documents {
		for _, op := range d.Operations {
			for _, template := range op.Templates() {
				if err := r.add(template, op, d.methodsFor(op)); err != nil {
					return nil, err
				}
			}
		}
	}
	// OpenAPI requires that a literal segment is preferred to a variable; mux takes the first route that matches.
	literalFirst := func(one, other string) int { return strings.Compare(sortKey(one), sortKey(other)) }
	for _, template := range slices.SortedFunc(maps.Keys(r.paths), literalFirst) {
		// Existing clients send a slash at the end; it is accepted without a redirect (W-SLASH).
		segments := segmentsOf(template)
		if r.muxes[segments] == nil {
			r.muxes[segments] = mux.NewRouter().UseEncodedPath()
		}
		route := r.muxes[segments].Path(template + "{slash:/?}").Name(template)
		if err := route.GetError(); err != nil {
			return nil, fmt.Errorf("spec: %s: %w", template, err)
		}
	}
	return r, nil
}

// segmentsOf returns the number of segments in a path. A slash at the end does not count. A variable is one segment.
func segmentsOf(path string) int {
	return strings.Count(strings.TrimSuffix(path, "/"), "/")
}

// sortKey returns a key by which templates sort with variables after all literals.
func sortKey(template string) string {
	return strings.ReplaceAll(template, "{", "\x7f")
}

// add adds an operation under a path template and methods.
func (r *Router) add(template string, op *Operation, under []string) error {
	methods := r.paths[template]
	if methods == nil {
		methods = map[string]*Operation{}
		r.paths[template] = methods
	}
	for _, method := range under {
		if other, taken := methods[method]; taken {
			return fmt.Errorf("spec: %s %s is both %s and %s", method, template, other.ID, op.ID)
		}
		methods[method] = op
	}
	return nil
}

// Match returns the operation of a request. It returns [ErrNoPath] if there is no such path, and a [*MethodError] if the path
// has other methods only. HEAD is a method like any other, unless the document allows it wherever it allows GET.
func (r *Router) Match(req *http.Request) (Match, error) {
	var found mux.RouteMatch
	req = normalized(req)
	routes := r.muxes[segmentsOf(req.URL.EscapedPath())]
	if routes == nil || !routes.Match(req, &found) {
		return Match{}, ErrNoPath
	}
	template := found.Route.GetName()
	methods := r.paths[template]
	op, ok := methods[req.Method]
	if !ok {
		return Match{}, &MethodError{Allow: slices.Sorted(maps.Keys(methods))}
	}
	delete(found.Vars, "slash")
	for name, raw := range found.Vars {
		value, err := url.PathUnescape(raw)
		if err != nil {
			return Match{}, ErrNoPath
		}
		found.Vars[name] = value
	}
	return Match{Operation: op, Template: template, Path: found.Vars}, nil
}

// unreserved contains the characters that mean the same with and without percent-encoding (RFC 3986, section 2.3).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// encodedByte matches a percent-encoded byte.
var encodedByte = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// normalized returns a request with every unreserved character of its path decoded, since mux compares encoded paths. It does
// not change req.
func normalized(req *http.Request) *http.Request {
	if strings.IndexByte(req.URL.RawPath, '%') < 0 { // RawPath is empty unless the path has an unusual encoding.
		return req
	}
	escaped := encodedByte.ReplaceAllStringFunc(req.URL.EscapedPath(), func(encoded string) string {
		if plain, err := url.PathUnescape(encoded); err == nil && strings.Contains(unreserved, plain) {
			return plain
		}
		return encoded
	})
	at := *req.URL
	at.RawPath = escaped
	alike := *req
	alike.URL = &at
	return &alike
}
