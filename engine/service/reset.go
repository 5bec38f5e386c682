package service

import (
	"net/http"
	"strings"
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

type resetRequestBody struct {
	Email string `json:"email"`
	Site  string `json:"site"`
}

type resetBody struct {
	Token    string `json:"token"`
	Password string `json:"password"`
}

type passwordChangeBody struct {
	CurrentPassword string `json:"currentPassword"`
	NewPassword     string `json:"newPassword"`
}

// requestPasswordReset mails a token to a login e-mail address. The answer to an unknown address is the same, unless the
// tenant's settings refuse it. The site of the request is kept with the mail (RESET).
//
// POST /{tenant}/password/reset
func requestPasswordReset(c *call.Call, in resetRequestBody) (spec.Reply, error) {
	login, known := c.Txn.LoginByEmail(in.Email)
	if !known && c.Settings.RejectUnknown {
		return spec.Reply{}, refusal.UnknownEmail
	}
	if known {
		send(c, state.PasswordReset, login.Email, login, state.MailedToken{Site: strings.Clone(in.Site)})
	}
	return call.Done(http.StatusNoContent)
}

// resetPassword sets a new password with a mailed token, and ends all sessions of the customer (RESET-UPDATE,
// PASSWORD-LENGTH, MAIL-TOKEN).
//
// POST /{tenant}/password/reset/update
func resetPassword(c *call.Call, in resetBody) (spec.Reply, error) {
	if err := checkPassword(c, "password", in.Password); err != nil {
		return spec.Reply{}, err
	}
	_, login, err := redeem(c, state.PasswordReset, in.Token)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := setPassword(c, login, in.Password); err != nil {
		return spec.Reply{}, err
	}
	endSessions(c, login.CustomerNumber, "")
	return call.Done(http.StatusNoContent)
}

// changePassword sets a new password for the login of the caller's session. This session continues, and the customer's
// others end (PASSWORD-CHANGE, PASSWORD-LENGTH).
//
// POST /{tenant}/password/change
func changePassword(c *call.Call, in passwordChangeBody) (spec.Reply, error) {
	if err := checkPassword(c, "newPassword", in.NewPassword); err != nil {
		return spec.Reply{}, err
	}
	login, ok := c.Txn.LoginByID(c.Caller.CustomerNumber, c.Caller.LoginID)
	if !ok {
		return spec.Reply{}, refusal.Bearer
	}
	right, _, err := c.VerifyPassword(in.CurrentPassword, login.PasswordHash)
	if err != nil {
		return spec.Reply{}, err
	}
	if !right {
		return spec.Reply{}, refusal.Password
	}
	if err := setPassword(c, login, in.NewPassword); err != nil {
		return spec.Reply{}, err
	}
	endSessions(c, login.CustomerNumber, c.Caller.Family)
	return call.Done(http.StatusNoContent)
}

// setPassword stores a new password, which the customer has chosen, and lifts a lock (LOGIN-INITIAL, LOGIN-UNLOCK).
func setPassword(c *call.Call, login state.Login, password string) error {
	hash, err := c.HashPassword(password)
	if err != nil {
		return err
	}
	login.PasswordHash, login.InitialPassword = hash, false
	login.Failures, login.LockedUntil = 0, time.Time{}
	c.Txn.PutLogin(login)
	return nil
}
