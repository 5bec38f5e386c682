package journal

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"standin/engine/refusal"
)

// Journal holds the last exchanges of a world. It is bounded by their number, and by their bytes together with those of all
// journals.
type Journal struct {
	ledger *Ledger
	most   int

	mu         sync.Mutex
	entries    []*Entry // by their ids, without gaps
	last       uint64   // the id of the last entry
	bytes      int64
	dropped    uint64
	coverage   map[string]map[int]int
	violations []Violation
	changed    chan struct{} // closed by the next change; nil if no call waits for it
	closed     bool
}

// Violation is an answer of the server's own that broke the document.
type Violation struct {
	ID        uint64 // of the exchange
	At        time.Time
	Operation string
	Cause     string
}

// New returns a journal of at most the given number of entries, whose bytes count in a ledger.
func New(all *Ledger, most int) *Journal { return &Journal{ledger: all, most: most} }

const (
	mostViolations = 100     // of a journal
	mostCause      = 4 << 10 // bytes of a violation's cause
)

// Add gives an entry its id and stores it, unless the journal is closed. An entry that is evidence counts in the coverage,
// too.
func (j *Journal) Add(e *Entry, evidence bool) {
	size := e.size()
	j.mu.Lock()
	j.last++
	e.ID = j.last
	if j.closed {
		j.mu.Unlock()
		return
	}
	if evidence {
		if j.coverage == nil {
			j.coverage = map[string]map[int]int{}
		}
		if j.coverage[e.Operation] == nil {
			j.coverage[e.Operation] = map[int]int{}
		}
		j.coverage[e.Operation][e.Status]++
	}
	j.entries = append(j.entries, e)
	j.bytes += size
	spare, beyond := j.ledger.add(j, size)
	for spare > 0 && len(j.entries) > 1 {
		spare -= j.dropOldest()
	}
	for len(j.entries) > j.most {
		j.dropOldest()
	}
	j.notify()
	j.mu.Unlock()
	if !beyond {
		return
	}
	others, share := j.ledger.beyond()
	for _, other := range others {
		other.trim(share)
	}
}

// dropOldest drops the oldest entry and returns its bytes.
func (j *Journal) dropOldest() int64 {
	size := j.entries[0].size()
	j.entries[0] = nil
	j.entries = j.entries[1:]
	j.bytes -= size
	j.dropped++
	j.ledger.remove(j, size, false)
	return size
}

func (j *Journal) trim(bytes int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.bytes > bytes && len(j.entries) > 0 {
		j.dropOldest()
	}
}

func (j *Journal) notify() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// AddViolation stores an answer that broke the document.
func (j *Journal) AddViolation(v Violation) {
	v.Cause = refusal.Short(v.Cause, mostCause)
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.violations) == mostViolations {
		j.violations = j.violations[1:]
	}
	j.violations = append(j.violations, v)
}

// Clear drops all entries, the coverage and the violations. Ids continue.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ledger.remove(j, j.bytes, true)
	j.entries, j.bytes, j.dropped, j.coverage, j.violations = nil, 0, 0, nil, nil
}

// Close clears the journal and ends its streams.
func (j *Journal) Close() {
	j.Clear()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	j.notify()
}

// Entries calls see for the entries after an id, oldest first, until see returns false. It returns how many older entries
// were dropped to stay within the bounds.
func (j *Journal) Entries(after uint64, see func(*Entry) bool) uint64 {
	entries, dropped := j.behind(after)
	for _, e := range entries {
		if !see(e) {
			break
		}
	}
	return dropped
}

// Newest calls see for the entries before an id, newest first, until see returns false; 0 begins with the last one. It
// returns how many older entries were dropped to stay within the bounds.
func (j *Journal) Newest(before uint64, see func(*Entry) bool) uint64 {
	entries, dropped := j.behind(0)
	for _, e := range slices.Backward(entries) {
		if before > 0 && e.ID >= before {
			continue
		}
		if !see(e) {
			break
		}
	}
	return dropped
}

func (j *Journal) behind(after uint64) ([]*Entry, uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	skip := len(j.entries)
	if behind := j.last - min(after, j.last); behind < uint64(skip) {
		skip -= int(behind) //nolint:gosec // It is less than the length of a slice.
	} else {
		skip = 0
	}
	return slices.Clone(j.entries[skip:]), j.dropped
}

// Entry returns the entry of an id.
func (j *Journal) Entry(id uint64) (*Entry, bool) {
	if id == 0 {
		return nil, false
	}
	e, ok := j.next(id - 1)
	return e, ok && e.ID == id
}

// Last returns the id of the last entry that was added.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// next returns the oldest entry after an id.
func (j *Journal) next(after uint64) (*Entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, _ := slices.BinarySearchFunc(j.entries, after+1, func(e *Entry, id uint64) int { return cmp.Compare(e.ID, id) })
	if at == len(j.entries) {
		return nil, false
	}
	return j.entries[at], true
}

// All yields the present entries, oldest first. It holds one at a time, so that a slow reader keeps no dropped entries in
// memory.
func (j *Journal) All() iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		last := j.Last()
		for e, ok := j.next(0); ok && e.ID <= last && yield(e); {
			e, ok = j.next(e.ID)
		}
	}
}

// Await waits for an entry after an id, and returns the oldest. It returns false when the context ends or the journal is
// closed.
func (j *Journal) Await(ctx context.Context, after uint64) (*Entry, bool) {
	for {
		j.mu.Lock()
		if j.closed {
			j.mu.Unlock()
			return nil, false
		}
		if j.changed == nil {
			j.changed = make(chan struct{})
		}
		changed := j.changed
		j.mu.Unlock()
		if e, ok := j.next(after); ok {
			return e, true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false
		}
	}
}

// Coverage returns how often each operation answered each status.
func (j *Journal) Coverage() map[string]map[int]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	seen := map[string]map[int]int{}
	for operation, statuses := range j.coverage {
		seen[operation] = maps.Clone(statuses)
	}
	return seen
}

// Violations returns the last answers that broke the document.
func (j *Journal) Violations() []Violation {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.violations)
}
