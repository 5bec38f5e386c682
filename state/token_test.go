package state_test

import (
	"fmt"
	"testing"
	"time"

	"standin/state"
)

// Anonymous refreshes give every new token the refresh token of the first.
func TestASharedRefreshTokenLeadsToTheNewest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		issued map[string]time.Duration // access → after noon
		want   string
	}{
		"the last by time":                  {map[string]time.Duration{"c": 0, "b": 2 * time.Second, "a": time.Second}, "b"},
		"by less than a second":             {map[string]time.Duration{"c": 0, "a": time.Nanosecond}, "a"},
		"at one moment, the last by access": {map[string]time.Duration{"b": 0, "c": 0, "a": 0}, "c"},
		"one alone":                         {map[string]time.Duration{"a": 0}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := fresh(t)
			commit(t, db, func(txn *state.Txn) {
				for access, after := range test.issued {
					txn.PutToken(state.Token{Access: access, Refresh: "r", IssuedAt: noon().Add(after)})
				}
			})
			found, _ := db.View().TokenByRefresh("r")
			same(t, "access", found.Access, test.want)
		})
	}
}

func TestARefreshTokenThatWasUsedLeadsNowhere(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		row := state.Token{Access: "a", Refresh: "r", CustomerNumber: "1"}
		txn.PutToken(row)
		row.Refresh = ""
		txn.PutToken(row)
		_, found := txn.TokenByRefresh("r")
		same(t, "by refresh", found, false)
		same(t, "of the customer", txn.TokensOf("1"), []state.Token{row})
		txn.DropToken("a")
		same(t, "of the customer", len(txn.TokensOf("1")), 0)
	})
}

func TestANewerMailedTokenKillsTheOlderOfItsKind(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		for _, row := range []state.MailedToken{
			{Token: "old", Kind: state.PasswordReset, CustomerNumber: "1"},
			{Token: "other kind", Kind: state.OptIn, CustomerNumber: "1"},
			{Token: "other customer", Kind: state.PasswordReset, CustomerNumber: "2"},
			{Token: "new", Kind: state.PasswordReset, CustomerNumber: "1"},
			{Token: "new", Kind: state.PasswordReset, CustomerNumber: "1", NewEmail: "put again"},
		} {
			txn.PutMailedToken(row)
		}
	})
	view := db.View()
	for token, want := range map[string]bool{"old": false, "other kind": true, "other customer": true, "new": true} {
		_, found := view.MailedTokenByToken(token)
		same(t, token, found, want)
	}
	same(t, "of the customer", len(view.MailedTokensOf("1")), 2)
	commit(t, db, func(txn *state.Txn) { txn.DropMailedToken("new") })
	same(t, "after the drop", len(db.View().MailedTokensOf("1")), 1)
}

func TestSweepBoundaries(t *testing.T) {
	t.Parallel()
	early, late := noon().Add(-time.Nanosecond), noon().Add(time.Nanosecond)
	for name, test := range map[string]struct {
		put   func(*state.Txn)
		swept int
	}{
		"a token, both before":       {token(early, early), 1},
		"its refresh token at":       {token(early, noon()), 0},
		"its refresh token after":    {token(early, late), 0},
		"its access token at":        {token(noon(), early), 0},
		"its access token after":     {token(late, early), 0},
		"both at":                    {token(noon(), noon()), 0},
		"without a refresh token":    {token(early, time.Time{}), 1},
		"before 1970":                {token(time.Unix(-1, 0), time.Unix(-2, 0)), 1},
		"a mailed token before":      {mailedToken(early), 1},
		"a mailed token at":          {mailedToken(noon()), 0},
		"a mailed token after":       {mailedToken(late), 0},
		"a session before":           {session(early), 1},
		"a session at":               {session(noon()), 0},
		"a session after":            {session(late), 0},
		"in another zone, still now": {session(noon().In(time.FixedZone("", 9*3600))), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := fresh(t)
			commit(t, db, test.put)
			commit(t, db, func(txn *state.Txn) { same(t, "swept", txn.Sweep(noon(), 8), test.swept) })
			view := db.View()
			left := len(view.MailedTokensOf("1")) + len(view.TokensOf("1"))
			if _, found := view.SessionByID("1"); found {
				left++
			}
			same(t, "left", left, 1-test.swept)
		})
	}
}

func token(access, refresh time.Time) func(*state.Txn) {
	return func(txn *state.Txn) {
		txn.PutToken(state.Token{Access: "1", CustomerNumber: "1", AccessExpires: access, RefreshExpires: refresh})
	}
}

func mailedToken(expires time.Time) func(*state.Txn) {
	return func(txn *state.Txn) {
		txn.PutMailedToken(state.MailedToken{Token: "1", CustomerNumber: "1", ExpiresAt: expires})
	}
}

func session(expires time.Time) func(*state.Txn) {
	return func(txn *state.Txn) { txn.PutSession(state.Session{ID: "1", ExpiresAt: expires}) }
}

func TestSweepIsBounded(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		for i := range 5 {
			died := noon().Add(-time.Duration(i+1) * time.Nanosecond)
			id := fmt.Sprint(i)
			txn.PutToken(state.Token{Access: id, CustomerNumber: "1", AccessExpires: died})
			txn.PutMailedToken(state.MailedToken{Token: id, CustomerNumber: id, ExpiresAt: died})
			txn.PutSession(state.Session{ID: id, ExpiresAt: died})
		}
	})
	commit(t, db, func(txn *state.Txn) {
		same(t, "none asked for", txn.Sweep(noon(), 0), 0)
		same(t, "a nonsense bound", txn.Sweep(noon(), -1), 0)
		same(t, "first", txn.Sweep(noon(), 3), 3)
		same(t, "the longest dead go first", pick(txn.TokensOf("1"), func(r state.Token) string { return r.Access }), []string{"0", "1"})
		for _, want := range []int{3, 3, 3, 3, 0} { // The limit counts the rows of the three tables together.
			same(t, "swept", txn.Sweep(noon(), 3), want)
		}
	})
}

// After a sweep that left no expired row, the next one reads nothing until a row that expires earlier is stored.
func TestSweepIsRemembered(t *testing.T) {
	t.Parallel()
	early, late := noon().Add(-time.Hour), noon().Add(time.Hour)
	for name, put := range map[string]func(expires time.Time) func(*state.Txn){
		"a token":        func(expires time.Time) func(*state.Txn) { return token(expires, time.Time{}) },
		"a mailed token": mailedToken,
		"a session":      session,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := fresh(t)
			sweep := func(db *state.DB, at time.Time, want int) {
				commit(t, db, func(txn *state.Txn) { same(t, "swept", txn.Sweep(at, 8), want) })
			}
			commit(t, db, put(late))
			sweep(db, noon(), 0)
			commit(t, db, put(early))
			aborted := db.Change()
			same(t, "swept for nothing", aborted.Sweep(noon(), 8), 1)
			aborted.Abort()
			fork := db.Fork()
			sweep(fork, noon(), 1)
			sweep(db, noon(), 1)
			sweep(db, noon(), 0)
			commit(t, db, put(late))
			sweep(db, late, 0)
			sweep(db, late.Add(time.Nanosecond), 1)
		})
	}
}

// BenchmarkSweepNothing measures a sweep that finds no expired row. It runs in every writing transaction, so it must not
// read the others.
func BenchmarkSweepNothing(b *testing.B) {
	db := fresh(b)
	commit(b, db, func(txn *state.Txn) {
		for i := range 100_000 {
			txn.PutToken(state.Token{Access: fmt.Sprint(i), AccessExpires: noon().Add(time.Duration(i) * time.Second)})
		}
	})
	b.ReportAllocs()
	for b.Loop() {
		txn := db.Change()
		if swept := txn.Sweep(noon(), 8); swept != 0 {
			b.Fatalf("swept %d", swept)
		}
		txn.Abort()
	}
}

// BenchmarkTokenByAccess measures the lookup with which every request begins.
func BenchmarkTokenByAccess(b *testing.B) {
	const rows = 100_000
	db := fresh(b)
	access := func(i int) string { return fmt.Sprintf("%028d", i) }
	commit(b, db, func(txn *state.Txn) {
		for i := range rows {
			txn.PutToken(state.Token{Access: access(i), Refresh: access(i), CustomerNumber: fmt.Sprint(i)})
		}
	})
	wanted := access(rows / 3)
	b.ReportAllocs()
	for b.Loop() {
		if _, found := db.View().TokenByAccess(wanted); !found {
			b.Fatal("the token is not there")
		}
	}
}
