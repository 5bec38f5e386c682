package engine

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"standin/spec"
)

// Entry is one exchange as the journal keeps it. Passwords and tokens are not in it. It is never changed once it is
// in the journal.
type Entry struct {
	ID        uint64
	At        time.Time // world time
	Took      time.Duration
	Tenant    string // what the request called it
	Operation string // "" if no operation was found
	Method    string
	Target    string // path and query, tokens masked
	Status    int    // 0 if the connection was dropped
	Caller    Caller
	Request   Message
	Response  Message
	Warnings  []spec.Detail
	Fault     string   // the name of the fault that was injected
	Refusal   *Refusal // why it was refused, if it was
}

// Caller is who asked, as far as the journal keeps it.
type Caller struct {
	Kind           string // none, client, unknown, anonymous, customer or service
	CustomerNumber string
	LoginID        string
	SessionID      string
}

// Message is a request or an answer as the journal keeps it.
type Message struct {
	Header  [][2]string // the ones that say something, in their order
	Body    []byte      // JSON, or text; secrets are masked
	Size    int         // of the body as it was sent
	Omitted string      // why the body was not kept
	Masked  []string    // where secrets were
}

// Refusal is why a request was refused.
type Refusal struct {
	Rule    string // of spec/rules.yaml
	Message string
	Details []spec.Detail
	Facts   []Fact
}

// Fact is something that an answer was decided by.
type Fact struct {
	Name  string
	Value string
}

// size is about what the entry takes in memory.
func (e *Entry) size() int64 {
	const fixed = 600
	size := fixed + len(e.Target) + len(e.Request.Body) + len(e.Response.Body)
	for _, message := range []*Message{&e.Request, &e.Response} {
		for _, header := range message.Header {
			size += len(header[0]) + len(header[1]) + 32
		}
	}
	return int64(size + 100*len(e.Warnings))
}

// ledger bounds the bytes of all journals together. Each world has the same share of them.
type ledger struct {
	most  int64
	mu    sync.Mutex
	total int64
	open  map[*Journal]bool // those that hold entries
}

// add notes bytes of a journal. It says whether all together are beyond the bound, and how many the journal is to let
// go then: what is above its share; if that does not do, every journal is to.
func (l *ledger) add(j *Journal, bytes int64) (int64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total += bytes
	l.open[j] = true
	if l.total <= l.most {
		return 0, false
	}
	return max(min(l.total-l.most, j.bytes-l.most/int64(len(l.open))), 0), true
}

func (l *ledger) remove(j *Journal, bytes int64, all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total -= bytes
	if all {
		delete(l.open, j)
	}
}

// beyond lists the journals to trim, and to how many bytes, when all together are beyond the bound: to three quarters
// of the share, so that it is not needed again at once.
func (l *ledger) beyond() ([]*Journal, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total <= l.most {
		return nil, 0
	}
	var all []*Journal
	for j := range l.open {
		all = append(all, j)
	}
	const quarters = 4
	return all, l.most / int64(len(all)) * (quarters - 1) / quarters
}

// Bytes is about what all journals take in memory.
func (l *ledger) size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}

// Journal is what a world was asked and has answered: the last of it, bounded by count, and by bytes together with
// those of all worlds.
type Journal struct {
	ledger *ledger
	most   int

	mu         sync.Mutex
	entries    []*Entry // by their ids, without gaps
	next       uint64   // the id of the last entry
	bytes      int64
	dropped    uint64
	coverage   map[string]map[int]int
	violations []Violation
	changed    chan struct{} // closed by the next change; nil if nobody waits
	closed     bool
}

// Violation is an answer of the stand-in's own that broke the document.
type Violation struct {
	ID        uint64 // of the exchange
	At        time.Time
	Operation string
	Cause     string
}

// mostViolations is how many of them a journal keeps.
const mostViolations = 100

// add gives an entry its id and keeps it, unless its world is gone. Evidence counts in the coverage, too.
func (j *Journal) add(e *Entry, evidence bool) {
	size := e.size()
	j.mu.Lock()
	j.next++
	e.ID = j.next
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

// dropOldest lets the oldest entry go, and answers its bytes.
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

// broken notes an answer that broke the document.
func (j *Journal) broken(v Violation) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.violations) == mostViolations {
		j.violations = j.violations[1:]
	}
	j.violations = append(j.violations, v)
}

// Clear removes all entries, the coverage and the violations. Ids count on.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ledger.remove(j, j.bytes, true)
	j.entries, j.bytes, j.dropped, j.coverage, j.violations = nil, 0, 0, nil, nil
}

// close clears the journal and ends its streams.
func (j *Journal) close() {
	j.Clear()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	j.notify()
}

// Entries calls see for the entries behind an id, oldest first, until see says no. It answers how many older ones
// were dropped to stay within bounds.
func (j *Journal) Entries(after uint64, see func(*Entry) bool) uint64 {
	entries, dropped := j.behind(after)
	for _, e := range entries {
		if !see(e) {
			break
		}
	}
	return dropped
}

// Newest calls see for the entries before an id, newest first, until see says no; 0 begins with the last one. It
// answers how many older ones were dropped to stay within bounds.
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
	if behind := j.next - min(after, j.next); behind < uint64(skip) {
		skip -= int(behind) //nolint:gosec // It is less than the length of a slice.
	} else {
		skip = 0
	}
	return slices.Clone(j.entries[skip:]), j.dropped
}

// Entry finds an entry by its id.
func (j *Journal) Entry(id uint64) (*Entry, bool) {
	var found *Entry
	if id > 0 {
		j.Entries(id-1, func(e *Entry) bool { found = e; return false })
	}
	return found, found != nil && found.ID == id
}

// Last is the id of the last entry that there was.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.next
}

// Await waits until there is an entry behind an id, and answers those that there are. It answers false when the
// context ends or the world is gone.
func (j *Journal) Await(ctx context.Context, after uint64) ([]*Entry, bool) {
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
		if entries, _ := j.behind(after); len(entries) > 0 {
			return entries, true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false
		}
	}
}

// Coverage is how often each operation was seen to answer each status.
func (j *Journal) Coverage() map[string]map[int]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	seen := map[string]map[int]int{}
	for operation, statuses := range j.coverage {
		seen[operation] = maps.Clone(statuses)
	}
	return seen
}

// Violations are the last answers that broke the document.
func (j *Journal) Violations() []Violation {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.violations)
}
