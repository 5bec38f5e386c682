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

// World is one tenant as it runs. Nothing crosses worlds.
type World struct {
	worlds    *Worlds // of which it is one; nil for a scratch copy
	name      string
	public    string // the name that clients see, if it is another one
	seed      []byte
	clock     *Clock
	fixture   *Fixture
	start     func(state.Settings) (state.Settings, error) // what the sandbox was made with; nil for nothing
	createdAt time.Time                                    // wall time
	ttl       time.Duration                                // how long it lives unused; 0 for ever
	used      use

	db     atomic.Pointer[state.DB]
	ticket atomic.Uint64 // counts the writing calls; entropy comes from it, so it is never rewound
	steps  atomic.Uint64 // counts the steps of its tester, whose entropy is apart: they change no later token
	epoch  atomic.Uint64 // counts the swaps of its database
	mu     sync.Mutex    // held by the one writer, from opening its transaction to its commit
	listed atomic.Bool   // it is one of the worlds

	snapshotsMu sync.Mutex
	snapshots   map[string]Snapshot
	lineage     lineage // of the state as it is
	waiters     waiters
	faults      Faults
	journal     *journal.Journal
}

// Name is the tenant's own name.
func (w *World) Name() string { return w.name }

// Public is the name that clients see: the tenant's own, unless the sandbox was given another.
func (w *World) Public() string { return cmp.Or(w.public, w.name) }

// Clock is the world's clock.
func (w *World) Clock() *Clock { return w.clock }

// Fixture is what a reset returns to.
func (w *World) Fixture() *Fixture {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fixture
}

// Journal is what the world was asked and has answered.
func (w *World) Journal() *journal.Journal { return w.journal }

// Faults are what goes wrong in the world on purpose.
func (w *World) Faults() *Faults { return &w.faults }

// CreatedAt is when the world was made, in wall time.
func (w *World) CreatedAt() time.Time { return w.createdAt }

// Life says how long the world lives unused, 0 being for ever, and when it goes if nobody uses it, in wall time.
func (w *World) Life() (time.Duration, time.Time) {
	if w.ttl == 0 {
		return 0, time.Time{}
	}
	return w.ttl, w.used.since(w.clock.wall()).Add(w.ttl)
}

// expired says whether nobody has used the world for as long as it lives unused.
func (w *World) expired() bool {
	if w.ttl == 0 {
		return false
	}
	now := w.clock.wall()
	return now.Sub(w.used.since(now)) >= w.ttl
}

// Use and Leave frame a use of the world. A world that lives for ever does not count its uses.
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

// Listed reports whether the world is one of the worlds: the one of an unseen tenant is not before its first commit, and a
// removed one is not any more.
func (w *World) Listed() bool { return w.listed.Load() }

// NextTicket returns the number of the next writing call. It is never rewound.
func (w *World) NextTicket() uint64 { return w.ticket.Add(1) }

// CallEntropy returns the entropy of the writing call of a ticket.
func (w *World) CallEntropy(ticket uint64) entropy.Stream { return w.entropy("call", ticket) }

// ControlEntropy returns the entropy of the next change by the control API, other than any before.
func (w *World) ControlEntropy() *entropy.Stream {
	all := w.entropy("step", w.steps.Add(1))
	return &all
}

func (w *World) entropy(label string, counter uint64) entropy.Stream {
	return entropy.New(w.seed, label, w.name, counter)
}

// close lets go of whoever waits in a world that is no more.
func (w *World) close() {
	w.faults.Clear()
	w.waiters.wakeAll()
	w.dropSnapshots()
	w.journal.Close()
}

// View reads one unchanging state of the world.
func (w *World) View(read func(*state.Txn)) {
	txn := w.db.Load().View()
	defer txn.Abort()
	read(txn)
}

// Read returns a transaction that reads one unchanging state of the world. The caller aborts it.
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
	w.clock.reading().lend(copied.clock)
	return copied
}

// swap puts another database in place of the world's, in one step: a request sees all of one or all of the other.
func (w *World) swap(db *state.DB, also func()) {
	w.mu.Lock()
	w.db.Store(db)
	w.epoch.Add(1)
	if also != nil {
		also()
	}
	w.mu.Unlock()
	w.worlds.clients.update(w)
	w.waiters.wakeAll()
}

// Change runs one writing transaction, of which a world has one at a time. What run wrote is committed if its first result is
// true, whatever its error. Change returns that error, [ErrSuperseded] if another first commit has created the tenant's world
// meanwhile, or the refusal of one world too many; then nothing is committed.
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
	if !keep {
		return nil, err
	}
	changes := txn.Changes()
	if err != nil && len(changes) == 0 { // A refusal that has counted nothing does not create a world.
		return nil, err
	}
	if !w.Listed() {
		if err := w.worlds.adopt(w); err != nil {
			return nil, err
		}
	}
	txn.Commit()
	return changes, err
}

// publish tells others of changes, once they are visible. It holds no lock.
func (w *World) publish(changes []state.Change) {
	if w.worlds == nil {
		return
	}
	for _, change := range changes {
		if mail, is := change.NewMail(); is {
			w.waiters.wake(mail)
			w.worlds.config.Sent(mailView(w.Public(), mail))
		}
		if change.OfSettings() {
			w.worlds.clients.update(w)
		}
	}
}
