package state

import (
	"time"
)

// Session is the session of a visitor. It begins with the anonymous login and stays the same through login and every
// refresh (T-SESSION).
type Session struct {
	ID             string
	Tenant         string // the issuer; empty for a session from a fixture
	Currency       string
	SiteCode       string
	Language       string
	TargetLocation string
	Version        int
	CreatedAt      time.Time
	ExpiresAt      time.Time // time at which the last of its tokens expires
}

// DiesAt returns the time at which the last of the session's tokens expires.
func (r Session) DiesAt() time.Time { return r.ExpiresAt }

// PutSession stores a session.
func (t *Txn) PutSession(row Session) error {
	t.noteExpiry(row.ExpiresAt)
	return put(t, sessions, row)
}

// EachSession calls see for all sessions, in the order of their ids.
func (t *Txn) EachSession(see func(Session)) {
	each(t, sessions, func(row *Session) bool { see(*row); return true })
}

// SessionByID returns the session with an id.
func (t *Txn) SessionByID(id string) (Session, bool) { return get[Session](t, sessions, byID, id) }
