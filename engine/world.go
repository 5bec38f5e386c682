package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"standin/state"
)

// World is one tenant as it runs. Nothing crosses worlds.
type World struct {
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
	own    atomic.Bool   // it is in the table of worlds
	trial  bool          // it is a copy on which something is tried: nobody is told of it

	snapshotsMu sync.Mutex
	snapshots   map[string]Snapshot
	lineage     lineage // of the state as it is
	kept        *snapshotLedger
	clients     *clientIndex
	waiters     waiters
	faults      Faults
	journal     *Journal
}

// Name is the tenant's own name.
func (w *World) Name() string { return w.name }

// Public is the name that clients see: the tenant's own, unless the sandbox was given another.
func (w *World) Public() string { return first(w.public, w.name) }

// Clock is the world's clock.
func (w *World) Clock() *Clock { return w.clock }

// Fixture is what a reset returns to.
func (w *World) Fixture() *Fixture {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fixture
}

// Journal is what the world was asked and has answered.
func (w *World) Journal() *Journal { return w.journal }

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

// use and leave frame a use of the world. One that lives for ever need not know.
func (w *World) use() {
	if w.ttl > 0 {
		w.used.begin(w.clock.wall())
	}
}

func (w *World) leave() {
	if w.ttl > 0 {
		w.used.end(w.clock.wall())
	}
}

// close lets go of whoever waits in a world that is no more.
func (w *World) close() {
	w.faults.Clear()
	w.waiters.wakeAll()
	w.dropSnapshots()
	w.journal.close()
}

// View reads one unchanging state of the world.
func (w *World) View(read func(*state.Txn)) {
	txn := w.db.Load().View()
	defer txn.Abort()
	read(txn)
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
	w.clients.update(w)
	w.waiters.wakeAll()
}

// change runs one writing transaction. What run wrote is committed if it says so, whatever its error.
func (s *Server) change(w *World, run func(*state.Txn) (bool, error)) error {
	changes, err := s.commit(w, run)
	s.after(w, changes)
	return err
}

func (s *Server) commit(w *World, run func(*state.Txn) (bool, error)) ([]state.Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	txn := w.db.Load().Change()
	defer txn.Abort()
	keep, err := run(txn)
	if !keep {
		return nil, err
	}
	changes := txn.Changes()
	if err != nil && len(changes) == 0 { // A refusal that has counted nothing makes no world, either.
		return nil, err
	}
	if err := s.before(w, changes); err != nil {
		return nil, err
	}
	txn.Commit()
	return changes, err
}

// before is called with the world's lock held, when the changes are complete but nobody has seen them. An error
// aborts them.
func (s *Server) before(w *World, _ []state.Change) error {
	if w.own.Load() {
		return nil
	}
	return s.worlds.adopt(w)
}

// after is called without any lock, once the changes are visible.
func (s *Server) after(w *World, changes []state.Change) {
	if w.trial {
		return
	}
	for _, change := range changes {
		if mail, is := change.NewMail(); is {
			w.waiters.wake(mail)
			s.config.Sent(mailView(w.Public(), mail))
		}
		if change.OfSettings() {
			w.clients.update(w)
		}
	}
}

// Fork lends an independent copy of the world's database.
func (w *World) Fork(use func(*state.DB)) { use(w.db.Load().Fork()) }
