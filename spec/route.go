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

// ErrNoPath says that no document has the path of a request.
var ErrNoPath = errors.New("spec: no such path")

// MethodError says that the path exists, but not with the method of the request.
type MethodError struct {
	Allow []string // the methods that the path has, sorted
}

func (e *MethodError) Error() string {
	return "spec: the path allows " + strings.Join(e.Allow, ", ")
}

// Match is a routed request.
type Match struct {
	Operation *Operation
	Template  string            // the path that matched, prefix included
	Path      map[string]string // the path's parameters, unescaped
}

// Router finds the operation that a request is for.
type Router struct {
	muxes map[int]*mux.Router              // by the number of segments of a path: mux tries its routes one by one
	paths map[string]map[string]*Operation // template → method → operation
}

// NewRouter routes to the operations of all documents. Two operations with one method and path are an error.
//
// Every path is one route of the mux, named after its template; the method is looked up behind it, so that a
// 405 knows what is allowed.
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
	// A literal segment goes before a variable one, as OpenAPI wants it; mux takes the first that fits.
	literalFirst := func(one, other string) int { return strings.Compare(sortKey(one), sortKey(other)) }
	for _, template := range slices.SortedFunc(maps.Keys(r.paths), literalFirst) {
		// Clients in use send one slash too many; it is accepted without a redirect (W-SLASH).
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

// segmentsOf counts what is between the slashes of a path; one at its end does not count. A variable is one segment.
func segmentsOf(path string) int {
	return strings.Count(strings.TrimSuffix(path, "/"), "/")
}

// sortKey puts variables behind every literal.
func sortKey(template string) string {
	return strings.ReplaceAll(template, "{", "\x7f")
}

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

// Match finds the operation of a request. It returns [ErrNoPath], or a [*MethodError] if the path has other
// methods only; HEAD is a method like any other, unless the document allows it for every GET.
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

// unreserved are the characters that mean the same with and without percent-encoding (RFC 3986, section 2.3).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// encodedByte is a percent-encoded byte of a path.
var encodedByte = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// normalized returns the request with every unreserved character of its path decoded, since mux compares paths as they are
// encoded. The request itself stays as it is.
func normalized(req *http.Request) *http.Request {
	if strings.IndexByte(req.URL.RawPath, '%') < 0 { // Empty unless the path is encoded in an unusual way.
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
