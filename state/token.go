package state

import (
	"time"
)

// Kind is the kind of caller a token stands for.
type Kind string

// The kinds of tokens (domain: anonymous, customer, service).
const (
	AnonymousToken Kind = "anonymous"
	CustomerToken  Kind = "customer"
	ServiceToken   Kind = "service"
)

// Token is an access token with the refresh token that came with it.
type Token struct {
	Access         string
	Refresh        string // empty once used, or if there is none
	Tenant         string // the issuer; empty for a fixture's own
	Kind           Kind
	SessionID      string
	Family         string // the access token of the login that began it; a refresh keeps it
	CustomerNumber string
	LoginID        string
	Scopes         string // separated by spaces
	LegalEntityID  string
	IssuedAt       time.Time
	AccessExpires  time.Time
	RefreshExpires time.Time
}

// DiesAt is when neither the access token nor the refresh token is good any more.
func (r Token) DiesAt() time.Time {
	if r.RefreshExpires.After(r.AccessExpires) {
		return r.RefreshExpires
	}
	return r.AccessExpires
}

// PutToken stores a token.
func (t *Txn) PutToken(row Token) error {
	t.dies(row.DiesAt())
	return put(t, tokens, row)
}

// DropToken removes an access token and what came with it.
func (t *Txn) DropToken(access string) { drop[Token](t, tokens, access) }

// TokenByAccess finds an access token.
func (t *Txn) TokenByAccess(access string) (Token, bool) {
	return get[Token](t, tokens, byID, access)
}

// TokenByRefresh finds what a refresh token came with. Anonymous tokens of one session share theirs; then it is
// the one that was issued last, and of several of one moment the last by its access token.
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

// EachToken calls see for all tokens, by their access tokens.
func (t *Txn) EachToken(see func(Token)) {
	each(t, tokens, func(row *Token) bool { see(*row); return true })
}

// TokensOf lists a customer's tokens.
func (t *Txn) TokensOf(customerNumber string) []Token {
	return list[Token](t, tokens, byOwner, customerNumber)
}

// Sweep removes at most so many tokens, then mailed tokens, then sessions that died before a moment, the longest
// dead of each first. It reads no more than what it removes, and nothing while it is known that nothing has died.
func (t *Txn) Sweep(before time.Time, most int) int {
	if !t.calm.IsZero() && !before.After(t.calm) {
		return 0
	}
	next := time.Unix(farAway, 0)
	swept := sweep[Token](t, tokens, before, most, &next)
	swept += sweep[MailedToken](t, mailedTokens, before, most-swept, &next)
	swept += sweep[Session](t, sessions, before, most-swept, &next)
	if swept < most {
		t.calm = next
	}
	return swept
}

// farAway is later than whatever dies, in seconds since 1970.
const farAway = 1 << 40

// dies notes when a row dies that a sweep is to remove.
func (t *Txn) dies(at time.Time) {
	if at.Before(t.calm) {
		t.calm = at
	}
}

// mortal is a row that is swept.
type mortal interface{ DiesAt() time.Time }

// sweep removes the dead of one table, and brings next forward to the first death among the others.
func sweep[T mortal](t *Txn, table string, before time.Time, most int, next *time.Time) int {
	var dead []*T
	found := must(t.mem.Get(table, byDeath)) // All of it, read only as far as needed.
	for row, ok := found.Next().(*T); ok && len(dead) < most; row, ok = found.Next().(*T) {
		if died := (*row).DiesAt(); !died.Before(before) {
			if died.Before(*next) {
				*next = died
			}
			break
		}
		dead = append(dead, row)
	}
	for _, row := range dead {
		must(0, t.mem.Delete(table, row))
		t.wrote(row, nil)
	}
	return len(dead)
}
