package state_test

import (
	"fmt"
	"sync"
	"testing"

	"standin/state"
)

// names returns the first names of some customers in a database.
func names(db *state.DB) string {
	view, all := db.View(), ""
	for _, row := range view.Customers("", 9) {
		all += row.Number + row.FirstName.String() + " "
	}
	return all
}

func name(tb testing.TB, db *state.DB, number, first string) {
	tb.Helper()
	commit(tb, db, func(txn *state.Txn) {
		txn.PutCustomer(state.Customer{Number: number, FirstName: state.TextOf(first)})
	})
}

func TestForksAreIndependent(t *testing.T) {
	t.Parallel()
	origin := fresh(t)
	name(t, origin, "1", "a")
	name(t, origin, "2", "a")

	fork := origin.Fork()
	same(t, "the fork at first", names(fork), "1a 2a ")
	name(t, fork, "1", "fork")
	name(t, origin, "2", "origin")
	commit(t, fork, func(txn *state.Txn) { txn.DropCustomer("2") })

	second := fork.Fork()
	name(t, second, "3", "second")
	name(t, fork, "1", "late")
	same(t, "the origin", names(origin), "1a 2origin ")
	same(t, "the fork", names(fork), "1late ")
	same(t, "the fork of the fork", names(second), "1fork 3second ")
}

// A fork contains what is committed. It has a writer's lock separate from that of its origin.
func TestAForkKnowsNothingOfAnOpenChange(t *testing.T) {
	t.Parallel()
	origin := fresh(t)
	name(t, origin, "1", "a")
	txn := origin.Change()
	defer txn.Abort()
	txn.PutCustomer(state.Customer{Number: "1", FirstName: state.TextOf("open")})
	fork := origin.Fork()
	name(t, fork, "2", "fork") // It does not wait for the origin's writer.
	same(t, "the fork", names(fork), "1a 2fork ")
	ok(t, txn.Commit())
	same(t, "the fork, later", names(fork), "1a 2fork ")
}

func TestForksAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	origin := fresh(t)
	name(t, origin, "1", "a")
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			fork := origin.Fork()
			for range 50 {
				name(t, fork, "2", fmt.Sprint(i))
				name(t, origin, "1", "b")
			}
			same(t, "a fork", names(fork)[2:], fmt.Sprintf(" 2%d ", i))
		})
	}
	writers.Wait()
	same(t, "the origin", names(origin), "1b ")
}

// forked keeps a benchmark's fork. Otherwise the compiler would put the fork on the stack, and it would seem to cost nothing.
var forked *state.DB

// BenchmarkFork forks a database of 100,000 rows, with and without a first write. Neither must depend on the number of rows.
func BenchmarkFork(b *testing.B) {
	origin := fresh(b)
	commit(b, origin, func(txn *state.Txn) {
		for i := range 100_000 {
			txn.PutCustomer(state.Customer{Number: fmt.Sprintf("%08d", i)})
		}
	})
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			forked = origin.Fork()
		}
	})
	b.Run("with its first write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			name(b, origin.Fork(), "00050000", "fork")
		}
	})
}
