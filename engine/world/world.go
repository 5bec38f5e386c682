package world

import (
	"cmp"
	"sync"
	"sync/atomic"
	"time"

	"standin/engine/entropy"
	"standin/engine/journal"
	"standin/state"
)

// World is one tenant as it runs. Worlds share nothing that can change.
type World struct {
	worlds    *Worlds // the table of worlds; nil for a scratch copy
	name      string
	public    string // the name that clients see; empty if that is name
	seed      []byte
	clock     *Clock
	fixture   *Fixture
	start     func(state.Settings) (state.Settings, error) // the change of settings that the sandbox was made with; may be nil
	createdAt time.Time                                    // wall time
	ttl       time.Duration                                // how long an unused world lives; 0 for no limit
	used      use

	db     atomic.Pointer[state.DB]
	ticket atomic.Uint64 // counts the writing calls; their entropy comes from it, so it never goes back
	steps  atomic.Uint64 // counts the changes by the control API, whose entropy is separate, so that they do not change later tokens
	epoch  atomic.Uint64 // counts the swaps of its database
	mu     sync.Mutex    // held by the one writer, from opening its transaction to its commit
	listed atomic.Bool   // in the table of worlds

	snapshotsMu sync.Mutex
	snapshots   map[string]Snapshot
	lineage     lineage // of the present state
	faults      Faults
	outbox      outbox
	journal     *journal.Journal

	mailWaiters  waiters[state.Mail]
	eventWaiters waiters[state.Event]
}

// Name returns the tenant's own name.
func (w *World) Name() string { return w.name }

// Public returns the name that clients see: the tenant's own, unless the sandbox was given another.
func (w *World) Public() string { return cmp.Or(w.public, w.name) }

// Clock returns the world's clock.
func (w *World) Clock() *Clock { return w.clock }

// Fixture returns the fixture that a reset returns to.
func (w *World) Fixture() *Fixture {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fixture
}

// Journal returns the journal of the world's exchanges.
func (w *World) Journal() *journal.Journal { return w.journal }

// Faults returns the world's faults.
func (w *World) Faults() *Faults { return &w.faults }

// CreatedAt returns when the world was made, in wall time.
func (w *World) CreatedAt() time.Time { return w.createdAt }

// Life returns how long the world lives unused, and when it expires if it is not used again, in wall time. A world without
// that limit returns zero values.
func (w *World) Life() (time.Duration, time.Time) {
	if w.ttl == 0 {
		return 0, time.Time{}
	}
	return w.ttl, w.used.since(w.clock.wall()).Add(w.ttl)
}

// expired reports whether the world was unused for as long as it lives unused.
func (w *World) expired() bool {
	if w.ttl == 0 {
		return false
	}
	now := w.clock.wall()
	return now.Sub(w.used.since(now)) >= w.ttl
}

// Use begins a use of the world, which does not expire until Leave. A world without a time to live does not count its uses.
func (w *World) Use() {
	if w.ttl > 0 {
		w.used.begin(w.clock.wall())
	}
}

// Leave ends a use of the world.
func (w *World) Leave() {
	if w.ttl > 0 {
		w.used.end(w.clock.wall())
	}
}

// Listed reports whether the world is in the table of worlds. The world of an unseen tenant is not before its first commit,
// and a removed one is not any more.
func (w *World) Listed() bool { return w.listed.Load() }

// NextTicket returns the number of the next writing call. It never goes back.
func (w *World) NextTicket() uint64 { return w.ticket.Add(1) }

// CallEntropy returns the entropy of a writing call, by its ticket.
func (w *World) CallEntropy(ticket uint64) entropy.Stream { return w.entropy("call", ticket) }

// ControlEntropy returns new entropy for a change by the control API.
func (w *World) ControlEntropy() *entropy.Stream {
	all := w.entropy("step", w.steps.Add(1))
	return &all
}

func (w *World) entropy(label string, counter uint64) entropy.Stream {
	return entropy.New(w.seed, label, w.name, counter)
}

// close releases everything that waits in a removed world.
func (w *World) close() {
	w.faults.Clear()
	w.outbox.close()
	w.wakeAll()
	w.dropSnapshots()
	w.journal.Close()
}

// View calls read with one unchanging state of the world.
func (w *World) View(read func(*state.Txn)) {
	txn := w.db.Load().View()
	defer txn.Abort()
	read(txn)
}

// Read returns a transaction on one unchanging state of the world. The caller aborts it.
func (w *World) Read() *state.Txn { return w.db.Load().View() }

// Scratch returns a writing transaction on a fork of the world's state, which nothing else sees. The caller aborts it.
func (w *World) Scratch() *state.Txn { return w.db.Load().Fork().Change() }

// Fork calls use with an independent copy of the world's database.
func (w *World) Fork(use func(*state.DB)) { use(w.db.Load().Fork()) }

// Copy returns a scratch copy of the world, for a dry run. What happens in it is seen nowhere else.
func (w *World) Copy() *World {
	copied := &World{name: w.name, public: w.public, seed: w.seed, clock: &Clock{wall: w.clock.wall}, fixture: w.Fixture()}
	copied.ticket.Store(w.ticket.Load())
	copied.steps.Store(w.steps.Load())
	copied.listed.Store(true)
	copied.db.Store(w.db.Load().Fork())
	w.clock.reading().set(copied.clock)
	return copied
}

// swap replaces the database atomically: a request sees all of the old or all of the new one.
func (w *World) swap(db *state.DB, also func()) {
	w.mu.Lock()
	w.db.Store(db)
	w.epoch.Add(1)
	if also != nil {
		also()
	}
	w.outbox.clear() // Before the next commit, whose events are to be delivered.
	w.mu.Unlock()
	w.worlds.clients.update(w)
	w.wakeAll()
}

// wakeAll wakes all calls that wait for a mail or an event.
func (w *World) wakeAll() {
	w.mailWaiters.wakeAll()
	w.eventWaiters.wakeAll()
}

// Change runs a writing transaction; a world has one at a time. If the first result of run is true, what it wrote is
// committed, whatever its error. Change returns that error. It returns another, and nothing is committed, if a row could not be
// stored: that of [state.Txn.Err]; if another call has created the world meanwhile: [ErrSuperseded]; or if there are too many
// worlds: a refusal.
func (w *World) Change(run func(*state.Txn) (bool, error)) error {
	changes, err := w.commit(run)
	w.publish(changes)
	return err
}

func (w *World) commit(run func(*state.Txn) (bool, error)) ([]state.Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	txn := w.db.Load().Change()
	defer txn.Abort()
	keep, err := run(txn)
	if failed := txn.Err(); failed != nil { // It comes before a refusal, which may have followed from the missing row.
		return nil, failed
	}
	if !keep {
		return nil, err
	}
	changes := txn.Changes()
	if err != nil && len(changes) == 0 { // A refusal that has changed no row does not create a world.
		return nil, err
	}
	if !w.Listed() {
		if err := w.worlds.adopt(w); err != nil {
			return nil, err
		}
	}
	return changes, cmp.Or(txn.Commit(), err)
}

// publish wakes waiters, sends events and updates indexes after a commit. It holds no lock.
func (w *World) publish(changes []state.Change) {
	if w.worlds == nil {
		return
	}
	for _, change := range changes {
		if mail, is := change.NewMail(); is {
			w.mailWaiters.wake(mail)
			w.worlds.config.Sent(mailView(w.Public(), mail))
		}
		if event, is := change.NewEvent(); is {
			w.deliver(event) // Before the waiters look, so that they see the delivery.
			w.eventWaiters.wake(event)
		}
		if change.OfSettings() {
			w.worlds.clients.update(w)
		}
	}
}
