package service

import (
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/state"
)

// send stores a mail with a new token for a login, in the transaction of its cause (MAIL). The row t holds what the token is
// for besides that.
func send(c *call.Call, kind state.MailKind, to string, login state.Login, t state.MailedToken) {
	t.Token = c.Entropy.MailedToken()
	t.Kind = kind.TokenKind()
	t.Tenant = c.Issuer
	t.CustomerNumber, t.LoginID = login.CustomerNumber, login.ID
	t.IssuedAt, t.ExpiresAt = c.Now, c.Now.Add(c.Settings.Lifetimes.Mailed)
	c.Txn.PutMailedToken(t)
	letter := c.Settings.Letter(kind, to, t)
	letter.ID = c.Entropy.UUID()
	c.Txn.PutMail(letter)
	tellMail(c, letter, login, t)
}

// redeem uses up a mailed token of a kind and returns it with its login (MAIL-TOKEN). If the call is refused, the token was
// not used.
func redeem(c *call.Call, kind state.MailKind, token string) (state.MailedToken, state.Login, error) {
	row, ok := c.Txn.MailedTokenByToken(token)
	if !ok || row.Kind != kind || !c.IssuedHere(row.Tenant) || !c.Now.Before(row.ExpiresAt) {
		return row, state.Login{}, refusal.MailedToken.SawAll(stateOfMailed(c, row, ok, kind))
	}
	login, ok := c.Txn.LoginByID(row.CustomerNumber, row.LoginID)
	if !ok {
		return row, login, refusal.MailedToken
	}
	c.Txn.DropMailedToken(token)
	return row, login, nil
}

// stateOfMailed describes why a mailed token is refused, for an explanation.
func stateOfMailed(c *call.Call, row state.MailedToken, ok bool, wanted state.MailKind) []refusal.Fact {
	switch {
	case !ok || !c.IssuedHere(row.Tenant):
		return []refusal.Fact{{Name: "token", Value: "is not a token of this tenant: it never was one, it was used, or a newer one replaced it"}}
	case row.Kind != wanted:
		return []refusal.Fact{{Name: "token", Value: "is of kind " + string(row.Kind) + ", and this operation takes " + string(wanted)}}
	}
	return []refusal.Fact{{Name: "token", Value: "expired at " + row.ExpiresAt.UTC().Format(time.RFC3339)}, {Name: "now", Value: c.Now.Format(time.RFC3339)}}
}
