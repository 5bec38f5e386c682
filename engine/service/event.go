package service

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"standin/engine/call"
	"standin/state"
)

// tell stores an event in the transaction of its cause, if a webhook of the tenant receives its type (WEBHOOK). A refused call
// commits nothing, so it sends no event. The payload is made only if it is needed.
func tell(c *call.Call, kind state.EventType, payload func() any) {
	if !c.Settings.Tells(kind) {
		return
	}
	encoded := must(json.Marshal(payload(), json.Deterministic(true)))
	c.Txn.PutEvent(state.Event{ID: c.Entropy.EventID(), Type: kind, Payload: encoded, At: c.Now})
}

// customerEvent is the payload of customer.created and customer.updated.
type customerEvent struct {
	UpdatedBy         string         `json:"updatedBy,omitempty"`
	CustomerNumber    string         `json:"customerNumber"`
	ID                string         `json:"id"`
	Title             state.Text     `json:"title,omitzero"`
	FirstName         state.Text     `json:"firstName,omitzero"`
	LastName          state.Text     `json:"lastName,omitzero"`
	MiddleName        state.Text     `json:"middleName,omitzero"`
	Company           state.Text     `json:"company,omitzero"`
	PreferredSite     string         `json:"preferredSite"`
	PreferredCurrency string         `json:"preferredCurrency"`
	PreferredLanguage string         `json:"preferredLanguage"`
	Accounts          []string       `json:"accounts"` // the login e-mail addresses
	ContactPhone      state.Text     `json:"contactPhone,omitzero"`
	ContactEmail      string         `json:"contactEmail,omitempty"`
	Active            bool           `json:"active"`
	OnHold            bool           `json:"onHold"` // always false: no operation puts a customer on hold
	B2B               *b2bEvent      `json:"b2b,omitempty"`
	DefaultAddress    *addressView   `json:"defaultAddress,omitempty"`
	Addresses         []addressView  `json:"addresses,omitzero"`
	Metadata          metadataView   `json:"metadata"`
	Mixins            jsontext.Value `json:"mixins"`
	Tenant            string         `json:"tenant"`
}

type b2bEvent struct {
	CompanyRegistrationID state.Text `json:"companyRegistrationId"`
}

func newCustomerEvent(c *call.Call, number string) customerEvent {
	row, _ := c.Txn.CustomerByNumber(number)
	event := customerEvent{
		CustomerNumber: row.Number, ID: row.Number,
		Title: row.Title, FirstName: row.FirstName, LastName: row.LastName, MiddleName: row.MiddleName, Company: row.Company,
		PreferredSite: row.PreferredSite, PreferredCurrency: row.PreferredCurrency, PreferredLanguage: row.PreferredLanguage,
		Accounts: []string{}, ContactPhone: row.ContactPhone, ContactEmail: row.ContactEmail,
		Active:   row.Status == state.Active,
		Metadata: viewMetadata(row.Version, row.MixinLinks), Mixins: jsontext.Value(orEmpty(row.Mixins)), Tenant: c.Tenant,
	}
	for _, login := range row.Logins() {
		event.Accounts = append(event.Accounts, login.Email)
	}
	if !row.CompanyRegistrationID.Absent() {
		event.B2B = &b2bEvent{CompanyRegistrationID: row.CompanyRegistrationID}
	}
	return event
}

// tellCreated tells of a new customer.
func tellCreated(c *call.Call, number string) {
	tell(c, state.CustomerCreated, func() any { return newCustomerEvent(c, number) })
}

// tellUpdated tells of a change of a customer's profile, logins or addresses.
func tellUpdated(c *call.Call, number string) {
	tell(c, state.CustomerUpdated, func() any {
		event := newCustomerEvent(c, number)
		event.UpdatedBy = number
		event.Addresses = viewAddresses(c, number)
		event.DefaultAddress = defaultOf(event.Addresses)
		return event
	})
}

// deletedEvent is the payload of customer.deleted.
type deletedEvent struct {
	CustomerNumber string `json:"customerNumber"`
	Email          string `json:"email"`
	TriggeredBy    string `json:"triggeredBy"`
	Tenant         string `json:"tenant"`
}

// tellDeleted tells that a customer is about to be deleted, at the customer's own request.
func tellDeleted(c *call.Call, number string) {
	row, _ := c.Txn.CustomerByNumber(number)
	tell(c, state.CustomerDeleted, func() any {
		return deletedEvent{CustomerNumber: number, Email: row.ContactEmail, TriggeredBy: number, Tenant: c.Tenant}
	})
}

// loggedInEvent is the payload of customer.logged.in.
type loggedInEvent struct {
	Tenant     string `json:"tenant"`
	SessionID  string `json:"sessionId"`
	CustomerID string `json:"customerId"`
}

// tellLoggedIn tells that a customer has logged in to a session.
func tellLoggedIn(c *call.Call, number, session string) {
	tell(c, state.LoggedIn, func() any {
		return loggedInEvent{Tenant: c.Tenant, SessionID: session, CustomerID: number}
	})
}

type passwordResetEvent struct {
	Email string `json:"email"`
	Token string `json:"token"`
	Site  string `json:"site,omitempty"`
}

type optInEvent struct {
	CustomerNumber     string `json:"customerNumber"`
	ActivateAccountURL string `json:"activateAccountUrl"`
	Token              string `json:"token"`
}

type optInRenewedEvent struct {
	Email  string `json:"email"`
	Tenant string `json:"tenant"`
}

type emailChangeEvent struct {
	Tenant     string `json:"tenant"`
	CustomerID string `json:"customerId"`
	Token      string `json:"token"`
	Email      string `json:"email"`
	NewEmail   string `json:"newEmail"`
}

// tellMail tells what a mail is about, so that a shop can send its own mail instead. A renewed opt-in has a new token, so its
// request is told of like the first one, too.
func tellMail(c *call.Call, letter state.Mail, login state.Login, t state.MailedToken) {
	switch letter.Kind {
	case state.PasswordReset:
		tell(c, state.PasswordResetRequested, func() any { return passwordResetEvent{Email: login.Email, Token: t.Token, Site: t.Site} })
	case state.Resend:
		tell(c, state.OptInRenewed, func() any { return optInRenewedEvent{Email: login.Email, Tenant: c.Tenant} })
		tellOptIn(c, letter)
	case state.OptIn:
		tellOptIn(c, letter)
	case state.EmailChange:
		tellEmailChange(c, state.EmailChangeRequested, login, t)
	case state.Deletion:
	}
}

func tellOptIn(c *call.Call, letter state.Mail) {
	tell(c, state.OptInRequested, func() any {
		return optInEvent{
			CustomerNumber: letter.CustomerNumber, Token: letter.Token,
			ActivateAccountURL: strings.ReplaceAll(letter.Link, "{tenant}", c.Tenant),
		}
	})
}

// tellEmailChange tells of an e-mail change of a login: of its request, or of its confirmation. The login has its address from
// before the change.
func tellEmailChange(c *call.Call, kind state.EventType, login state.Login, t state.MailedToken) {
	tell(c, kind, func() any {
		return emailChangeEvent{Tenant: c.Tenant, CustomerID: login.CustomerNumber, Token: t.Token, Email: login.Email, NewEmail: t.NewEmail}
	})
}
