package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Login is one way into a profile: an e-mail with a password, a provider, or both.
type Login struct {
	ID             string
	CustomerNumber string
	Email          string // as entered; unique regardless of case
	PasswordHash   string // PHC string; empty for a login by the provider alone
	ProviderID     string
	CreatedAt      time.Time

	InitialPassword bool // somebody else chose the password, and it is still the same (LOGIN-INITIAL)

	Failures      int // bad passwords in a row (LOGIN-LOCK)
	FailedSession string
	FailedAccess  string
	FailedHash    string
	LockedUntil   time.Time
}

// Fold returns an e-mail address in a form in which addresses that differ only in case are equal. Two addresses have the
// same form if and only if [strings.EqualFold] reports true for them.
func Fold(email string) string {
	return strings.Map(func(r rune) rune {
		first := r // The least of the characters that differ from r only in case.
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			first = min(first, other)
		}
		return first
	}, email)
}

// ErrNoCustomer means that the customer of a login or an address does not exist.
var ErrNoCustomer = errors.New("state: no such customer")

// PutLogin stores a login of a customer. A new one comes after the customer's other logins. The transaction fails with
// [ErrTaken] if another login has the same e-mail address, regardless of case, and with [ErrNoCustomer] if the customer does
// not exist.
func (t *Txn) PutLogin(row Login) {
	customer, ok := t.CustomerByNumber(row.CustomerNumber)
	if !ok {
		t.fail(fmt.Errorf("%w: %s, of login %s", ErrNoCustomer, row.CustomerNumber, row.ID))
		return
	}
	for _, other := range customer.logins {
		if other.ID != row.ID && Fold(other.Email) == Fold(row.Email) {
			t.fail(fmt.Errorf("%w: %s by %s", ErrTaken, customers, byEmail))
		}
	}
	logins := slices.Clone(customer.logins)
	if at := customer.login(row.ID); at >= 0 {
		logins[at] = row
	} else {
		logins = append(logins, row)
	}
	customer.logins = logins
	put(t, customers, customer)
}

// login returns the index of a login in the customer's list, or -1 if it is not there.
func (c Customer) login(id string) int {
	return slices.IndexFunc(c.logins, func(one Login) bool { return one.ID == id })
}

// DropLogin removes a login of a customer. It does nothing if the login does not exist.
func (t *Txn) DropLogin(customerNumber, id string) {
	customer, _ := t.CustomerByNumber(customerNumber)
	if at := customer.login(id); at >= 0 {
		customer.logins = slices.Delete(slices.Clone(customer.logins), at, at+1)
		put(t, customers, customer)
	}
}

// LoginByID returns a login of a customer.
func (t *Txn) LoginByID(customerNumber, id string) (Login, bool) {
	customer, _ := t.CustomerByNumber(customerNumber)
	if at := customer.login(id); at >= 0 {
		return customer.logins[at], true
	}
	return Login{}, false
}

// LoginByEmail returns the login with an e-mail address, regardless of case.
func (t *Txn) LoginByEmail(email string) (Login, bool) {
	folded := Fold(email)
	customer, _ := get[Customer](t, customers, byEmail, folded)
	for _, login := range customer.logins {
		if Fold(login.Email) == folded {
			return login, true
		}
	}
	return Login{}, false
}

// LoginsOf returns a customer's logins in the order of their creation. The caller must not change the list.
func (t *Txn) LoginsOf(customerNumber string) []Login {
	customer, _ := t.CustomerByNumber(customerNumber)
	return customer.logins
}

// Logins returns the logins that the customer had when the row was read, in the order of their creation. The caller must
// not change the list.
func (c Customer) Logins() []Login { return c.logins }
