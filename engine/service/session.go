package service

import (
	"cmp"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// ordinaryScopes are the scopes of a customer without further roles (T-SCOPE).
const ordinaryScopes = "customer.customerprofile_edit customer.customerprofile_view customer.customer_read_own " +
	"customer.customer_manage_own customer.consent_view customer.consent_manage order.history_view " +
	"order.order_readascustomer order.order_updateascustomer quote.quote_read_own quote.quote_manage_own " +
	"returns.returns_read_own returns.returns_manage_own approval.approval_read_own approval.approval_manage_own " +
	"coupon.coupon_redeem customersegment.segment_read_own customermanagement.legalentity_read_own " +
	"iam.scope_read_own iam.user_read_own iam.group_read_own iam.assignment_create_own iam.assignment_delete_own"

// OrdinaryScopes returns the scopes of a customer without further roles, separated by spaces.
func OrdinaryScopes() string { return ordinaryScopes }

// scopesIn adds the scope that names the tenant. It is not stored, so that a fork's tokens name the fork.
func scopesIn(tenant, scopes string) string {
	return strings.TrimSpace(scopes + " " + tenantScope + tenant)
}

// classicTokens has the members of a token answer in the vendor's printed reference, currentTokens the newer ones (W-CASE).
type classicTokens struct {
	AccessToken           string `json:"accessToken"`
	SaasToken             string `json:"saasToken,omitempty"`
	ExpiresIn             int64  `json:"expiresIn"`
	RefreshToken          string `json:"refreshToken"`
	RefreshTokenExpiresIn int64  `json:"refreshTokenExpiresIn"`
}

type currentTokens struct {
	AccessToken           string `json:"access_token"`
	SaasToken             string `json:"saas_token,omitempty"`
	ExpiresIn             int64  `json:"expires_in"`
	RefreshToken          string `json:"refresh_token"`
	RefreshTokenExpiresIn int64  `json:"refresh_token_expires_in"`
	TokenType             string `json:"token_type"`
	SessionID             string `json:"session_id"`
	InitialPassword       *bool  `json:"initialPassword,omitempty"` // for a login only
}

type tokenView struct {
	Classic *classicTokens `json:",embed"`
	Current *currentTokens `json:",embed"`
}

// tokens returns the answer with a token, under the names of the tenant's setting wire.
func tokens(c *call.Call, t state.Token, saas string, initialPassword *bool) (spec.Reply, error) {
	var view tokenView
	if c.Settings.Wire != state.WireCurrent {
		view.Classic = &classicTokens{
			AccessToken: t.Access, SaasToken: saas, ExpiresIn: expiresIn(c, t.AccessExpires),
			RefreshToken: t.Refresh, RefreshTokenExpiresIn: expiresIn(c, t.RefreshExpires),
		}
	}
	if c.Settings.Wire != state.WireClassic {
		view.Current = &currentTokens{
			AccessToken: t.Access, SaasToken: saas, ExpiresIn: expiresIn(c, t.AccessExpires),
			RefreshToken: t.Refresh, RefreshTokenExpiresIn: expiresIn(c, t.RefreshExpires),
			TokenType: bearerType, SessionID: t.SessionID, InitialPassword: initialPassword,
		}
	}
	return call.Answer(http.StatusOK, view)
}

const bearerType = "Bearer"

// expiresIn returns the seconds to a deadline as a token answer has them: minus one (T-LIFE).
func expiresIn(c *call.Call, deadline time.Time) int64 {
	return max(secondsTo(c, deadline)-1, 0)
}

func secondsTo(c *call.Call, deadline time.Time) int64 {
	return int64(deadline.Sub(c.Now) / time.Second)
}

// openSession starts a session, as the anonymous login does (T-SESSION).
func openSession(c *call.Call, s state.Session) state.Session {
	s.ID = c.Entropy.UUID()
	s.Tenant = c.Issuer
	s.CreatedAt = c.Now
	s.Version = 1
	c.Txn.PutSession(s)
	return s
}

// issue stores a new access token with the properties of t. Unless t has a refresh token, it gets one if refresh is not 0.
// The session lives as long as its tokens.
func issue(c *call.Call, t state.Token, access, refresh time.Duration) state.Token {
	t.Access = c.Entropy.AccessToken()
	t.Tenant = c.Issuer
	t.IssuedAt = c.Now
	t.AccessExpires = c.Now.Add(access)
	if t.Refresh == "" && refresh > 0 {
		t.Refresh = c.Entropy.RefreshToken()
		t.RefreshExpires = c.Now.Add(refresh)
	}
	if t.Family == "" {
		t.Family = t.Access
	}
	c.Txn.PutToken(t)
	session, ok := c.Txn.SessionByID(t.SessionID)
	if died := t.DiesAt(); ok && died.After(session.ExpiresAt) {
		session.ExpiresAt = died
		c.Txn.PutSession(session)
	}
	return t
}

// welcome logs a stored customer in, in the caller's session (LOGIN, OPTIN). The customer's row is written only if the last
// login was in another second.
func welcome(c *call.Call, customer state.Customer, login state.Login) (state.Token, string) {
	if !customer.LastLogin.Equal(c.Now) {
		customer.LastLogin = c.Now
		c.Txn.PutCustomer(customer)
	}
	token := issue(c, state.Token{
		Kind:           state.CustomerToken,
		SessionID:      c.Caller.SessionID,
		CustomerNumber: customer.Number,
		LoginID:        login.ID,
		Scopes:         ordinaryScopes,
	}, c.Settings.Lifetimes.CustomerAccess, c.Settings.Lifetimes.CustomerRefresh)
	saas := saasToken(c, token)
	tellLoggedIn(c, customer.Number, token.SessionID)
	return token, saas
}

// saasToken returns the signed JWT of a login: HS256 under the tenant's secret (W-TOKEN).
func saasToken(c *call.Call, t state.Token) string {
	secret := c.Settings.SaasSecret
	if secret == "" {
		key := c.Entropy.Key("saas")
		secret = hex.EncodeToString(key[:])
	}
	return must(jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Subject:   t.CustomerNumber,
		ExpiresAt: jwt.NewNumericDate(t.AccessExpires),
		IssuedAt:  jwt.NewNumericDate(t.IssuedAt),
		ID:        c.Entropy.UUID(),
	}).SignedString([]byte(secret)))
}

// endSessions drops all tokens of a customer but those of one family, which may be "" (PASSWORD-CHANGE).
func endSessions(c *call.Call, customerNumber, sparedFamily string) {
	for _, token := range c.Txn.TokensOf(customerNumber) {
		if sparedFamily == "" || token.Family != sparedFamily {
			c.Txn.DropToken(token.Access)
		}
	}
}

// stateOf describes why a token in a parameter is refused, for an explanation.
func stateOf(c *call.Call, name string, t state.Token, found bool, expires time.Time) []refusal.Fact {
	if !found || !c.IssuedHere(t.Tenant) {
		return []refusal.Fact{{Name: name, Value: "is not a token of this tenant: it never was one, it was used, or it has ended"}}
	}
	return []refusal.Fact{
		{Name: name, Value: "is of kind " + string(t.Kind) + ", of customer " + cmp.Or(t.CustomerNumber, "none")},
		{Name: "expires", Value: expires.UTC().Format(time.RFC3339)},
		{Name: "now", Value: c.Now.Format(time.RFC3339)},
	}
}
