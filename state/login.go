package state

import (
	"strings"
	"time"
	"unicode"
)

// Login is one way into a profile: an e-mail with a password, a provider, or both.
type Login struct {
	ID             string
	CustomerNumber string
	Seq            uint64 // order of creation within the database; Put gives it
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

// PutLogin stores a login, a new one behind the customer's others. It returns [ErrTaken] if another login has the
// e-mail address, in whatever case.
func (t *Txn) PutLogin(row Login) error {
	if row.Seq == 0 {
		newest, _ := last[Login](t, logins, byOwner+"_prefix", row.CustomerNumber)
		row.Seq = newest.Seq + 1
	}
	return put(t, logins, row)
}

// DropLogin removes a login.
func (t *Txn) DropLogin(id string) { drop[Login](t, logins, id) }

// LoginByID finds a login.
func (t *Txn) LoginByID(id string) (Login, bool) { return get[Login](t, logins, byID, id) }

// LoginByEmail finds the login with an e-mail address, in whatever case.
func (t *Txn) LoginByEmail(email string) (Login, bool) {
	return get[Login](t, logins, byEmail, Fold(email))
}

// LoginsOf lists a customer's logins in the order of their creation.
func (t *Txn) LoginsOf(customerNumber string) []Login {
	return list[Login](t, logins, byOwner+"_prefix", customerNumber)
}
