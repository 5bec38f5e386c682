package main

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// freshGrace is how long a connection without a request has to send one, once the server drains.
const freshGrace = 250 * time.Millisecond

// freshConnections are the open connections that have sent nothing yet. Browsers open some in advance, and
// net/http counts them as busy for seconds.
type freshConnections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
}

func (f *freshConnections) note(connection net.Conn, state http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if state != http.StateNew {
		delete(f.open, connection)
		return
	}
	if f.open == nil {
		f.open = map[net.Conn]bool{}
	}
	f.open[connection] = true
}

func (f *freshConnections) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for connection := range f.open {
		_ = connection.Close() // Nobody waits for an answer on it.
	}
}
