package state

import (
	"encoding/json"
	"time"
)

// Status is the state of a customer. Only an active customer may log in.
type Status string

// The states of a customer (LOGIN-INACTIVE, OPTIN).
const (
	Active       Status = "active"
	PendingOptIn Status = "pendingOptIn"
	Inactive     Status = "inactive"
)

// The defaults of a new profile. A field that is cleared gets its default again (SIGNUP-DEFAULTS, PROFILE-PATCH).
const (
	DefaultLanguage = "en_US"
	DefaultCurrency = "USD"
	DefaultSite     = "main"
)

// AnonymousNumber is the number in the profile of an anonymous caller (ME-ANONYMOUS). No customer has it.
const AnonymousNumber = "00000000"

// Customer is a profile, identified by its number.
type Customer struct {
	Number            string // a letter or none, and 4 to 16 digits; 8 digits if it was drawn
	Status            Status
	Title             Text
	FirstName         Text
	MiddleName        Text
	LastName          Text
	ContactEmail      string
	ContactPhone      Text
	Company           Text
	PreferredLanguage string
	PreferredCurrency string
	PreferredSite     string

	CompanyRegistrationID Text

	MixinLinks json.RawMessage // name → URL of its schema; never fetched
	Mixins     json.RawMessage // name → free-form value

	Version   int // grows with every change of the profile (PROFILE-VERSION)
	LastLogin time.Time
	CreatedAt time.Time

	Stored
	held
}

// Stored are lists of a customer that no operation changes, or that are stored as they are sent. A new one needs no more than
// a field here, with a tag as below, and its member in the schema StoredCustomer of spec/customer.yaml: fixtures read and export it by
// its JSON name.
type Stored struct {
	LegalEntities []LegalEntity `json:"legalEntities,omitempty"`
}

// held are the logins and the default address of a customer. They are stored in the customer's row, not in tables:
// that saves an index for each, and one search finds them all.
type held struct {
	logins         []Login
	defaultAddress string // its id
}

// B2B reports whether the customer is assigned to a company. A company's registration alone does not assign it
// (PROFILE-GET).
func (c Customer) B2B() bool { return len(c.LegalEntities) > 0 }

// DefaultAddress returns the id of the customer's default address, or "" if the customer has no default address.
func (c Customer) DefaultAddress() string { return c.defaultAddress }

// PutCustomer stores a customer's profile. The customer's logins and addresses do not change.
func (t *Txn) PutCustomer(row Customer) {
	stored, _ := t.CustomerByNumber(row.Number)
	row.held = stored.held
	store(t, customers, row)
}

// DropCustomer removes a customer with its addresses, logins, tokens and mailed tokens. The mails that were sent to the
// customer stay.
func (t *Txn) DropCustomer(number string) {
	dropAll(t, addresses, byID+"_prefix", number)
	dropAll(t, tokens, byOwner, number)
	dropAll(t, mailedTokens, byKind+"_prefix", number)
	drop[Customer](t, customers, number)
}

// CustomerByNumber returns the customer with a number.
func (t *Txn) CustomerByNumber(number string) (Customer, bool) {
	return get[Customer](t, customers, byID, number)
}

// Customers returns up to most customers whose numbers come after the number after, in the order of their numbers.
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

// EachCustomer calls see for the customers whose numbers come after the number after, in the order of their numbers,
// until see returns false.
func (t *Txn) EachCustomer(after string, see func(Customer) bool) {
	found := must(t.mem.LowerBound(customers, byID, t.at(after)...))
	for row, ok := found.Next().(*Customer); ok; row, ok = found.Next().(*Customer) {
		if row.Number != after && !see(*row) {
			return
		}
	}
}
