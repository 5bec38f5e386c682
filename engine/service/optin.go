package service

import (
	"net/http"

	"standin/engine/call"
	"standin/spec"
	"standin/state"
)

type emailBody struct {
	Email string `json:"email"`
}

// confirmOptIn activates the account of a mailed token and logs its customer in (OPTIN, MAIL-TOKEN).
//
// GET /{tenant}/signup/optin/{token}
func confirmOptIn(c *call.Call) (spec.Reply, error) {
	_, login, err := redeem(c, state.OptIn, c.Param("token"))
	if err != nil {
		return spec.Reply{}, err
	}
	customer, _ := c.Txn.CustomerByNumber(login.CustomerNumber)
	customer.Status = state.Active
	c.Txn.PutCustomer(customer)
	tellUpdated(c, customer.Number)
	token, saas := welcome(c, customer, login)
	return tokens(c, token, saas, nil)
}

// resendOptIn mails a new token to an account that waits for its confirmation. The answer is the same for every other e-mail
// address, so that it does not reveal who has an account (OPTIN-RESEND).
//
// POST /{tenant}/signup/optin/refresh_token
func resendOptIn(c *call.Call, in emailBody) (spec.Reply, error) {
	login, _ := c.Txn.LoginByEmail(in.Email)
	customer, _ := c.Txn.CustomerByNumber(login.CustomerNumber)
	if customer.Status == state.PendingOptIn {
		send(c, state.Resend, login.Email, login, state.MailedToken{})
	}
	return call.Done(http.StatusAccepted)
}
