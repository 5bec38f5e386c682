package world

import (
	"sync"
	"sync/atomic"
	"time"
)

// Clock is the time of one world. It runs along with the wall clock at an offset, until it is frozen.
type Clock struct {
	wall   func() time.Time
	mu     sync.Mutex
	offset time.Duration
	frozen bool
	at     time.Time // while frozen
	date   atomic.Pointer[date]
}

// date is a moment as a header says it. It is the same for a second.
type date struct {
	at   time.Time
	text string
}

// dateFormat is that of the header Date.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// Date returns a moment of this clock as the header Date has it.
func (k *Clock) Date(at time.Time) string {
	last := k.date.Load()
	if last == nil || !last.at.Equal(at) {
		last = &date{at: at, text: at.UTC().Format(dateFormat)}
		k.date.Store(last)
	}
	return last.text
}

// Now is the world's time in UTC, in whole seconds: the grain of every deadline (T-LIFE).
func (k *Clock) Now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now().UTC().Truncate(time.Second)
}

func (k *Clock) now() time.Time {
	if k.frozen {
		return k.at
	}
	return k.wall().Add(k.offset)
}

// Set moves the clock to an instant; a running clock runs on from there.
func (k *Clock) Set(to time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = to
	k.offset = to.Sub(k.wall())
}

// Advance moves the clock by a duration, in one step.
func (k *Clock) Advance(by time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = k.at.Add(by)
	k.offset += by
}

// Freeze stops the clock where it is.
func (k *Clock) Freeze() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = k.now()
	k.frozen = true
}

// Run lets the clock run on from where it is.
func (k *Clock) Run() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.offset = k.now().Sub(k.wall())
	k.frozen = false
}

// Frozen says whether the clock stands.
func (k *Clock) Frozen() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.frozen
}

// clockReading is the state of a clock.
type clockReading struct {
	at     time.Time
	frozen bool
}

func (k *Clock) reading() clockReading {
	k.mu.Lock()
	defer k.mu.Unlock()
	return clockReading{at: k.now(), frozen: k.frozen}
}

// lend gives a clock this state: it goes on from here, if it goes.
func (r clockReading) lend(k *Clock) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at, k.frozen = r.at, r.frozen
	k.offset = r.at.Sub(k.wall())
}

// Move moves the clock as steer says, in one step, and answers its time before and after it, in whole seconds. An
// error of steer's leaves the clock as it was.
func (k *Clock) Move(steer func(now time.Time, frozen bool) (time.Time, bool, error)) (time.Time, time.Time, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	before := now.UTC().Truncate(time.Second)
	to, frozen, err := steer(now, k.frozen)
	if err != nil {
		return before, before, err
	}
	k.at, k.frozen, k.offset = to, frozen, to.Sub(k.wall())
	return before, k.now().UTC().Truncate(time.Second), nil
}
