package state_test

import (
	"errors"
	"strings"
	"testing"

	"standin/state"
)

// go-memdb stores two rows under one key of a unique index without a word; the package has to refuse the second.
func TestUniqueIndexes(t *testing.T) {
	t.Parallel()
	login := func(id, customer string, seq uint64, email string) func(*state.Txn) error {
		return func(txn *state.Txn) error {
			return txn.PutLogin(state.Login{ID: id, CustomerNumber: customer, Seq: seq, Email: email})
		}
	}
	address := func(id, customer string, seq uint64, isDefault bool) func(*state.Txn) error {
		return func(txn *state.Txn) error {
			return txn.PutAddress(state.Address{ID: id, CustomerNumber: customer, Seq: seq, IsDefault: isDefault})
		}
	}
	mail := func(id string, seq uint64) func(*state.Txn) error {
		return func(txn *state.Txn) error { return txn.PutMail(state.Mail{ID: id, Seq: seq}) }
	}
	for name, test := range map[string]struct {
		first, second func(*state.Txn) error
		taken         string // what the error names; empty: there is none
	}{
		"the e-mail of another":        {login("a", "1", 0, "x@example.com"), login("b", "2", 0, "x@example.com"), "logins by email"},
		"it in another case":           {login("a", "1", 0, "x@example.com"), login("b", "2", 0, "X@Example.COM"), "logins by email"},
		"it beyond ASCII":              {login("a", "1", 0, "jürgen@example.com"), login("b", "2", 0, "JÜRGEN@example.com"), "logins by email"},
		"another e-mail":               {login("a", "1", 0, "x@example.com"), login("b", "1", 0, "y@example.com"), ""},
		"a login replaces itself":      {login("a", "1", 1, "x@example.com"), login("a", "1", 1, "X@example.com"), ""},
		"the place of another login":   {login("a", "1", 7, "x@example.com"), login("b", "1", 7, "y@example.com"), "logins by owner"},
		"a second default address":     {address("a", "1", 0, true), address("b", "1", 0, true), "addresses by default"},
		"one that is not the default":  {address("a", "1", 0, true), address("b", "1", 0, false), ""},
		"another customer's default":   {address("a", "1", 0, true), address("a", "2", 0, true), ""},
		"an address replaces itself":   {address("a", "1", 1, true), address("a", "1", 1, true), ""},
		"the place of another address": {address("a", "1", 7, false), address("b", "1", 7, false), "addresses by owner"},
		"the place of another mail":    {mail("a", 7), mail("b", 7), "mails by sequence"},
		"a mail replaces itself":       {mail("a", 7), mail("a", 7), ""},
	} {
		for _, apart := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := fresh(t)
				txn := db.Change()
				defer func() { txn.Abort() }()
				ok(t, test.first(txn))
				if apart { // The holder may be committed or not.
					txn.Commit()
					txn = db.Change()
				}
				err := test.second(txn)
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
	holder := state.Login{ID: "a", CustomerNumber: "1", Seq: 1, Email: "x@example.com"}
	ok(t, txn.PutLogin(holder))
	if err := txn.PutLogin(state.Login{ID: "b", CustomerNumber: "1", Email: "x@example.com"}); err == nil {
		t.Fatal("the second login was stored")
	}
	found, _ := txn.LoginByEmail("x@example.com")
	same(t, "holder", found, holder)
	same(t, "logins", txn.LoginsOf("1"), []state.Login{holder})
}

// A value that a row has given up is free, and no longer leads to it.
func TestAChangedValueFreesTheOldOne(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		ok(t, txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Seq: 1, Email: "old@example.com"}))
		ok(t, txn.PutAddress(state.Address{ID: "a", CustomerNumber: "1", Seq: 1, IsDefault: true}))
	})
	commit(t, db, func(txn *state.Txn) {
		ok(t, txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Seq: 1, Email: "new@example.com"}))
		ok(t, txn.PutAddress(state.Address{ID: "a", CustomerNumber: "1", Seq: 1}))
		_, found := txn.LoginByEmail("old@example.com")
		same(t, "the old e-mail", found, false)
		_, found = txn.DefaultAddressOf("1")
		same(t, "the old default", found, false)
		ok(t, txn.PutLogin(state.Login{ID: "b", CustomerNumber: "2", Email: "OLD@example.com"}))
		ok(t, txn.PutAddress(state.Address{ID: "b", CustomerNumber: "1", IsDefault: true}))
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
		ok(t, txn.PutLogin(state.Login{ID: "a", CustomerNumber: "1", Email: "x@example.com"}))
		txn.DropLogin("a")
		txn.DropLogin("a") // One that is not there is no error.
		ok(t, txn.PutLogin(state.Login{ID: "b", CustomerNumber: "1", Email: "X@example.com"}))
	})
}
