package service

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// serviceLifetime is the lifetime of a service token. The vendor's public samples answer 14399 seconds.
const serviceLifetime = 4 * time.Hour

// sessionIdleTime is the member session_idle_time of a service token, in seconds, as in the vendor's sample. It has no effect.
const sessionIdleTime = 120

type serviceView struct {
	TokenType             string `json:"token_type"`
	AccessToken           string `json:"access_token"`
	ExpiresIn             int64  `json:"expires_in"`
	SessionIdleTime       int64  `json:"session_idle_time"`
	RefreshToken          string `json:"refresh_token"` // always empty
	RefreshTokenExpiresIn int64  `json:"refresh_token_expires_in"`
	Scope                 string `json:"scope"`
}

// serviceToken returns a token for a back end: for any client, unless the tenant lists its clients (SERVICE-TOKEN).
//
// POST /oauth/token
func serviceToken(c *call.Call) (spec.Reply, error) {
	form, _ := c.Request.Value().(map[string]any)
	id, _ := form["client_id"].(string)
	secret, _ := form["client_secret"].(string)
	scope, _ := form["scope"].(string)
	wanted := slices.DeleteFunc(strings.Fields(scope), func(one string) bool { return strings.HasPrefix(one, tenantScope) })
	if clients := c.Settings.ServiceClients; len(clients) > 0 {
		at := slices.IndexFunc(clients, func(one state.ServiceClient) bool {
			return one.ClientID == id && subtle.ConstantTimeCompare([]byte(one.ClientSecret), []byte(secret)) == 1
		})
		if at < 0 {
			return spec.Reply{}, refusal.APIKey
		}
		wanted = granted(strings.Fields(clients[at].Scopes), wanted)
	}
	token := issue(c, state.Token{Kind: state.ServiceToken, Scopes: strings.Clone(strings.Join(wanted, " "))}, serviceLifetime, 0)
	return call.Answer(http.StatusOK, serviceView{
		TokenType: bearerType, AccessToken: token.Access,
		ExpiresIn: expiresIn(c, token.AccessExpires), SessionIdleTime: sessionIdleTime,
		Scope: scopesIn(c.Tenant, token.Scopes),
	})
}

// granted returns the scopes that a client gets: those it requests and may have, or all that it may have if it requests
// none. A client without a list may have any.
func granted(may, wanted []string) []string {
	switch {
	case len(may) == 0:
		return wanted
	case len(wanted) == 0:
		return may
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(one string) bool { return !slices.Contains(may, one) })
}

type validView struct {
	TokenType     string `json:"token_type"`
	ExpiresIn     int64  `json:"expires_in"` // seconds left
	Scope         string `json:"scope"`
	SessionID     string `json:"sessionId,omitempty"`
	Email         string `json:"email,omitempty"`
	LegalEntityID string `json:"legalEntityId,omitempty"`
}

// validateToken describes the caller's token (VALIDATE).
//
// GET /customer/{tenant}/validateauthtoken
func validateToken(c *call.Call) (spec.Reply, error) {
	login, _ := c.Txn.LoginByID(c.Caller.CustomerNumber, c.Caller.LoginID)
	return call.Answer(http.StatusOK, validView{
		TokenType: bearerType,
		ExpiresIn: secondsTo(c, c.Caller.AccessExpires),
		Scope:     scopesIn(c.Tenant, c.Caller.Scopes),
		SessionID: c.Caller.SessionID,
		Email:     login.Email, LegalEntityID: c.Caller.LegalEntityID,
	})
}

type scopesView struct {
	UserID string `json:"userId"`
	Scopes string `json:"scopes"`
}

// getScopes returns the caller's scopes (SCOPES).
//
// GET /iam/{tenant}/users/me/scopes
func getScopes(c *call.Call) (spec.Reply, error) {
	return call.Answer(http.StatusOK, scopesView{UserID: c.Caller.CustomerNumber, Scopes: scopesIn(c.Tenant, c.Caller.Scopes)})
}
