// Package enginetest runs the whole service for a Go test: one line, a free port on loopback, gone by itself.
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
	URL    string // http://127.0.0.1:port, without a slash at its end
	Engine *engine.Server
	tb     testing.TB
}

// Option changes how the server is run.
type Option func(*engine.Config, *string)

// WithFixture starts every tenant from another fixture than empty: an embedded one or a file.
func WithFixture(name string) Option {
	return func(_ *engine.Config, fixture *string) { *fixture = name }
}

// WithConfig changes the engine's configuration before it starts.
func WithConfig(change func(*engine.Config)) Option {
	return func(c *engine.Config, _ *string) { change(c) }
}

// Run starts a server and ends it with the test. If the server broke its own contract meanwhile, the test fails.
func Run(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	server, err := newEngine(options)
	if err != nil {
		tb.Fatal(err)
	}
	listener := httptest.NewServer(server)
	tb.Cleanup(func() {
		listener.Close()
		if n := server.Violations(); n > 0 {
			tb.Errorf("the server answered %d times with a fault of its own; its log is above", n)
		}
	})
	return &Server{URL: listener.URL, Engine: server, tb: tb}
}

// New makes the same engine without a listener, for benchmarks of the handler alone.
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
	steering := control.New(control.Options{Fixture: fixture, Seed: config.Seed, Hash: config.Hash, Version: "test"})
	config.Fixture = steering.Home()
	config.Control, config.Guard, config.Observe = steering.Handlers(), steering.Guard, steering.Observe
	config.Pages = steering.Pages(console.Handler(""))
	server, err := engine.New(config)
	if err != nil {
		return nil, fmt.Errorf("enginetest: %w", err)
	}
	return server, nil
}

// Tenant is the handle on one tenant's world.
type Tenant struct {
	Name   string
	server *Server
}

// Tenant answers the handle on a tenant, which is made if it is not there; the name must be one.
func (s *Server) Tenant(name string) *Tenant { return &Tenant{Name: name, server: s} }

// World is the tenant's world.
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
		case !errors.Is(err, world.ErrNameTaken): // Else a request has made it meanwhile.
			w.server.tb.Fatal(err)
		}
	}
}

// Clock is the tenant's clock: Set, Advance, Freeze, Run.
func (w *Tenant) Clock() *world.Clock {
	w.server.tb.Helper()
	return w.World().Clock()
}

// Mails lists what the tenant's customers were sent, oldest first.
func (w *Tenant) Mails() []world.Mail {
	w.server.tb.Helper()
	mails, _ := w.World().Mails(world.MailCursor{}, world.MailFilter{}, state.MaxMails)
	return mails
}

// Configure merges settings, by the names that a fixture uses, into the tenant's.
func (w *Tenant) Configure(settings map[string]any) error {
	w.server.tb.Helper()
	return w.server.Engine.Configure(w.World(), func(before state.Settings) (state.Settings, error) {
		return fixtures.MergeSettings(before, settings)
	})
}

// Mint makes a token of a kind: customer (for a login e-mail), anonymous or service. A lifetime of zero is the
// tenant's own, a negative one has already passed.
func (w *Tenant) Mint(kind, email string, scopes []string, lifetime time.Duration) (service.Minted, error) {
	w.server.tb.Helper()
	return w.server.Engine.Mint(w.World(), service.Mint{Kind: kind, Email: email, Scopes: scopes, Lifetime: lifetime})
}
