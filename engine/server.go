package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rs/cors"

	"standin/spec"
	"standin/state"
)

// Config is what a server needs from outside. The zero value of a field means its default.
type Config struct {
	// Load reads a fixture at a moment of wall time, from which its relative times count. Required.
	Load func(fixture string, at time.Time) (*state.DB, error)
	// Fixture is what an unseen tenant starts from; demo by default.
	Fixture string
	// Now is the wall clock. Required.
	Now func() time.Time
	// Seed is where all entropy comes from; it should be 32 bytes from crypto/rand unless repeatable tokens
	// are wanted. Required.
	Seed []byte
	// Tenants, if any, are the only ones served; all others are the documented 400.
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
}

// Server answers for all tenants. It is an [http.Handler].
type Server struct {
	config     Config
	router     *spec.Router
	customer   *spec.Document // its frame answers serve all planes
	operations map[*spec.Operation]operation
	worlds     *worlds
	handler    http.Handler
	hashing    chan struct{} // a token per hash being computed, so that a burst does not exhaust memory
	violations atomic.Int64
}

// New makes a server. It returns an error if a document and its table of operations differ by one name, if the
// fixture cannot be read, or if a required field of the configuration is missing.
func New(config Config) (*Server, error) {
	if config.Load == nil || config.Now == nil || len(config.Seed) == 0 {
		return nil, errors.New("engine: Config needs Load, Now and Seed")
	}
	config = config.withDefaults()
	s := &Server{
		config:     config,
		operations: map[*spec.Operation]operation{},
		hashing:    make(chan struct{}, hashesAtOnce()),
	}
	var documents []*spec.Document
	for name, table := range planes {
		document, err := spec.Load(name)
		if err != nil {
			return nil, err
		}
		if err := s.addPlane(document, table); err != nil {
			return nil, err
		}
		documents = append(documents, document)
		if name == spec.Customer {
			s.customer = document
		}
	}
	router, err := spec.NewRouter(documents...)
	if err != nil {
		return nil, err
	}
	s.router = router
	if s.worlds, err = newWorlds(config); err != nil {
		return nil, err
	}
	// Browsers call this API directly, from any origin (W-CORS). Tokens travel in a header that the caller
	// sets itself, so no page can borrow another page's session.
	s.handler = cors.New(cors.Options{
		AllowedOrigins:      []string{"*"},
		AllowedMethods:      []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
		AllowedHeaders:      []string{"*"},
		ExposedHeaders:      []string{"Date", "Allow"},
		MaxAge:              600,
		AllowPrivateNetwork: true,
	}).Handler(http.HandlerFunc(s.serve))
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Violations counts the answers of ours that broke the document, and so became a 500. It should stay zero.
func (s *Server) Violations() int64 { return s.violations.Load() }

// DocumentHash is the SHA-256 of the customer document, in hex.
func (s *Server) DocumentHash() string { return s.customer.Hash }

func (s *Server) addPlane(document *spec.Document, table map[string]operation) error {
	for _, declared := range document.Operations {
		op, ok := table[declared.ID]
		if !ok {
			return fmt.Errorf("engine: %s declares %s, which no handler serves", document.Name, declared.ID)
		}
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
	if c.Fixture == "" {
		c.Fixture = "demo"
	}
	if c.MaxWorlds == 0 {
		c.MaxWorlds = 20_000
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	c.Hash = c.Hash.withDefaults()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Sent == nil {
		c.Sent = func(Mail) {}
	}
	return c
}
