package control_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"standin/engine/world"
	"standin/state"
)

// seenWorld is all of a world that a request may change.
type seenWorld struct {
	clock     string
	faults    []world.FaultCount
	snapshots []string
	fixture   string // its address: an imported one may have the same name
	rows      []any
}

// look sees all worlds as they are.
func (s *siege) look() map[string]seenWorld {
	all := map[string]seenWorld{}
	for _, w := range s.server.Worlds().All() {
		seen := seenWorld{clock: fmt.Sprint(w.Clock().Now(), w.Clock().Frozen()), faults: w.Faults().List(), fixture: fmt.Sprintf("%p", w.Fixture())}
		for _, snapshot := range w.Snapshots() {
			seen.snapshots = append(seen.snapshots, snapshot.Name)
		}
		w.View(func(txn *state.Txn) { seen.rows = rowsOf(txn) })
		all[w.Name()] = seen
	}
	return all
}

// rowsOf is every row of a database. Where logins are locked, the count of the bad ones is left out: it is kept
// although the answer is an error (LOGIN-LOCK).
func rowsOf(txn *state.Txn) []any {
	settings := txn.Settings()
	rows := []any{settings}
	txn.EachCustomer("", func(row state.Customer) bool {
		logins := slices.Clone(txn.LoginsOf(row.Number))
		for i := range logins {
			if settings.LockoutAfter > 0 {
				logins[i].Failures, logins[i].FailedSession, logins[i].FailedAccess, logins[i].FailedHash, logins[i].LockedUntil = 0, "", "", "", time.Time{}
			}
		}
		rows = append(rows, exported(row), logins, txn.AddressesOf(row.Number))
		return true
	})
	txn.EachSession(func(row state.Session) { rows = append(rows, row) })
	txn.EachToken(func(row state.Token) { rows = append(rows, row) })
	txn.EachMailedToken(func(row state.MailedToken) { rows = append(rows, row) })
	txn.EachMail(0, func(row state.Mail) bool { rows = append(rows, row); return true })
	return rows
}

// exported is a customer without what its row holds unseen: its logins, and which address is the default.
func exported(row state.Customer) state.Customer {
	out := state.Customer{}
	from, to := reflect.ValueOf(row), reflect.ValueOf(&out).Elem()
	for i := range from.NumField() {
		if from.Type().Field(i).IsExported() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return out
}

// differences says how worlds differ; it is empty if they do not.
func differences(before, after map[string]seenWorld) string {
	var out strings.Builder
	for name, one := range before {
		other, ok := after[name]
		if !ok {
			fmt.Fprintf(&out, "%s is gone\n", name)
			continue
		}
		rows, otherRows := one.rows, other.rows
		one.rows, other.rows = nil, nil
		if !reflect.DeepEqual(one, other) {
			fmt.Fprintf(&out, "%s: %+v\nbecame %+v\n", name, one, other)
		}
		for i := range max(len(rows), len(otherRows)) {
			if i >= len(rows) || i >= len(otherRows) {
				fmt.Fprintf(&out, "%s: %d rows became %d\n", name, len(rows), len(otherRows))
				break
			}
			if !reflect.DeepEqual(rows[i], otherRows[i]) {
				fmt.Fprintf(&out, "%s: %+v\nbecame %+v\n", name, rows[i], otherRows[i])
				break
			}
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			fmt.Fprintf(&out, "%s was made\n", name)
		}
	}
	return out.String()
}

// restore returns everything to how the siege began.
func (s *siege) restore(t *testing.T) {
	t.Helper()
	for _, w := range s.server.Worlds().All() {
		before, ours := s.before[w.Name()]
		if !ours || before.fixture != fmt.Sprintf("%p", w.Fixture()) {
			s.server.Worlds().Remove(w)
		}
	}
	for name, taken := range s.begin {
		w, ok := s.server.Worlds().Named(name)
		if !ok {
			var err error
			if w, err = s.server.Worlds().Make(world.Sandbox{Name: name, Fixture: s.server.Config().Fixture}); err != nil {
				t.Fatal(err)
			}
		}
		w.Restore(taken)
		_ = w.Faults().Set([]world.Fault{idle})
		for _, one := range w.Snapshots() {
			w.DropSnapshot(one.Name)
		}
		if _, err := w.TakeSnapshot("snapshot"); err != nil {
			t.Fatal(err)
		}
		s.prelude(name)
	}
	if changed := differences(s.before, s.look()); changed != "" {
		t.Fatalf("it cannot be restored: %s", changed)
	}
}

// idle is a fault that never strikes.
var idle = world.Fault{Name: "fault", Operation: "GET /nowhere", Status: 418, Undeclared: true}

// prelude gives a world a journal to look at: an exchange that went well, and three of different refusals.
func (s *siege) prelude(name string) {
	w, _ := s.server.Worlds().Named(name)
	if _, ok := w.Journal().Entry(w.Journal().Last()); ok {
		return
	}
	for _, one := range []struct{ method, path, body string }{
		{"GET", "/me", ""}, {"POST", "/me/addresses", `{"country":"England","password":"x"}`}, {"POST", "/login", `{"email":"john.doe@example.com","password":1}`}, {"POST", "/login", `{"email":`},
	} {
		caller := customer
		if one.path == "/login" {
			caller = anonymous
		}
		s.ask(one.method, "/customer/"+name+one.path, s.callers[caller], one.body)
	}
}
