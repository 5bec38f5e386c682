package state

import "reflect"

// Size returns about how many bytes of memory the rows of the database hold, those that it shares with forks included.
func (db *DB) Size() int64 { return db.size.Load() }

// Written returns how many bytes of rows have been written in the database and in what it was forked from. A fork of it
// that has written more since does not share at most the difference.
func (db *DB) Written() int64 { return db.written.Load() }

// wrote notes that a transaction has put a row in the place of another one; either may be nil.
func (t *Txn) wrote(before, after any) {
	if after != nil {
		size := sizeOf(after)
		t.written += size
		t.grown += size
	}
	if before != nil {
		t.grown -= sizeOf(before)
	}
}

// sizeOf returns about how many bytes a row holds, given a pointer to it.
func sizeOf(row any) int64 {
	value := reflect.ValueOf(row).Elem()
	return int64(value.Type().Size()) + behind(value) //nolint:gosec // A type's size is small.
}

// behind returns how many bytes a value holds beyond itself: its texts and lists. Rows hold no pointers and no maps.
func behind(value reflect.Value) int64 {
	var size int64
	switch value.Kind() { //nolint:exhaustive // The others hold nothing.
	case reflect.String:
		size = int64(value.Len())
	case reflect.Slice:
		size = int64(value.Cap()) * int64(value.Type().Elem().Size()) //nolint:gosec // As above.
		if value.Type().Elem().Kind() != reflect.Uint8 {
			for i := range value.Len() {
				size += behind(value.Index(i))
			}
		}
	case reflect.Struct:
		for i := range value.NumField() { //nolint:modernize // Value.Fields allocates.
			size += behind(value.Field(i))
		}
	}
	return size
}
