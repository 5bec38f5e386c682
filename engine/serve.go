package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
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
func (s *Server) serve(w http.ResponseWriter, r *http.Request, router *spec.Router) {
	now := s.config.Now()
	c := &Call{Server: s, Now: now, header: r.Header, began: now, ctx: r.Context()}
	if router != s.router { // A tester's request may wait and stream.
		var stop func()
		c.ctx, stop = s.untilStopped(c.ctx)
		defer stop()
	}
	answer, err := s.answer(c, w, r, router)
	dropped := errors.Is(err, errDropped) || errors.Is(err, context.Canceled)
	switch {
	case dropped:
		answer.Status = 0
	case err != nil:
		answer = s.refuse(c, err)
	}
	header := w.Header()
	maps.Copy(header, answer.Header)
	s.note(r, c, header, answer, err)
	if dropped {
		drop(w)
		return
	}
	c.setHeader(header, "Date", c.date())
	if answer.Stream != nil && r.Method == http.MethodHead {
		w.WriteHeader(answer.Status)
		return
	}
	if answer.Stream != nil {
		if c.world != nil { // It is in use for as long as somebody watches.
			c.world.use()
			defer c.world.leave()
		}
		w.WriteHeader(answer.Status)
		_ = answer.Stream(c.ctx, w, http.NewResponseController(w).Flush) //nolint:contextcheck // It comes from the request's. A client that went away is nobody's error.
		return
	}
	if answer.Status != http.StatusNoContent {
		c.setHeader(header, "Content-Length", strconv.Itoa(len(answer.Body)))
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // As above.
}

// longestMethod bounds a method, which the log and the journal keep. The longest that is registered has 17 characters.
const longestMethod = 32

// answer takes a request from its route to its sealed answer.
func (s *Server) answer(c *Call, w http.ResponseWriter, r *http.Request, router *spec.Router) (answer spec.Sealed, failure error) { //nolint:nonamedreturns // A recovered panic must become the error.
	defer func() {
		if p := recover(); p != nil {
			failure = errBroken.because(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		if c.world != nil {
			c.world.leave()
		}
	}()
	if len(r.Method) > longestMethod {
		return spec.Sealed{}, errNoMethod.of(len(r.Method), longestMethod)
	}
	match, err := router.Match(r)
	if err != nil {
		return s.unrouted(c, r, router, err)
	}
	c.match, c.declared, c.operation = &match, match.Operation, s.operations[match.Operation]
	if c.operation.free {
		return s.steer(c, w, r)
	}
	read := s.body(c, w, r)
	tenant, read, err := s.tenantOf(match, r, read)
	c.Tenant = brief(tenant)
	if err != nil {
		return spec.Sealed{}, err
	}
	return s.inWorld(c, r, tenant, read)
}

// inWorld runs a call in the world of its tenant.
func (s *Server) inWorld(c *Call, r *http.Request, tenant string, read func() ([]byte, error)) (spec.Sealed, error) {
	for {
		world, err := s.worlds.find(tenant, sandboxOf(r.Header))
		if err != nil {
			return spec.Sealed{}, err
		}
		c.enterWorld(world)
		if err := c.read(*c.match, r, read); err != nil {
			return spec.Sealed{}, err
		}
		answer, err := s.perform(c)
		if !errors.Is(err, errSuperseded) { // Else another first commit has made the world meanwhile: once more, in it.
			return answer, err
		}
	}
}

// body reads a bounded body, if the operation takes one.
func (s *Server) body(c *Call, w http.ResponseWriter, r *http.Request) func() ([]byte, error) {
	return func() ([]byte, error) {
		if !c.declared.TakesBody() {
			return nil, nil
		}
		if r.ContentLength > s.config.MaxBody && r.Header.Get("Expect") != "" { // Who sends without asking would not hear it.
			return nil, errTooLarge.of(s.config.MaxBody)
		}
		return readBody(http.MaxBytesReader(w, r.Body, s.config.MaxBody), r.ContentLength)
	}
}

// enterWorld binds the call to a world, which is in use from then on.
func (c *Call) enterWorld(world *World) {
	if c.world != nil {
		c.world.leave()
	}
	c.world, c.Tenant = world, world.Public()
	world.use()
}

// read reads the body and holds the request to the document, once.
func (c *Call) read(m spec.Match, r *http.Request, read func() ([]byte, error)) error {
	c.Now = c.world.clock.Now()
	if c.Request != nil {
		return nil
	}
	body, err := read()
	if err != nil {
		return err
	}
	c.raw = body
	c.Request = m.Operation.Check(m, r, body)
	conceal(c.Request.Warnings)
	if len(body) > 0 {
		c.Now = c.world.clock.Now() // A slow body prolongs no token.
	}
	return nil
}

// perform runs the operation, unless a fault takes its place or comes after it.
func (s *Server) perform(c *Call) (spec.Sealed, error) {
	if c.fault == nil {
		if c.fault, c.applied = c.preferred(); c.fault == nil {
			c.fault = c.world.faults.strike(c, c.world)
		}
		if c.fault != nil && !c.fault.After {
			instead, err := s.suffer(c.ctx, c.world, c)
			if instead != nil || err != nil {
				c.replaced = true
				return deref(instead), err
			}
			c.Now = c.world.clock.Now() // It may have waited.
		}
	}
	answer, err := s.act(c.world, c)
	if c.fault != nil && c.fault.After && !errors.Is(err, errSuperseded) {
		instead, failed := s.suffer(c.ctx, c.world, c)
		if instead != nil || failed != nil {
			c.replaced = true
			return deref(instead), failed
		}
	}
	return answer, err
}

func deref(sealed *spec.Sealed) spec.Sealed {
	if sealed == nil {
		return spec.Sealed{}
	}
	return *sealed
}

// act runs the operation in its world: who calls, then the document's verdict, then the behavior.
func (s *Server) act(world *World, c *Call) (spec.Sealed, error) {
	c.ticket = 0 // One of another world would repeat one of this world's.
	if !c.operation.writes {
		snapshot := world.db.Load().View()
		defer snapshot.Abort()
		if err := c.admit(world, snapshot); err != nil {
			return spec.Sealed{}, err
		}
		return c.run()
	}
	if !c.operation.rehearsed {
		return s.write(world, c)
	}
	c.hashes = newHashes(s)
	for {
		if err := rehearse(world, c); err != nil {
			return spec.Sealed{}, err
		}
		if answer, err := s.write(world, c); !errors.Is(err, errUnrehearsed) {
			return answer, err
		}
	}
}

// write runs an operation in a writing transaction. Until it is committed or dropped, no other begins.
func (s *Server) write(world *World, c *Call) (answer spec.Sealed, err error) { //nolint:nonamedreturns // The transaction answers twice.
	err = s.change(world, func(txn *state.Txn) (bool, error) {
		if err := c.admit(world, txn); err != nil {
			return false, err
		}
		var err error
		answer, err = c.run()
		c.sweep(txn, err)
		var refused *Error
		return err == nil || c.operation.keeps && errors.As(err, &refused) && refused.status < http.StatusInternalServerError, err
	})
	return answer, err
}

// admit holds a call to what comes before any behavior (T-ORDER). One that writes draws its ticket once it is in.
func (c *Call) admit(world *World, txn *state.Txn) error {
	if err := c.enter(world, txn); err != nil {
		return err
	}
	if err := c.verdict(); err != nil {
		return err
	}
	if c.operation.writes && c.ticket == 0 {
		c.ticket = world.ticket.Add(1)
	}
	c.entropy = newEntropy(world.seed, "call", world.name, c.ticket)
	return nil
}

const (
	keepDead    = 24 * time.Hour // of world time; then a dead token is an unknown one
	sweepAtOnce = 8              // rows; so that no write waits for a large clean-up
)

// sweep drops what has been dead for long, unless the operation refuses: a refusal changes nothing.
func (c *Call) sweep(txn *state.Txn, refused error) {
	if refused == nil {
		txn.Sweep(c.Now.Add(-keepDead), sweepAtOnce)
	}
}

// rehearse runs the operation on a fork, without any lock, until it has computed a password hash that is not known. A
// call that is not let in is refused here; one that is, is asked again in the real run, as it may have been logged out meanwhile.
func rehearse(world *World, c *Call) error {
	txn := world.db.Load().Fork().Change()
	defer txn.Abort()
	if err := c.admit(world, txn); err != nil {
		return err
	}
	c.hashes.begin()
	_, _ = c.operation.handle(c)
	c.hashes.end()
	return nil
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
	if refused.status == http.StatusInternalServerError {
		s.violations.Add(1)
		c.broken = refused.cause
		s.config.Log.Error("own fault", "operation", c.id(), "tenant", c.Tenant, "cause", logged(fmt.Sprint(refused.cause), 1600))
	}
	return answer
}

func (s *Server) seal(c *Call, refused *Error) (spec.Sealed, error) {
	if refused.frame != "" || c.declared == nil {
		return s.frames[refused.frame].SealFrame(refused.frame, refused.reply())
	}
	return c.declared.Seal(refused.reply())
}

func noRoute(err error) error {
	if method, ok := errors.AsType[*spec.MethodError](err); ok {
		allow := strings.Join(method.Allow, ", ")
		return errMethod.of(allow).withHeader("Allow", allow)
	}
	return errPath
}

// readBody reads all of a body. One that says that it is short is read into a buffer of just that size.
func readBody(body io.Reader, announced int64) ([]byte, error) {
	const short = 4 << 10
	var data []byte
	var err error
	if announced > 0 && announced <= short {
		data = make([]byte, announced)
		_, err = io.ReadFull(body, data)
	} else {
		data, err = io.ReadAll(body)
	}
	var large *http.MaxBytesError
	var slow interface{ Timeout() bool }
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge.of(large.Limit)
	case errors.As(err, &slow) && slow.Timeout():
		return nil, invalid("body", "timeout", "did not come within the time of the server's --body-timeout")
	case err != nil:
		return nil, invalid("body", "malformed", "broke off before its end")
	}
	return data, nil
}
