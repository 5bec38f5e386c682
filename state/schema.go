package state

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/go-memdb"
)

// The tables.
const (
	customers    = "customers"
	addresses    = "addresses"
	sessions     = "sessions"
	tokens       = "tokens"
	mailedTokens = "mailed_tokens"
	mails        = "mails"
	events       = "events"
	settings     = "settings"
	marksTable   = "marks"
)

// The indexes.
const (
	byID       = "id"
	byEmail    = "email"
	byOwner    = "owner"
	byRefresh  = "refresh"
	byKind     = "kind" // the customer, then the kind
	byExpiry   = "expiry"
	bySequence = "sequence"
)

// index is an index of a table. It contains a row under each of the row's keys; a row without a key is not in it.
type index struct {
	name   string
	unique bool
	key    func(row any) ([]byte, bool) // nil if a row may have several keys; then each is set
	each   func(row any) [][]byte
}

// keys returns the keys of a row.
func (ix index) keys(row any) [][]byte {
	if ix.key == nil {
		return ix.each(row)
	}
	if key, has := ix.key(row); has {
		return [][]byte{key}
	}
	return nil
}

// table describes a table. Its first index is the one by id.
type table struct {
	indexes []index
	value   func(row any) any // returns the row that a pointer points to
}

// idOf returns the key of a row in the index by id.
func (d table) idOf(row any) []byte {
	key, _ := d.indexes[0].key(row)
	return key
}

// on returns an index in which a row has at most one key.
func on[T any](name string, unique bool, key func(*T) ([]byte, bool)) index {
	return index{name: name, unique: unique, key: func(row any) ([]byte, bool) {
		typed, ok := row.(*T)
		if !ok {
			return nil, false
		}
		return key(typed)
	}}
}

// onEach returns an index in which a row may have several keys.
func onEach[T any](name string, unique bool, keys func(*T) [][]byte) index {
	return index{name: name, unique: unique, each: func(row any) [][]byte {
		typed, ok := row.(*T)
		if !ok {
			return nil
		}
		return keys(typed)
	}}
}

// of returns a table of rows of one type.
func of[T any](indexes ...index) table {
	return table{indexes: indexes, value: func(row any) any {
		if typed, ok := row.(*T); ok {
			return *typed
		}
		return nil
	}}
}

// tables is the schema of the database.
var tables = map[string]table{ //nolint:gochecknoglobals // A constant table.
	customers: of[Customer](
		on(byID, true, func(r *Customer) ([]byte, bool) { return key(r.Number), true }),
		onEach(byEmail, true, func(r *Customer) [][]byte {
			keys := make([][]byte, len(r.logins))
			for i, login := range r.logins {
				keys[i] = key(Fold(login.Email))
			}
			return keys
		}),
	),
	addresses: of[Address](
		on(byID, true, func(r *Address) ([]byte, bool) { return key(r.CustomerNumber, r.ID), true }),
	),
	sessions: of[Session](
		on(byID, true, func(r *Session) ([]byte, bool) { return key(r.ID), true }),
		on(byExpiry, false, func(r *Session) ([]byte, bool) { return key(r.ExpiresAt), true }),
	),
	tokens: of[Token](
		on(byID, true, func(r *Token) ([]byte, bool) { return key(r.Access), true }),
		on(byRefresh, false, func(r *Token) ([]byte, bool) { return key(r.Refresh), r.Refresh != "" }),
		on(byOwner, false, func(r *Token) ([]byte, bool) { return key(r.CustomerNumber), r.CustomerNumber != "" }),
		on(byExpiry, false, func(r *Token) ([]byte, bool) { return key(r.DiesAt()), true }),
	),
	mailedTokens: of[MailedToken](
		on(byID, true, func(r *MailedToken) ([]byte, bool) { return key(r.Token), true }),
		on(byKind, true, func(r *MailedToken) ([]byte, bool) { return key(r.CustomerNumber, string(r.Kind)), true }),
		on(byExpiry, false, func(r *MailedToken) ([]byte, bool) { return key(r.ExpiresAt), true }),
	),
	mails: of[Mail](
		on(byID, true, func(r *Mail) ([]byte, bool) { return key(r.ID), true }),
		on(bySequence, true, func(r *Mail) ([]byte, bool) { return key(r.Seq), true }),
	),
	events: of[Event](
		on(byID, true, func(r *Event) ([]byte, bool) { return key(r.ID), true }),
		on(bySequence, true, func(r *Event) ([]byte, bool) { return key(r.Seq), true }),
	),
	settings: of[Settings](
		on(byID, true, func(*Settings) ([]byte, bool) { return key(settings), true }),
	),
	marksTable: of[Marks](
		on(byID, true, func(*Marks) ([]byte, bool) { return key(marksTable), true }),
	),
}

// A string within a key is followed by the two bytes of textEnd, which sort before every longer string with the same
// beginning. A zero byte within the string is written as textZero. If the end were a single zero byte, the key of `13`
// would be a prefix of the key of `13\x00`.
const (
	textEnd  = "\x00\x01"
	textZero = "\x00\xff"
)

// key returns a key made of parts. Keys sort like their parts, and the key of one string is never a prefix of the key of
// another.
func key(parts ...any) []byte {
	const usual = 48
	return appendKey(make([]byte, 0, usual), parts...)
}

// appendKey appends the key made of parts to joined and returns the result.
func appendKey(joined []byte, parts ...any) []byte {
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			joined = append(joined, strings.ReplaceAll(part, "\x00", textZero)...)
			joined = append(joined, textEnd...)
		case uint64:
			joined = binary.BigEndian.AppendUint64(joined, part)
		case time.Time:
			// With the sign bit inverted, the seconds before 1970 sort before those after.
			joined = binary.BigEndian.AppendUint64(joined, uint64(part.Unix())^(1<<63)) //nolint:gosec // Only the bits matter.
			// Without the nanoseconds, a row that expires within a second would not be swept until the next second.
			joined = binary.BigEndian.AppendUint32(joined, uint32(part.Nanosecond())) //nolint:gosec // Nanosecond is below 1e9.
		}
	}
	return joined
}

// rawKey is a complete key, as key returns it.
type rawKey []byte

// FromObject returns the key of a row. memdb calls it.
func (ix index) FromObject(row any) (bool, []byte, error) {
	k, has := ix.key(row)
	if !has {
		return false, nil, nil // If a key were returned, memdb would not remove the row's old entry.
	}
	return true, k, nil
}

// FromArgs returns the key of a search, as made by [Txn.at]. memdb calls it.
func (ix index) FromArgs(args ...any) ([]byte, error) {
	raw, ok := args[0].(*rawKey)
	if !ok {
		return nil, fmt.Errorf("state: cannot search for a %T", args[0]) //nolint:err113 // It is a bug in this package.
	}
	return *raw, nil
}

// PrefixFromArgs returns the prefix of the keys that a search is for. It ends with a complete part: a search for `13` does
// not find `139`. memdb calls it.
func (ix index) PrefixFromArgs(args ...any) ([]byte, error) { return ix.FromArgs(args...) }

// manyIndex is an index in which a row may have several keys, in the form that memdb requires.
type manyIndex struct{ index }

// FromObject returns the keys of a row. memdb calls it.
func (ix manyIndex) FromObject(row any) (bool, [][]byte, error) {
	keys := ix.each(row)
	return len(keys) > 0, keys, nil
}

// indexer returns the index in the form that memdb requires.
func (ix index) indexer() memdb.Indexer {
	if ix.key == nil {
		return manyIndex{ix}
	}
	return ix
}

// schema returns the schema in the form that memdb requires.
func schema() *memdb.DBSchema {
	all := map[string]*memdb.TableSchema{}
	for name, definition := range tables {
		indexes := map[string]*memdb.IndexSchema{}
		for _, ix := range definition.indexes {
			indexes[ix.name] = &memdb.IndexSchema{Name: ix.name, Unique: ix.unique, AllowMissing: true, Indexer: ix.indexer()}
		}
		indexes[byID].AllowMissing = false
		all[name] = &memdb.TableSchema{Name: name, Indexes: indexes}
	}
	return &memdb.DBSchema{Tables: all}
}

// byValue returns the row that row points to. A caller that changes it does not change the database.
func byValue(table string, row any) any {
	if row == nil {
		return nil
	}
	return tables[table].value(row)
}
