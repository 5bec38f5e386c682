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
	Email          string // as typed; unique without regard to case
	PasswordHash   string // PHC string; empty if only the provider vouches
	ProviderID     string
	CreatedAt      time.Time

	Failures      int // bad passwords in a row (LOGIN-LOCK)
	FailedSession string
	FailedAccess  string
	FailedHash    string
	LockedUntil   time.Time
}

// Fold makes e-mail addresses the same that differ only in case, as [strings.EqualFold] has it.
func Fold(email string) string {
	return strings.Map(func(r rune) rune {
		first := r // Of all that differ from it only in case.
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			first = min(first, other)
		}
		return first
	}, email)
}

// ErrNoCustomer says that a login belongs to no customer.
var ErrNoCustomer = errors.New("state: no such customer")

// PutLogin stores a login of a customer, a new one behind the others. It returns [ErrTaken] if another login has the
// e-mail address, in whatever case, and [ErrNoCustomer] if its customer is not there.
func (t *Txn) PutLogin(row Login) error {
	customer, ok := t.CustomerByNumber(row.CustomerNumber)
	if !ok {
		return fmt.Errorf("%w: %s, of login %s", ErrNoCustomer, row.CustomerNumber, row.ID)
	}
	for _, other := range customer.logins {
		if other.ID != row.ID && Fold(other.Email) == Fold(row.Email) {
			return fmt.Errorf("%w: %s by %s", ErrTaken, customers, byEmail)
		}
	}
	logins := slices.Clone(customer.logins)
	if at := customer.login(row.ID); at >= 0 {
		logins[at] = row
	} else {
		logins = append(logins, row)
	}
	customer.logins = logins
	return put(t, customers, customer)
}

// login is the place of a login among the customer's, or -1.
func (c Customer) login(id string) int {
	return slices.IndexFunc(c.logins, func(one Login) bool { return one.ID == id })
}

// DropLogin removes a login of a customer; one that is not there is no error.
func (t *Txn) DropLogin(customerNumber, id string) {
	customer, _ := t.CustomerByNumber(customerNumber)
	if at := customer.login(id); at >= 0 {
		customer.logins = slices.Delete(slices.Clone(customer.logins), at, at+1)
		must(0, put(t, customers, customer))
	}
}

// LoginByID finds a login of a customer.
func (t *Txn) LoginByID(customerNumber, id string) (Login, bool) {
	customer, _ := t.CustomerByNumber(customerNumber)
	if at := customer.login(id); at >= 0 {
		return customer.logins[at], true
	}
	return Login{}, false
}

// LoginByEmail finds the login with an e-mail address, in whatever case.
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

// LoginsOf lists a customer's logins in the order of their creation. Nobody changes the list.
func (t *Txn) LoginsOf(customerNumber string) []Login {
	customer, _ := t.CustomerByNumber(customerNumber)
	return customer.logins
}

// Logins are those of the customer as it was read, in the order of their creation. Nobody changes the list.
func (c Customer) Logins() []Login { return c.logins }
