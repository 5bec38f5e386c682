package service

import (
	"cmp"

	"github.com/go-json-experiment/json/jsontext"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/state"
)

// Take copies the customers of another database, with everything that belongs to them. An empty number is replaced by a new
// one in numbers. If a number or a token of theirs exists already, Take returns [state.ErrTaken]; if an e-mail address does, the
// transaction fails with it.
func Take(c *call.Call, other *state.Txn, numbers []string) error {
	renamed := map[string]string{}
	for i, row := range other.Customers("", len(numbers)) {
		number := numbers[i]
		if number == "" {
			number = freeCustomerNumber(c)
		} else if _, taken := c.Txn.CustomerByNumber(number); taken {
			return state.ErrTaken
		}
		numbers[i], renamed[row.Number] = number, number
		if err := takeCustomer(c, other, row, number); err != nil {
			return err
		}
	}
	for _, mail := range other.Mails(0, state.MaxMails) {
		mail.CustomerNumber, mail.Seq = renamed[mail.CustomerNumber], 0
		c.Txn.PutMail(mail)
	}
	return nil
}

func takeCustomer(c *call.Call, other *state.Txn, row state.Customer, number string) error {
	before := row.Number
	row.Number = number
	c.Txn.PutCustomer(row)
	for _, login := range other.LoginsOf(before) {
		login.CustomerNumber = number
		c.Txn.PutLogin(login)
	}
	for _, address := range other.AddressesOf(before) {
		address.CustomerNumber = number
		c.Txn.PutAddress(address)
	}
	for _, token := range other.TokensOf(before) {
		if _, taken := c.Txn.TokenByAccess(token.Access); taken {
			return state.ErrTaken
		}
		if session, ok := other.SessionByID(token.SessionID); ok {
			session.Tenant = c.Issuer
			c.Txn.PutSession(session)
		}
		token.CustomerNumber, token.Tenant = number, c.Issuer
		c.Txn.PutToken(token)
	}
	for _, token := range other.MailedTokensOf(before) {
		if _, taken := c.Txn.MailedTokenByToken(token.Token); taken {
			return state.ErrTaken
		}
		token.CustomerNumber, token.Tenant = number, c.Issuer
		c.Txn.PutMailedToken(token)
	}
	return nil
}

// CustomerPatch is a change of a customer by the control API. Empty fields stay as they are.
type CustomerPatch struct {
	Status          string
	PasswordHash    string         // of every login
	InitialPassword *bool          // of every login with a password; nil leaves it
	Profile         jsontext.Value // a change that the customer could make, too
}

// PatchCustomer changes an existing customer. A changed profile gets a higher version. It returns the refusal of an invalid
// profile.
func PatchCustomer(c *call.Call, row state.Customer, patch CustomerPatch) error {
	if patch.Status != "" {
		row.Status = state.Status(patch.Status)
	}
	patch.putLogins(c, row.Number)
	if len(patch.Profile) > 0 {
		var in profileBody
		if err := call.Decode(patch.Profile, &in); err != nil {
			return refusal.Field("profile", "type", "has a value that cannot be used")
		}
		if err := in.change(&row, "profile."); err != nil {
			return err
		}
		row.Version++
	}
	c.Txn.PutCustomer(row)
	return nil
}

// putLogins changes the logins of a customer.
func (p CustomerPatch) putLogins(c *call.Call, number string) {
	for _, login := range c.Txn.LoginsOf(number) {
		login.PasswordHash = cmp.Or(p.PasswordHash, login.PasswordHash)
		if p.InitialPassword != nil {
			login.InitialPassword = *p.InitialPassword && login.PasswordHash != ""
		}
		c.Txn.PutLogin(login)
	}
}

// Profile returns a customer's profile as the customer reads it with everything expanded.
func Profile(row state.Customer) any {
	view := viewProfile(row)
	view.Mixins = orEmpty(row.Mixins)
	return view
}

// Addresses returns a customer's addresses as the customer reads them.
func Addresses(c *call.Call, number string) any {
	views := []addressView{}
	return append(views, viewAddresses(c, number)...)
}

// Activate makes a customer active without the mail. The opt-in token that was mailed cannot be used any more.
func Activate(c *call.Call, row state.Customer) {
	for _, token := range c.Txn.MailedTokensOf(row.Number) {
		if token.Kind == state.OptIn {
			c.Txn.DropMailedToken(token.Token)
		}
	}
	row.Status = state.Active
	c.Txn.PutCustomer(row)
}
