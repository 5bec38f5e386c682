package state_test

import (
	"reflect"
	"sync"
	"testing"
	"time"

	"standin/state"
)

// noon is the current time in the tests. The package itself reads no clock.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// fresh returns an empty database.
func fresh(tb testing.TB) *state.DB {
	tb.Helper()
	db, err := state.New()
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

// commit runs write in a writing transaction and commits it.
func commit(tb testing.TB, db *state.DB, write func(*state.Txn)) {
	tb.Helper()
	txn := db.Change()
	defer txn.Abort()
	write(txn)
	ok(tb, txn.Commit())
}

// ok fails the test at once on an error.
func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// same fails the test if two values differ.
func same[T any](tb testing.TB, what string, got, want T) {
	tb.Helper()
	if !reflect.DeepEqual(got, want) {
		tb.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

// pick returns one field of every row.
func pick[T, F any](rows []T, field func(T) F) []F {
	var fields []F
	for _, row := range rows {
		fields = append(fields, field(row))
	}
	return fields
}

func TestAbortLeavesNothing(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	txn := db.Change()
	txn.PutCustomer(state.Customer{Number: "1"})
	txn.PutLogin(state.Login{ID: "l", CustomerNumber: "1", Email: "a@example.com"})
	txn.PutSettings(state.Settings{PasswordMinLength: 99})
	txn.Abort()
	txn.Abort()

	view := db.View()
	same(t, "customers", len(view.Customers("", 9)), 0)
	_, found := view.LoginByEmail("a@example.com")
	same(t, "login", found, false)
	same(t, "settings", view.Settings(), state.DefaultSettings())
	commit(t, db, func(*state.Txn) {}) // Change does not block, so the writer's lock is free again.
}

func TestAbortAfterCommitKeepsWhatWasWritten(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	txn := db.Change()
	txn.PutCustomer(state.Customer{Number: "1"})
	ok(t, txn.Commit())
	txn.Abort()
	_, found := db.View().CustomerByNumber("1")
	same(t, "found", found, true)
}

func TestAnOpenViewDoesNotMove(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	before := db.View()
	txn := db.Change()
	defer txn.Abort()
	txn.PutCustomer(state.Customer{Number: "1"})
	during := db.View() // View does not wait for the open writing transaction.
	ok(t, txn.Commit())

	for name, view := range map[string]*state.Txn{"before": before, "during": during} {
		_, found := view.CustomerByNumber("1")
		same(t, name, found, false)
	}
	_, found := db.View().CustomerByNumber("1")
	same(t, "after", found, true)
}

func TestReadersSeeAllOfACommitOrNothing(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	const rounds = 200
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for seen := 0; seen < rounds; {
				view := db.View()
				customer, _ := view.CustomerByNumber("1")
				address, _ := view.AddressByID("1", "a")
				if customer.Version != address.Version {
					t.Errorf("half a commit: %d and %d", customer.Version, address.Version)
					return
				}
				seen = customer.Version
			}
		})
	}
	for round := 1; round <= rounds; round++ {
		commit(t, db, func(txn *state.Txn) {
			txn.PutCustomer(state.Customer{Number: "1", Version: round})
			txn.PutAddress(state.Address{ID: "a", CustomerNumber: "1", Version: round})
		})
	}
	readers.Wait()
}

func TestChangesAreValuesAndKnownBeforeTheCommit(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	old, gone := state.Customer{Number: "1"}, state.Customer{Number: "2"}
	commit(t, db, func(txn *state.Txn) {
		txn.PutCustomer(old)
		txn.PutCustomer(gone)
	})

	txn := db.Change()
	defer txn.Abort()
	changed, added := state.Customer{Number: "1", Version: 2}, state.Session{ID: "s"}
	txn.PutCustomer(state.Customer{Number: "1", Version: 1}) // It is replaced below: Changes lists only the last.
	txn.PutCustomer(changed)
	txn.PutSession(added)
	txn.DropCustomer(gone.Number)
	var changes [][3]any
	for _, one := range txn.Changes() {
		changes = append(changes, [3]any{one.Table, one.Before(), one.After()})
	}
	same(t, "changes", changes, [][3]any{{"customers", old, changed}, {"sessions", nil, added}, {"customers", gone, nil}})
	same(t, "changes of a view", len(db.View().Changes()), 0)
}

func TestWhatAGetterAnswersIsACopy(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	row := state.Customer{Number: "1", FirstName: state.TextOf("Ada")}
	commit(t, db, func(txn *state.Txn) { txn.PutCustomer(row) })
	row.FirstName = state.TextOf("changed after Put")
	got, _ := db.View().CustomerByNumber("1")
	got.FirstName = state.TextOf("changed after the getter")
	again, _ := db.View().CustomerByNumber("1")
	same(t, "first name", again.FirstName, state.TextOf("Ada"))
}
