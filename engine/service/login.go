package service

import (
	"net/http"
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// lockedFor is how long a login is locked after too many wrong passwords (LOGIN-LOCK).
const lockedFor = 5 * time.Minute

// login returns tokens for an e-mail address and its password. An unknown address, a wrong password and a locked login get
// the same answer and cost the same hash (LOGIN, LOGIN-BAD, LOGIN-INACTIVE, LOGIN-INITIAL, LOGIN-LOCK).
//
// POST /{tenant}/login
func login(c *call.Call, in credentials) (spec.Reply, error) {
	row, _ := c.Txn.LoginByEmail(in.Email)
	ok, tried, err := c.VerifyPassword(in.Password, row.PasswordHash)
	if err != nil {
		return spec.Reply{}, err
	}
	if !ok {
		countFailure(c, row, tried)
		return spec.Reply{}, refusal.Credentials.Saw("email", in.Email+isLogin(c, in.Email)).Saw("password", "is not that of the login")
	}
	if locked(c, row) {
		return spec.Reply{}, refusal.Credentials.By("LOGIN-LOCK").Saw("lockedUntil", row.LockedUntil.UTC().Format(time.RFC3339))
	}
	customer, _ := c.Txn.CustomerByNumber(row.CustomerNumber)
	switch customer.Status {
	case state.PendingOptIn:
		return spec.Reply{}, refusal.Pending.Saw("email", in.Email+isLogin(c, in.Email))
	case state.Inactive:
		return spec.Reply{}, refusal.Inactive.Saw("email", in.Email+isLogin(c, in.Email))
	}
	if row.Failures > 0 {
		row.Failures, row.FailedSession, row.FailedAccess, row.FailedHash = 0, "", "", ""
		c.Txn.PutLogin(row)
	}
	token, saas := welcome(c, customer, row)
	initialPassword := row.InitialPassword
	return tokens(c, token, saas, &initialPassword)
}

func locked(c *call.Call, row state.Login) bool {
	return c.Settings.LockoutAfter > 0 && c.Now.Before(row.LockedUntil)
}

// countFailure counts a wrong password, and locks the login after too many in a row. The storefront in use repeats a refused
// login once with a refreshed anonymous token; the two count as one failure.
func countFailure(c *call.Call, row state.Login, tried string) {
	if c.Settings.LockoutAfter == 0 || row.ID == "" || locked(c, row) {
		return
	}
	repeated := row.FailedHash == tried && row.FailedSession == c.Caller.SessionID &&
		row.FailedAccess != "" && row.FailedAccess != c.Caller.Access
	row.FailedHash, row.FailedSession, row.FailedAccess = tried, c.Caller.SessionID, c.Caller.Access
	if repeated {
		row.FailedAccess = "" // A third one counts again.
	} else if row.Failures++; row.Failures >= c.Settings.LockoutAfter {
		row.Failures = 0
		row.LockedUntil = c.Now.Add(lockedFor)
	}
	c.Txn.PutLogin(row)
}

// logout ends one of the caller's sessions: the named access token and its refresh token (LOGOUT).
//
// GET /{tenant}/logout
func logout(c *call.Call) (spec.Reply, error) {
	token, ok := c.Txn.TokenByAccess(c.Param("accessToken"))
	if !ok || token.CustomerNumber != c.Caller.CustomerNumber || token.Kind != state.CustomerToken ||
		!c.IssuedHere(token.Tenant) || !c.Now.Before(token.AccessExpires) {
		return spec.Reply{}, refusal.NotOwnToken.SawAll(stateOf(c, "accessToken", token, ok, token.AccessExpires))
	}
	c.Txn.DropToken(token.Access)
	return call.Done(http.StatusNoContent)
}

// refreshToken returns new tokens for a refresh token, which cannot be used again. The old access token lives until it
// expires (REFRESH, REFRESH-BAD, T-ROTATE, T-SESSION).
//
// GET /{tenant}/refreshauthtoken
func refreshToken(c *call.Call) (spec.Reply, error) {
	old, ok := c.Txn.TokenByRefresh(c.Param("refreshToken"))
	if !ok || old.Kind != state.CustomerToken || !c.IssuedHere(old.Tenant) || !c.Now.Before(old.RefreshExpires) {
		return spec.Reply{}, refusal.RefreshToken.SawAll(stateOf(c, "refreshToken", old, ok, old.RefreshExpires))
	}
	entity := c.Param("legalEntityId")
	if entity != "" && !actsFor(c, old.CustomerNumber, entity) {
		return spec.Reply{}, refusal.LegalEntity.Saw("customer", old.CustomerNumber+" does not act for "+entity)
	}
	renewed := old
	renewed.Refresh = c.Entropy.RefreshToken() // It expires when the old one would have.
	renewed.LegalEntityID = entity
	old.Refresh, old.RefreshExpires = "", c.Now
	c.Txn.PutToken(old)
	return tokens(c, issue(c, renewed, c.Settings.Lifetimes.CustomerAccess, 0), "", nil)
}

func actsFor(c *call.Call, customerNumber, entity string) bool {
	customer, _ := c.Txn.CustomerByNumber(customerNumber)
	for _, one := range customer.LegalEntities {
		if one.ID == entity {
			return true
		}
	}
	return false
}
