package service

import (
	"errors"
	"strings"
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/state"
)

// Mint describes a token to make without a login.
type Mint struct {
	Kind           string        // customer, anonymous or service
	Email          string        // a login of the customer; for kind customer only
	CustomerNumber string        // in place of Email: the customer's first login is used
	LoginID        string        // with CustomerNumber: the login to use
	Scopes         []string      // besides those of an ordinary customer; for a service token, all of its scopes
	Lifetime       time.Duration // of the access token; the tenant's setting if 0, already expired if negative
	SessionID      string        // an existing session to continue; a new one if there is none of this id
}

// Minted is a token that was made without a login.
type Minted struct {
	AccessToken  string
	RefreshToken string        // empty for a service token
	SaasToken    string        // for kind customer only
	SessionID    string        // empty for a service token
	ExpiresIn    time.Duration // of the access token
}

// ErrNoLogin means that a token was requested for a customer or login that does not exist.
var ErrNoLogin = errors.New("service: there is no such login")

// MintToken makes a token without a login. It returns [ErrNoLogin] if there is no such customer.
func MintToken(c *call.Call, order Mint) (Minted, error) {
	token := state.Token{Kind: state.Kind(order.Kind), Scopes: strings.Join(order.Scopes, " ")}
	access, refresh := serviceLifetime, time.Duration(0)
	switch token.Kind {
	case state.ServiceToken:
	case state.AnonymousToken:
		access, refresh = c.Settings.Lifetimes.AnonymousAccess, c.Settings.Lifetimes.AnonymousRefresh
	case state.CustomerToken:
		login, ok := loginFor(c, order)
		if !ok {
			return Minted{}, ErrNoLogin
		}
		access, refresh = c.Settings.Lifetimes.CustomerAccess, c.Settings.Lifetimes.CustomerRefresh
		token.CustomerNumber, token.LoginID = login.CustomerNumber, login.ID
		if token.Scopes == "" {
			token.Scopes = ordinaryScopes
		} else {
			token.Scopes = ordinaryScopes + " " + token.Scopes
		}
	default:
		return Minted{}, refusal.Field("kind", "enum", "must be customer, anonymous or service")
	}
	if token.Kind != state.ServiceToken {
		session, ok := c.Txn.SessionByID(order.SessionID)
		if !ok {
			session = openSession(c, state.Session{})
		}
		token.SessionID = session.ID
	}
	if order.Lifetime != 0 {
		access = order.Lifetime
	}
	token = issue(c, token, access, refresh)
	minted := Minted{AccessToken: token.Access, RefreshToken: token.Refresh, SessionID: token.SessionID, ExpiresIn: access}
	if token.Kind == state.CustomerToken {
		minted.SaasToken = saasToken(c, token)
	}
	return minted, nil
}

func loginFor(c *call.Call, order Mint) (state.Login, bool) {
	switch {
	case order.LoginID != "":
		return c.Txn.LoginByID(order.CustomerNumber, order.LoginID)
	case order.Email != "":
		return c.Txn.LoginByEmail(order.Email)
	}
	logins := c.Txn.LoginsOf(order.CustomerNumber)
	if order.CustomerNumber == "" || len(logins) == 0 {
		return state.Login{}, false
	}
	return logins[0], true
}
