package engine

import (
	"net/http"
	"time"

	"standin/spec"
	"standin/state"
)

// lockedFor is how long a login is locked after too many bad passwords (LOGIN-LOCK).
const lockedFor = 5 * time.Minute

// login answers tokens for an e-mail address and its password. An unknown address, a wrong password and a
// locked login get the very same answer, and cost the same hash (LOGIN, LOGIN-BAD, LOGIN-INACTIVE, LOGIN-LOCK).
//
// POST /{tenant}/login
func login(c *Call) (spec.Reply, error) {
	in, err := Body[credentials](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	row, _ := c.Txn.LoginByEmail(in.Email)
	ok, tried, err := c.VerifyPassword(in.Password, row.PasswordHash)
	if err != nil {
		return spec.Reply{}, err
	}
	if !ok {
		if err := c.countFailure(row, tried); err != nil {
			return spec.Reply{}, err
		}
		return spec.Reply{}, errCredentials.saw("email", in.Email+c.isLogin(in.Email)).saw("password", "is not that of the login")
	}
	if c.locked(row) {
		return spec.Reply{}, errCredentials.by("LOGIN-LOCK").saw("lockedUntil", row.LockedUntil.UTC().Format(time.RFC3339))
	}
	customer, _ := c.Txn.CustomerByNumber(row.CustomerNumber)
	switch customer.Status {
	case state.PendingOptIn:
		return spec.Reply{}, errPending.saw("email", in.Email+c.isLogin(in.Email))
	case state.Inactive:
		return spec.Reply{}, errInactive.saw("email", in.Email+c.isLogin(in.Email))
	}
	if row.Failures > 0 {
		row.Failures, row.FailedSession, row.FailedAccess, row.FailedHash = 0, "", "", ""
		if err := c.Txn.PutLogin(row); err != nil {
			return spec.Reply{}, err
		}
	}
	token, saas, err := c.welcome(customer, row)
	if err != nil {
		return spec.Reply{}, err
	}
	initialPassword := false // Here nobody else ever chose the password.
	return c.tokens(token, saas, &initialPassword)
}

func (c *Call) locked(row state.Login) bool {
	return c.Settings.LockoutAfter > 0 && c.Now.Before(row.LockedUntil)
}

// countFailure counts a bad password, and locks the login if there were too many in a row. A known client sends
// a refused password once more after it has refreshed its anonymous token: these two are one failure.
func (c *Call) countFailure(row state.Login, tried string) error {
	if c.Settings.LockoutAfter == 0 || row.ID == "" || c.locked(row) {
		return nil
	}
	repeated := row.FailedHash == tried && row.FailedSession == c.Caller.SessionID &&
		row.FailedAccess != "" && row.FailedAccess != c.Caller.Access
	row.FailedHash, row.FailedSession, row.FailedAccess = tried, c.Caller.SessionID, c.Caller.Access
	if repeated {
		row.FailedAccess = "" // A third one is a failure of its own.
		return c.Txn.PutLogin(row)
	}
	row.Failures++
	if row.Failures >= c.Settings.LockoutAfter {
		row.Failures = 0
		row.LockedUntil = c.Now.Add(lockedFor)
	}
	return c.Txn.PutLogin(row)
}

// logout ends a session of the caller's: the named access token and the refresh token that goes with it (LOGOUT).
//
// GET /{tenant}/logout
func logout(c *Call) (spec.Reply, error) {
	token, ok := c.Txn.TokenByAccess(c.Param("accessToken"))
	if !ok || token.CustomerNumber != c.Caller.CustomerNumber || token.Kind != state.Shopper ||
		!c.IssuedHere(token.Tenant) || !c.Now.Before(token.AccessExpires) {
		return spec.Reply{}, errNotMine.looking(c.stateOf("accessToken", token, ok, token.AccessExpires))
	}
	c.Txn.DropToken(token.Access)
	return Done(http.StatusNoContent)
}

// refreshToken answers a new pair of tokens for a refresh token, which is dead from then on; the old access
// token lives until it expires (REFRESH, REFRESH-BAD, T-ROTATE, T-SESSION).
//
// GET /{tenant}/refreshauthtoken
func refreshToken(c *Call) (spec.Reply, error) {
	old, ok := c.Txn.TokenByRefresh(c.Param("refreshToken"))
	if !ok || old.Kind != state.Shopper || !c.IssuedHere(old.Tenant) || !c.Now.Before(old.RefreshExpires) {
		return spec.Reply{}, errRefresh.looking(c.stateOf("refreshToken", old, ok, old.RefreshExpires))
	}
	entity := c.Param("legalEntityId")
	if entity != "" && !c.actsFor(old.CustomerNumber, entity) {
		return spec.Reply{}, errEntity.saw("customer", old.CustomerNumber+" does not act for "+entity)
	}
	renewed := old
	renewed.Refresh = c.Entropy.refreshToken() // Its end stays where it was.
	renewed.LegalEntityID = entity
	old.Refresh, old.RefreshExpires = "", c.Now
	if err := c.Txn.PutToken(old); err != nil {
		return spec.Reply{}, err
	}
	renewed, err := c.issue(renewed, c.Settings.Lifetimes.CustomerAccess, 0)
	if err != nil {
		return spec.Reply{}, err
	}
	return c.tokens(renewed, "", nil)
}

func (c *Call) actsFor(customerNumber, entity string) bool {
	customer, _ := c.Txn.CustomerByNumber(customerNumber)
	for _, one := range customer.LegalEntities {
		if one.ID == entity {
			return true
		}
	}
	return false
}
