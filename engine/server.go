package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"standin/spec"
)

// Config is what a server needs from outside. The zero value of a field means its default.
type Config struct {
	// Fixture is what an unseen tenant starts from. Required.
	Fixture *Fixture
	// Now is the wall clock. Required.
	Now func() time.Time
	// Seed is where all entropy comes from; it should be 32 bytes from crypto/rand unless repeatable tokens
	// are wanted. Required.
	Seed []byte
	// Tenants, if any, are the only ones served without being made by a tester; all others are the documented 400.
	Tenants []string
	// MaxWorlds bounds how many tenants may have a world of their own; 20,000 by default.
	MaxWorlds int
	// MaxBody bounds a request's body in bytes; 1 MiB by default.
	MaxBody int64
	// Hash is the cost of a password hash.
	Hash HashCost
	// Log gets a line per request and per fault of our own; it never holds a password or a token.
	Log *slog.Logger
	// Sent is told of every mail, once it is visible. It may be nil.
	Sent func(Mail)

	// Control is the tester's plane, the operations of spec/control.yaml; nil for none.
	Control Plane
	// Guard refuses a request to the control plane by an error of this package; nil lets everybody in.
	Guard func(r *http.Request, operation string) error
	// Pages, if any, serves the pages for people: /_standin/ and all below /_standin/console/.
	Pages http.Handler
	// TrustedOrigins are the origins, besides the server's own, whose pages may use the control plane. Browsers are told so;
	// Guard has to let them in, too.
	TrustedOrigins []string
	// ControlOrigin is where the control plane is, if it is not where the service is.
	ControlOrigin string
	// NoJournal keeps none: nobody may read it.
	NoJournal bool
	// JournalEntries bounds the journal of each world; 10,000 by default.
	JournalEntries int
	// JournalBytes bounds all journals together, in bytes; 64 MiB by default.
	JournalBytes int64
	// SnapshotBytes bounds what all snapshots together hold, in bytes; 256 MiB by default.
	SnapshotBytes int64
	// Observe is told of every exchange. It may be nil.
	Observe func(Observation)
}

// Observation is an exchange as a metric sees it.
type Observation struct {
	Operation string
	Status    int // 0 if the connection was dropped
	Took      time.Duration
	Injected  bool // by a fault
}

// Home is the tenant that is always there: the first of the configured ones, else demo.
func (c Config) Home() string { return first(append(slices.Clone(c.Tenants), "demo")...) }

// Server answers for all tenants. It is an [http.Handler].
type Server struct {
	config     Config
	documents  []*spec.Document
	operations map[*spec.Operation]Operation
	frames     map[string]*spec.Document // by the names of the frame answers
	router     *spec.Router              // of the service
	api        http.Handler
	control    http.Handler // nil if there is none
	alone      http.Handler // the service where the handle is not
	steered    bool
	worlds     *worlds
	strays     *Journal      // exchanges that led to no world of their own
	hashing    chan struct{} // a token per hash being computed, so that a burst does not exhaust memory
	violations atomic.Int64
	covered    coverage
	stopped    context.Context //nolint:containedctx // It ends what waits when the server does.
	stop       context.CancelFunc
}

// New makes a server. It returns an error if a document and its table of operations differ by one name, if the
// fixture cannot be read, or if a required field of the configuration is missing.
func New(config Config) (*Server, error) {
	if config.Fixture == nil || config.Now == nil || len(config.Seed) == 0 {
		return nil, errors.New("engine: Config needs Fixture, Now and Seed")
	}
	config = config.withDefaults()
	s := &Server{
		config:     config,
		operations: map[*spec.Operation]Operation{},
		frames:     map[string]*spec.Document{},
		steered:    config.Control != nil,
		hashing:    make(chan struct{}, hashesAtOnce()),
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	api, router, err := s.route(planes)
	if err != nil {
		return nil, err
	}
	s.router = router
	s.api = anyOrigin(api)
	if s.steered {
		control, _, err := s.route(map[string]Plane{spec.Control: config.Control})
		if err != nil {
			return nil, err
		}
		s.control = withPages(trusting(config.TrustedOrigins, control), config.Pages)
	}
	s.alone = withHealth(s.api, s.control)
	if s.worlds, err = newWorlds(config); err != nil {
		return nil, err
	}
	s.covered = newCoverage(s.documents)
	s.strays = &Journal{ledger: s.worlds.journals, most: config.JournalEntries}
	return s, nil
}

// ServeHTTP answers one request, for the service or for its tester.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.steered && isControl(r.URL.Path) {
		s.control.ServeHTTP(w, r)
		return
	}
	s.api.ServeHTTP(w, r)
}

// withPages has the paths of pages served by them.
func withPages(control, pages http.Handler) http.Handler {
	if pages == nil {
		return control
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.TrimSuffix(r.URL.Path, "/") == "/_standin" || strings.HasPrefix(r.URL.Path, "/_standin/console/") {
			pages.ServeHTTP(w, r)
			return
		}
		control.ServeHTTP(w, r)
	})
}

// API answers for the service alone, and says whether the server lives and is ready: whoever watches it asks there.
func (s *Server) API() http.Handler { return s.alone }

// withHealth has the questions after the server's health answered where the service is, too.
func withHealth(api, control http.Handler) http.Handler {
	if control == nil {
		return api
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/livez" || r.URL.Path == "/readyz" {
			control.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// Control answers for the tester alone; nil if there is no control plane.
func (s *Server) Control() http.Handler { return s.control }

// isControl says whether a path is one of the control plane's.
func isControl(path string) bool {
	switch strings.TrimSuffix(path, "/") {
	case "/livez", "/readyz", "/metrics", "/_standin":
		return true
	}
	return strings.HasPrefix(path, "/_standin/")
}

// Stop ends whatever waits or streams, so that a server can shut down at once.
func (s *Server) Stop() { s.stop() }

// untilStopped is a context that ends with the server, too.
func (s *Server) untilStopped(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(s.stopped, cancel)
	return ctx, func() { release(); cancel() }
}

// Violations counts the answers of ours that broke the document, and so became a 500. It should stay zero.
func (s *Server) Violations() int64 { return s.violations.Load() }

// Documents are what is served.
func (s *Server) Documents() []*spec.Document { return s.documents }

// Config is what the server runs with, defaults filled in.
func (s *Server) Config() Config { return s.config }

// Strays are the exchanges that led to no world of their own.
func (s *Server) Strays() *Journal { return s.strays }

// JournalBytes is about what all journals take in memory.
func (s *Server) JournalBytes() int64 { return s.worlds.journals.size() }

// route makes the handler of some planes.
func (s *Server) route(planes map[string]Plane) (http.Handler, *spec.Router, error) {
	var documents []*spec.Document
	for _, name := range slices.Sorted(maps.Keys(planes)) {
		document, err := spec.Load(name)
		if err != nil {
			return nil, nil, err
		}
		if err := s.addPlane(document, planes[name]); err != nil {
			return nil, nil, err
		}
		documents = append(documents, document)
		for _, frame := range document.Frames() {
			s.frames[frame] = document
		}
	}
	s.documents = append(s.documents, documents...)
	router, err := spec.NewRouter(documents...)
	if err != nil {
		return nil, nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, router) }), router, nil
}

func (s *Server) addPlane(document *spec.Document, table Plane) error {
	for _, declared := range document.Operations {
		op, ok := table[declared.ID]
		if !ok {
			return fmt.Errorf("engine: %s declares %s, which no handler serves", document.Name, declared.ID)
		}
		op.secrets = secretsIn(declared)
		s.operations[declared] = op
	}
	for _, id := range slices.Sorted(maps.Keys(table)) {
		if _, ok := document.Operation(id); !ok {
			return fmt.Errorf("engine: the table serves %s, which %s does not declare", id, document.Name)
		}
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.MaxWorlds == 0 {
		c.MaxWorlds = 20_000
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	c.Hash = c.Hash.withDefaults()
	if c.JournalEntries == 0 {
		c.JournalEntries = 10_000
	}
	if c.JournalBytes == 0 {
		c.JournalBytes = 64 << 20
	}
	if c.SnapshotBytes == 0 {
		c.SnapshotBytes = 256 << 20
	}
	if c.Observe == nil {
		c.Observe = func(Observation) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Sent == nil {
		c.Sent = func(Mail) {}
	}
	return c
}
