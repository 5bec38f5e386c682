package service

import (
	"net/http"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

type emailChangeBody struct {
	Email            string `json:"email"`
	Password         string `json:"password"`
	NewEmail         string `json:"newEmail"`
	SyncContactEmail bool   `json:"syncContactEmail"`
}

type tokenBody struct {
	Token string `json:"token"`
}

// requestEmailChange mails a token to a new e-mail address. Until it is confirmed, the old one logs in (EMAIL-CHANGE,
// EMAIL-FORM).
//
// POST /{tenant}/me/accounts/internal/email/change
func requestEmailChange(c *call.Call, in emailChangeBody) (spec.Reply, error) {
	if err := checkEmail("newEmail", in.NewEmail); err != nil {
		return spec.Reply{}, err
	}
	login, ok := c.Txn.LoginByEmail(in.Email)
	if !ok || login.CustomerNumber != c.Caller.CustomerNumber {
		login = state.Login{} // The password of another customer must not be probed here.
	}
	right, _, err := c.VerifyPassword(in.Password, login.PasswordHash)
	if err != nil {
		return spec.Reply{}, err
	}
	if !right {
		return spec.Reply{}, refusal.Credentials.By("EMAIL-CHANGE").Saw("email", in.Email+isLogin(c, in.Email))
	}
	if emailTaken(c, in.NewEmail, login) {
		return spec.Reply{}, refusal.EmailTaken.Saw("newEmail", in.NewEmail+isLogin(c, in.NewEmail))
	}
	send(c, state.EmailChange, in.NewEmail, login, state.MailedToken{
		NewEmail: in.NewEmail, SyncContactEmail: in.SyncContactEmail,
	})
	return call.Done(http.StatusNoContent)
}

// emailTaken reports whether a login may not change to an e-mail address. The case of its own may change.
func emailTaken(c *call.Call, email string, login state.Login) bool {
	holder, taken := c.Txn.LoginByEmail(email)
	return taken && (holder.ID != login.ID || holder.Email == email)
}

// confirmEmailChange makes the new e-mail address the login. The contact address follows only if that was requested
// (EMAIL-CONFIRM, MAIL-TOKEN).
//
// POST /{tenant}/me/accounts/internal/email/change/confirm
func confirmEmailChange(c *call.Call, in tokenBody) (spec.Reply, error) {
	row, login, err := redeem(c, state.EmailChange, in.Token)
	if err != nil {
		return spec.Reply{}, err
	}
	if emailTaken(c, row.NewEmail, login) {
		return spec.Reply{}, refusal.EmailTaken.By("EMAIL-CONFIRM").Saw("newEmail", row.NewEmail+isLogin(c, row.NewEmail))
	}
	before := login
	login.Email = row.NewEmail
	c.Txn.PutLogin(login)
	customer, _ := c.Txn.CustomerByNumber(login.CustomerNumber)
	if row.SyncContactEmail && customer.ContactEmail != row.NewEmail {
		customer.ContactEmail = row.NewEmail
		customer.Version++
		c.Txn.PutCustomer(customer)
	}
	tellEmailChange(c, state.EmailChanged, before, row)
	tellUpdated(c, login.CustomerNumber)
	return call.Done(http.StatusNoContent)
}
