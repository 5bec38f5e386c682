package service

import (
	"net/http"
	"strings"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

type signupBody struct {
	Email           string              `json:"email"`
	Password        string              `json:"password"`
	CustomerDetails profileBody         `json:"customerDetails"`
	CustomerAddress member[addressBody] `json:"customerAddress"`
	Signup          member[credentials] `json:"signup"`
}

// signup creates a customer with a login, and with an address if one is sent. It does not log in (SIGNUP, SIGNUP-DUP,
// SIGNUP-CREDENTIALS, SIGNUP-ACTIVE, OPTIN).
//
// POST /{tenant}/signup
func signup(c *call.Call, in signupBody) (spec.Reply, error) {
	row, err := newProfile(c, in)
	if err != nil {
		return spec.Reply{}, err
	}
	access, prefix := credentials{Email: in.Email, Password: in.Password}, ""
	if in.Signup.Present && !in.Signup.Null {
		access, prefix = in.Signup.Value, "signup."
	}
	c.Txn.PutCustomer(row)
	login, err := createLogin(c, row.Number, access, prefix)
	if err != nil {
		return spec.Reply{}, err
	}
	if in.CustomerAddress.Present && !in.CustomerAddress.Null {
		createAddress(c, row.Number, in.CustomerAddress.Value)
	}
	tellCreated(c, row.Number)
	if row.Status == state.PendingOptIn {
		send(c, state.OptIn, login.Email, login, state.MailedToken{})
	}
	return call.Answer(http.StatusCreated, idView{ID: row.Number})
}

// newProfile returns the customer of a sign-up (SIGNUP-CONTACT, SIGNUP-DEFAULTS, SIGNUP-ADDRESS, B2B-RULE).
func newProfile(c *call.Call, in signupBody) (state.Customer, error) {
	if err := checkEmail("email", in.Email); err != nil {
		return state.Customer{}, err
	}
	contact := in.CustomerDetails.ContactEmail
	if contact.Present && !contact.Null && state.Fold(contact.Value) != state.Fold(in.Email) {
		return state.Customer{}, refusal.Field("customerDetails.contactEmail", "equal", "must be the same as email").By("SIGNUP-CONTACT")
	}
	if in.CustomerAddress.Present && !in.CustomerAddress.Null && strings.TrimSpace(in.CustomerAddress.Value.ContactName.Value.String()) == "" {
		return state.Customer{}, refusal.Field("customerAddress.contactName", "required", "is required, and must not be blank").By("SIGNUP-ADDRESS")
	}
	row := freshCustomer(c, in.Email)
	in.CustomerDetails.applyTo(&row)
	return row, checkBusiness(row, "customerDetails.")
}

// freshCustomer returns a new customer with default values, which is not stored yet.
func freshCustomer(c *call.Call, contactEmail string) state.Customer {
	row := state.Customer{
		Number:            freeCustomerNumber(c),
		Status:            state.Active,
		ContactEmail:      contactEmail,
		PreferredLanguage: state.DefaultLanguage,
		PreferredCurrency: state.DefaultCurrency,
		PreferredSite:     state.DefaultSite,
		Version:           1,
		CreatedAt:         c.Now,
	}
	switch {
	case c.Settings.DoubleOptIn:
		row.Status = state.PendingOptIn
	case !c.Settings.ActiveOnSignup:
		row.Status = state.Inactive
	}
	return row
}

func freeCustomerNumber(c *call.Call) string {
	for {
		number := c.Entropy.CustomerNumber()
		if _, taken := c.Txn.CustomerByNumber(number); !taken {
			return number
		}
	}
}
