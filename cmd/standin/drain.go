package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// lastCall is the time that a connection without a request has to send one after the server has begun to drain. An
	// active client sends one within it and learns from the answer that it is the last.
	lastCall = 500 * time.Millisecond
	// drainPause is the interval at which a draining server checks whether it is done.
	drainPause = 2 * time.Millisecond
)

// door is a server of net/http with its listeners and connections.
type door struct {
	server *http.Server
	*connections
	on        []net.Listener
	accepting *sync.WaitGroup // done when all listeners are closed
}

// doors are all servers of the process.
type doors []door

// open starts a server on listeners. It sends the error with which each listener ends to ended.
func (s *serveCommand) open(on []net.Listener, g gate, log *slog.Logger, ended chan<- error) door {
	all := newConnections(s.limitFlags, log)
	g.connections = all
	one := door{s.server(g, all, log), all, on, &sync.WaitGroup{}}
	for _, listener := range on {
		bounded := boundedListener{listener, all}
		one.accepting.Go(func() {
			if s.TLSCert != "" {
				ended <- one.server.ServeTLS(bounded, "", "")
				return
			}
			ended <- one.server.Serve(bounded)
		})
	}
	return one
}

// drain ends the server so that every request that was sent is answered. For a short time it still accepts connections, but
// each answer is the last on its connection and /readyz answers 503. Then it closes the listeners. Then it closes each
// connection on which no data comes. It calls Shutdown of net/http last, since that closes idle connections at once, even
// while their clients write, and drops the requests that it reads later.
func (s *serveCommand) drain(ctx context.Context, start *startup, all doors) error {
	ctx, cancel := context.WithTimeout(ctx, s.Drain)
	defer cancel()
	for _, one := range all {
		one.leaving.Store(true)
	}
	if running := start.engine.Load(); running != nil {
		running.Stop() // It ends the requests that wait for a mail or watch the journal.
	} else {
		start.finish(nil) // It ends the requests that wait for the engine.
	}
	call, cancelCall := context.WithTimeout(ctx, lastCall)
	defer cancelCall()
	until(call, func() bool { return all.count(isOpen) == 0 })
	all.turnAway()
	until(ctx, func() bool { all.closeQuiet(); return all.count(isHTTP1) == 0 })
	if busy := all.count(isBusy); busy > 0 {
		return errors.Join(fmt.Errorf("requests were still in flight after %s, and were cut off: %d of them; --drain gives them longer", s.Drain, busy), all.close())
	}
	return errors.Join(all.shutdown(ctx), all.close())
}

// until waits until so returns true or the context ends.
func until(ctx context.Context, so func() bool) {
	tick := time.NewTicker(drainPause)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// The conditions by which doors counts connections. Shutdown of net/http closes connections of HTTP/2: it tells their clients
// which requests the server has not seen.
func isOpen(*connection) bool    { return true }
func isHTTP1(c *connection) bool { return !c.http2.Load() }
func isBusy(c *connection) bool  { return isHTTP1(c) && c.quiet.Load() == 0 }

// count returns the number of connections for which these returns true.
func (all doors) count(these func(*connection) bool) int {
	count := 0
	for _, one := range all {
		for _, c := range one.list() {
			if these(c) {
				count++
			}
		}
	}
	return count
}

// closeQuiet closes the connections on which no data has come for lastCall.
func (all doors) closeQuiet() {
	for _, one := range all {
		now := one.now()
		for _, c := range one.list() {
			if isHTTP1(c) && c.silence(now) >= int64(lastCall) && !unread(c) {
				_ = c.Close() // No answer is due on it.
			}
		}
	}
}

// list returns the open connections.
func (all *connections) list() []*connection {
	all.mu.Lock()
	defer all.mu.Unlock()
	list := make([]*connection, 0, len(all.open))
	for one := range all.open {
		list = append(list, one)
	}
	return list
}

// turnAway closes the listeners. Clients that have connected before are still served.
func (all doors) turnAway() {
	for _, one := range all {
		for _, listener := range one.on {
			turnAway(listener)
			_ = listener.Close() // The listener is not needed any more.
		}
	}
	for _, one := range all {
		one.accepting.Wait() // From here on, no connection is added.
	}
}

// shutdown calls Shutdown of each server.
func (all doors) shutdown(ctx context.Context) error {
	for _, one := range all {
		if err := one.server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
			return errors.New("requests over HTTP/2 were still in flight when --drain was over, and were cut off")
		}
	}
	return nil
}

// close closes all servers and connections at once.
func (all doors) close() error {
	var failed error
	for _, one := range all {
		one.leaving.Store(true) // It ends the wait of connections for room.
		if err := one.server.Close(); !errors.Is(err, net.ErrClosed) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
