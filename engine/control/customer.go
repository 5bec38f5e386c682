package control

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/spec"
	"standin/state"
)

type customerLine struct {
	CustomerNumber string     `json:"customerNumber"`
	Status         string     `json:"status"`
	Email          string     `json:"email,omitempty"`
	FirstName      state.Text `json:"firstName,omitzero"`
	LastName       state.Text `json:"lastName,omitzero"`
	Company        state.Text `json:"company,omitzero"`
	Addresses      int        `json:"addresses"`
}

// listCustomers answers the customers in the order of their numbers. The parameter q is a part of a name, a number or an e-mail
// address.
//
// GET /_standin/tenants/{tenant}/customers
func listCustomers(c *engine.ControlCall) (spec.Reply, error) {
	views, most := []customerLine{}, limit(c)
	cursor := c.Param("cursor")
	part := strings.ToLower(c.Param("q"))
	c.World.View(func(txn *state.Txn) {
		txn.EachCustomer(cursor, func(row state.Customer) bool {
			logins := txn.LoginsOf(row.Number)
			cursor = row.Number
			if part == "" || matches(row, logins, part) {
				view := customerLine{
					CustomerNumber: row.Number, Status: string(row.Status), FirstName: row.FirstName, LastName: row.LastName,
					Company: row.Company, Addresses: len(txn.AddressesOf(row.Number)),
				}
				if len(logins) > 0 {
					view.Email = logins[0].Email
				}
				views = append(views, view)
			}
			return len(views) < most
		})
	})
	return call.Answer(http.StatusOK, map[string]any{"customers": views, "cursor": cursor})
}

func matches(row state.Customer, logins []state.Login, part string) bool {
	texts := []string{row.Number, row.FirstName.String() + " " + row.LastName.String(), row.Company.String(), row.ContactEmail}
	for _, login := range logins {
		texts = append(texts, login.Email)
	}
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), part) {
			return true
		}
	}
	return false
}

type customerView struct {
	CustomerNumber string            `json:"customerNumber"`
	Status         string            `json:"status"`
	Email          string            `json:"email,omitempty"`
	CreatedAt      time.Time         `json:"createdAt"`
	Profile        any               `json:"profile"`
	Accounts       []accountView     `json:"accounts"`
	Addresses      any               `json:"addresses"`
	Sessions       []sessionView     `json:"sessions"`
	MailedTokens   []mailedTokenView `json:"mailedTokens"`
}

type accountView struct {
	Email           string    `json:"email"`
	ProviderID      string    `json:"providerId,omitempty"`
	InitialPassword bool      `json:"initialPassword,omitzero"`
	Failures        int       `json:"failures,omitempty"`
	LockedUntil     time.Time `json:"lockedUntil,omitzero"`
}

type mailedTokenView struct {
	Kind      string    `json:"kind"`
	Token     string    `json:"token"`
	NewEmail  string    `json:"newEmail,omitempty"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type sessionView struct {
	SessionID        string    `json:"sessionId"`
	Live             bool      `json:"live"`
	IssuedAt         time.Time `json:"issuedAt,omitzero"`
	AccessExpiresAt  time.Time `json:"accessExpiresAt,omitzero"`
	RefreshExpiresAt time.Time `json:"refreshExpiresAt,omitzero"`
	LegalEntityID    string    `json:"legalEntityId,omitempty"`
}

// customerOf returns the customer that a control request names. Its refusal is 404.
func customerOf(c *engine.ControlCall, in *call.Call) (state.Customer, error) {
	row, ok := in.Txn.CustomerByNumber(c.Param("customer"))
	if login, found := in.Txn.LoginByEmail(c.Param("customer")); !ok && found {
		row, ok = in.Txn.CustomerByNumber(login.CustomerNumber)
	}
	if !ok {
		return row, refusal.NotFound("There is no customer %s in %s. GET /_standin/tenants/%s/customers lists them.", c.Param("customer"), c.World.Name(), c.World.Name())
	}
	return row, nil
}

// sessionsOf returns a customer's sessions, each with the ends of its longest-lived tokens and the legal entity of its newest.
func sessionsOf(in *call.Call, number string) []sessionView {
	views := []sessionView{}
	place, newest := map[string]int{}, map[string]state.Token{}
	for _, token := range in.Txn.TokensOf(number) {
		at, seen := place[token.SessionID]
		if !seen {
			at = len(views)
			place[token.SessionID] = at
			views = append(views, sessionView{SessionID: token.SessionID, IssuedAt: token.IssuedAt.UTC()})
		}
		view := &views[at]
		if token.AccessExpires.After(view.AccessExpiresAt) {
			view.AccessExpiresAt = token.AccessExpires.UTC()
		}
		if newer(token, newest[token.SessionID]) {
			newest[token.SessionID], view.LegalEntityID = token, token.LegalEntityID
		}
		if token.Refresh != "" && token.RefreshExpires.After(view.RefreshExpiresAt) {
			view.RefreshExpiresAt = token.RefreshExpires.UTC()
		}
		if token.IssuedAt.Before(view.IssuedAt) {
			view.IssuedAt = token.IssuedAt.UTC()
		}
		view.Live = in.Now.Before(view.AccessExpiresAt) || in.Now.Before(view.RefreshExpiresAt)
	}
	return views
}

// newer reports whether a token was issued after another one. Of two that were issued at the same time, the newer is the
// one that has not been refreshed.
func newer(token, other state.Token) bool {
	if token.IssuedAt.Equal(other.IssuedAt) {
		return token.Refresh != ""
	}
	return token.IssuedAt.After(other.IssuedAt)
}

func viewCustomer(in *call.Call, row state.Customer) customerView {
	view := customerView{
		CustomerNumber: row.Number, Status: string(row.Status), CreatedAt: row.CreatedAt.UTC(),
		Profile: service.Profile(row), Accounts: []accountView{}, Addresses: service.Addresses(in, row.Number),
		Sessions: sessionsOf(in, row.Number), MailedTokens: []mailedTokenView{},
	}
	for _, login := range in.Txn.LoginsOf(row.Number) {
		account := accountView{Email: login.Email, ProviderID: login.ProviderID, InitialPassword: login.InitialPassword, Failures: login.Failures}
		if login.LockedUntil.After(in.Now) {
			account.LockedUntil = login.LockedUntil.UTC()
		}
		view.Accounts = append(view.Accounts, account)
	}
	if len(view.Accounts) > 0 {
		view.Email = view.Accounts[0].Email
	}
	for _, token := range in.Txn.MailedTokensOf(row.Number) {
		view.MailedTokens = append(view.MailedTokens, mailedTokenView{
			Kind: string(token.Kind), Token: token.Token, NewEmail: token.NewEmail, ExpiresAt: token.ExpiresAt.UTC(),
		})
	}
	return view
}

// getCustomer answers one customer with everything that belongs to it.
//
// GET /_standin/tenants/{tenant}/customers/{customer}
func getCustomer(c *engine.ControlCall) (spec.Reply, error) {
	var view customerView
	err := c.Server.Look(c.World, func(in *call.Call) error {
		row, err := customerOf(c, in)
		if err == nil {
			view = viewCustomer(in, row)
		}
		return err
	})
	return spec.Reply{Status: http.StatusOK, Body: view}, err
}

// onCustomer runs a change in a transaction, with the customer that the control request names.
func onCustomer(c *engine.ControlCall, change func(*call.Call, state.Customer) error) error {
	return c.Server.Change(c.World, func(in *call.Call) error {
		row, err := customerOf(c, in)
		if err != nil {
			return err
		}
		return change(in, row)
	})
}

type customerPatch struct {
	Status          string         `json:"status"`
	Password        string         `json:"password"`
	InitialPassword *bool          `json:"initialPassword"`
	Profile         jsontext.Value `json:"profile"`
}

// updateCustomer merges a change into a customer. A new password is an initial one, unless the request says otherwise.
//
// PATCH /_standin/tenants/{tenant}/customers/{customer}
func updateCustomer(c *engine.ControlCall) (spec.Reply, error) {
	in, err := call.Body[customerPatch](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	patch := service.CustomerPatch{Status: in.Status, InitialPassword: in.InitialPassword, Profile: in.Profile}
	if in.Password != "" { // Hashing is slow, so it comes before the transaction.
		patch.PasswordHash, err = c.Server.Config().Hash.Hash(c.World.ControlEntropy(), in.Password)
		if err != nil {
			return spec.Reply{}, err
		}
		if patch.InitialPassword == nil {
			patch.InitialPassword = new(true)
		}
	}
	err = onCustomer(c, func(in *call.Call, row state.Customer) error { return service.PatchCustomer(in, row, patch) })
	if err != nil {
		return spec.Reply{}, err
	}
	return getCustomer(c)
}

// activateCustomer makes a customer active without its mail.
//
// POST /_standin/tenants/{tenant}/customers/{customer}/activate
func activateCustomer(c *engine.ControlCall) (spec.Reply, error) {
	err := onCustomer(c, func(in *call.Call, row state.Customer) error { service.Activate(in, row); return nil })
	if err != nil {
		return spec.Reply{}, err
	}
	return getCustomer(c)
}

// deleteCustomer deletes a customer with everything that belongs to it.
//
// DELETE /_standin/tenants/{tenant}/customers/{customer}
func deleteCustomer(c *engine.ControlCall) (spec.Reply, error) {
	err := onCustomer(c, func(in *call.Call, row state.Customer) error {
		in.Txn.DropCustomer(row.Number)
		return nil
	})
	return spec.Reply{Status: http.StatusNoContent}, err
}

// listSessions answers a customer's sessions.
//
// GET /_standin/tenants/{tenant}/customers/{customer}/sessions
func listSessions(c *engine.ControlCall) (spec.Reply, error) {
	var views []sessionView
	err := c.Server.Look(c.World, func(in *call.Call) error {
		row, err := customerOf(c, in)
		views = sessionsOf(in, row.Number)
		return err
	})
	return spec.Reply{Status: http.StatusOK, Body: map[string]any{"sessions": views}}, err
}

// endSessions ends all sessions of a customer.
//
// DELETE /_standin/tenants/{tenant}/customers/{customer}/sessions
func endSessions(c *engine.ControlCall) (spec.Reply, error) {
	err := onCustomer(c, func(in *call.Call, row state.Customer) error {
		for _, token := range in.Txn.TokensOf(row.Number) {
			in.Txn.DropToken(token.Access)
		}
		return nil
	})
	return spec.Reply{Status: http.StatusNoContent}, err
}

// endSession ends one session of a customer.
//
// DELETE /_standin/tenants/{tenant}/customers/{customer}/sessions/{session}
func endSession(c *engine.ControlCall) (spec.Reply, error) {
	err := onCustomer(c, func(in *call.Call, row state.Customer) error {
		ended := false
		for _, token := range in.Txn.TokensOf(row.Number) {
			if token.SessionID == c.Param("session") {
				in.Txn.DropToken(token.Access)
				ended = true
			}
		}
		if !ended {
			return refusal.NotFound("Customer %s has no session %s. GET …/sessions lists them.", row.Number, c.Param("session"))
		}
		return nil
	})
	return spec.Reply{Status: http.StatusNoContent}, err
}
