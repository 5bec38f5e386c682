package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"standin/spec"
	"standin/state"
)

// Call is one request on its way through an operation: everything that a handler may know. Run twice on the
// same state, it gives the same answer.
type Call struct {
	Server   *Server
	Tenant   string    // the name that the client sees
	Now      time.Time // world time, in whole seconds; the same for everything that the call does
	Request  *spec.Request
	Settings state.Settings
	Txn      *state.Txn
	Caller   state.Token // whose the bearer is, even if it is refused; of the zero kind if the operation asks for nobody

	declared  *spec.Operation
	operation Operation
	header    http.Header
	world     *World
	ticket    uint64
	entropy   entropy
	hashes    *hashMemo

	ctx        context.Context //nolint:containedctx // A call is one request.
	match      *spec.Match     // nil if no operation was found
	raw        []byte          // the body as it was sent
	began      time.Time       // wall time
	fault      *liveFault      // that it meets
	undeclared string          // what a fault calls the operation that no document has
	replaced   bool            // the true answer was not sent
	origin     string          // where the client has found the server
	ignored    []spec.Detail   // what of it was not
	applied    string          // what of the header Prefer was done
	broken     error           // why it became a 500
	lines      [headerLines]string
	set        int // how many of them are in use
}

const headerLines = 6

// setHeader gives an answer a header of one value, by its canonical name. The call holds the values: each would be an allocation of its own.
func (c *Call) setHeader(header http.Header, name, value string) {
	if c.set == headerLines {
		header[name] = []string{value}
		return
	}
	c.lines[c.set] = value
	header[name] = c.lines[c.set : c.set+1 : c.set+1]
	c.set++
}

// enter binds the call to a transaction and finds out who calls.
func (c *Call) enter(w *World, txn *state.Txn) error {
	c.world, c.Txn, c.Settings = w, txn, txn.Settings()
	return c.authenticate()
}

// date is the answer's header Date.
func (c *Call) date() string {
	if c.world == nil {
		return c.Now.UTC().Format(http.TimeFormat)
	}
	return c.world.clock.header(c.Now)
}

// id names the operation for the log.
func (c *Call) id() string {
	if c.declared == nil {
		return c.undeclared
	}
	return c.declared.ID
}

// label names the operation for the metrics: whatever no document has is one.
func (c *Call) label() string {
	if c.declared == nil && c.undeclared != "" {
		return "undeclared"
	}
	return c.id()
}

// verdict is what the document said of the request, in the order of T-ORDER.
func (c *Call) verdict() error {
	if c.Request.Coded {
		return errCoding.of(c.Request.Unsupported)
	}
	if c.Request.Unsupported != "" {
		return errMedia.of(c.Request.Unsupported, strings.Join(c.declared.MediaTypes(), " or "))
	}
	if len(c.Request.Problems) > 0 {
		return errInvalid.with(c.Request.Problems...)
	}
	if c.Settings.Strict && len(c.Request.Warnings) > 0 {
		return errInvalid.with(c.Request.Warnings...).by("W-LIBERAL").saw("setting strict", "true")
	}
	return nil
}

// param is a parameter that was sent, or "".
func (c *Call) param(name string) string { return c.Request.Params[name] }

// body reads the checked body into the handler's own type. What the type cannot hold, such as a whole number
// beyond all bounds, is refused like any other wrong value.
func body[T any](c *Call) (T, error) {
	var in T
	if c.Request.Raw == nil {
		return in, nil
	}
	if err := Decode(c.Request.Raw, &in); err != nil {
		field := "body"
		var semantic *json.SemanticError
		if errors.As(err, &semantic) && semantic.JSONPointer != "" {
			field = strings.ReplaceAll(string(semantic.JSONPointer[1:]), "/", ".")
		}
		return in, invalid(field, "type", "has a value that cannot be used")
	}
	return in, nil
}

// answer is a reply with a body.
func answer(status int, view any) (spec.Reply, error) {
	return spec.Reply{Status: status, Body: view}, nil
}

// done is a reply without one.
func done(status int) (spec.Reply, error) {
	return spec.Reply{Status: status}, nil
}

// idView is how the service names what it made.
type idView struct {
	ID string `json:"id"`
}
