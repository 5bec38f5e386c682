package state_test

import (
	"testing"
	"time"

	"standin/state"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	same(t, "at first", db.View().Settings(), state.DefaultSettings())
	set := state.DefaultSettings()
	set.PasswordMinLength = 12
	commit(t, db, func(txn *state.Txn) { txn.PutSettings(state.Settings{PasswordMinLength: 9}) })
	commit(t, db, func(txn *state.Txn) { txn.PutSettings(set) })
	same(t, "once put", db.View().Settings(), set)
}

func TestDefaultSettings(t *testing.T) {
	t.Parallel()
	same(t, "defaults", state.DefaultSettings(), state.Settings{
		Wire:              state.WireBoth,
		PasswordMinLength: 6,
		ActiveOnSignup:    true,
		Lifetimes: state.Lifetimes{
			CustomerAccess:   720 * time.Hour,
			CustomerRefresh:  24 * time.Hour,
			AnonymousAccess:  time.Hour,
			AnonymousRefresh: 24 * time.Hour,
			Mailed:           24 * time.Hour,
		},
		Links: state.Links{
			OptIn:       "http://localhost:3000/activate?token={token}",
			Reset:       "http://localhost:3000/reset-password?token={token}",
			EmailChange: "http://localhost:3000/confirm-email?token={token}",
			Deletion:    "http://localhost:3000/delete-account?token={token}",
		},
		Site: state.Site{Code: "main", Name: "Main", Currency: "USD", Languages: []string{"en"}, Country: "US"},
	})
}
