package service

import (
	"net/http"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// credentials are an e-mail address and a password.
type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// assignAccount adds a login to the caller's profile (ACCOUNT-ASSIGN, SIGNUP-DUP, PASSWORD-LENGTH).
//
// POST /{tenant}/me/accounts/internal
func assignAccount(c *call.Call, in credentials) (spec.Reply, error) {
	if _, err := createLogin(c, c.Caller.CustomerNumber, in, ""); err != nil {
		return spec.Reply{}, err
	}
	tellUpdated(c, c.Caller.CustomerNumber)
	return call.Answer(http.StatusCreated, idView{ID: c.Caller.CustomerNumber})
}

// createLogin creates a login with a password if its e-mail address is well-formed and free. The prefix is the path of the
// credentials in the body.
func createLogin(c *call.Call, customerNumber string, in credentials, prefix string) (state.Login, error) {
	if err := checkEmail(prefix+"email", in.Email); err != nil {
		return state.Login{}, err
	}
	if err := checkPassword(c, prefix+"password", in.Password); err != nil {
		return state.Login{}, err
	}
	if _, taken := c.Txn.LoginByEmail(in.Email); taken {
		return state.Login{}, refusal.Duplicate.Of(in.Email, c.Tenant).By(duplicateRule(c)).Saw("email", in.Email+isLogin(c, in.Email))
	}
	hash, err := c.HashPassword(in.Password)
	if err != nil {
		return state.Login{}, err
	}
	login := state.Login{
		ID:             c.Entropy.UUID(),
		CustomerNumber: customerNumber,
		Email:          in.Email,
		PasswordHash:   hash,
		CreatedAt:      c.Now,
	}
	c.Txn.PutLogin(login)
	return login, nil
}

func duplicateRule(c *call.Call) string {
	if c.Operation == "assignAccount" {
		return "ACCOUNT-ASSIGN"
	}
	return "SIGNUP-DUP"
}

// isLogin describes the login of an e-mail address, for an explanation.
func isLogin(c *call.Call, email string) string {
	login, ok := c.Txn.LoginByEmail(email)
	if !ok {
		return " is not a login"
	}
	customer, _ := c.Txn.CustomerByNumber(login.CustomerNumber)
	return " is a login of customer " + login.CustomerNumber + ", who is " + string(customer.Status)
}

// idView is the answer to a creation.
type idView struct {
	ID string `json:"id"`
}
