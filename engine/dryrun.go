package engine

import (
	"bytes"
	"io"
	"net/http"

	"standin/engine/world"
	"standin/spec"
)

// DryRun returns the answer that a world would give to a request. It runs on a scratch copy of the world, which does not change.
func (s *Server) DryRun(w *world.World, r *http.Request, body []byte) (spec.Sealed, error) {
	x := &exchange{server: s, request: r, ctx: r.Context(), raw: body, bodyRead: true}
	if err := x.route(s.router); err != nil {
		return spec.Sealed{}, refusedRoute(err)
	}
	x.enter(w.Copy())
	if err := x.check(); err != nil {
		return spec.Sealed{}, err
	}
	return s.run(x)
}

// Send sends a request to the service, as a client would.
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
