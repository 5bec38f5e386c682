package state

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-memdb"
)

// ErrTaken means that another row has the same key in a unique index.
var ErrTaken = errors.New("state: taken")

// DB is the database of one tenant.
type DB struct {
	mem      *memdb.MemDB
	sequence atomic.Uint64 // the greatest sequence number in use, in committed and uncommitted rows
	size     atomic.Int64  // size of the rows in bytes
	written  atomic.Int64  // total size of all rows ever written, in bytes
	quiet    time.Time     // time before which no row expires, or the zero time if unknown; only the writing transaction uses it
}

// New returns an empty database.
func New() (*DB, error) {
	mem, err := memdb.NewMemDB(schema())
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return &DB{mem: mem}, nil
}

// View returns a transaction that reads one unchanging state. It does not wait for other transactions.
func (db *DB) View() *Txn { return newTxn(db, db.mem.Txn(false)) }

// Change returns a writing transaction. There is one at a time: Change waits until the previous one has ended. A
// goroutine that calls Change within its own writing transaction waits forever.
func (db *DB) Change() *Txn {
	txn := db.mem.Txn(true)
	txn.TrackChanges() // Txn.Changes needs it.
	changing := newTxn(db, txn)
	changing.quiet = db.quiet
	return changing
}

// Fork returns an independent database with the same rows. The two share the memory of a row until one of them writes it,
// so the cost of a fork does not depend on the number of rows.
func (db *DB) Fork() *DB {
	fork := &DB{mem: db.mem.Snapshot()}
	fork.sequence.Store(db.sequence.Load())
	fork.size.Store(db.size.Load())
	fork.written.Store(db.written.Load())
	return fork
}

// Txn is a transaction, for use by one goroutine. The caller of [DB.View] or [DB.Change] must defer [Txn.Abort].
//
// If a row cannot be stored, the transaction keeps the error: no later row is stored, and nothing is committed. See [Txn.Err].
type Txn struct {
	db     *DB
	mem    *memdb.Txn
	key    rawKey // key of the current search
	search [1]any // pointer to key, as an argument list for memdb; kept, so that a search does not allocate it
	buffer [64]byte
	quiet  time.Time // value of DB.quiet after the commit

	written int64 // size of the rows written, in bytes
	grown   int64 // change of the database's size, in bytes

	err error // of the first row that could not be stored
}

func newTxn(db *DB, mem *memdb.Txn) *Txn {
	t := &Txn{db: db, mem: mem}
	t.key = t.buffer[:0]
	t.search[0] = &t.key
	return t
}

// at returns a key as an argument list for memdb. It is valid until the next call of at.
func (t *Txn) at(parts ...any) []any {
	t.key = appendKey(t.key[:0], parts...)
	return t.search[:]
}

// Abort discards what the transaction has written. It does nothing after [Txn.Commit].
func (t *Txn) Abort() { t.mem.Abort() }

// Err returns the error of the first row that could not be stored: [ErrTaken] or [ErrNoCustomer], with the table. It returns nil
// if all rows were stored.
func (t *Txn) Err() error { return t.err }

// fail keeps the first error of the transaction.
func (t *Txn) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// Commit makes everything that was written visible at once. If a row could not be stored, it commits nothing and returns the
// error of [Txn.Err].
func (t *Txn) Commit() error {
	if t.err != nil {
		return t.err
	}
	t.db.quiet = t.quiet
	t.db.size.Add(t.grown)
	t.db.written.Add(t.written)
	t.mem.Commit() // It lets the next writing transaction start, so it comes last.
	return nil
}

// Change is one row that a transaction has changed.
type Change struct {
	Table         string
	before, after any
}

// Before returns the row before the change by value, or nil if the row is new.
func (c Change) Before() any { return byValue(c.Table, c.before) }

// After returns the row after the change by value, or nil if the row was removed.
func (c Change) After() any { return byValue(c.Table, c.after) }

// NewMail returns the mail that the change has added, if it has added one.
func (c Change) NewMail() (Mail, bool) {
	mail, _ := c.after.(*Mail)
	if mail == nil || c.before != nil {
		return Mail{}, false
	}
	return *mail, true
}

// NewEvent returns the event that the change has added, if it has added one.
func (c Change) NewEvent() (Event, bool) {
	event, _ := c.after.(*Event)
	if event == nil || c.before != nil {
		return Event{}, false
	}
	return *event, true
}

// OfSettings reports whether the change is a change of the tenant's settings.
func (c Change) OfSettings() bool { return c.Table == settings }

// Changes returns the rows that the transaction has changed so far.
func (t *Txn) Changes() []Change {
	tracked := t.mem.Changes()
	changes := make([]Change, 0, len(tracked))
	for _, one := range tracked {
		changes = append(changes, Change{Table: one.Table, before: one.Before, after: one.After})
	}
	return changes
}

// must returns value and panics on an error. The only errors of memdb are about tables, indexes and types that are not in
// the schema, so an error is a bug in this package.
func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Errorf("state: %w", err))
	}
	return value
}

// get returns the first row that an index has under a key.
func get[T any](t *Txn, table, index string, key ...any) (T, bool) {
	row, _ := must(t.mem.First(table, index, t.at(key...)...)).(*T)
	if row == nil {
		var none T
		return none, false
	}
	return *row, true
}

// last returns the last row that an index has under a key.
func last[T any](t *Txn, table, index string, key ...any) (T, bool) {
	row, _ := must(t.mem.Last(table, index, t.at(key...)...)).(*T)
	if row == nil {
		var none T
		return none, false
	}
	return *row, true
}

// list returns the rows that an index has under a key, in the order of the index.
func list[T any](t *Txn, table, index string, key ...any) []T {
	var rows []T
	found := must(t.mem.Get(table, index, t.at(key...)...))
	for row, ok := found.Next().(*T); ok && row != nil; row, ok = found.Next().(*T) {
		rows = append(rows, *row)
	}
	return rows
}

// sequence returns the sequence number of a row: the next free one for a new row, whose taken is 0, and taken for any other.
func (t *Txn) sequence(taken uint64) uint64 {
	if taken == 0 {
		return t.db.sequence.Add(1)
	}
	if taken > t.db.sequence.Load() { // Only one transaction writes, so nothing changes in between.
		t.db.sequence.Store(taken)
	}
	return taken
}

// put stores a row. The transaction fails with [ErrTaken] if another row has one of its keys in a unique index: memdb itself
// checks that for no index but the one by id.
func put[T any](t *Txn, table string, row T) {
	definition := tables[table]
	for _, index := range definition.indexes {
		if !index.unique || index.name == byID {
			continue
		}
		for _, key := range index.keys(&row) {
			t.key = append(t.key[:0], key...)
			holder := must(t.mem.First(table, index.name, t.search[:]...))
			if holder != nil && string(definition.idOf(holder)) != string(definition.idOf(&row)) {
				t.fail(fmt.Errorf("%w: %s by %s", ErrTaken, table, index.name))
			}
		}
	}
	store(t, table, row)
}

// store is like put, for a row whose keys in the unique indexes are known to be free or its own.
func store[T any](t *Txn, table string, row T) {
	if t.err != nil {
		return
	}
	t.key = append(t.key[:0], tables[table].idOf(&row)...)
	before := must(t.mem.First(table, byID, t.search[:]...))
	must(0, t.mem.Insert(table, &row))
	t.wrote(before, &row)
}

// drop removes the row with an id. It does nothing if there is no such row.
func drop[T any](t *Txn, table string, id ...any) {
	if row, ok := get[T](t, table, byID, id...); ok {
		must(0, t.mem.Delete(table, &row))
		t.wrote(&row, nil)
	}
}

// dropAll removes all rows that an index has under a key.
func dropAll(t *Txn, table, index string, key ...any) {
	found := must(t.mem.Get(table, index, t.at(key...)...))
	for row := found.Next(); row != nil; row = found.Next() {
		t.wrote(row, nil)
	}
	must(t.mem.DeleteAll(table, index, t.at(key...)...))
}

// sequenced is a row with a sequence number, by which its table has an index.
type sequenced interface{ sequence() uint64 }

// eachAfter calls see for the rows whose sequence numbers are greater than after, in their order, until see returns false.
func eachAfter[T sequenced](t *Txn, table string, after uint64, see func(T) bool) {
	found := must(t.mem.LowerBound(table, bySequence, t.at(after)...))
	for row, ok := found.Next().(*T); ok; row, ok = found.Next().(*T) {
		if (*row).sequence() != after && !see(*row) { // Searching for after+1 instead would overflow at the greatest number.
			return
		}
	}
}

// eachBefore calls see for the rows whose sequence numbers are less than before, in reverse order, until see returns false. If
// before is 0, it begins with the last row.
func eachBefore[T sequenced](t *Txn, table string, before uint64, see func(T) bool) {
	if before == 0 {
		before = math.MaxUint64
	}
	found := must(t.mem.ReverseLowerBound(table, bySequence, t.at(before)...))
	for row, ok := found.Next().(*T); ok; row, ok = found.Next().(*T) {
		if (*row).sequence() != before && !see(*row) {
			return
		}
	}
}
