package state

import "time"

// MailKind is the purpose of a mail and its token.
type MailKind string

// The kinds of mail. A resent opt-in is a mail of kind [Resend] with a token of kind [OptIn].
const (
	OptIn         MailKind = "opt-in"
	Resend        MailKind = "resend"
	PasswordReset MailKind = "password-reset"
	EmailChange   MailKind = "email-change"
	Deletion      MailKind = "deletion"
)

// TokenKind returns the kind of the token in a mail of kind k: [OptIn] for a [Resend] mail (OPTIN-RESEND), k for any other.
func (k MailKind) TokenKind() MailKind {
	if k == Resend {
		return OptIn
	}
	return k
}

// MailedToken is a token sent by mail. It can be used once, and only until it expires, its customer gets a newer one of
// its kind, or its customer is removed (MAIL-TOKEN).
type MailedToken struct {
	Token            string // 64 letters and digits
	Kind             MailKind
	Tenant           string // the issuer; empty for a token from a fixture
	CustomerNumber   string
	LoginID          string
	NewEmail         string // e-mail change only
	SyncContactEmail bool   // e-mail change only
	Site             string // password reset only; empty if the request named none
	IssuedAt         time.Time
	ExpiresAt        time.Time
}

// PutMailedToken stores a mailed token and drops the older one of the same customer and kind (MAIL-TOKEN).
func (t *Txn) PutMailedToken(row MailedToken) {
	if older, ok := get[MailedToken](t, mailedTokens, byKind, row.CustomerNumber, string(row.Kind)); ok && older.Token != row.Token {
		t.DropMailedToken(older.Token)
	}
	t.noteExpiry(row.ExpiresAt)
	put(t, mailedTokens, row)
}

// DiesAt returns the time at which the token expires.
func (r MailedToken) DiesAt() time.Time { return r.ExpiresAt }

// DropMailedToken removes a mailed token.
func (t *Txn) DropMailedToken(token string) { drop[MailedToken](t, mailedTokens, token) }

// MailedTokenByToken returns the mailed token with a text.
func (t *Txn) MailedTokenByToken(token string) (MailedToken, bool) {
	return get[MailedToken](t, mailedTokens, byID, token)
}

// EachMailedToken calls see for all mailed tokens, in the order of their texts.
func (t *Txn) EachMailedToken(see func(MailedToken)) {
	each(t, mailedTokens, func(row *MailedToken) bool { see(*row); return true })
}

// MailedTokensOf returns a customer's mailed tokens.
func (t *Txn) MailedTokensOf(customerNumber string) []MailedToken {
	return list[MailedToken](t, mailedTokens, byKind+"_prefix", customerNumber)
}
