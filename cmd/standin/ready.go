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
	engine atomic.Pointer[engine.Server]
}

// ServeHTTP answers that the server starts, or has the engine answer.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if ready := g.engine.Load(); ready != nil {
		if r.URL.Path == livePath || r.URL.Path == readyPath { // Only until the engine answers both itself.
			say(w, http.StatusOK, `{"status":"ok"}`)
			return
		}
		ready.ServeHTTP(w, r)
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
	violations               func() int64
}

func (s *serveCommand) running(server *engine.Server, fixture *fixtures.Fixture, listeners []net.Listener) running {
	scheme := "http://"
	if s.TLSCert != "" {
		scheme = "https://"
	}
	return running{
		origin:     scheme + reachable(listeners[0].Addr().String()),
		tenant:     firstTenant(s.Tenant),
		clientID:   fixture.ClientID(),
		violations: server.Violations,
	}
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

// firstTenant is the tenant that examples and variables name, of those that --tenant lists.
func firstTenant(tenants []string) string {
	if len(tenants) == 0 {
		return "demo"
	}
	return tenants[0]
}
