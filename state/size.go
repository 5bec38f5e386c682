package state

import "reflect"

// Size returns the approximate size of the database's rows in bytes of memory, rows shared with forks included.
func (db *DB) Size() int64 { return db.size.Load() }

// Written returns the total size in bytes of all rows ever written in the database and, before the fork, in the database
// from which it was forked. The memory that a fork does not share with its origin is at most what the fork has written
// since: the difference between the two values.
func (db *DB) Written() int64 { return db.written.Load() }

// wrote updates the sizes for a row that was replaced by another. before is nil for a new row, after for a removed one.
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

// sizeOf returns the approximate size in bytes of the row that row points to.
func sizeOf(row any) int64 {
	value := reflect.ValueOf(row).Elem()
	return int64(value.Type().Size()) + behind(value) //nolint:gosec // A type's size is small.
}

// behind returns the size in bytes of the memory that a value refers to: its strings and slices. Rows contain no pointers
// and no maps.
func behind(value reflect.Value) int64 {
	var size int64
	switch value.Kind() { //nolint:exhaustive // Values of other kinds refer to no memory.
	case reflect.String:
		size = int64(value.Len())
	case reflect.Slice:
		size = int64(value.Cap()) * int64(value.Type().Elem().Size()) //nolint:gosec // A type's size is small.
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
