package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"

	"standin/engine/refusal"
	"standin/spec"
)

// serve is the way of one request: its answer, the record of both, and the wire. It is the only function that writes an answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, router *spec.Router) {
	now := s.config.Now()
	x := &exchange{server: s, request: r, writer: w, ctx: r.Context(), began: now}
	x.Now = now
	if router != s.router { // A control request may wait and stream until the server stops.
		var stop func()
		x.ctx, stop = s.untilStopped(x.ctx)
		defer stop()
	}
	answer, err := s.answer(x, router)
	dropped := errors.Is(err, errDropped) || errors.Is(err, context.Canceled)
	switch {
	case dropped:
		answer = spec.Sealed{}
	case err != nil:
		answer = s.refuse(x, err)
	}
	maps.Copy(w.Header(), answer.Header)
	s.record(x, answer, err) //nolint:contextcheck // The exchange has the context.
	if dropped {
		drop(w)
		return
	}
	x.send(answer)
}

// answer takes a request from its route to its sealed answer.
func (s *Server) answer(x *exchange, router *spec.Router) (answer spec.Sealed, failure error) { //nolint:nonamedreturns // A recovered panic must become the error.
	defer func() {
		if p := recover(); p != nil {
			failure = refusal.Broken.Because(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		x.leave()
	}()
	if err := x.route(router); err != nil {
		return s.unrouted(x, router, err)
	}
	if x.operation.control != nil {
		return s.runControl(x)
	}
	if err := s.enterWorld(x); err != nil {
		return spec.Sealed{}, err
	}
	if err := x.check(); err != nil {
		return spec.Sealed{}, err
	}
	return s.act(x)
}

// send writes the answer to the wire. An error there means that the client is gone, which is not an error of the server.
func (x *exchange) send(answer spec.Sealed) {
	x.setHeader("Date", x.date())
	if answer.Stream == nil && answer.Status != http.StatusNoContent {
		x.setHeader("Content-Length", strconv.Itoa(len(answer.Body)))
	}
	if answer.Stream != nil && x.world != nil { // The world is in use for as long as the client reads.
		x.world.Use()
		defer x.world.Leave()
	}
	x.writer.WriteHeader(answer.Status)
	if answer.Stream == nil {
		_, _ = x.writer.Write(answer.Body)
	} else if x.request.Method != http.MethodHead {
		_ = answer.Stream(x.ctx, x.writer, http.NewResponseController(x.writer).Flush)
	}
}
