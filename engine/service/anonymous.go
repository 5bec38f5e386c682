package service

import (
	"cmp"
	"net/http"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// anonymousView is the answer to an anonymous login or refresh.
type anonymousView struct {
	TokenType             string `json:"token_type"`
	AccessToken           string `json:"access_token"`
	ExpiresIn             int64  `json:"expires_in"`
	RefreshToken          string `json:"refresh_token"`
	RefreshTokenExpiresIn int64  `json:"refresh_token_expires_in"`
	SessionID             string `json:"sessionId"`
	Scope                 string `json:"scope"`
}

// anonymousLogin starts a session (ANON-LOGIN, T-SESSION).
//
// GET /customerlogin/auth/anonymous/login
func anonymousLogin(c *call.Call) (spec.Reply, error) {
	session := openSession(c, state.Session{
		Currency:       c.Param("currency"),
		SiteCode:       c.Param("siteCode"),
		Language:       c.Param("language"),
		TargetLocation: c.Param("targetLocation"),
	})
	token := issue(c, state.Token{Kind: state.AnonymousToken, SessionID: session.ID},
		c.Settings.Lifetimes.AnonymousAccess, c.Settings.Lifetimes.AnonymousRefresh)
	return anonymous(c, token)
}

// anonymousRefresh returns a new access token of the same session. The refresh token stays valid until its original end,
// or is replaced (ANON-REFRESH). Parameters of the session's context are stored (CONTEXT).
//
// GET /customerlogin/auth/anonymous/refresh
func anonymousRefresh(c *call.Call) (spec.Reply, error) {
	old, err := refreshable(c)
	if err != nil {
		return spec.Reply{}, err
	}
	if c.Settings.AnonymousRefreshRotates {
		rotate(c, &old)
	}
	token := issue(c, old, c.Settings.Lifetimes.AnonymousAccess, 0)
	if session, ok := c.Txn.SessionByID(token.SessionID); ok {
		before := session
		session.Currency = cmp.Or(c.Param("currency"), session.Currency)
		session.SiteCode = cmp.Or(c.Param("siteCode"), session.SiteCode)
		session.Language = cmp.Or(c.Param("language"), session.Language)
		session.TargetLocation = cmp.Or(c.Param("targetLocation"), session.TargetLocation)
		putContext(c, before, session)
	}
	return anonymous(c, token)
}

// refreshable returns the anonymous token that a request renews: the one with the refresh token or, if none was sent, with the
// access token, which may have expired (ANON-REFRESH).
func refreshable(c *call.Call) (state.Token, error) {
	name, find := "refresh_token", c.Txn.TokenByRefresh
	if c.Param(name) == "" && c.Param("anonymous_token") != "" {
		name, find = "anonymous_token", c.Txn.TokenByAccess
	}
	sent := c.Param(name)
	if sent == "" {
		return state.Token{}, refusal.Field(name, "required", "is required").By("ANON-REFRESH")
	}
	old, ok := find(sent)
	if !ok || old.Kind != state.AnonymousToken || !c.IssuedHere(old.Tenant) || !c.Now.Before(old.RefreshExpires) {
		return old, refusal.Bearer.By("ANON-REFRESH").SawAll(stateOf(c, name, old, ok, old.RefreshExpires))
	}
	return old, nil
}

func anonymous(c *call.Call, t state.Token) (spec.Reply, error) {
	return call.Answer(http.StatusOK, anonymousView{
		TokenType:    bearerType,
		AccessToken:  t.Access,
		ExpiresIn:    expiresIn(c, t.AccessExpires),
		RefreshToken: t.Refresh, RefreshTokenExpiresIn: expiresIn(c, t.RefreshExpires),
		SessionID: t.SessionID,
		Scope:     scopesIn(c.Tenant, t.Scopes),
	})
}

// rotate replaces the refresh token of an anonymous token by a new one with the same end. The access tokens that have shared the old one
// stay valid.
func rotate(c *call.Call, token *state.Token) {
	for {
		other, ok := c.Txn.TokenByRefresh(token.Refresh)
		if !ok {
			token.Refresh = c.Entropy.RefreshToken()
			return
		}
		other.Refresh, other.RefreshExpires = "", c.Now
		c.Txn.PutToken(other)
	}
}
