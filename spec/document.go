package spec

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed customer.yaml companions.yaml control.yaml fixture.yaml rules.yaml
var files embed.FS

// The names of the documents in this package.
const (
	Customer   = "customer.yaml"
	Companions = "companions.yaml"
	Fixture    = "fixture.yaml"
	Control    = "control.yaml"
)

// Document is an OpenAPI document. It and its examples are valid.
type Document struct {
	Name       string
	Hash       string       // SHA-256 of its source, in hex
	Operations []*Operation // in the order of their paths and methods

	kin    *openapi3.T
	head   bool // HEAD is allowed wherever GET is (x-head)
	frames map[string]*answer
}

// Load returns a document by its file name, for example [Customer]. It returns an error that names the place if a document
// is not valid, an example does not match its schema, or an operation has no id.
func Load(name string) (*Document, error) {
	documents, err := loaded()
	if err != nil {
		return nil, fmt.Errorf("spec: %w", err)
	}
	d, ok := documents[name]
	if !ok {
		return nil, fmt.Errorf("spec: no document %q", name)
	}
	return d, nil
}

// loaded returns all documents by name. They are loaded once: they refer to each other, loading one takes milliseconds, and
// they never change.
var loaded = sync.OnceValues(func() (map[string]*Document, error) { //nolint:gochecknoglobals // A constant table, read from embedded files.
	allowLowerCaseTimes()
	loader := openapi3.NewLoader() // One loader for all, so that each document is read only once.
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, at *url.URL) ([]byte, error) {
		return files.ReadFile(at.Path)
	}
	documents := map[string]*Document{}
	for _, name := range []string{Customer, Companions, Fixture, Control} {
		d, err := load(loader, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		documents[name] = d
	}
	return documents, nil
})

// allowLowerCaseTimes makes kin-openapi accept the format date-time with t and z in lower case, as RFC 3339 does
// (section 5.6).
func allowLowerCaseTimes() {
	const format = "date-time"
	upper := openapi3.SchemaStringFormats[format]
	openapi3.DefineStringFormatValidator(format, openapi3.NewCallbackValidator(func(text string) error {
		return upper.Validate(strings.ToUpper(text))
	}))
}

func load(loader *openapi3.Loader, name string) (*Document, error) {
	kin, err := loader.LoadFromURI(&url.URL{Path: name})
	if err != nil {
		return nil, err
	}
	if err := kin.Validate(context.Background()); err != nil {
		return nil, err
	}
	source, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(source)
	d := &Document{Name: name, Hash: hex.EncodeToString(sum[:]), kin: kin, frames: map[string]*answer{}}
	d.head, _ = kin.Extensions["x-head"].(bool)
	if err := d.addOperations(); err != nil {
		return nil, err
	}
	for frame, ref := range kin.Components.Responses {
		d.frames[frame] = newAnswer(ref.Value)
	}
	return d, nil
}

// Operation returns the operation with an id.
func (d *Document) Operation(id string) (*Operation, bool) {
	at := slices.IndexFunc(d.Operations, func(op *Operation) bool { return op.ID == id })
	if at < 0 {
		return nil, false
	}
	return d.Operations[at], true
}

// Frames returns the names of the document's frame answers, sorted.
func (d *Document) Frames() []string { return slices.Sorted(maps.Keys(d.frames)) }

// Source returns the source text of the document.
func (d *Document) Source() []byte {
	source, err := files.ReadFile(d.Name)
	if err != nil {
		panic(err) // Load has read the same embedded file.
	}
	return source
}

func (d *Document) addOperations() error {
	items := d.kin.Paths.Map()
	paths := make([]string, 0, len(items))
	for path := range items {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		for _, method := range methodsOf(items[path]) {
			op, err := newOperation(d.kin, path, method)
			if err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
			if _, taken := d.Operation(op.ID); taken {
				return fmt.Errorf("operation %s is declared twice", op.ID)
			}
			d.Operations = append(d.Operations, op)
		}
	}
	return nil
}

// methodsFor returns the methods under which an operation is served.
func (d *Document) methodsFor(op *Operation) []string {
	if d.head && op.Method == http.MethodGet {
		return []string{op.Method, http.MethodHead}
	}
	return []string{op.Method}
}

func methodsOf(item *openapi3.PathItem) []string {
	methods := make([]string, 0, 2)
	for method := range item.Operations() {
		methods = append(methods, method)
	}
	sort.Strings(methods)
	return methods
}
