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
	// lastCall is how long a connection without a request has to send one, once the server drains. A client that is
	// at work sends one within it, and is told that it is the last.
	lastCall = 500 * time.Millisecond
	// drainPause is how often a server that drains looks whether it is done.
	drainPause = 2 * time.Millisecond
)

// door is where clients come in: a server of net/http with its connections.
type door struct {
	server *http.Server
	*connections
	on        []net.Listener
	accepting *sync.WaitGroup // until what was listened on is closed
}

type doors []door

// open answers on listeners; how each ends is told.
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

// drain ends the server so that every request that was sent is answered. For a moment everything is as it was, except
// that each answer is the last on its connection and /readyz says no; then nobody gets in any more; then a connection
// is closed when nothing comes on it. net/http's own Shutdown comes last: it closes idle connections at once, while
// their clients write, and drops whatever is read after it was called.
func (s *serveCommand) drain(ctx context.Context, start *startup, all doors) error {
	ctx, cancel := context.WithTimeout(ctx, s.Drain)
	defer cancel()
	for _, one := range all {
		one.leaving.Store(true)
	}
	if running := start.engine.Load(); running != nil {
		running.Stop() // Whoever waits for a mail or watches the journal is let go.
	} else {
		start.finish(nil) // Whoever waits for the engine, too.
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

// until waits until something is so, or the context ends.
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

// Those of HTTP/2 are left to net/http in the end, which tells their clients which requests it has not seen.
func isOpen(*connection) bool    { return true }
func isHTTP1(c *connection) bool { return !c.http2.Load() }
func isBusy(c *connection) bool  { return isHTTP1(c) && c.quiet.Load() == 0 }

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

// closeQuiet closes the connections that have sent nothing for as long as that of the last call.
func (all doors) closeQuiet() {
	for _, one := range all {
		now := one.now()
		for _, c := range one.list() {
			if isHTTP1(c) && c.silence(now) >= int64(lastCall) && !unread(c) {
				_ = c.Close() // Nobody waits for an answer on it.
			}
		}
	}
}

// list is those that are open.
func (all *connections) list() []*connection {
	all.mu.Lock()
	defer all.mu.Unlock()
	list := make([]*connection, 0, len(all.open))
	for one := range all.open {
		list = append(list, one)
	}
	return list
}

// turnAway lets nobody in any more. Whoever was connected before is served.
func (all doors) turnAway() {
	for _, one := range all {
		for _, listener := range one.on {
			turnAway(listener)
			_ = listener.Close() // It is of no use any more.
		}
	}
	for _, one := range all {
		one.accepting.Wait() // All that it has accepted is known from here on.
	}
}

func (all doors) shutdown(ctx context.Context) error {
	for _, one := range all {
		if err := one.server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
			return errors.New("requests over HTTP/2 were still in flight when --drain was over, and were cut off")
		}
	}
	return nil
}

// close ends everything at once.
func (all doors) close() error {
	var failed error
	for _, one := range all {
		one.leaving.Store(true) // Whoever waits for room waits no more.
		if err := one.server.Close(); !errors.Is(err, net.ErrClosed) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
