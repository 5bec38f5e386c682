package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"standin/engine"
	"standin/fixtures"
)

// The paths that orchestrators ask: whether the process lives, and whether it can serve.
const (
	livePath  = "/livez"
	readyPath = "/readyz"
)

// startPatience is how long a request waits for a server that starts: longer than the start takes on a busy machine.
const startPatience = 10 * time.Second

// startup is a server's start, for which requests wait.
type startup struct {
	engine   atomic.Pointer[engine.Server] // nil until it is built
	over     chan struct{}                 // closed once it is built, or never will be
	patience time.Duration
}

func newStartup(patience time.Duration) *startup {
	return &startup{over: make(chan struct{}), patience: patience}
}

// finish ends the wait of all requests. The engine is nil if the server was told to end before it was built.
func (s *startup) finish(built *engine.Server) {
	s.engine.Store(built)
	close(s.over)
}

// wait returns the engine once it is built. It returns nil if the start takes too long, the server ends first, or the
// client goes away.
func (s *startup) wait(ctx context.Context) *engine.Server {
	if ready := s.engine.Load(); ready != nil {
		return ready
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	select {
	case <-s.over:
	case <-ctx.Done():
	}
	return s.engine.Load()
}

// gate stands before the engine: the server listens at once, and requests wait until the engine is there.
type gate struct {
	start       *startup
	handler     func(*engine.Server) http.Handler // which of the engine's
	connections *connections
}

// ServeHTTP has the engine answer. Without one, or while the server ends, it answers itself what has to be said: /livez and
// /readyz do not wait.
func (g gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ready := g.start.engine.Load()
	if r.URL.Path != livePath && r.URL.Path != readyPath {
		ready = g.start.wait(r.Context())
	}
	if g.connections.parting() {
		w.Header().Set("Connection", "close")
	}
	leaving := g.connections.leaving.Load()
	switch {
	case ready != nil && (!leaving || r.URL.Path != readyPath):
		g.handler(ready).ServeHTTP(w, r)
	case r.URL.Path == livePath:
		say(w, http.StatusOK, `{"status":"ok"}`)
	case leaving:
		unavailable(w, "The server is ending.")
	default:
		unavailable(w, "The server is starting.")
	}
}

func unavailable(w http.ResponseWriter, message string) {
	w.Header().Set("Retry-After", "1")
	say(w, http.StatusServiceUnavailable, `{"type":"service_unavailable","status":503,"message":"`+message+`"}`)
}

func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // Who asked may be gone.
}

// errEndedEarly says that the server was told to end before it was ready.
var errEndedEarly = errors.New("ended before it was ready")

// await builds the engine while the server answers already. It returns [errEndedEarly], the error of a listener, or
// the engine's as a [usageError]: what it refuses is its configuration.
func await(ctx context.Context, build func() (*engine.Server, error), failed <-chan error) (*engine.Server, error) {
	type outcome struct {
		engine *engine.Server
		err    error
	}
	built := make(chan outcome, 1)
	go func() {
		made, err := build()
		built <- outcome{made, err}
	}()
	select {
	case made := <-built:
		if made.err != nil {
			return nil, usageError{made.err}
		}
		return made.engine, nil
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
		return nil, errEndedEarly
	}
}

// running is a server that is ready, as a command in the same process sees it.
type running struct {
	origin, tenant, clientID string
	control, controlToken    string // empty if there is no control API, or if it asks for no token
	violations               func() int64
	coverage                 func() engine.Coverage
}

func (s *serveCommand) running(server *engine.Server, fixture *fixtures.Fixture, on listeners) running {
	out := running{
		origin:       s.origin(on.service),
		tenant:       server.Config().Home(),
		clientID:     fixture.ClientID(),
		controlToken: s.ControlToken,
		violations:   server.Violations,
		coverage:     server.Coverage,
	}
	if s.Control {
		out.control = s.origin(on.ofControl()) + controlPath
	}
	return out
}

// origin is where a client on this machine finds what listens.
func (s *serveCommand) origin(on []net.Listener) string {
	scheme := "http://"
	if s.TLSCert != "" {
		scheme = "https://"
	}
	return scheme + reachable(on[0].Addr().String())
}

// reachable is where a client on this machine finds what listens on an address: the one that stands for all of the
// machine's is no destination.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = loopback4 // [::] takes IPv4, too.
	}
	return net.JoinHostPort(host, port)
}
