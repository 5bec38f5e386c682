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
	byDeath    = "death"
	bySequence = "sequence"
)

// index is one index of a table: how a row's keys are made. A row without a key is not in it, one with several is
// found under each.
type index struct {
	name   string
	unique bool
	key    func(row any) ([]byte, bool) // nil if a row may have several
	each   func(row any) [][]byte
}

// keys are those of a row.
func (ix index) keys(row any) [][]byte {
	if ix.key == nil {
		return ix.each(row)
	}
	if key, has := ix.key(row); has {
		return [][]byte{key}
	}
	return nil
}

// table is what a table stores. idOf is the key of a row in its first index, byID.
type table struct {
	indexes []index
	value   func(row any) any
}

func (d table) idOf(row any) []byte {
	key, _ := d.indexes[0].key(row)
	return key
}

// on makes an index from a function of a row's own type.
func on[T any](name string, unique bool, key func(*T) ([]byte, bool)) index {
	return index{name: name, unique: unique, key: func(row any) ([]byte, bool) {
		typed, ok := row.(*T)
		if !ok {
			return nil, false
		}
		return key(typed)
	}}
}

// onEach makes an index under several keys of a row.
func onEach[T any](name string, unique bool, keys func(*T) [][]byte) index {
	return index{name: name, unique: unique, each: func(row any) [][]byte {
		typed, ok := row.(*T)
		if !ok {
			return nil
		}
		return keys(typed)
	}}
}

// of makes a table of rows of one type.
func of[T any](indexes ...index) table {
	return table{indexes: indexes, value: func(row any) any {
		if typed, ok := row.(*T); ok {
			return *typed
		}
		return nil
	}}
}

// tables is the whole schema.
var tables = map[string]table{ //nolint:gochecknoglobals // A table, as the package's others.
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
		on(byDeath, false, func(r *Session) ([]byte, bool) { return key(r.ExpiresAt), true }),
	),
	tokens: of[Token](
		on(byID, true, func(r *Token) ([]byte, bool) { return key(r.Access), true }),
		on(byRefresh, false, func(r *Token) ([]byte, bool) { return key(r.Refresh), r.Refresh != "" }),
		on(byOwner, false, func(r *Token) ([]byte, bool) { return key(r.CustomerNumber), r.CustomerNumber != "" }),
		on(byDeath, false, func(r *Token) ([]byte, bool) { return key(r.DiesAt()), true }),
	),
	mailedTokens: of[MailedToken](
		on(byID, true, func(r *MailedToken) ([]byte, bool) { return key(r.Token), true }),
		on(byKind, true, func(r *MailedToken) ([]byte, bool) { return key(r.CustomerNumber, string(r.Kind)), true }),
		on(byDeath, false, func(r *MailedToken) ([]byte, bool) { return key(r.ExpiresAt), true }),
	),
	mails: of[Mail](
		on(byID, true, func(r *Mail) ([]byte, bool) { return key(r.ID), true }),
		on(bySequence, true, func(r *Mail) ([]byte, bool) { return key(r.Seq), true }),
	),
	settings: of[Settings](
		on(byID, true, func(*Settings) ([]byte, bool) { return key(settings), true }),
	),
	marksTable: of[Marks](
		on(byID, true, func(*Marks) ([]byte, bool) { return key(marksTable), true }),
	),
}

// A text within a key ends in two bytes that sort below everything that may follow it, and a zero byte of its own
// is followed by another one: with an end of one byte, the key of `13` would be the beginning of that of `13\x00`.
const (
	textEnd  = "\x00\x01"
	textZero = "\x00\xff"
)

// key joins parts so that they sort by their values, and so that the key of no text is the beginning of another's.
func key(parts ...any) []byte {
	const usual = 48
	return appendKey(make([]byte, 0, usual), parts...)
}

// appendKey is key, into a buffer.
func appendKey(joined []byte, parts ...any) []byte {
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			joined = append(joined, strings.ReplaceAll(part, "\x00", textZero)...)
			joined = append(joined, textEnd...)
		case uint64:
			joined = binary.BigEndian.AppendUint64(joined, part)
		case time.Time:
			// Seconds before 1970 sort first, too, once the sign bit is turned over.
			joined = binary.BigEndian.AppendUint64(joined, uint64(part.Unix())^(1<<63)) //nolint:gosec // The bits are meant.
			// Without the rest of the second, what died within it would wait for the next.
			joined = binary.BigEndian.AppendUint32(joined, uint32(part.Nanosecond())) //nolint:gosec // It is below 1e9.
		}
	}
	return joined
}

// rawKey is a key that is complete already.
type rawKey []byte

// FromObject is the key of a row, for memdb.
func (ix index) FromObject(row any) (bool, []byte, error) {
	k, has := ix.key(row)
	if !has {
		return false, nil, nil // With a key, memdb would leave the row's old entry where it is.
	}
	return true, k, nil
}

// FromArgs is the key, or its beginning, that a search names: see [Txn.at].
func (ix index) FromArgs(args ...any) ([]byte, error) {
	raw, ok := args[0].(*rawKey)
	if !ok {
		return nil, fmt.Errorf("state: a search for %T", args[0]) //nolint:err113 // It is a fault of this package's.
	}
	return *raw, nil
}

// PrefixFromArgs is the beginning of the keys that a search wants. Every part is complete: `13` is not a
// beginning of `139`.
func (ix index) PrefixFromArgs(args ...any) ([]byte, error) { return ix.FromArgs(args...) }

// manyIndex is an index under several keys of a row, for memdb.
type manyIndex struct{ index }

// FromObject is the keys of a row.
func (ix manyIndex) FromObject(row any) (bool, [][]byte, error) {
	keys := ix.each(row)
	return len(keys) > 0, keys, nil
}

// indexer is the index as memdb takes it.
func (ix index) indexer() memdb.Indexer {
	if ix.key == nil {
		return manyIndex{ix}
	}
	return ix
}

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

// byValue is a row as others may have it.
func byValue(table string, row any) any {
	if row == nil {
		return nil
	}
	return tables[table].value(row)
}
