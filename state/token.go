package state

import (
	"time"
)

// Kind is the kind of caller that a token identifies.
type Kind string

// The kinds of tokens (domain: anonymous, customer, service).
const (
	AnonymousToken Kind = "anonymous"
	CustomerToken  Kind = "customer"
	ServiceToken   Kind = "service"
)

// Token is an access token with the refresh token that was issued with it.
type Token struct {
	Access         string
	Refresh        string // empty after its use, and for a token without one
	Tenant         string // the issuer; empty for a token from a fixture
	Kind           Kind
	SessionID      string
	Family         string // access token of the login; a refresh does not change it
	CustomerNumber string
	LoginID        string
	Scopes         string // separated by spaces
	LegalEntityID  string
	IssuedAt       time.Time
	AccessExpires  time.Time
	RefreshExpires time.Time
}

// DiesAt returns the time at which both the access token and the refresh token have expired.
func (r Token) DiesAt() time.Time {
	if r.RefreshExpires.After(r.AccessExpires) {
		return r.RefreshExpires
	}
	return r.AccessExpires
}

// PutToken stores a token.
func (t *Txn) PutToken(row Token) {
	t.noteExpiry(row.DiesAt())
	put(t, tokens, row)
}

// DropToken removes an access token and the refresh token that was issued with it.
func (t *Txn) DropToken(access string) { drop[Token](t, tokens, access) }

// TokenByAccess returns the token with an access token.
func (t *Txn) TokenByAccess(access string) (Token, bool) {
	return get[Token](t, tokens, byID, access)
}

// TokenByRefresh returns the token with a refresh token. Anonymous tokens of one session share a refresh token; then
// TokenByRefresh returns the one that was issued last, and if several were issued at that time, the one with the greatest
// access token.
func (t *Txn) TokenByRefresh(refresh string) (Token, bool) {
	var newest Token
	found := list[Token](t, tokens, byRefresh, refresh)
	for _, row := range found {
		if !row.IssuedAt.Before(newest.IssuedAt) {
			newest = row
		}
	}
	return newest, len(found) > 0
}

// EachToken calls see for all tokens, in the order of their access tokens.
func (t *Txn) EachToken(see func(Token)) {
	each(t, tokens, func(row *Token) bool { see(*row); return true })
}

// TokensOf returns a customer's tokens.
func (t *Txn) TokensOf(customerNumber string) []Token {
	return list[Token](t, tokens, byOwner, customerNumber)
}

// Sweep removes tokens, then mailed tokens, then sessions that expired before a time, up to most rows in all. In each
// table the rows that expired first go first. It returns the number of rows removed. It reads little more than the rows
// that it removes, and nothing while it is known that none has expired.
func (t *Txn) Sweep(before time.Time, most int) int {
	if !t.quiet.IsZero() && !before.After(t.quiet) {
		return 0
	}
	next := time.Unix(farAway, 0)
	swept := sweep[Token](t, tokens, before, most, &next)
	swept += sweep[MailedToken](t, mailedTokens, before, most-swept, &next)
	swept += sweep[Session](t, sessions, before, most-swept, &next)
	if swept < most {
		t.quiet = next
	}
	return swept
}

// farAway is later than every expiry, in seconds since 1970.
const farAway = 1 << 40

// noteExpiry notes that the transaction stores a row that expires at a time.
func (t *Txn) noteExpiry(at time.Time) {
	if at.Before(t.quiet) {
		t.quiet = at
	}
}

// expiring is a row that [Txn.Sweep] removes.
type expiring interface{ DiesAt() time.Time }

// sweep removes expired rows from one table and returns their number. If a row that stays expires before next, sweep sets
// next to that time.
func sweep[T expiring](t *Txn, table string, before time.Time, most int, next *time.Time) int {
	var expired []*T
	found := must(t.mem.Get(table, byExpiry)) // An iterator: it reads only as far as the loop goes.
	for row, ok := found.Next().(*T); ok && len(expired) < most; row, ok = found.Next().(*T) {
		if died := (*row).DiesAt(); !died.Before(before) {
			if died.Before(*next) {
				*next = died
			}
			break
		}
		expired = append(expired, row)
	}
	for _, row := range expired {
		must(0, t.mem.Delete(table, row))
		t.wrote(row, nil)
	}
	return len(expired)
}
