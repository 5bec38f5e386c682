//go:build mutants

package engine

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"standin/spec"
	"standin/state"
)

// spoilTags changes what a change of tags has made of them.
func (c *Call) spoilTags(tags, before, named []string) []string {
	switch {
	case c.mutant("tags-case"):
		var kept []string
		for _, tag := range tags {
			if !slices.ContainsFunc(kept, func(one string) bool { return strings.EqualFold(one, tag) }) {
				kept = append(kept, tag)
			}
		}
		return kept
	case c.mutant("tags-sorted"):
		return slices.Sorted(slices.Values(tags))
	case c.mutant("tags-twice") && c.id() == "addAddressTags":
		return slices.Concat(before, named)
	}
	return tags
}

// spoil changes a refusal.
func (c *Call) spoil(e *Error) *Error {
	derived := *e
	if c.mutant("forbidden-type") {
		derived.body.Type = strings.ToLower(derived.body.Type)
	}
	if c.mutant("details-missing") {
		derived.body.Details = nil
	}
	failed, nobody, inactive := e.body.Message == errCredentials.body.Message && c.id() == "login", false, false
	for _, fact := range e.facts {
		nobody = nobody || strings.HasSuffix(fact.Value, " is nobody's login")
		inactive = inactive || strings.HasSuffix(fact.Value, ", who is inactive")
	}
	switch {
	case c.mutant("auth-expired-fault") && e.fault != nil && e.fault.Fault.Detail.Code == errExpired.fault.Fault.Detail.Code:
		return errBearer
	case failed && (c.mutant("login-details") || c.mutant("login-tells") && nobody):
		return errCredentials.about("email")
	case failed && c.mutant("login-inactive-tells") && inactive:
		return errInactive
	case c.mutant("login-inactive-same") && (e.body.Message == errInactive.body.Message || e.body.Message == errPending.body.Message):
		return errCredentials
	}
	return &derived
}

// spoilProfile changes what a change of a profile has made of it.
func (c *Call) spoilProfile(in profileBody, before state.Customer, row *state.Customer) {
	if c.mutant("patch-defaults") {
		if !in.PreferredLanguage.Present {
			row.PreferredLanguage = state.DefaultLanguage
		}
		if !in.PreferredCurrency.Present {
			row.PreferredCurrency = state.DefaultCurrency
		}
	}
	if c.mutant("patch-null") {
		keepCleared(in, before, row)
	}
	if c.mutant("b2b-body") && !in.B2B.Present {
		row.CompanyRegistrationID = before.CompanyRegistrationID
	}
	if c.mutant("patch-mixins") && in.Mixins.Present {
		row.Mixins = in.Mixins.Value
	}
	if c.mutant("patch-phone") && !in.ContactPhone.Present {
		row.ContactPhone = ""
	}
}

// unless is a value, or nothing if a fault is on.
func (c *Call) unless(id, value string) string {
	if c.mutant(id) {
		return ""
	}
	return value
}

// spoilLeft does not count down how many seconds the caller's token has left.
func (c *Call) spoilLeft(seconds int64) int64 {
	if c.mutant("validate-minus") {
		return int64(c.Caller.AccessExpires.Sub(c.Caller.IssuedAt) / time.Second)
	}
	return seconds
}

// spoilNewAddress asks more of a company's address.
func (c *Call) spoilNewAddress(customerNumber string, in addressBody) error {
	customer, _ := c.Txn.CustomerByNumber(customerNumber)
	if c.mutant("address-company") && customer.B2B() && in.CompanyName.Value == "" {
		return invalid("companyName", "required", "is required of a company")
	}
	return nil
}

// spoilOrder judges the request before the caller.
func (c *Call) spoilOrder(err error) error {
	if wrong := c.verdict(); c.mutant("order-body-first") && wrong != nil {
		return wrong
	}
	return err
}

// spoilBearer finds a token where none is.
func (c *Call) spoilBearer(token state.Token, ok bool) (state.Token, bool) {
	header := c.header.Get("Authorization")
	_, sent, _ := strings.Cut(header, " ")
	switch {
	case ok:
	case c.mutant("auth-scheme"):
		return c.Txn.TokenByAccess(sent)
	case c.mutant("auth-refresh-token"):
		return c.Txn.TokenByRefresh(bearer(header))
	case c.mutant("auth-foreign"):
		for _, world := range c.Server.worlds.all() {
			world.View(func(txn *state.Txn) {
				if found, there := txn.TokenByAccess(bearer(header)); there {
					token, ok = found, true
				}
			})
		}
		token.Tenant = c.world.name
	}
	return token, ok
}

// spoilLate says whether a token is late.
func (c *Call) spoilLate(late bool, token state.Token) bool {
	switch {
	case c.mutant("auth-second"):
		return c.Now.After(token.AccessExpires)
	case c.mutant("auth-never-late"):
		return false
	}
	return late
}

// spoilScopes says whether the scopes of a token suffice.
func (c *Call) spoilScopes(enough bool, token state.Token) bool {
	switch {
	case c.mutant("scope-unchecked"):
		return true
	case c.mutant("scope-all"):
		return !slices.ContainsFunc(c.declared.Scopes, func(one string) bool { return !anyScope(token.Scopes, []string{one}) })
	}
	return enough
}

// spoilLogin changes who is found by a login.
func (c *Call) spoilLogin(in credentials, row state.Login) (state.Login, error) {
	if c.mutant("password-login") {
		return row, c.checkPassword("password", in.Password)
	}
	if c.mutant("login-case") && row.Email != in.Email {
		return state.Login{}, nil
	}
	return row, nil
}

// spoilStatus lets in who should not log in.
func (c *Call) spoilStatus(status state.Status) state.Status {
	if c.mutant("login-inactive") && status == state.Inactive || c.mutant("login-pending") && status == state.PendingOptIn {
		return state.Active
	}
	return status
}

// spoilWelcome changes what a login leaves behind.
func (c *Call) spoilWelcome(customer *state.Customer) {
	if before, _ := c.Txn.CustomerByNumber(customer.Number); c.mutant("login-last") && !before.LastLogin.IsZero() {
		customer.LastLogin = before.LastLogin
	}
	if c.mutant("login-version") {
		customer.Version++
	}
	if c.mutant("login-session") {
		if session, err := c.openSession(state.Session{}); err == nil {
			c.Caller.SessionID = session.ID
		}
	}
}

// spoilRefresh changes what a refresh makes of a token.
func (c *Call) spoilRefresh(old, renewed *state.Token) {
	switch {
	case c.mutant("refresh-again"):
		old.Refresh, old.RefreshExpires = c.param("refreshToken"), renewed.RefreshExpires
	case c.mutant("refresh-kills-access"):
		old.AccessExpires = c.Now
	case c.mutant("refresh-restarts"):
		renewed.RefreshExpires = c.Now.Add(c.Settings.Lifetimes.CustomerRefresh)
	case c.mutant("refresh-session") && c.Caller.SessionID != "":
		renewed.SessionID = c.Caller.SessionID
	case c.mutant("refresh-entity-kept") && renewed.LegalEntityID == "":
		renewed.LegalEntityID = old.LegalEntityID
	}
}

// spoilLogout answers a logout before it has begun.
func (c *Call) spoilLogout(token state.Token, ok bool) (spec.Reply, bool) {
	foreign := !ok || token.CustomerNumber != c.Caller.CustomerNumber || !c.Now.Before(token.AccessExpires)
	return spec.Reply{Status: http.StatusNoContent}, c.mutant("logout-lenient") && foreign
}

// spoilEnd answers the token that a logout ends.
func (c *Call) spoilEnd(token state.Token) state.Token {
	switch {
	case c.mutant("logout-refresh"):
		left := token
		left.Access = c.entropy.accessToken()
		_ = c.Txn.PutToken(left)
	case c.mutant("logout-all"):
		c.endSessions(token.CustomerNumber, "")
	case c.mutant("logout-bearer"):
		return c.Caller
	}
	return token
}

// spoilPatch changes what a change of a profile begins with.
func (c *Call) spoilPatch(in *profileBody, row *state.Customer) {
	switch {
	case c.mutant("b2b-body") && !in.B2B.Present:
		row.CompanyRegistrationID = ""
	case c.mutant("patch-contact") && in.ContactEmail.Null:
		row.ContactEmail, in.ContactEmail = "", member[string]{}
	case c.mutant("contact-form") && in.ContactEmail.Present && !in.ContactEmail.Null:
		row.ContactEmail, in.ContactEmail = in.ContactEmail.Value, member[string]{}
	}
}

// spoilCount is by how much a change counts a version up.
func (c *Call) spoilCount() int {
	if c.mutant("patch-version") {
		return 0
	}
	return 1
}

// spoilAddress changes what a change of an address has made of it.
func (c *Call) spoilAddress(in addressBody, before state.Address, row *state.Address) {
	switch {
	case c.mutant("address-default-false") && in.IsDefault.Present && !in.IsDefault.Value:
		row.IsDefault = false
	case c.mutant("address-put") && c.id() == "replaceAddress":
		*row = state.Address{
			CustomerNumber: before.CustomerNumber, ID: before.ID, Seq: before.Seq,
			IsDefault: before.IsDefault, Version: before.Version, CreatedAt: before.CreatedAt,
		}
		_ = in.applyTo(row) // It was applied before.
	}
}

// spoilTo is to whom the mail of a sign-up goes.
func (c *Call) spoilTo(to string, row state.Customer) string {
	if c.mutant("optin-mail-contact") {
		return row.ContactEmail
	}
	return to
}

// spoilContact gives a new customer another contact address.
func (c *Call) spoilContact(row state.Customer, access credentials) state.Customer {
	if c.mutant("signup-contact-login") {
		row.ContactEmail = access.Email
	}
	return row
}

// keepCleared takes null for absence.
func keepCleared(in profileBody, before state.Customer, row *state.Customer) {
	for _, one := range []struct {
		null        bool
		field, keep *string
	}{
		{in.Title.Null, &row.Title, &before.Title},
		{in.FirstName.Null, &row.FirstName, &before.FirstName},
		{in.LastName.Null, &row.LastName, &before.LastName},
		{in.Company.Null, &row.Company, &before.Company},
	} {
		if one.null {
			*one.field = *one.keep
		}
	}
}
