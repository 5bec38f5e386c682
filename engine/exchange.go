package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/world"
	"standin/spec"
)

// exchange is one request on its way through the server, and its answer: the call that the handler sees, and what only the
// way itself needs. It is one allocation.
type exchange struct {
	call.Call

	server    *Server
	request   *http.Request
	writer    http.ResponseWriter
	ctx       context.Context //nolint:containedctx // An exchange is one request.
	began     time.Time       // wall time
	match     spec.Match      // of the route; its operation is nil if there is none
	declared  *spec.Operation // of the document; nil if there is none
	operation operation
	tenant    string // as the request names it

	raw      []byte // the body as it was sent
	readErr  error  // why the body could not be read
	bodyRead bool

	world    *world.World
	ticket   uint64 // of the writing call, in its world; 0 until it is admitted
	fault    *world.LiveFault
	replaced bool // a fault's answer took the place of the operation's

	applied string        // preferences of the Prefer header that were applied
	ignored []spec.Detail // preferences of the Prefer header that were not applied
	broken  error         // why the answer became a 500

	values [headerValues]string // of the answer's headers that setHeader has set
	set    int                  // how many of values are in use
}

// headerValues is how many header values an exchange holds without an allocation for each.
const headerValues = 6

// setHeader sets a header of the answer, by its canonical name, to one value. The exchange holds the value, since each would
// be an allocation otherwise.
func (x *exchange) setHeader(name, value string) {
	header := x.writer.Header()
	if x.set == headerValues {
		header[name] = []string{value}
		return
	}
	x.values[x.set] = value
	header[name] = x.values[x.set : x.set+1 : x.set+1]
	x.set++
}

// enter binds the exchange to a world, which counts as in use until leave. The time of a call is that of its world; a control
// request is made in wall time.
func (x *exchange) enter(w *world.World) {
	x.leave()
	x.world, x.ticket, x.Tenant, x.Issuer = w, 0, w.Public(), w.Name()
	if x.operation.control == nil {
		x.Now = w.Clock().Now()
	}
	w.Use()
}

// leave ends the use of the world.
func (x *exchange) leave() {
	if x.world != nil {
		x.world.Leave()
	}
}

// label returns the operation's name for the metrics. All requests that no document has share one.
func (x *exchange) label() string {
	if x.declared == nil && x.Operation != "" {
		return "undeclared"
	}
	return x.Operation
}

// date returns the answer's Date header.
func (x *exchange) date() string {
	if x.world == nil {
		return x.Now.UTC().Format(http.TimeFormat)
	}
	return x.world.Clock().Date(x.Now)
}

// body returns the request's body, bounded in bytes, if the operation takes one. It is read once and remembered.
func (x *exchange) body() ([]byte, error) {
	if !x.bodyRead && x.declared.TakesBody() {
		x.raw, x.readErr = x.readBody()
	}
	x.bodyRead = true
	return x.raw, x.readErr
}

func (x *exchange) readBody() ([]byte, error) {
	most := x.server.config.MaxBody
	if x.operation.control != nil {
		most = maxControlBody
	} else if x.request.ContentLength > most && x.request.Header.Get("Expect") != "" {
		return nil, refusal.TooLarge.Of(most) // A client that sends without waiting would not read the answer.
	}
	return readBody(http.MaxBytesReader(x.writer, x.request.Body, most), x.request.ContentLength)
}

// readBody reads all of a body. One of a short announced length is read into a buffer of exactly that length.
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
		return nil, refusal.TooLarge.Of(large.Limit)
	case errors.As(err, &slow) && slow.Timeout():
		return nil, refusal.Field("body", "timeout", "did not come within the time of the server's --body-timeout")
	case err != nil:
		return nil, refusal.Field("body", "malformed", "broke off before its end")
	}
	return data, nil
}
