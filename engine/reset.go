package engine

import (
	"net/http"
	"time"

	"standin/spec"
	"standin/state"
)

type resetBody struct {
	Token    string `json:"token"`
	Password string `json:"password"`
}

type passwordChangeBody struct {
	CurrentPassword string `json:"currentPassword"`
	NewPassword     string `json:"newPassword"`
}

// requestPasswordReset mails a token to a login e-mail address. Unless the tenant says otherwise, it answers the
// same for an unknown one (RESET).
//
// POST /{tenant}/password/reset
func requestPasswordReset(c *Call) (spec.Reply, error) {
	in, err := Body[emailBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	login, known := c.Txn.LoginByEmail(in.Email)
	if !known && c.Settings.RejectUnknown {
		return spec.Reply{}, errUnknown
	}
	if known {
		if err := c.send(state.PasswordReset, login.Email, login, state.MailedToken{}); err != nil {
			return spec.Reply{}, err
		}
	}
	return Done(http.StatusNoContent)
}

// resetPassword sets a new password with a mailed token, and ends every session of the customer (RESET-UPDATE,
// PASSWORD-LENGTH, MAIL-TOKEN).
//
// POST /{tenant}/password/reset/update
func resetPassword(c *Call) (spec.Reply, error) {
	in, err := Body[resetBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := c.checkPassword("password", in.Password); err != nil {
		return spec.Reply{}, err
	}
	_, login, err := c.redeem(state.PasswordReset, in.Token)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := c.setPassword(login, in.Password); err != nil {
		return spec.Reply{}, err
	}
	c.endSessions(login.CustomerNumber, "")
	return Done(http.StatusNoContent)
}

// changePassword sets a new password for the login that the caller's session came from. This session lives, the
// customer's others end (PASSWORD-CHANGE, PASSWORD-LENGTH).
//
// POST /{tenant}/password/change
func changePassword(c *Call) (spec.Reply, error) {
	in, err := Body[passwordChangeBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := c.checkPassword("newPassword", in.NewPassword); err != nil {
		return spec.Reply{}, err
	}
	login, ok := c.Txn.LoginByID(c.Caller.CustomerNumber, c.Caller.LoginID)
	if !ok {
		return spec.Reply{}, errBearer
	}
	right, _, err := c.VerifyPassword(in.CurrentPassword, login.PasswordHash)
	if err != nil {
		return spec.Reply{}, err
	}
	if !right {
		return spec.Reply{}, errPassword
	}
	if err := c.setPassword(login, in.NewPassword); err != nil {
		return spec.Reply{}, err
	}
	c.endSessions(login.CustomerNumber, c.Caller.Family)
	return Done(http.StatusNoContent)
}

// setPassword stores a new password; a lock on the old one goes with it.
func (c *Call) setPassword(login state.Login, password string) error {
	hash, err := c.HashPassword(password)
	if err != nil {
		return err
	}
	login.PasswordHash = hash
	login.Failures, login.LockedUntil = 0, time.Time{}
	return c.Txn.PutLogin(login)
}
