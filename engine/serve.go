package engine

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"standin/spec"
	"standin/state"
)

// serve is the way of one request, and the only place that writes to the wire.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	began := s.config.Now()
	c := &Call{header: r.Header, Now: began}
	answer, err := s.answer(c, w, r)
	if err != nil {
		answer = s.refuse(c, err)
	}
	maps.Copy(w.Header(), answer.Header)
	w.Header().Set("Date", c.Now.UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body)))
	if answer.Status == http.StatusNoContent {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // A client that went away is nobody's error.
	s.note(r, c, answer.Status, err, s.config.Now().Sub(began))
}

// answer takes a request from its route to its sealed answer.
func (s *Server) answer(c *Call, w http.ResponseWriter, r *http.Request) (answer spec.Sealed, failure error) { //nolint:nonamedreturns // A recovered panic must become the error.
	defer func() {
		if p := recover(); p != nil {
			failure = errBroken.because(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	match, err := s.router.Match(r)
	if err != nil {
		return spec.Sealed{}, noRoute(err)
	}
	c.declared = match.Operation
	c.operation = s.operations[match.Operation]
	read := func() ([]byte, error) {
		if !match.Operation.TakesBody() {
			return nil, nil
		}
		return readBody(http.MaxBytesReader(w, r.Body, s.config.MaxBody))
	}
	if c.Tenant, read, err = s.tenantOf(match, r, read); err != nil {
		return spec.Sealed{}, err
	}
	for {
		world, err := s.worlds.find(c.Tenant)
		if err != nil {
			return spec.Sealed{}, err
		}
		if err := c.read(world, match, r, read); err != nil {
			return spec.Sealed{}, err
		}
		answer, err := s.act(world, c)
		if !errors.Is(err, errSuperseded) { // Else another first commit has made the world meanwhile: once more, in it.
			return answer, err
		}
	}
}

// read reads the body and holds the request to the document, once.
func (c *Call) read(world *World, m spec.Match, r *http.Request, read func() ([]byte, error)) error {
	c.Now = world.clock.Now()
	if c.Request != nil {
		return nil
	}
	body, err := read()
	if err != nil {
		return err
	}
	c.Request = m.Operation.Check(m, r, body)
	c.Now = world.clock.Now() // A slow body prolongs no token.
	return nil
}

// act runs the operation in its world: who calls, then the document's verdict, then the behavior.
func (s *Server) act(world *World, c *Call) (spec.Sealed, error) {
	snapshot := world.db.Load().View()
	defer snapshot.Abort()
	if err := c.enter(world, snapshot); err != nil {
		return spec.Sealed{}, err
	}
	if err := c.verdict(); err != nil {
		return spec.Sealed{}, err
	}
	if !c.operation.writes {
		return c.run()
	}
	c.hashes = newHashes(s)
	c.ticket = world.ticket.Add(1)
	for {
		if c.operation.rehearsed {
			rehearse(world, c)
		}
		var answer spec.Sealed
		err := s.change(world, func(txn *state.Txn) (bool, error) {
			if err := c.enter(world, txn); err != nil { // Once more: it may have been logged out meanwhile.
				return false, err
			}
			txn.Sweep(c.Now.Add(-keepDead), sweepAtOnce)
			var err error
			answer, err = c.run()
			var refused *Error
			return err == nil || c.operation.keeps && errors.As(err, &refused) && refused.status < http.StatusInternalServerError, err
		})
		if !errors.Is(err, errUnrehearsed) {
			return answer, err
		}
	}
}

const (
	keepDead    = 24 * time.Hour // of world time; then a dead token is an unknown one
	sweepAtOnce = 8              // rows; so that no write waits for a large clean-up
)

// rehearse runs the operation on a fork, without any lock, until it has computed a password hash that is not known.
func rehearse(world *World, c *Call) {
	txn := world.db.Load().Fork().Change()
	defer txn.Abort()
	if c.enter(world, txn) != nil {
		return // The real run answers the same.
	}
	c.hashes.begin()
	_, _ = c.operation.handle(c)
	c.hashes.end()
}

// run calls the handler and seals what it answers.
func (c *Call) run() (spec.Sealed, error) {
	reply, err := c.operation.handle(c)
	if err != nil {
		return spec.Sealed{}, err
	}
	answer, err := c.declared.Seal(reply)
	if err != nil {
		return spec.Sealed{}, errContract.because(err)
	}
	return answer, nil
}

// refuse turns an error into its sealed answer. An error that is not one of ours says nothing to the client.
func (s *Server) refuse(c *Call, err error) spec.Sealed {
	var refused *Error
	if !errors.As(err, &refused) {
		refused = errBroken.because(err)
	}
	answer, broken := s.seal(c, refused)
	if broken != nil {
		refused = errContract.because(broken)
		answer, broken = s.seal(c, refused)
	}
	if broken != nil {
		panic(broken) // Not even the frame answer of a 500 passes: the document is broken, and a test holds that it is not.
	}
	if refused.status >= http.StatusInternalServerError {
		s.violations.Add(1)
		s.config.Log.Error("own fault", "operation", c.id(), "tenant", c.Tenant, "cause", refused.cause)
	}
	return answer
}

func (s *Server) seal(c *Call, refused *Error) (spec.Sealed, error) {
	if refused.frame != "" || c.declared == nil {
		return s.customer.SealFrame(refused.frame, refused.reply())
	}
	return c.declared.Seal(refused.reply())
}

// maskedPath is a path for the log, without the segments that are long enough to be a token.
func maskedPath(path string) string {
	const longest, segments = 20, 10
	parts := strings.SplitN(path, "/", segments)
	for i, part := range parts {
		if len(part) > longest {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

// note writes the request's line into the log. Paths and queries carry tokens, so only the operation is named; where
// there is none, the path says what was meant.
func (s *Server) note(r *http.Request, c *Call, status int, err error, took time.Duration) {
	attributes := []slog.Attr{
		slog.String("method", r.Method), slog.String("operation", c.id()), slog.String("tenant", c.Tenant),
		slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if c.declared == nil {
		attributes = append(attributes, slog.String("path", maskedPath(r.URL.Path)))
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		attributes = append(attributes, slog.Any("why", refused.reason()))
	}
	s.config.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", attributes...)
}

// reason says in the log why a request was refused: the message may hold an e-mail address, but never a secret.
func (e *Error) reason() string {
	if e.fault != nil {
		return e.fault.Fault.String
	}
	parts := []string{e.body.Message}
	for _, detail := range e.body.Details {
		parts = append(parts, detail.String())
	}
	return strings.Join(parts, "; ")
}

func noRoute(err error) error {
	if method, ok := errors.AsType[*spec.MethodError](err); ok {
		allow := strings.Join(method.Allow, ", ")
		return errMethod.of(allow).withHeader("Allow", allow)
	}
	return errPath
}

func readBody(body io.Reader) ([]byte, error) {
	data, err := io.ReadAll(body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge.of(large.Limit)
	case err != nil:
		return nil, invalid("body", "malformed", "broke off before its end")
	}
	return data, nil
}
