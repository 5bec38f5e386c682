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

// The paths of the probes of orchestrators: whether the process is alive, and whether it is ready.
const (
	livePath  = "/livez"
	readyPath = "/readyz"
)

// startPatience is the greatest time that a request waits for the start of the server. On a busy machine the start takes less.
const startPatience = 10 * time.Second

// startup is the start of a server, for which requests wait.
type startup struct {
	engine   atomic.Pointer[engine.Server] // nil until the engine is built
	over     chan struct{}                 // closed when the engine is built or the start is given up
	patience time.Duration
}

func newStartup(patience time.Duration) *startup {
	return &startup{over: make(chan struct{}), patience: patience}
}

// finish ends the wait of all requests. built is nil if the server ends before the engine is built.
func (s *startup) finish(built *engine.Server) {
	s.engine.Store(built)
	close(s.over)
}

// wait waits for the engine and returns it. It returns nil if the start takes too long, the server ends first, or the client
// goes away.
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

// gate is the handler in front of the engine. The server accepts requests at once, and they wait until the engine is built.
type gate struct {
	start       *startup
	handler     func(*engine.Server) http.Handler // returns the handler of the engine to use
	connections *connections
}

// ServeHTTP passes a request to the engine. Requests to /livez and /readyz do not wait for the engine: gate itself answers
// them while there is no engine, and /readyz while the server drains.
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

// unavailable answers 503.
func unavailable(w http.ResponseWriter, message string) {
	w.Header().Set("Retry-After", "1")
	say(w, http.StatusServiceUnavailable, `{"type":"service_unavailable","status":503,"message":"`+message+`"}`)
}

// say answers with a body of JSON.
func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // The client may be gone.
}

// errEndedEarly is returned when a signal ends the server before it is ready.
var errEndedEarly = errors.New("ended before it was ready")

// await builds the engine and returns it. It returns [errEndedEarly] if ctx ends first, and the error of a listener if one
// fails. It returns an error of the engine as a [usageError], since the engine refuses only a wrong configuration.
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

// running describes a server that is ready.
type running struct {
	origin, tenant, clientID string
	control, controlToken    string // empty if the server has no control API or no token
	violations               func() int64
	coverage                 func() engine.Coverage
}

// running returns the description of a server in this process.
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

// origin returns the origin by which a client on this machine reaches the first of the listeners.
func (s *serveCommand) origin(on []net.Listener) string {
	scheme := "http://"
	if s.TLSCert != "" {
		scheme = "https://"
	}
	return scheme + reachable(on[0].Addr().String())
}

// reachable returns the address by which a client on this machine reaches a listener. For an unspecified address such as
// 0.0.0.0, which means all addresses of the machine, that is loopback.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = loopback4 // A listener on [::] accepts IPv4, too.
	}
	return net.JoinHostPort(host, port)
}
