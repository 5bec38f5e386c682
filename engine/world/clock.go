package world

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Clock is the time of one world. It runs at an offset from the wall clock until it is frozen.
type Clock struct {
	wall   func() time.Time
	mu     sync.Mutex
	offset time.Duration
	frozen bool
	at     time.Time     // while frozen
	moved  chan struct{} // closed when the clock is moved; nil if nobody waits
	date   atomic.Pointer[date]
}

// date is a moment with its text in a header, which is the same for a whole second.
type date struct {
	at   time.Time
	text string
}

// dateFormat is the format of the Date header.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// Date returns a moment in the format of the Date header.
func (k *Clock) Date(at time.Time) string {
	last := k.date.Load()
	if last == nil || !last.at.Equal(at) {
		last = &date{at: at, text: at.UTC().Format(dateFormat)}
		k.date.Store(last)
	}
	return last.text
}

// Now returns the world's time in UTC, in whole seconds, which every deadline is measured in (T-LIFE).
func (k *Clock) Now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now().UTC().Truncate(time.Second)
}

// wait waits until the world's time is at or after an instant, and reports whether it is. It returns earlier if it is woken or
// the context ends.
func (k *Clock) wait(ctx context.Context, until time.Time, woken <-chan struct{}) bool {
	for {
		k.mu.Lock()
		left := until.Sub(k.now())
		frozen := k.frozen
		if k.moved == nil {
			k.moved = make(chan struct{})
		}
		moved := k.moved
		k.mu.Unlock()
		if left <= 0 {
			return ctx.Err() == nil
		}
		timer, stop := ctx, context.CancelFunc(func() {})
		if !frozen {
			timer, stop = context.WithTimeout(ctx, left)
		}
		changed := true
		select {
		case <-moved:
		case <-timer.Done():
			changed = ctx.Err() == nil
		case <-woken:
			changed = false
		}
		stop()
		if !changed {
			return false
		}
	}
}

// wake wakes those that wait for an instant, after the clock was moved.
func (k *Clock) wake() {
	if k.moved != nil {
		close(k.moved)
		k.moved = nil
	}
}

func (k *Clock) now() time.Time {
	if k.frozen {
		return k.at
	}
	return k.wall().Add(k.offset)
}

// Set moves the clock to an instant. A running clock continues from there.
func (k *Clock) Set(to time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = to
	k.offset = to.Sub(k.wall())
	k.wake()
}

// Advance moves the clock by a duration at once.
func (k *Clock) Advance(by time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = k.at.Add(by)
	k.offset += by
	k.wake()
}

// Freeze stops the clock.
func (k *Clock) Freeze() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = k.now()
	k.frozen = true
	k.wake()
}

// Run starts a frozen clock again.
func (k *Clock) Run() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.offset = k.now().Sub(k.wall())
	k.frozen = false
	k.wake()
}

// Frozen reports whether the clock is frozen.
func (k *Clock) Frozen() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.frozen
}

// clockReading is the state of a clock at a moment.
type clockReading struct {
	at     time.Time
	frozen bool
}

func (k *Clock) reading() clockReading {
	k.mu.Lock()
	defer k.mu.Unlock()
	return clockReading{at: k.now(), frozen: k.frozen}
}

// set puts a clock into this state.
func (r clockReading) set(k *Clock) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at, k.frozen = r.at, r.frozen
	k.offset = r.at.Sub(k.wall())
	k.wake()
}

// Move moves the clock atomically: decide gets its time and state and returns the new ones. Move returns the time before and
// after, in whole seconds. If decide returns an error, the clock does not move.
func (k *Clock) Move(decide func(now time.Time, frozen bool) (time.Time, bool, error)) (time.Time, time.Time, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	before := now.UTC().Truncate(time.Second)
	to, frozen, err := decide(now, k.frozen)
	if err != nil {
		return before, before, err
	}
	k.at, k.frozen, k.offset = to, frozen, to.Sub(k.wall())
	k.wake()
	return before, k.now().UTC().Truncate(time.Second), nil
}
