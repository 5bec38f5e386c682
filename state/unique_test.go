package state_test

import (
	"errors"
	"strings"
	"testing"

	"standin/state"
)

// go-memdb stores two rows under one key of a unique index without an error. The package has to refuse the second.
func TestUniqueIndexes(t *testing.T) {
	t.Parallel()
	login := func(id, customer, email string) func(*state.Txn) {
		return func(txn *state.Txn) {
			txn.PutLogin(state.Login{ID: id, CustomerNumber: customer, Email: email})
		}
	}
	address := func(id, customer string, seq uint64, isDefault bool) func(*state.Txn) {
		return func(txn *state.Txn) {
			txn.PutAddress(state.Address{ID: id, CustomerNumber: customer, Seq: seq, IsDefault: isDefault})
		}
	}
	mail := func(id string, seq uint64) func(*state.Txn) {
		return func(txn *state.Txn) { txn.PutMail(state.Mail{ID: id, Seq: seq}) }
	}
	for name, test := range map[string]struct {
		first, second func(*state.Txn)
		taken         string // name of the index in the error; empty for no error
	}{
		"the e-mail of another":       {login("a", "1", "x@example.com"), login("b", "2", "x@example.com"), "customers by email"},
		"it in another case":          {login("a", "1", "x@example.com"), login("b", "2", "X@Example.COM"), "customers by email"},
		"it beyond ASCII":             {login("a", "1", "jürgen@example.com"), login("b", "2", "JÜRGEN@example.com"), "customers by email"},
		"another e-mail":              {login("a", "1", "x@example.com"), login("b", "1", "y@example.com"), ""},
		"a login replaces itself":     {login("a", "1", "x@example.com"), login("a", "1", "X@example.com"), ""},
		"the e-mail of its own other": {login("a", "1", "x@example.com"), login("b", "1", "X@example.com"), "customers by email"},
		"a second default address":    {address("a", "1", 0, true), address("b", "1", 0, true), "the default of addresses"},
		"one that is not the default": {address("a", "1", 0, true), address("b", "1", 0, false), ""},
		"another customer's default":  {address("a", "1", 0, true), address("a", "2", 0, true), ""},
		"an address replaces itself":  {address("a", "1", 1, true), address("a", "1", 1, true), ""},
		"the place of another mail":   {mail("a", 7), mail("b", 7), "mails by sequence"},
		"a mail replaces itself":      {mail("a", 7), mail("a", 7), ""},
	} {
		for _, apart := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := fresh(t)
				txn := db.Change()
				defer func() { txn.Abort() }()
				owners(t, txn)
				test.first(txn)
				if apart { // The first row may be committed or not.
					ok(t, txn.Commit())
					txn = db.Change()
				}
				test.second(txn)
				err := txn.Err()
				if got, want := errors.Is(err, state.ErrTaken), test.taken != ""; got != want {
					t.Fatalf("ErrTaken: got %v, want %v", err, want)
				}
				if err != nil && !strings.HasSuffix(err.Error(), test.taken) {
					t.Errorf("got %q, want it to name %q", err, test.taken)
				}
			})
		}
	}
}

func TestARefusedRowChangesNothing(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	txn := db.Change()
	defer txn.Abort()
	owners(t, txn)
	holder := state.Login{ID: "a", CustomerNumber: "1", Email: "x@example.com"}
	txn.PutLogin(holder)
	txn.PutLogin(state.Login{ID: "b", CustomerNumber: "1", Email: "x@example.com"})
	if txn.Err() == nil {
		t.Fatal("the second login was stored")
	}
	found, _ := txn.LoginByEmail("x@example.com")
	same(t, "holder", found, holder)
	same(t, "logins", txn.LoginsOf("1"), []state.Login{holder})
}

// After a row that could not be stored, nothing is: the first error stays, and Commit returns it.
func TestNothingIsCommittedAfterAnError(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		owners(t, txn)
		txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Email: "x@example.com"})
	})
	size := db.Size()
	txn := db.Change()
	txn.PutLogin(state.Login{ID: "b", CustomerNumber: "1", Email: "before@example.com"})
	txn.PutLogin(state.Login{ID: "c", CustomerNumber: "1", Email: "x@example.com"})
	first := txn.Err()
	for at := range uint64(3) {
		txn.PutMail(state.Mail{ID: "m", Seq: at * state.MaxMails})
		txn.PutEvent(state.Event{ID: "e", Payload: make([]byte, state.MaxEventBytes+1)})
	}
	txn.PutAddress(state.Address{ID: "a", CustomerNumber: "3"})
	txn.PutSettings(state.Settings{PasswordMinLength: 99})
	txn.DropCustomer("2")
	same(t, "events", len(eventsIn(txn)), 0)
	same(t, "mails", len(txn.Mails(0, 9)), 0)
	same(t, "the error", txn.Err(), first)
	same(t, "the error of the commit", txn.Commit(), first)
	txn.Abort()

	view := db.View()
	same(t, "customers", len(view.Customers("", 9)), 2)
	same(t, "logins", len(view.LoginsOf("1")), 1)
	same(t, "settings", view.Settings(), state.DefaultSettings())
	same(t, "size", db.Size(), size)
	commit(t, db, func(*state.Txn) {}) // Change does not block, so the writer's lock is free again.
}

// A key that a row no longer has is free, and a search by it does not find the row.
func TestAChangedValueFreesTheOldOne(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		owners(t, txn)
		txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Email: "old@example.com"})
		txn.PutAddress(state.Address{ID: "a", CustomerNumber: "1", Seq: 1, IsDefault: true})
	})
	commit(t, db, func(txn *state.Txn) {
		txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Email: "new@example.com"})
		txn.PutAddress(state.Address{ID: "a", CustomerNumber: "1", Seq: 1})
		_, found := txn.LoginByEmail("old@example.com")
		same(t, "the old e-mail", found, false)
		_, found = txn.DefaultAddressOf("1")
		same(t, "the old default", found, false)
		txn.PutLogin(state.Login{ID: "b", CustomerNumber: "2", Email: "OLD@example.com"})
		txn.PutAddress(state.Address{ID: "b", CustomerNumber: "1", IsDefault: true})
	})
	view := db.View()
	found, _ := view.LoginByEmail("Old@Example.com")
	same(t, "the old e-mail's login", found.ID, "b")
	one, _ := view.DefaultAddressOf("1")
	same(t, "the default", one.ID, "b")
}

func TestADroppedRowFreesItsValues(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		owners(t, txn)
		txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Email: "x@example.com"})
		txn.DropLogin("1", "a")
		txn.DropLogin("1", "a") // The login does not exist; this does nothing.
		txn.PutLogin(state.Login{ID: "b", CustomerNumber: "1", Email: "X@example.com"})
	})
}

// owners are the customers of the tests.
func owners(tb testing.TB, txn *state.Txn) {
	tb.Helper()
	txn.PutCustomer(state.Customer{Number: "1"})
	txn.PutCustomer(state.Customer{Number: "2"})
}

func TestNothingBelongsToNobody(t *testing.T) {
	t.Parallel()
	for what, put := range map[string]func(*state.Txn){
		"login":   func(txn *state.Txn) { txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Email: "x@example.com"}) },
		"address": func(txn *state.Txn) { txn.PutAddress(state.Address{ID: "a", CustomerNumber: "1"}) },
	} {
		txn := fresh(t).Change()
		put(txn)
		if err := txn.Err(); !errors.Is(err, state.ErrNoCustomer) {
			t.Errorf("%s: got %v", what, err)
		}
		txn.Abort()
	}
}

// Storing a profile that was read before the customer's logins and addresses changed does not undo these changes.
func TestAProfileKeepsWhatBelongsToIt(t *testing.T) {
	t.Parallel()
	txn := fresh(t).Change()
	defer txn.Abort()
	owners(t, txn)
	early, _ := txn.CustomerByNumber("1")
	txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Email: "x@example.com"})
	txn.PutAddress(state.Address{ID: "a", CustomerNumber: "1", IsDefault: true})
	early.FirstName = state.TextOf("late")
	txn.PutCustomer(early)
	same(t, "logins", len(txn.LoginsOf("1")), 1)
	_, found := txn.LoginByEmail("x@example.com")
	same(t, "by its e-mail", found, true)
	flagged, _ := txn.DefaultAddressOf("1")
	same(t, "the default", flagged.ID, "a")
	late, _ := txn.CustomerByNumber("1")
	same(t, "the profile", late.FirstName, state.TextOf("late"))
	txn.PutAddress(state.Address{ID: "b", CustomerNumber: "1"})
	same(t, "the newest", txn.AddressesOf("1")[1].ID, "b")
}
