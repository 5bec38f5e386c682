package state

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-memdb"
)

// ErrTaken says that another row has the value of a unique index.
var ErrTaken = errors.New("state: taken")

// DB is the database of one tenant.
type DB struct {
	mem     *memdb.MemDB
	places  atomic.Uint64 // the last one that was given to a row, of whatever transaction
	size    atomic.Int64  // bytes of rows
	written atomic.Int64  // bytes of rows that were ever written
	calm    time.Time     // nothing that is swept dies before it; the zero time if that is not known. The writer's.
}

// New makes an empty database.
func New() (*DB, error) {
	mem, err := memdb.NewMemDB(schema())
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return &DB{mem: mem}, nil
}

// View opens a transaction that reads one unchanging state. It waits for nobody.
func (db *DB) View() *Txn { return newTxn(db, db.mem.Txn(false)) }

// Change opens the writing transaction; there is one at a time, and the next waits for its end. Opened from
// within another one it would wait forever.
func (db *DB) Change() *Txn {
	txn := db.mem.Txn(true)
	txn.TrackChanges() // Without it, memdb forgets them.
	changing := newTxn(db, txn)
	changing.calm = db.calm
	return changing
}

// Fork makes an independent database with the same rows. It shares their memory until either writes, so its cost
// does not depend on their number.
func (db *DB) Fork() *DB {
	fork := &DB{mem: db.mem.Snapshot()}
	fork.places.Store(db.places.Load())
	fork.size.Store(db.size.Load())
	fork.written.Store(db.written.Load())
	return fork
}

// Txn is a transaction, for one goroutine. Whoever opens it defers [Txn.Abort].
type Txn struct {
	db     *DB
	mem    *memdb.Txn
	key    rawKey // of the search under way
	search [1]any // it, as memdb wants it: made once, because every search needs one
	buffer [64]byte
	calm   time.Time // the database's, once this is committed

	written, grown int64 // bytes of rows
}

func newTxn(db *DB, mem *memdb.Txn) *Txn {
	t := &Txn{db: db, mem: mem}
	t.key = t.buffer[:0]
	t.search[0] = &t.key
	return t
}

// at names a key to memdb. It is good until the next one.
func (t *Txn) at(parts ...any) []any {
	t.key = appendKey(t.key[:0], parts...)
	return t.search[:]
}

// Abort drops what was written; after a commit it does nothing.
func (t *Txn) Abort() { t.mem.Abort() }

// Commit makes everything that was written visible at once.
func (t *Txn) Commit() {
	t.db.calm = t.calm
	t.db.size.Add(t.grown)
	t.db.written.Add(t.written)
	t.mem.Commit() // It lets the next writer in.
}

// Change is one row that a transaction has changed.
type Change struct {
	Table         string
	before, after any
}

// Before is the row by value as it was; nil if it is new.
func (c Change) Before() any { return byValue(c.Table, c.before) }

// After is the row by value as it is; nil if it is gone.
func (c Change) After() any { return byValue(c.Table, c.after) }

// NewMail is the mail that the change has added, if it is one.
func (c Change) NewMail() (Mail, bool) {
	mail, _ := c.after.(*Mail)
	if mail == nil || c.before != nil {
		return Mail{}, false
	}
	return *mail, true
}

// OfSettings reports whether the change is one of the tenant's settings.
func (c Change) OfSettings() bool { return c.Table == settings }

// Changes lists what the transaction has changed so far.
func (t *Txn) Changes() []Change {
	tracked := t.mem.Changes()
	changes := make([]Change, 0, len(tracked))
	for _, one := range tracked {
		changes = append(changes, Change{Table: one.Table, before: one.Before, after: one.After})
	}
	return changes
}

// must holds what memdb answers to the promise of the schema: its only errors are about tables, indexes and types
// that are not in it, which a test of this package would have met.
func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Errorf("state: %w", err))
	}
	return value
}

// get is the one row that an index holds under a key.
func get[T any](t *Txn, table, index string, key ...any) (T, bool) {
	row, _ := must(t.mem.First(table, index, t.at(key...)...)).(*T)
	if row == nil {
		var none T
		return none, false
	}
	return *row, true
}

// last is the row at the end of what an index holds under a key.
func last[T any](t *Txn, table, index string, key ...any) (T, bool) {
	row, _ := must(t.mem.Last(table, index, t.at(key...)...)).(*T)
	if row == nil {
		var none T
		return none, false
	}
	return *row, true
}

// list is what an index holds under a key, in its order.
func list[T any](t *Txn, table, index string, key ...any) []T {
	var rows []T
	found := must(t.mem.Get(table, index, t.at(key...)...))
	for row, ok := found.Next().(*T); ok && row != nil; row, ok = found.Next().(*T) {
		rows = append(rows, *row)
	}
	return rows
}

// place gives a new row a place behind all others, or notes one that it has already.
func (t *Txn) place(taken uint64) uint64 {
	if taken == 0 {
		return t.db.places.Add(1)
	}
	if taken > t.db.places.Load() { // There is one writer.
		t.db.places.Store(taken)
	}
	return taken
}

// put stores a row under its key. memdb does not hold other unique indexes to their promise, so this does.
func put[T any](t *Txn, table string, row T) error {
	definition := tables[table]
	for _, index := range definition.indexes {
		if !index.unique || index.name == byID {
			continue
		}
		for _, key := range index.keys(&row) {
			t.key = append(t.key[:0], key...)
			holder := must(t.mem.First(table, index.name, t.search[:]...))
			if holder != nil && string(definition.idOf(holder)) != string(definition.idOf(&row)) {
				return fmt.Errorf("%w: %s by %s", ErrTaken, table, index.name)
			}
		}
	}
	return store(t, table, row)
}

// store is put for a row whose unique keys are known to be its own.
func store[T any](t *Txn, table string, row T) error {
	t.key = append(t.key[:0], tables[table].idOf(&row)...)
	before := must(t.mem.First(table, byID, t.search[:]...))
	if err := t.mem.Insert(table, &row); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	t.wrote(before, &row)
	return nil
}

// drop removes the row with an id; one that is not there is no error.
func drop[T any](t *Txn, table string, id ...any) {
	if row, ok := get[T](t, table, byID, id...); ok {
		must(0, t.mem.Delete(table, &row))
		t.wrote(&row, nil)
	}
}

// dropAll removes what an index holds under a key.
func dropAll(t *Txn, table, index string, key ...any) {
	found := must(t.mem.Get(table, index, t.at(key...)...))
	for row := found.Next(); row != nil; row = found.Next() {
		t.wrote(row, nil)
	}
	must(t.mem.DeleteAll(table, index, t.at(key...)...))
}
