package engine

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"standin/engine/call"
	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/engine/world"
	"standin/spec"
	"standin/state"
)

// act runs the operation, between the faults that may come before and after it.
func (s *Server) act(x *exchange) (spec.Sealed, error) {
	for {
		if instead, err := s.injectBefore(x); x.replaced {
			return instead, err
		}
		answer, err := s.run(x)
		if errors.Is(err, world.ErrSuperseded) { // Another call created or removed this world first; retry in the present one.
			if err := s.reenter(x); err != nil {
				return spec.Sealed{}, err
			}
			continue
		}
		if instead, failed := s.injectAfter(x); x.replaced {
			return instead, failed
		}
		return answer, err
	}
}

// run runs the operation in the exchange's world: read | write | hash and write.
func (s *Server) run(x *exchange) (spec.Sealed, error) {
	if !x.operation.Writes {
		return x.read()
	}
	return s.hashAndWrite(x)
}

// read runs an operation that does not write.
func (x *exchange) read() (spec.Sealed, error) {
	txn := x.world.Read()
	defer txn.Abort()
	if err := x.admit(txn); err != nil {
		return spec.Sealed{}, err
	}
	return x.handle()
}

// hashAndWrite rehearses an operation that hashes passwords, so that no hash is computed under the world's lock, and then
// writes.
func (s *Server) hashAndWrite(x *exchange) (spec.Sealed, error) {
	if !x.operation.Hashes {
		return x.write()
	}
	x.Hashes = call.NewHashes(s.config.Hash, s.hashing)
	for {
		if err := x.rehearse(); err != nil {
			return spec.Sealed{}, err
		}
		if answer, err := x.write(); !errors.Is(err, call.ErrUnrehearsed) {
			return answer, err
		}
	}
}

// write runs an operation in a writing transaction, of which a world has one at a time.
func (x *exchange) write() (answer spec.Sealed, err error) { //nolint:nonamedreturns // The transaction returns twice.
	err = x.world.Change(func(txn *state.Txn) (bool, error) {
		if err := x.admit(txn); err != nil {
			return false, err
		}
		var err error
		answer, err = x.handle()
		x.sweep(err)
		var refused *refusal.Error
		return err == nil || x.operation.KeepsOnError && errors.As(err, &refused) && refused.Status() < http.StatusInternalServerError, err
	})
	return answer, err
}

// rehearse runs the operation on a fork of the world, without any lock, until it has computed a password hash that is not
// known. A call that is not admitted is refused here; one that is admitted is admitted again in the real run, since its token
// may have ended meanwhile.
func (x *exchange) rehearse() error {
	txn := x.world.Scratch()
	defer txn.Abort()
	if err := x.admit(txn); err != nil {
		return err
	}
	x.Hashes.Rehearse(func() { _, _ = x.operation.Handle(&x.Call) })
	return nil
}

// handle calls the handler and seals its answer.
func (x *exchange) handle() (spec.Sealed, error) {
	reply, err := x.operation.Handle(&x.Call)
	if err != nil {
		return spec.Sealed{}, err
	}
	return x.seal(reply)
}

// seal checks an answer against the document.
func (x *exchange) seal(reply spec.Reply) (spec.Sealed, error) {
	answer, err := x.declared.Seal(reply)
	if err != nil {
		return spec.Sealed{}, refusal.Contract.Because(err)
	}
	return answer, nil
}

const (
	keepDead    = 24 * time.Hour // of world time; then a dead token is an unknown one
	sweepAtOnce = 8              // rows; so that no write waits for a large clean-up
)

// sweep drops what has been dead for long, unless the operation refuses: a refusal changes nothing.
func (x *exchange) sweep(refused error) {
	if refused == nil {
		x.Txn.Sweep(x.Now.Add(-keepDead), sweepAtOnce)
	}
}

// refuse turns an error into its sealed answer. The client learns nothing of an error that is not a refusal.
func (s *Server) refuse(x *exchange, err error) spec.Sealed {
	var refused *refusal.Error
	if !errors.As(err, &refused) {
		refused = refusal.Broken.Because(err)
	}
	answer, broken := s.sealRefusal(x, refused)
	if broken != nil {
		refused = refusal.Contract.Because(broken)
		answer, broken = s.sealRefusal(x, refused)
	}
	if broken != nil {
		panic(broken) // Not even a 500 passes, so the document is broken; a test checks that it is not.
	}
	if refused.Status() == http.StatusInternalServerError {
		s.violations.Add(1)
		x.broken = refused.Unwrap()
		s.config.Log.Error("own fault", "operation", x.Operation, "tenant", x.Tenant, "cause", journal.Logged(fmt.Sprint(x.broken), 1600))
	}
	return answer
}

func (s *Server) sealRefusal(x *exchange, refused *refusal.Error) (spec.Sealed, error) {
	frame := refused.Frame()
	if frame != "" || x.declared == nil {
		return s.frames[frame].SealFrame(frame, refused.Reply())
	}
	if x.declared.PlatformErrors {
		return x.declared.Seal(refused.PlatformReply())
	}
	return x.declared.Seal(refused.Reply())
}
