package world

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"standin/state"
)

// Cursor is a place in the mails or the events of a world, and its text can stand in a URL. After a reset or a restore it is
// the beginning, because they are others then, and so it is for a later tenant of the same name.
type Cursor struct {
	epoch uint64
	seq   uint64
}

func (c Cursor) String() string { return fmt.Sprintf("%d.%d", c.epoch, c.seq) }

// ParseCursor parses a cursor; "" is the beginning. The second result reports whether the text is a cursor.
func ParseCursor(text string) (Cursor, bool) {
	if text == "" {
		return Cursor{}, true
	}
	epoch, seq, ok := strings.Cut(text, ".")
	var c Cursor
	var epochErr, seqErr error
	c.epoch, epochErr = strconv.ParseUint(epoch, 10, 64)
	c.seq, seqErr = strconv.ParseUint(seq, 10, 64)
	return c, ok && epochErr == nil && seqErr == nil
}

// Query selects a part of a [Feed].
type Query struct {
	From   Cursor        // where to begin
	Newest bool          // newest first, beginning before From; the zero cursor is the end
	Latest bool          // only the newest one after From
	Most   int           // at most so many
	Wait   time.Duration // how long to wait if there is none
}

// Feed has the rows of a world that are numbered in the order of their commits and pass a filter: mails or events. R is the type
// of the rows, V that of their views.
type Feed[R, V any] struct {
	world   *World
	waiters *waiters[R]
	each    func(*state.Txn, uint64, func(R) bool)
	back    func(*state.Txn, uint64, func(R) bool)
	number  func(R) uint64
	takes   func(R) bool
	view    func(R) V
	late    bool // a row that does not pass the filter may pass it later, so the cursor goes only behind those that have passed
}

// Read returns the selected rows and the cursor after them; for the latest one, the cursor after all rows. If there is none, Read
// waits for the commit of one until the context ends or the time is over.
func (f Feed[R, V]) Read(ctx context.Context, q Query) ([]V, Cursor) {
	ctx, cancel := context.WithTimeout(ctx, q.Wait)
	defer cancel()
	here := f.waiters.join(f.takes) // Before looking, so that no row in between is missed.
	defer f.waiters.leave(here)
	for {
		views, cursor := f.look(q)
		if len(views) > 0 || !f.world.listed.Load() {
			return views, cursor
		}
		select {
		case <-here.woken:
		case <-ctx.Done():
			return views, cursor
		}
	}
}

func (f Feed[R, V]) look(q Query) ([]V, Cursor) {
	if epoch := f.world.epoch.Load(); q.From.epoch != epoch {
		q.From = Cursor{epoch: epoch}
	}
	if q.Latest {
		return f.latest(q.From)
	}
	each := f.each
	if q.Newest {
		each = f.back
	}
	var views []V
	f.world.View(func(txn *state.Txn) {
		each(txn, q.From.seq, func(row R) bool {
			passes := f.takes(row)
			if passes {
				views = append(views, f.view(row))
			}
			if passes || !f.late {
				q.From.seq = f.number(row)
			}
			return len(views) < q.Most
		})
	})
	return views, q.From
}

func (f Feed[R, V]) latest(after Cursor) ([]V, Cursor) {
	var latest []V
	end := after
	f.world.View(func(txn *state.Txn) {
		f.back(txn, 0, func(row R) bool {
			end.seq = max(end.seq, f.number(row))
			if f.number(row) > after.seq && f.takes(row) {
				latest = []V{f.view(row)}
			}
			return f.number(row) > after.seq && latest == nil
		})
	})
	if latest == nil && f.late {
		return nil, after
	}
	return latest, end
}

// waiters are the calls that wait for a row. Only the commit of a row that a waiter waits for wakes it, so a thousand waiters
// cost no more than the few that match.
type waiters[R any] struct {
	mu   sync.Mutex
	open map[*waiter[R]]struct{}
}

type waiter[R any] struct {
	takes func(R) bool
	woken chan struct{}
}

func (ws *waiters[R]) join(takes func(R) bool) *waiter[R] {
	one := &waiter[R]{takes: takes, woken: make(chan struct{}, 1)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.open == nil {
		ws.open = map[*waiter[R]]struct{}{}
	}
	ws.open[one] = struct{}{}
	return one
}

func (ws *waiters[R]) leave(one *waiter[R]) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.open, one)
}

func (ws *waiters[R]) wake(row R) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for one := range ws.open {
		if one.takes(row) {
			ring(one.woken)
		}
	}
}

func (ws *waiters[R]) wakeAll() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for one := range ws.open {
		ring(one.woken)
	}
}

// ring wakes the one reader of a channel with room for one value.
func ring(woken chan<- struct{}) {
	select {
	case woken <- struct{}{}:
	default: // It was woken already and has not looked yet.
	}
}
