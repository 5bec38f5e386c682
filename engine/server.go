package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"standin/engine/call"
	"standin/engine/journal"
	"standin/engine/service"
	"standin/engine/webhook"
	"standin/engine/world"
	"standin/spec"
)

// Config is what a server needs from outside. The zero value of a field means its default.
type Config struct {
	// Fixture is what an unseen tenant starts from. Required.
	Fixture *world.Fixture
	// Now is the wall clock. Required.
	Now func() time.Time
	// Seed is where all entropy comes from; it should be 32 bytes from crypto/rand unless repeatable tokens
	// are wanted. Required.
	Seed []byte
	// Tenants, if any, are the only ones served without being made by the control API; all others are the documented 400.
	Tenants []string
	// MaxWorlds bounds how many tenants may have a world of their own; 20,000 by default.
	MaxWorlds int
	// MaxBody bounds a request's body in bytes; 1 MiB by default.
	MaxBody int64
	// Hash is the cost of a password hash.
	Hash call.HashCost
	// Log gets a line per request and per error of the server's own; it never holds a password or a token.
	Log *slog.Logger
	// Sent is called with every mail, once it is visible. It may be nil.
	Sent func(world.Mail)

	// NoWebhooks sends no events to webhooks; they are still listed.
	NoWebhooks bool
	// WebhookHosts are the hosts to which events may be sent, besides this machine.
	WebhookHosts []string

	// Control handles the operations of the control API, those of spec/control.yaml, by their ids; nil for no control API.
	Control map[string]ControlHandler
	// Guard refuses a control request by an error of package refusal; nil admits every request.
	Guard func(r *http.Request, operation string) error
	// Pages, if any, serves the pages of the console: /_standin/ and all below /_standin/console/.
	Pages http.Handler
	// TrustedOrigins are the origins, besides the server's own, whose pages may use the control API. Browsers are told so;
	// Guard has to admit them, too.
	TrustedOrigins []string
	// ControlOrigin is where the control API is, if it is not where the service is.
	ControlOrigin string
	// NoJournal turns the journals off.
	NoJournal bool
	// JournalEntries bounds the journal of each world; 10,000 by default.
	JournalEntries int
	// JournalBytes bounds all journals together, in bytes; 64 MiB by default.
	JournalBytes int64
	// SnapshotBytes bounds what all snapshots together hold, in bytes; 256 MiB by default.
	SnapshotBytes int64
	// Observe is called with every exchange. It may be nil.
	Observe func(Observation)
}

// Observation is an exchange as a metric sees it.
type Observation struct {
	Operation string
	Status    int // 0 if the connection was dropped
	Took      time.Duration
	Injected  bool // by a fault
}

// Home returns the tenant that is always there: the first of the configured ones, else demo.
func (c Config) Home() string { return world.Config{Tenants: c.Tenants}.Home() }

// Server answers for all tenants. It is an [http.Handler].
type Server struct {
	config     Config
	documents  []*spec.Document
	operations map[*spec.Operation]operation
	frames     map[string]*spec.Document // by the names of the frame answers
	router     *spec.Router              // of the service
	api        http.Handler
	control    http.Handler // nil if there is none
	worlds     *world.Worlds
	strays     *journal.Journal // exchanges that led to no world of their own
	webhooks   *webhook.Sender
	hashing    chan struct{} // a slot for each hash being computed, so that a burst does not exhaust memory
	violations atomic.Int64
	covered    coverage
	stopped    context.Context //nolint:containedctx // It ends what waits when the server does.
	stop       context.CancelFunc
}

// operation is an operation of a document with its handler: of the service, or of the control API.
type operation struct {
	service.Operation

	control ControlHandler
	secrets []string // variables of its path that hold a secret
}

// New makes a server. It returns an error if a document and its handlers differ by one operation, if the fixture cannot be
// read, or if a required field of the configuration is missing.
func New(config Config) (*Server, error) {
	if config.Fixture == nil || config.Now == nil || len(config.Seed) == 0 {
		return nil, errors.New("engine: Config needs Fixture, Now and Seed")
	}
	config = config.withDefaults()
	s := &Server{
		config:     config,
		operations: map[*spec.Operation]operation{},
		frames:     map[string]*spec.Document{},
		hashing:    make(chan struct{}, call.HashesAtOnce()),
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	tables := map[string]map[string]operation{}
	for name, table := range service.Tables() {
		tables[name] = map[string]operation{}
		for id, op := range table {
			tables[name][id] = operation{Operation: op}
		}
	}
	api, router, err := s.handler(tables)
	if err != nil {
		return nil, err
	}
	s.api, s.router = anyOrigin(api), router
	if config.Control != nil {
		table := map[string]operation{}
		for id, handle := range config.Control {
			table[id] = operation{control: handle}
		}
		control, _, err := s.handler(map[string]map[string]operation{spec.Control: table})
		if err != nil {
			return nil, err
		}
		s.control = trusting(config.TrustedOrigins, control)
	}
	s.webhooks = webhook.New(config.WebhookHosts, config.Now)
	if s.worlds, err = world.New(s.worldConfig()); err != nil {
		return nil, err
	}
	s.covered = newCoverage(s.documents)
	s.strays = s.worlds.NewJournal()
	return s, nil
}

// handler makes the handler of documents, each with its table of operations.
func (s *Server) handler(tables map[string]map[string]operation) (http.Handler, *spec.Router, error) {
	var documents []*spec.Document
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		document, err := spec.Load(name)
		if err != nil {
			return nil, nil, err
		}
		if err := s.addDocument(document, tables[name]); err != nil {
			return nil, nil, err
		}
		documents = append(documents, document)
	}
	s.documents = append(s.documents, documents...)
	router, err := spec.NewRouter(documents...)
	if err != nil {
		return nil, nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, router) }), router, nil
}

func (s *Server) addDocument(document *spec.Document, table map[string]operation) error {
	for _, declared := range document.Operations {
		op, ok := table[declared.ID]
		if !ok {
			return fmt.Errorf("engine: %s declares %s, which has no handler: add its line to the table of operations", document.Name, declared.ID)
		}
		if status := undocumented(declared); status != 0 && op.control == nil {
			return fmt.Errorf("engine: %s does not document that %s answers %d, which the engine answers before any handler", document.Name, declared.ID, status)
		}
		op.secrets = journal.SecretsIn(declared)
		s.operations[declared] = op
	}
	for _, id := range slices.Sorted(maps.Keys(table)) {
		if _, ok := document.Operation(id); !ok {
			return fmt.Errorf("engine: there is a handler for %s, which %s does not declare", id, document.Name)
		}
	}
	for _, frame := range document.Frames() {
		s.frames[frame] = document
	}
	return nil
}

// undocumented returns a status that the engine answers before the handler of an operation and that the document lacks, or 0.
func undocumented(op *spec.Operation) int {
	switch {
	case !op.Documents(http.StatusBadRequest) && op.TenantFrom != "": // A tenant may not exist (W-TENANT).
		return http.StatusBadRequest
	case !op.Documents(http.StatusUnauthorized) && len(op.Security) > 0: // A token may be missing (T-401).
		return http.StatusUnauthorized
	case !op.Documents(http.StatusForbidden) && len(op.Scopes) > 0: // A scope may be missing (T-SCOPE).
		return http.StatusForbidden
	}
	return 0
}

// ServeHTTP answers one request to the service, the control API or the console.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.control != nil && isControl(r.URL.Path) {
		s.serveControl(w, r)
		return
	}
	s.api.ServeHTTP(w, r)
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	if s.config.Pages != nil && isPage(r.URL.Path) {
		s.config.Pages.ServeHTTP(w, r)
		return
	}
	s.control.ServeHTTP(w, r)
}

// API returns the handler of the service alone, which also answers /livez and /readyz if there is a control API.
func (s *Server) API() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.control != nil && isHealth(r.URL.Path) {
			s.serveControl(w, r)
			return
		}
		s.api.ServeHTTP(w, r)
	})
}

// Control returns the handler of the control API and the console alone; nil if there is no control API.
func (s *Server) Control() http.Handler {
	if s.control == nil {
		return nil
	}
	return http.HandlerFunc(s.serveControl)
}

// Stop ends whatever waits, streams or is sent, so that a server can shut down at once.
func (s *Server) Stop() {
	s.stop()
	s.worlds.Stop()
	s.webhooks.Close()
}

// untilStopped returns a context that also ends with the server.
func (s *Server) untilStopped(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(s.stopped, cancel)
	return ctx, func() { release(); cancel() }
}

// Violations returns how many answers of the server's own broke the document, and so became a 500. It should stay zero.
func (s *Server) Violations() int64 { return s.violations.Load() }

// Documents returns the documents that are served.
func (s *Server) Documents() []*spec.Document { return s.documents }

// Config returns what the server runs with, defaults filled in.
func (s *Server) Config() Config { return s.config }

// Worlds returns the worlds of all tenants.
func (s *Server) Worlds() *world.Worlds { return s.worlds }

// Strays returns the journal of the exchanges that led to no world of their own.
func (s *Server) Strays() *journal.Journal { return s.strays }

func (c Config) withDefaults() Config {
	if c.MaxWorlds == 0 {
		c.MaxWorlds = 20_000
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	c.Hash = c.Hash.WithDefaults()
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
		c.Sent = func(world.Mail) {}
	}
	return c
}

// worldConfig returns the configuration of the worlds.
func (s *Server) worldConfig() world.Config {
	c := s.config
	config := world.Config{
		Fixture: c.Fixture, Now: c.Now, Seed: c.Seed, Tenants: c.Tenants, MaxWorlds: c.MaxWorlds,
		JournalEntries: c.JournalEntries, JournalBytes: c.JournalBytes, SnapshotBytes: c.SnapshotBytes, Sent: c.Sent,
	}
	if !c.NoWebhooks {
		config.Deliver = s.deliver
	}
	return config
}
