package state_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"standin/state"
)

// The size of a database is close to the growth of the heap, and it is 0 when all rows have been removed.
func TestSizeIsWhatIsHeld(t *testing.T) {
	const rows = 500
	db := fresh(t)
	before := heap()
	for i := range rows {
		commit(t, db, func(txn *state.Txn) {
			number := fmt.Sprintf("%08d", i)
			txn.PutCustomer(state.Customer{Number: number, Mixins: json.RawMessage(strings.Repeat("x", 20<<10))})
			txn.PutAddress(state.Address{ID: "a", CustomerNumber: number, Street: state.TextOf(strings.Repeat("y", 4<<10)), Tags: []string{strings.Repeat("z", 8<<10), strings.Repeat("t", 8<<10)}})
		})
	}
	grown := heap() - before
	if size := db.Size(); size < grown*3/4 || size > grown*5/4 {
		t.Errorf("the rows hold %d bytes, and the size is %d", grown, size)
	}
	same(t, "what was written", db.Written(), db.Size())

	fork := db.Fork()
	commit(t, fork, func(txn *state.Txn) {
		txn.PutCustomer(state.Customer{Number: "00000001", FirstName: state.TextOf("short")})
		txn.DropCustomer("00000002")
	})
	if freed := db.Size() - fork.Size(); freed < 60<<10 || freed > 70<<10 { // The mixins of both, and the address of one.
		t.Errorf("the fork holds %d bytes less", freed)
	}
	if fork.Written() <= db.Written() || fork.Written() > db.Written()+2<<10 {
		t.Errorf("%d bytes were written to the fork", fork.Written()-db.Written())
	}
	aborted := fork.Change()
	aborted.PutCustomer(state.Customer{Number: "1", FirstName: state.TextOf("open")})
	written := fork.Written()
	aborted.Abort()
	same(t, "what was written after an abort", fork.Written(), written)

	for i := range rows {
		commit(t, db, func(txn *state.Txn) { txn.DropCustomer(fmt.Sprintf("%08d", i)) })
	}
	same(t, "the size of nothing", db.Size(), 0)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
