package service

import (
	"cmp"
	"net/http"
	"strings"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

type socialBody struct {
	Email    string `json:"email"`
	Name     string `json:"name"`
	Provider string `json:"provider"`
}

type customerNumberView struct {
	CustomerNumber string `json:"customerNumber"`
}

// defaultProvider is the provider of a social login that names none: the operation is the one for Auth0.
const defaultProvider = "auth0"

// socialLogin returns the customer whose identity a provider has confirmed. An unknown e-mail address becomes a customer; a
// known login gets the provider (SOCIAL).
//
// POST /{tenant}/socialLogin
func socialLogin(c *call.Call, in socialBody) (spec.Reply, error) {
	session, ok := c.Txn.SessionByID(c.Param("session-id"))
	if !ok || !c.IssuedHere(session.Tenant) || !c.Now.Before(session.ExpiresAt) {
		return spec.Reply{}, refusal.Session
	}
	if in.Email == "" {
		return spec.Reply{}, refusal.Field("email", "required", "is required").By("SOCIAL")
	}
	if err := checkEmail("email", in.Email); err != nil {
		return spec.Reply{}, err
	}
	row, known := c.Txn.LoginByEmail(in.Email)
	customer, _ := c.Txn.CustomerByNumber(row.CustomerNumber)
	if !known {
		customer = freshCustomer(c, in.Email)
		customer.Status = state.Active // The provider has confirmed the address.
		first, last, _ := strings.Cut(strings.TrimSpace(in.Name), " ")
		customer.FirstName, customer.LastName = state.OptionalText(first), state.OptionalText(last)
		row = state.Login{ID: c.Entropy.UUID(), CustomerNumber: customer.Number, Email: in.Email, CreatedAt: c.Now}
	}
	customer.LastLogin = c.Now
	c.Txn.PutCustomer(customer)
	before := row.ProviderID
	row.ProviderID = cmp.Or(in.Provider, defaultProvider)
	c.Txn.PutLogin(row)
	tellSocial(c, row, known, before, session.ID)
	return call.Answer(http.StatusOK, customerNumberView{CustomerNumber: customer.Number})
}

// tellSocial tells what a social login has done: it has created the customer, or changed its login's provider, and logged in.
func tellSocial(c *call.Call, login state.Login, known bool, before, session string) {
	switch {
	case !known:
		tellCreated(c, login.CustomerNumber)
	case login.ProviderID != before:
		tellUpdated(c, login.CustomerNumber)
	}
	tellLoggedIn(c, login.CustomerNumber, session)
}
