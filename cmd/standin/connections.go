package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// spareAfter is how long nothing has come on a connection that may be closed to make room: a client in the
	// middle of its work would notice.
	spareAfter = time.Second
	// roomPause is how often a connection without room looks for some.
	roomPause = 5 * time.Millisecond
)

// connections are those of one server: bounded in number, and known by how long nothing has come on them.
type connections struct {
	most    int
	write   time.Duration // how long a client may leave unread what was sent to it
	began   time.Time
	log     *slog.Logger
	warned  atomic.Int64 // when it was last said that there is no room
	leaving atomic.Bool  // the server drains
	crowded atomic.Int32 // how many are accepted and wait for room

	mu   sync.Mutex
	open map[*connection]struct{}
}

func newConnections(limits limitFlags, log *slog.Logger) *connections {
	return &connections{
		most: limits.MaxConnections, write: limits.WriteTimeout, began: time.Now(), log: log, open: map[*connection]struct{}{},
	}
}

// parting says whether an answer is to be the last one on its connection. A client that is told so loses no request,
// as it may if its connection is closed unasked.
func (all *connections) parting() bool { return all.leaving.Load() || all.crowded.Load() > 0 }

// now is a time that no change of the wall clock moves; it is never 0.
func (all *connections) now() int64 { return int64(time.Since(all.began)) + 1 }

// connection is an open one.
type connection struct {
	*net.TCPConn
	all   *connections
	quiet atomic.Int64 // when something came last, while no request is under way; 0 while one is
	http2 atomic.Bool
	begun bool // something but an empty line has come; only Read knows, of which one runs at a time
}

// admit waits until there is room. It makes some: connections that nobody uses are closed, the longest idle first,
// and answers are the last on theirs as long as somebody waits.
func (all *connections) admit(accepted *net.TCPConn) *connection {
	one := &connection{TCPConn: accepted, all: all}
	if all.enter(one) {
		return one
	}
	all.crowded.Add(1)
	defer all.crowded.Add(-1)
	for began := time.Now(); !all.enter(one); {
		if all.spare() {
			continue
		}
		time.Sleep(roomPause)
		if time.Since(began) > spareAfter { // None will have been idle for so long soon.
			all.warn()
		}
	}
	return one
}

// warn says, once a minute at most, why clients wait.
func (all *connections) warn() {
	now, last := all.now(), all.warned.Load()
	if (last == 0 || now-last > int64(time.Minute)) && all.warned.CompareAndSwap(last, now) {
		all.log.Warn("all connections are in use, so others wait until one of them ends; --max-connections raises the limit", "maxConnections", all.most)
	}
}

// enter answers false if there is no room. A server that drains has room for whoever came before its end.
func (all *connections) enter(one *connection) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	if len(all.open) >= all.most && !all.leaving.Load() {
		return false
	}
	one.quiet.Store(all.now())
	all.open[one] = struct{}{}
	return true
}

// spare closes the connection on which nothing has come for longest, and answers false if all are in use.
func (all *connections) spare() bool {
	now := all.now()
	var longest *connection
	var silent int64
	all.mu.Lock()
	for one := range all.open {
		if its := one.silence(now); its > silent {
			longest, silent = one, its
		}
	}
	all.mu.Unlock()
	if silent < int64(spareAfter) || unread(longest) {
		return false
	}
	_ = longest.Close() // Nobody waits for an answer on it.
	return true
}

// note is told by net/http how a connection fares.
func (all *connections) note(of net.Conn, state http.ConnState) {
	secure, isSecure := of.(*tls.Conn)
	if isSecure {
		of = secure.NetConn()
	}
	one, ok := of.(*connection)
	if !ok {
		return
	}
	switch state {
	case http.StateNew, http.StateIdle:
		one.quiet.Store(all.now())
	case http.StateActive:
		one.quiet.Store(0)
		if isSecure && !one.http2.Load() {
			one.http2.Store(secure.ConnectionState().NegotiatedProtocol == "h2")
		}
	case http.StateHijacked, http.StateClosed: // Its Close says so.
	}
}

// silence is for how long nothing has come; 0 while a request is under way.
func (c *connection) silence(now int64) int64 {
	if since := c.quiet.Load(); since != 0 {
		return now - since
	}
	return 0
}

// Read notes that something came. Between that and the word of net/http, which comes when the header is complete, the
// connection must not be taken for one that nobody uses. Empty lines before the first request are left out, as net/http takes
// them for a broken one (RFC 9112, section 2.2); no record of TLS begins like that.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	for !c.begun && n > 0 {
		n = copy(p, bytes.TrimLeft(p[:n], "\r\n"))
		if c.begun = n > 0; !c.begun && err == nil {
			n, err = c.TCPConn.Read(p)
		}
	}
	if since := c.quiet.Load(); n > 0 && since != 0 {
		c.quiet.CompareAndSwap(since, c.all.now())
	}
	return n, err
}

// Write writes in parts, each within its time. A deadline for the answer as a whole would cut what waits or streams
// for longer. A client that does not read in time is reset, or the kernel would keep what it has not taken.
func (c *connection) Write(p []byte) (int, error) {
	return inParts(p, func(part []byte) (int, error) {
		_ = c.SetWriteDeadline(time.Now().Add(c.all.write)) // If it is closed, writing fails.
		n, err := c.TCPConn.Write(part)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = c.SetLinger(0) // As above.
			_ = c.Close()      // What was written is lost on it.
		}
		return n, err
	})
}

// ReadFrom writes what a reader has. That of TCP would write it past the limits.
func (c *connection) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c}, r)
}

// Close makes room for another.
func (c *connection) Close() error {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	return c.TCPConn.Close()
}

// boundedListener accepts no more connections than there is room for.
type boundedListener struct {
	net.Listener
	all *connections
}

// Accept waits for a connection, and for room.
func (l boundedListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			l.all.spare() // The machine has less room than the bound; net/http tries again in a moment.
		}
		return nil, err
	}
	plain, ok := accepted.(*net.TCPConn)
	if !ok {
		return accepted, nil // Only TCP is listened on.
	}
	return l.all.admit(plain), nil
}
