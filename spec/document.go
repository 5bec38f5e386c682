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

// The documents that come with the package.
const (
	Customer   = "customer.yaml"
	Companions = "companions.yaml"
	Fixture    = "fixture.yaml"
	Control    = "control.yaml"
)

// Document is one OpenAPI document: loaded, valid with its examples, and ready to check against.
type Document struct {
	Name       string
	Hash       string       // SHA-256 of its source, in hex
	Operations []*Operation // in the order of their paths and methods

	kin    *openapi3.T
	head   bool // there is a HEAD for every GET (x-head)
	frames map[string]*answer
}

// Load answers a document by its file name, for example [Customer]. A document that is not valid, has an example
// that its schema refuses, or an operation without an id, is an error that names the place.
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

// loaded are all documents. They refer to each other, cost milliseconds each, and never change.
var loaded = sync.OnceValues(func() (map[string]*Document, error) { //nolint:gochecknoglobals // A table, read from the embedded files.
	takeLowerCaseMoments()
	loader := openapi3.NewLoader() // One for all: it reads no document twice.
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

// takeLowerCaseMoments lets the format date-time have its t and z in lower case, as RFC 3339 does (section 5.6).
func takeLowerCaseMoments() {
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

// Operation finds an operation by its id.
func (d *Document) Operation(id string) (*Operation, bool) {
	at := slices.IndexFunc(d.Operations, func(op *Operation) bool { return op.ID == id })
	if at < 0 {
		return nil, false
	}
	return d.Operations[at], true
}

// Frames names the frame answers of the document.
func (d *Document) Frames() []string { return slices.Sorted(maps.Keys(d.frames)) }

// Source is the text of the document, as it was written.
func (d *Document) Source() []byte {
	source, err := files.ReadFile(d.Name)
	if err != nil {
		panic(err) // It was read before from the same embedded file.
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

// methodsFor lists the methods that lead to an operation.
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
