package world

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"standin/state"
)

// Snapshot is a world's state at a moment: rows, settings and the clock.
type Snapshot struct {
	Name      string
	CreatedAt time.Time // wall time
	clock     clockReading
	db        *state.DB
	lineage   lineage
}

// lineage is the origin of a state, with which it shares the rows that were not written since.
type lineage struct {
	snapshot string // the name of the snapshot; empty for the state that the world began with
	written  int64  // the bytes that had been written at that moment
}

// At returns the world's time when the snapshot was taken.
func (n Snapshot) At() time.Time { return n.clock.at.UTC().Truncate(time.Second) }

// bytes returns an upper bound of the bytes of rows that the snapshot holds and its origin does not.
func (n Snapshot) bytes() int64 { return min(n.db.Size(), n.db.Written()-n.lineage.written) }

// mostSnapshots bounds the snapshots of a world.
const mostSnapshots = 100

// Errors of [World.TakeSnapshot].
var (
	ErrSnapshotTaken = errors.New("a snapshot of this name exists already")
	ErrManySnapshots = fmt.Errorf("a tenant has at most %d snapshots", mostSnapshots)
	ErrSnapshotBytes = errors.New("the snapshots of all tenants together would hold more than --snapshot-bytes allows")
)

// TakeSnapshot stores the world's state under a name. It returns [ErrSnapshotTaken], [ErrManySnapshots] or
// [ErrSnapshotBytes].
func (w *World) TakeSnapshot(name string) (Snapshot, error) {
	w.snapshotsMu.Lock()
	defer w.snapshotsMu.Unlock()
	if _, taken := w.snapshots[name]; taken {
		return Snapshot{}, ErrSnapshotTaken
	}
	if len(w.snapshots) >= mostSnapshots {
		return Snapshot{}, ErrManySnapshots
	}
	if !w.listed.Load() { // The world was removed meanwhile.
		return Snapshot{}, ErrSuperseded
	}
	taken := Snapshot{Name: name, CreatedAt: w.clock.wall(), clock: w.clock.reading(), db: w.db.Load().Fork(), lineage: w.lineage}
	if total := w.worlds.kept.total.Add(taken.bytes()); total > w.worlds.kept.most {
		w.worlds.kept.total.Add(-taken.bytes())
		return Snapshot{}, fmt.Errorf("%w: %d bytes of %d", ErrSnapshotBytes, total, w.worlds.kept.most)
	}
	w.snapshots[name] = taken
	w.lineage = lineage{snapshot: name, written: taken.db.Written()}
	return taken, nil
}

// snapshotLedger bounds the bytes of the snapshots of all worlds together.
type snapshotLedger struct {
	most  int64
	total atomic.Int64
}

// Snapshots returns the world's snapshots, sorted by name.
func (w *World) Snapshots() []Snapshot {
	w.snapshotsMu.Lock()
	defer w.snapshotsMu.Unlock()
	return slices.SortedFunc(maps.Values(w.snapshots), func(one, other Snapshot) int { return strings.Compare(one.Name, other.Name) })
}

// Snapshot returns the snapshot of a name.
func (w *World) Snapshot(name string) (Snapshot, bool) {
	w.snapshotsMu.Lock()
	defer w.snapshotsMu.Unlock()
	found, ok := w.snapshots[name]
	return found, ok
}

// DropSnapshot removes a snapshot. From then on, the rows that it shared count for the states that were made from it.
func (w *World) DropSnapshot(name string) {
	w.snapshotsMu.Lock()
	defer w.snapshotsMu.Unlock()
	dropped, ok := w.snapshots[name]
	if !ok {
		return
	}
	delete(w.snapshots, name)
	freed := dropped.bytes()
	for other, n := range w.snapshots {
		if n.lineage.snapshot == name {
			freed += n.bytes()
			n.lineage = dropped.lineage
			freed -= n.bytes()
			w.snapshots[other] = n
		}
	}
	if w.lineage.snapshot == name {
		w.lineage = dropped.lineage
	}
	w.worlds.kept.total.Add(-freed)
}

// dropSnapshots removes all snapshots of a removed world.
func (w *World) dropSnapshots() {
	for _, n := range w.Snapshots() {
		w.DropSnapshot(n.Name)
	}
}

// Restore returns the world to one of its snapshots, including the clock. Journal and faults stay as they are.
func (w *World) Restore(taken Snapshot) {
	w.replace(taken.db.Fork(), lineage{snapshot: taken.Name, written: taken.db.Written()}, func() { taken.clock.set(w.clock) })
}

// replace is swap for a database of another lineage.
func (w *World) replace(db *state.DB, of lineage, also func()) {
	w.snapshotsMu.Lock()
	defer w.snapshotsMu.Unlock()
	w.lineage = of
	w.swap(db, also)
}
