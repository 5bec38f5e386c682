package state

import (
	"time"
)

// Session is what stays the same from the anonymous login on, through login and every refresh (T-SESSION).
type Session struct {
	ID             string
	Tenant         string // the issuer; empty for a fixture's own
	Currency       string
	SiteCode       string
	Language       string
	TargetLocation string
	Version        int
	CreatedAt      time.Time
	ExpiresAt      time.Time // when its last token dies
}

// DiesAt is when its last token dies.
func (r Session) DiesAt() time.Time { return r.ExpiresAt }

// PutSession stores a session.
func (t *Txn) PutSession(row Session) error {
	t.dies(row.ExpiresAt)
	return put(t, sessions, row)
}

// EachSession calls see for all sessions, by their ids.
func (t *Txn) EachSession(see func(Session)) {
	each(t, sessions, func(row *Session) bool { see(*row); return true })
}

// SessionByID finds a session.
func (t *Txn) SessionByID(id string) (Session, bool) { return get[Session](t, sessions, byID, id) }
