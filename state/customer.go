package state

import (
	"encoding/json"
	"time"
)

// Status says whether a customer may log in.
type Status string

// The states of a customer (LOGIN-INACTIVE, OPTIN).
const (
	Active       Status = "active"
	PendingOptIn Status = "pendingOptIn"
	Inactive     Status = "inactive"
)

// The defaults of a new profile, to which a cleared field returns (SIGNUP-DEFAULTS, PROFILE-PATCH).
const (
	DefaultLanguage = "en_US"
	DefaultCurrency = "USD"
	DefaultSite     = "main"
)

// Customer is a profile. Its number is its id.
type Customer struct {
	Number            string // 8 digits
	Status            Status
	Title             string
	FirstName         string
	MiddleName        string
	LastName          string
	ContactEmail      string
	ContactPhone      string
	Company           string
	PreferredLanguage string
	PreferredCurrency string
	PreferredSite     string

	CompanyRegistrationID string
	LegalEntities         []LegalEntity

	MixinLinks json.RawMessage // name → URL of its schema; never fetched
	Mixins     json.RawMessage // name → free-form value

	Version   int // grows with every change of the profile (PROFILE-VERSION)
	LastLogin time.Time
	CreatedAt time.Time

	held
}

// held is what is stored with a profile besides itself: an index less for each, and one search for all.
type held struct {
	logins         []Login
	defaultAddress string // its id
}

// B2B says whether the customer acts for a company.
func (c Customer) B2B() bool {
	return c.CompanyRegistrationID != "" || len(c.LegalEntities) > 0
}

// LegalEntity is a company that a B2B customer may act for.
type LegalEntity struct {
	ID                  string
	Name                string
	ContactAssignmentID string
}

// DefaultAddress is the id of the customer's default address, or "".
func (c Customer) DefaultAddress() string { return c.defaultAddress }

// PutCustomer stores a customer, which keeps its logins and addresses.
func (t *Txn) PutCustomer(row Customer) error {
	stored, _ := t.CustomerByNumber(row.Number)
	row.held = stored.held
	return store(t, customers, row)
}

// DropCustomer removes a customer and all that belongs to it: addresses, logins, tokens and mailed tokens. The
// mails that it was sent stay, as letters do.
func (t *Txn) DropCustomer(number string) {
	dropAll(t, addresses, byID+"_prefix", number)
	dropAll(t, tokens, byOwner, number)
	dropAll(t, mailedTokens, byKind+"_prefix", number)
	drop[Customer](t, customers, number)
}

// CustomerByNumber finds a customer.
func (t *Txn) CustomerByNumber(number string) (Customer, bool) {
	return get[Customer](t, customers, byID, number)
}

// Customers lists at most so many customers whose number comes after one, in the order of their numbers.
func (t *Txn) Customers(after string, most int) []Customer {
	var rows []Customer
	t.EachCustomer(after, func(row Customer) bool {
		if len(rows) < most {
			rows = append(rows, row)
		}
		return len(rows) < most
	})
	return rows
}

// EachCustomer calls see for the customers whose number comes after one, in the order of their numbers, until see
// says no.
func (t *Txn) EachCustomer(after string, see func(Customer) bool) {
	found := must(t.mem.LowerBound(customers, byID, t.at(after)...))
	for row, ok := found.Next().(*Customer); ok; row, ok = found.Next().(*Customer) {
		if row.Number != after && !see(*row) {
			return
		}
	}
}
