package engine

import (
	"bytes"
	"io"
	"net/http"
	"slices"

	"standin/spec"
)

// Copy returns a copy of a world for trials: whatever happens in it is seen nowhere else, and the world does not change.
func (s *Server) Copy(w *World) *World {
	copied := &World{name: w.name, public: w.public, seed: w.seed, clock: &Clock{wall: s.config.Now}, fixture: w.Fixture(), trial: true}
	copied.ticket.Store(w.ticket.Load())
	copied.steps.Store(w.steps.Load())
	copied.own.Store(true)
	copied.db.Store(w.db.Load().Fork())
	w.clock.reading().lend(copied.clock)
	return copied
}

// Trial answers what a request would be answered in a world, on a copy of it: nothing happens.
func (s *Server) Trial(w *World, r *http.Request, body []byte) (spec.Sealed, error) {
	match, err := s.router.Match(r)
	if err != nil {
		return spec.Sealed{}, noRoute(err)
	}
	copied := s.Copy(w)
	c := &Call{Server: s, Now: copied.clock.Now(), header: r.Header, ctx: r.Context(), match: &match, declared: match.Operation}
	c.operation = s.operations[match.Operation]
	c.world, c.Tenant = copied, copied.Public()
	if err := c.read(match, r, func() ([]byte, error) { return body, nil }); err != nil {
		return spec.Sealed{}, err
	}
	return s.act(copied, c)
}

// Send sends a request to the service, as a client of it would.
func (s *Server) Send(r *http.Request, body []byte) spec.Sealed {
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	answer := &recorder{header: http.Header{}}
	func() {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint,err113 // It is panicked with as it is.
				panic(p)
			}
		}()
		s.api.ServeHTTP(answer, r)
	}()
	return spec.Sealed{Status: answer.status, Header: answer.header, Body: answer.body.Bytes()}
}

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int // 0 if the connection was dropped
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// Accepts says which kinds of tokens an operation takes, by the names that they have for [Mint].
func Accepts(op *spec.Operation) []string {
	var kinds []string
	for kind, scheme := range schemes {
		if op.Accepts(scheme) {
			kinds = append(kinds, string(kind))
		}
	}
	slices.Sort(kinds)
	return kinds
}
