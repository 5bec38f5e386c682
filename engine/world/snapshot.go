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

// lineage is what a state was made from, with which it shares the rows that were not written since.
type lineage struct {
	snapshot string // its name; empty for the state that the world began with
	written  int64  // bytes, at that moment
}

// At is the world's time when the snapshot was taken.
func (n Snapshot) At() time.Time { return n.clock.at.UTC().Truncate(time.Second) }

// bytes returns how many bytes of rows the snapshot holds at most that nothing which it was made from holds, too.
func (n Snapshot) bytes() int64 { return min(n.db.Size(), n.db.Written()-n.lineage.written) }

// mostSnapshots is how many snapshots a world may have.
const mostSnapshots = 100

// The reasons for which no snapshot is taken.
var (
	ErrSnapshotTaken = errors.New("there is a snapshot of this name already")
	ErrManySnapshots = fmt.Errorf("a tenant has at most %d snapshots", mostSnapshots)
	ErrSnapshotBytes = errors.New("the snapshots of all tenants together would hold more than --snapshot-bytes allows")
)

// TakeSnapshot keeps the world's state under a name. It returns [ErrSnapshotTaken], [ErrManySnapshots] or
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
	if !w.listed.Load() { // It was removed meanwhile.
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

// snapshotLedger bounds what the snapshots of all worlds together hold, in bytes.
type snapshotLedger struct {
	most  int64
	total atomic.Int64
}

// Snapshots lists the world's snapshots by their names.
func (w *World) Snapshots() []Snapshot {
	w.snapshotsMu.Lock()
	defer w.snapshotsMu.Unlock()
	return slices.SortedFunc(maps.Values(w.snapshots), func(one, other Snapshot) int { return strings.Compare(one.Name, other.Name) })
}

// Snapshot finds a snapshot by its name.
func (w *World) Snapshot(name string) (Snapshot, bool) {
	w.snapshotsMu.Lock()
	defer w.snapshotsMu.Unlock()
	found, ok := w.snapshots[name]
	return found, ok
}

// DropSnapshot removes a snapshot. What was made from it holds what they shared from then on.
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

// dropSnapshots removes all snapshots of a world that is no more.
func (w *World) dropSnapshots() {
	for _, n := range w.Snapshots() {
		w.DropSnapshot(n.Name)
	}
}

// Restore returns the world to one of its snapshots, the clock included. Journal and faults stay.
func (w *World) Restore(taken Snapshot) {
	w.replace(taken.db.Fork(), lineage{snapshot: taken.Name, written: taken.db.Written()}, func() { taken.clock.lend(w.clock) })
}

// replace is swap for a database of another lineage.
func (w *World) replace(db *state.DB, of lineage, also func()) {
	w.snapshotsMu.Lock()
	defer w.snapshotsMu.Unlock()
	w.lineage = of
	w.swap(db, also)
}
