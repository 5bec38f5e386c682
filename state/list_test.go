package state_test

import (
	"testing"
	"time"

	"standin/state"
)

// Every list is a search by the prefix of keys. A wrong key could return the rows of an owner whose name only begins with
// the name searched for, or whose name contains the byte that ends a name within a key.
func TestNoListAnswersWithTheRowsOfAnother(t *testing.T) {
	t.Parallel()
	owners := []string{"13", "139", "1", "13\x00", "13\x00\x00", "13\x00\xff", "13\x00x", "13\x01", "13\xff", "\x00", "\x00\xff"}
	// In a key the owner is followed by the row's id. The two together must not equal another owner either.
	ids := []string{"a", "9", "\x00", "\xff", "\xffx", "\x01", "\x00\xff"}

	lists := map[string]struct {
		put  func(txn *state.Txn, owner, id string)
		list func(txn *state.Txn, owner string) []string
	}{
		"logins": {
			func(txn *state.Txn, owner, id string) {
				txn.PutLogin(state.Login{ID: owner + "/" + id, CustomerNumber: owner, Email: owner + "/" + id})
			},
			func(txn *state.Txn, owner string) []string {
				return pick(txn.LoginsOf(owner), func(r state.Login) string { return r.CustomerNumber })
			},
		},
		"addresses": {
			func(txn *state.Txn, owner, id string) {
				txn.PutAddress(state.Address{ID: id, CustomerNumber: owner})
			},
			func(txn *state.Txn, owner string) []string {
				return pick(txn.AddressesOf(owner), func(r state.Address) string { return r.CustomerNumber })
			},
		},
		"tokens": {
			func(txn *state.Txn, owner, id string) {
				txn.PutToken(state.Token{Access: id + "/" + owner, CustomerNumber: owner})
			},
			func(txn *state.Txn, owner string) []string {
				return pick(txn.TokensOf(owner), func(r state.Token) string { return r.CustomerNumber })
			},
		},
		"mailed tokens": {
			func(txn *state.Txn, owner, id string) {
				txn.PutMailedToken(state.MailedToken{Token: owner + "/" + id, Kind: state.MailKind(id), CustomerNumber: owner})
			},
			func(txn *state.Txn, owner string) []string {
				return pick(txn.MailedTokensOf(owner), func(r state.MailedToken) string { return r.CustomerNumber })
			},
		},
	}
	for name, test := range lists {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := fresh(t)
			commit(t, db, func(txn *state.Txn) {
				for _, owner := range owners {
					txn.PutCustomer(state.Customer{Number: owner})
					for _, id := range ids {
						test.put(txn, owner, id)
					}
				}
			})
			view := db.View()
			for _, owner := range owners {
				found := test.list(view, owner)
				same(t, "rows of "+owner, len(found), len(ids))
				for _, of := range found {
					if of != owner {
						t.Errorf("the list of %q has a row of %q", owner, of)
					}
				}
			}
			same(t, "rows of nobody", len(test.list(view, "")), 0)
			same(t, "rows of a beginning", len(test.list(view, "13\x00\xffx")), 0)

			commit(t, db, func(txn *state.Txn) {
				txn.DropCustomer("13")
				for _, owner := range owners[1:] {
					same(t, "rows of "+owner+" without 13", len(test.list(txn, owner)), len(ids))
				}
				same(t, "rows of 13", len(test.list(txn, "13")), 0)
			})
		})
	}
}

func TestARefreshTokenLeadsToItsOwnTokensOnly(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		for refresh, access := range map[string]string{"r": "\xffx", "r9": "b", "r\x00": "c", "r\x00x": "d", "": "e", "\x00": "f"} {
			// If the keys were equal, the later rows would replace the earlier.
			issued := noon().Add(time.Duration(len(refresh)) * time.Second)
			txn.PutToken(state.Token{Access: access, Refresh: refresh, IssuedAt: issued})
		}
	})
	for refresh, want := range map[string]string{"r": "\xffx", "r9": "b", "r\x00": "c", "r\x00x": "d", "": "", "\x00": "f", "r\x00x\x00": ""} {
		found, has := db.View().TokenByRefresh(refresh)
		same(t, "token of "+refresh, found.Access, want)
		same(t, "found", has, want != "")
	}
}

// The boundary between the two parts of a key counts.
func TestAnAddressIsItsOwnersOnly(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		for _, one := range [][2]string{{"1", "23"}, {"12", "3"}, {"a\x00", "b"}, {"a", "\x00b"}, {"a\x00\xff", "b"}} {
			txn.PutCustomer(state.Customer{Number: one[0]})
			txn.PutAddress(state.Address{CustomerNumber: one[0], ID: one[1], City: state.TextOf(one[0] + "|" + one[1])})
		}
	})
	view := db.View()
	for _, one := range [][2]string{{"1", "23"}, {"12", "3"}, {"a\x00", "b"}, {"a", "\x00b"}, {"a\x00\xff", "b"}} {
		found, _ := view.AddressByID(one[0], one[1])
		same(t, "city", found.City.String(), one[0]+"|"+one[1])
	}
	for _, one := range [][2]string{{"123", ""}, {"", "123"}, {"1", "2"}, {"12", "23"}, {"1", ""}} {
		_, found := view.AddressByID(one[0], one[1])
		same(t, "found "+one[0]+"|"+one[1], found, false)
	}
}

func TestListsAreInOrderOfCreation(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	ids := []string{"m", "z", "a", "k", "b", "y", "c", "x", "d", "w", "e", "v"} // More than ten, since 10 must come after 9.
	commit(t, db, func(txn *state.Txn) {
		txn.PutCustomer(state.Customer{Number: "13"})
		txn.PutCustomer(state.Customer{Number: "139"})
		for _, id := range ids {
			for _, owner := range []string{"13", "139"} { // Each owner has its own order.
				txn.PutLogin(state.Login{ID: owner + id, CustomerNumber: owner, Email: owner + id})
				txn.PutAddress(state.Address{ID: id, CustomerNumber: owner})
			}
		}
		first := txn.LoginsOf("13")[0]
		first.Failures = 1
		txn.PutLogin(first) // A changed row keeps its place.
		txn.DropAddress("13", "a")
		txn.PutAddress(state.Address{ID: "a", CustomerNumber: "13"}) // A row that is stored again after its removal comes last.
	})
	view := db.View()
	for at, row := range view.LoginsOf("13") {
		same(t, "login", row.ID, "13"+ids[at])
	}
	same(t, "addresses", pick(view.AddressesOf("139"), func(r state.Address) string { return r.ID }), ids)
	same(t, "the last address", view.AddressesOf("13")[len(ids)-1].ID, "a")
}

func TestANewRowComesBehindAPlaceThatWasNamed(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		txn.PutCustomer(state.Customer{Number: "1"})
		txn.PutAddress(state.Address{ID: "b", CustomerNumber: "1", Seq: 1 << 40})
		txn.PutAddress(state.Address{ID: "a", CustomerNumber: "1"})
		same(t, "places", pick(txn.AddressesOf("1"), func(r state.Address) uint64 { return r.Seq }), []uint64{1 << 40, 1<<40 + 1})
	})
}
