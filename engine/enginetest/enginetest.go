// Package enginetest runs the whole service for a Go test, in one line: on a free port of loopback, until the test ends.
//
//	server := enginetest.Run(t)
//	shop := server.Tenant("acme")
//	shop.Clock().Advance(time.Hour)
package enginetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/console"
	"standin/engine/control"
	"standin/engine/service"
	"standin/engine/world"
	"standin/fixtures"
	"standin/state"
)

// Server is a running service.
type Server struct {
	URL      string // http://127.0.0.1:port, without a slash at the end
	Engine   *engine.Server
	listener *httptest.Server
	tb       reporter
}

// reporter is the part of [testing.TB] that a server needs.
type reporter interface {
	Helper()
	Fatal(args ...any)
}

// panics is the reporter of a server that belongs to no test.
type panics struct{}

func (panics) Helper() {}

// Fatal panics.
func (panics) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// Option changes the server before it starts.
type Option func(*engine.Config, *string)

// WithFixture sets the fixture that every tenant starts from: the name of an embedded one, or the path of a file. The default
// is empty.
func WithFixture(name string) Option {
	return func(_ *engine.Config, fixture *string) { *fixture = name }
}

// WithConfig changes the engine's configuration.
func WithConfig(change func(*engine.Config)) Option {
	return func(c *engine.Config, _ *string) { change(c) }
}

// Run starts a server, and closes it when the test ends. If the server broke its own contract, the test fails.
func Run(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	server, err := Start(options...)
	if err != nil {
		tb.Fatal(err)
	}
	server.tb = tb
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
	})
	return server
}

// Start starts a server outside of a test, for example in TestMain. The caller closes it. Where a method of a server of [Run]
// fails the test, it panics.
func Start(options ...Option) (*Server, error) {
	server, err := newEngine(options)
	if err != nil {
		return nil, err
	}
	listener := httptest.NewServer(server)
	return &Server{URL: listener.URL, Engine: server, listener: listener, tb: panics{}}, nil
}

// Close stops the server. It returns an error if the server broke its own contract.
func (s *Server) Close() error {
	s.Engine.Stop()
	s.listener.Close()
	if n := s.Engine.Violations(); n > 0 {
		return fmt.Errorf("enginetest: the server broke its own contract %d times; the log says how", n)
	}
	return nil
}

// New returns the same engine without a listener, for benchmarks of the handler alone.
func New(tb testing.TB, options ...Option) *engine.Server {
	tb.Helper()
	server, err := newEngine(options)
	if err != nil {
		tb.Fatal(err)
	}
	return server
}

func newEngine(options []Option) (*engine.Server, error) {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // It never fails.
	name := "empty"
	config := engine.Config{Now: time.Now, Seed: seed, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
	for _, option := range options {
		option(&config, &name)
	}
	fixture, err := fixtures.Load(context.Background(), name)
	if err != nil {
		return nil, err
	}
	api := control.New(control.Options{Fixture: fixture, Seed: config.Seed, Hash: config.Hash, Version: "test"})
	config.Fixture = api.Home()
	config.Control, config.Guard, config.Observe = api.Handlers(), api.Guard, api.Observe
	config.Pages = api.Pages(console.Handler(""))
	server, err := engine.New(config)
	if err != nil {
		return nil, fmt.Errorf("enginetest: %w", err)
	}
	return server, nil
}

// Tenant is a tenant of a server.
type Tenant struct {
	Name   string
	server *Server
}

// Tenant returns a tenant by its name. Its first use creates it. A name that is not a valid tenant name fails the test then.
func (s *Server) Tenant(name string) *Tenant { return &Tenant{Name: name, server: s} }

// World returns the tenant's world.
func (w *Tenant) World() *world.World {
	w.server.tb.Helper()
	for {
		if found, ok := w.server.Engine.Worlds().Named(w.Name); ok {
			return found
		}
		made, err := w.server.Engine.Worlds().Make(world.Sandbox{Name: w.Name, Fixture: w.server.Engine.Config().Fixture})
		switch {
		case err == nil:
			return made
		case !errors.Is(err, world.ErrNameTaken): // If it is taken, a request has just created the world.
			w.server.tb.Fatal(err)
		}
	}
}

// Clock returns the tenant's clock, which has the methods Set, Advance, Freeze and Run.
func (w *Tenant) Clock() *world.Clock {
	w.server.tb.Helper()
	return w.World().Clock()
}

// Mails returns the mails that the tenant has sent to its customers, oldest first.
func (w *Tenant) Mails() []world.Mail {
	w.server.tb.Helper()
	mails, _ := w.World().Mails(world.MailFilter{}).Read(context.Background(), world.Query{Most: state.MaxMails})
	return mails
}

// Events returns the events of which the tenant's webhooks are told, oldest first, with their deliveries. A webhook without a URL
// only lists them.
func (w *Tenant) Events() []world.Event {
	w.server.tb.Helper()
	events, _ := w.World().Events(world.EventFilter{}).Read(context.Background(), world.Query{Most: state.MaxEvents})
	return events
}

// Configure merges settings into the tenant's, under the names that they have in a fixture. A wrong name or value is an error
// that names it, and changes nothing.
func (w *Tenant) Configure(settings map[string]any) error {
	w.server.tb.Helper()
	return w.server.Engine.Configure(w.World(), func(before state.Settings) (state.Settings, error) {
		return fixtures.MergeSettings(before, settings)
	})
}

// Mint returns a new token. The kind is customer, anonymous or service; a customer is named by an e-mail address that logs in.
// A lifetime of zero is the tenant's setting, and a negative one has already passed.
func (w *Tenant) Mint(kind, email string, scopes []string, lifetime time.Duration) (service.Minted, error) {
	w.server.tb.Helper()
	return w.server.Engine.Mint(w.World(), service.Mint{Kind: kind, Email: email, Scopes: scopes, Lifetime: lifetime})
}
