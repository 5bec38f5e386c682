package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"

	"standin/engine"
	"standin/fixtures"
)

// The paths that orchestrators ask: whether the process lives, and whether it can serve.
const (
	livePath  = "/livez"
	readyPath = "/readyz"
)

// gate stands before the engine: the server listens at once, and lets requests through once the engine is there.
type gate struct {
	engine      *atomic.Pointer[engine.Server]
	handler     func(*engine.Server) http.Handler // which of the engine's
	connections *connections
}

// ServeHTTP answers that the server starts or ends, or has the engine answer.
func (g gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.connections.parting() {
		w.Header().Set("Connection", "close")
	}
	if g.connections.leaving.Load() && r.URL.Path == readyPath {
		say(w, http.StatusServiceUnavailable, `{"type":"service_unavailable","status":503,"message":"The server is ending."}`)
		return
	}
	if ready := g.engine.Load(); ready != nil {
		g.handler(ready).ServeHTTP(w, r)
		return
	}
	if r.URL.Path == livePath {
		say(w, http.StatusOK, `{"status":"ok"}`)
		return
	}
	w.Header().Set("Retry-After", "1")
	say(w, http.StatusServiceUnavailable, `{"type":"service_unavailable","status":503,"message":"The server is starting."}`)
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
	control, controlToken    string // empty if there is no control plane, or if it asks for no token
	violations               func() int64
}

func (s *serveCommand) running(server *engine.Server, fixture *fixtures.Fixture, on listeners) running {
	out := running{
		origin:       s.origin(on.service),
		tenant:       server.Config().Home(),
		clientID:     fixture.ClientID(),
		controlToken: s.ControlToken,
		violations:   server.Violations,
	}
	if s.Control {
		out.control = s.origin(on.handle()) + controlPath
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
		host = loopback4
		if ip.To4() == nil {
			host = loopback6
		}
	}
	return net.JoinHostPort(host, port)
}
