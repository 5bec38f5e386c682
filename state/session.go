package state

import (
	"encoding/json"
	"time"
)

// Session is the session of a visitor. It begins with the anonymous login and stays the same through login and every
// refresh (T-SESSION). It has only what its shopper chose: what a context shows besides comes from the customer or the site
// (CONTEXT).
type Session struct {
	ID             string
	Tenant         string // the issuer; empty for a session from a fixture
	Currency       string
	SiteCode       string
	Language       string
	TargetLocation string
	Context        json.RawMessage // the shopper's own attributes; nil for none
	Version        int
	CreatedAt      time.Time
	ModifiedAt     time.Time // zero until the context is changed
	ExpiresAt      time.Time // time at which the last of its tokens expires
}

// MaxAttributes is the size in bytes of the attributes in the context of a session, as JSON.
const MaxAttributes = 64 << 10

// DiesAt returns the time at which the last of the session's tokens expires.
func (r Session) DiesAt() time.Time { return r.ExpiresAt }

// PutSession stores a session.
func (t *Txn) PutSession(row Session) {
	t.noteExpiry(row.ExpiresAt)
	put(t, sessions, row)
}

// EachSession calls see for all sessions, in the order of their ids.
func (t *Txn) EachSession(see func(Session)) {
	each(t, sessions, func(row *Session) bool { see(*row); return true })
}

// SessionByID returns the session with an id.
func (t *Txn) SessionByID(id string) (Session, bool) { return get[Session](t, sessions, byID, id) }
