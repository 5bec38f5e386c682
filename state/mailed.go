package state

import "time"

// MailKind is what a mail and its token are for.
type MailKind string

// The kinds of mail. A resent opt-in is a mail of its own kind, with a token of kind [OptIn].
const (
	OptIn         MailKind = "opt-in"
	Resend        MailKind = "resend"
	PasswordReset MailKind = "password-reset"
	EmailChange   MailKind = "email-change"
	Deletion      MailKind = "deletion"
)

// TokenKind is the kind of the token that goes with a mail: a resend carries one of [OptIn] (OPTIN-RESEND).
func (k MailKind) TokenKind() MailKind {
	if k == Resend {
		return OptIn
	}
	return k
}

// MailedToken works once, until it expires, a newer one of its kind comes, or its customer goes (MAIL-TOKEN).
type MailedToken struct {
	Token            string // 64 letters and digits
	Kind             MailKind
	Tenant           string // the issuer; empty for a fixture's own
	CustomerNumber   string
	LoginID          string
	NewEmail         string // e-mail change only
	SyncContactEmail bool   // e-mail change only
	IssuedAt         time.Time
	ExpiresAt        time.Time
}

// PutMailedToken stores a mailed token, and drops the older one of its customer and kind (MAIL-TOKEN).
func (t *Txn) PutMailedToken(row MailedToken) error {
	if older, ok := get[MailedToken](t, mailedTokens, byKind, row.CustomerNumber, string(row.Kind)); ok && older.Token != row.Token {
		t.DropMailedToken(older.Token)
	}
	t.dies(row.ExpiresAt)
	return put(t, mailedTokens, row)
}

// DiesAt is when it is no longer good.
func (r MailedToken) DiesAt() time.Time { return r.ExpiresAt }

// DropMailedToken removes a mailed token.
func (t *Txn) DropMailedToken(token string) { drop[MailedToken](t, mailedTokens, token) }

// MailedTokenByToken finds a mailed token.
func (t *Txn) MailedTokenByToken(token string) (MailedToken, bool) {
	return get[MailedToken](t, mailedTokens, byID, token)
}

// EachMailedToken calls see for all mailed tokens, by their tokens.
func (t *Txn) EachMailedToken(see func(MailedToken)) {
	each(t, mailedTokens, func(row *MailedToken) bool { see(*row); return true })
}

// MailedTokensOf lists a customer's mailed tokens.
func (t *Txn) MailedTokensOf(customerNumber string) []MailedToken {
	return list[MailedToken](t, mailedTokens, byKind+"_prefix", customerNumber)
}
