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
	// spareAfter is the time without data after which a connection may be closed to make room for another. A client that is
	// between two requests needs its connection sooner.
	spareAfter = time.Second
	// roomPause is the interval at which a waiting connection tries to get room.
	roomPause = 5 * time.Millisecond
)

// connections are the open connections of a server. Their number is bounded.
type connections struct {
	most    int           // greatest number of open connections
	write   time.Duration // time within which a client must read what was sent to it
	began   time.Time     // start of the server
	log     *slog.Logger
	warned  atomic.Int64 // time of the last warning that there is no room
	leaving atomic.Bool  // the server is draining
	crowded atomic.Int32 // number of accepted connections that wait for room

	mu   sync.Mutex
	open map[*connection]struct{}
}

func newConnections(limits limitFlags, log *slog.Logger) *connections {
	return &connections{
		most: limits.MaxConnections, write: limits.WriteTimeout, began: time.Now(), log: log, open: map[*connection]struct{}{},
	}
}

// parting reports whether answers must be the last on their connections. A client that gets such an answer loses no request;
// if its connection were simply closed, it could.
func (all *connections) parting() bool { return all.leaving.Load() || all.crowded.Load() > 0 }

// now returns the time since the start of the server in nanoseconds. It does not depend on the wall clock and is never 0.
func (all *connections) now() int64 { return int64(time.Since(all.began)) + 1 }

// connection is an open connection.
type connection struct {
	*net.TCPConn
	all   *connections
	quiet atomic.Int64 // time at which data came last; 0 while a request is in progress
	http2 atomic.Bool
	begun bool // data other than empty lines has come; used only by Read, which is not called concurrently
}

// admit waits until there is room for a connection. Meanwhile it makes room: it closes idle connections, the longest idle
// first, and makes all answers the last on their connections.
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
		if time.Since(began) > spareAfter { // No connection has been idle for long enough.
			all.warn()
		}
	}
	return one
}

// warn logs that clients wait for room, at most once a minute.
func (all *connections) warn() {
	now, last := all.now(), all.warned.Load()
	if (last == 0 || now-last > int64(time.Minute)) && all.warned.CompareAndSwap(last, now) {
		all.log.Warn("all connections are in use, so others wait until one of them ends; --max-connections raises the limit", "maxConnections", all.most)
	}
}

// enter adds a connection and reports whether there was room. A draining server has room for all connections that it has
// accepted.
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

// spare closes the connection that has been idle for longest. It reports false if all connections are in use.
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
	_ = longest.Close() // No answer is due on it.
	return true
}

// note records the state of a connection. net/http calls it at each change.
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
	case http.StateHijacked, http.StateClosed: // Close handles these.
	}
}

// silence returns the time since data came last. It is 0 while a request is in progress.
func (c *connection) silence(now int64) int64 {
	if since := c.quiet.Load(); since != 0 {
		return now - since
	}
	return 0
}

// Read reads from the connection and records the time. net/http reports a request only when its header is complete, and until
// then the connection must not count as idle. Read skips empty lines before the first request (RFC 9112, section 2.2), since
// net/http would refuse them. No record of TLS begins with an empty line.
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

// Write writes p in parts, each with its own deadline. A deadline for a whole answer would cut off answers that wait or
// stream for longer. If a client does not read in time, Write resets the connection, so that the kernel discards the unread
// data.
func (c *connection) Write(p []byte) (int, error) {
	return inParts(p, func(part []byte) (int, error) {
		_ = c.SetWriteDeadline(time.Now().Add(c.all.write)) // It fails only on a closed connection, on which writing fails, too.
		n, err := c.TCPConn.Write(part)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = c.SetLinger(0) // It fails only on a closed connection, too.
			_ = c.Close()      // What was written is lost on it.
		}
		return n, err
	})
}

// ReadFrom writes the data of a reader. It hides the ReadFrom of TCPConn, which would bypass Write and its deadlines.
func (c *connection) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c}, r)
}

// Close closes the connection and makes room for another.
func (c *connection) Close() error {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	return c.TCPConn.Close()
}

// boundedListener accepts connections only while there is room for them.
type boundedListener struct {
	net.Listener
	all *connections
}

// Accept waits for a connection and for room.
func (l boundedListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			l.all.spare() // The system allows fewer open files than the limit of connections. net/http tries again soon.
		}
		return nil, err
	}
	plain, ok := accepted.(*net.TCPConn)
	if !ok {
		return accepted, nil // It does not happen, since all listeners are TCP listeners.
	}
	return l.all.admit(plain), nil
}
