package state_test

import (
	"fmt"
	"testing"

	"standin/state"
)

func TestCustomersAreReadInPages(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	var all []string
	commit(t, db, func(txn *state.Txn) {
		for i := range 25 {
			number := fmt.Sprintf("%08d", (i*7)%25)
			txn.PutCustomer(state.Customer{Number: number})
			all = append(all, fmt.Sprintf("%08d", i))
		}
	})
	number := func(r state.Customer) string { return r.Number }
	view := db.View()
	var read []string
	for after := ""; ; after = read[len(read)-1] {
		page := view.Customers(after, 10)
		if len(page) == 0 {
			break
		}
		read = append(read, pick(page, number)...)
	}
	same(t, "all pages", read, all)
	same(t, "after one that is not there", pick(view.Customers("00000003x", 2), number), all[4:6])
	same(t, "none", len(view.Customers("", 0)), 0)
	same(t, "after the last", len(view.Customers(all[24], 9)), 0)
}

func TestADroppedCustomerTakesAllThatIsItsOwn(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		for _, number := range []string{"1", "2"} {
			txn.PutCustomer(state.Customer{Number: number})
			txn.PutSession(state.Session{ID: number})
			txn.PutMail(state.Mail{ID: number, CustomerNumber: number})
			for _, id := range []string{"a", "b"} {
				txn.PutLogin(state.Login{ID: number + id, CustomerNumber: number, Email: number + id})
				txn.PutAddress(state.Address{ID: id, CustomerNumber: number, IsDefault: id == "a"})
				txn.PutToken(state.Token{Access: number + id, Refresh: "r" + number + id, CustomerNumber: number})
				txn.PutMailedToken(state.MailedToken{Token: number + id, Kind: state.MailKind(id), CustomerNumber: number})
			}
		}
		txn.PutToken(state.Token{Access: "anonymous"})
	})
	commit(t, db, func(txn *state.Txn) {
		txn.DropCustomer("1")
		txn.DropCustomer("nobody")
		txn.DropCustomer("") // An anonymous token has no customer number, and must stay.
	})

	view := db.View()
	for number, left := range map[string]int{"1": 0, "2": 2} {
		_, found := view.CustomerByNumber(number)
		same(t, "customer "+number, found, left > 0)
		same(t, "logins of "+number, len(view.LoginsOf(number)), left)
		same(t, "addresses of "+number, len(view.AddressesOf(number)), left)
		same(t, "tokens of "+number, len(view.TokensOf(number)), left)
		same(t, "mailed tokens of "+number, len(view.MailedTokensOf(number)), left)
		_, found = view.LoginByEmail(number + "a")
		same(t, "login by e-mail", found, left > 0)
		_, found = view.DefaultAddressOf(number)
		same(t, "default address", found, left > 0)
		_, found = view.TokenByAccess(number + "a")
		same(t, "token by access", found, left > 0)
		_, found = view.TokenByRefresh("r" + number + "a")
		same(t, "token by refresh", found, left > 0)
		_, found = view.MailedTokenByToken(number + "a")
		same(t, "mailed token", found, left > 0)
		_, found = view.MailByID(number)
		same(t, "mail", found, true) // A mail that was sent stays.
		_, found = view.SessionByID(number)
		same(t, "session", found, true) // A session belongs to no customer.
	}
	_, found := view.TokenByAccess("anonymous")
	same(t, "anonymous token", found, true)
}
