package engine

import (
	"net/http"

	"standin/spec"
	"standin/state"
)

type emailBody struct {
	Email string `json:"email"`
}

// confirmOptIn activates the account that a mailed token belongs to, and logs its customer in (OPTIN, MAIL-TOKEN).
//
// GET /{tenant}/signup/optin/{token}
func confirmOptIn(c *Call) (spec.Reply, error) {
	_, login, err := c.redeem(state.OptIn, c.Param("token"))
	if err != nil {
		return spec.Reply{}, err
	}
	customer, _ := c.Txn.CustomerByNumber(login.CustomerNumber)
	customer.Status = state.Active
	if err := c.Txn.PutCustomer(customer); err != nil {
		return spec.Reply{}, err
	}
	token, saas, err := c.welcome(customer, login)
	if err != nil {
		return spec.Reply{}, err
	}
	return c.tokens(token, saas, nil)
}

// resendOptIn mails a new token to an account that waits for one. It answers the same for every other e-mail
// address, so that nobody learns who has an account (OPTIN-RESEND).
//
// POST /{tenant}/signup/optin/refresh_token
func resendOptIn(c *Call) (spec.Reply, error) {
	in, err := Body[emailBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	login, _ := c.Txn.LoginByEmail(in.Email)
	customer, _ := c.Txn.CustomerByNumber(login.CustomerNumber)
	if customer.Status == state.PendingOptIn {
		if err := c.send(state.Resend, login.Email, login, state.MailedToken{}); err != nil {
			return spec.Reply{}, err
		}
	}
	return Done(http.StatusAccepted)
}
