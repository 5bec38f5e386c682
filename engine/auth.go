package engine

import (
	"slices"
	"strings"

	"standin/state"
)

// The security schemes of the documents, by the kind of token that meets them.
var schemes = map[state.Kind]string{ //nolint:gochecknoglobals // A table.
	state.Anonymous: "AnonymousAccessToken",
	state.Shopper:   "CustomerAccessToken",
	state.Service:   "ServiceAccessToken",
}

const clientScheme = "ClientId"

// authenticate finds out who calls, and whether that suffices (T-401, T-KIND, T-SCOPE).
func (c *Call) authenticate() error {
	if len(c.declared.Security) == 0 {
		return nil
	}
	if c.declared.Accepts(clientScheme) {
		return c.authenticateClient()
	}
	token, ok := c.Txn.TokenByAccess(bearer(c.header.Get("Authorization")))
	if !ok || !c.issuedHere(token.Tenant) {
		return errBearer.looking(c.tokenFacts(token, ok))
	}
	c.Caller = token
	late := !c.Now.Before(token.AccessExpires)
	if late && (!c.declared.AcceptsExpired || token.Kind != state.Shopper) {
		return errExpired.looking(c.tokenFacts(token, ok))
	}
	if !c.declared.Accepts(schemes[token.Kind]) {
		return c.wrongKind().looking(c.tokenFacts(token, ok)).saw("wanted", strings.Join(c.declared.Security, " or "))
	}
	if len(c.declared.Scopes) > 0 && !anyScope(token.Scopes, c.declared.Scopes) {
		return errForbidden.by("T-SCOPE").saw("scopes", token.Scopes).saw("wanted", "any of "+strings.Join(c.declared.Scopes, ", "))
	}
	return nil
}

// wrongKind is 403 where an operation for customers documents one, else 401 (T-KIND).
func (c *Call) wrongKind() *Error {
	if c.declared.Accepts(schemes[state.Shopper]) && c.declared.Documents(errForbidden.status) {
		return errForbidden
	}
	return errBearer.by("T-KIND")
}

func (c *Call) authenticateClient() error {
	id := c.Request.Credential
	if id == "" || len(c.Settings.ClientIDs) > 0 && !slices.Contains(c.Settings.ClientIDs, id) {
		return errAPIKey.saw("client_id", printable(id)).saw("setting clientIds", strings.Join(c.Settings.ClientIDs, ", "))
	}
	return nil
}

// issuedHere says whether a token of that issuer is good in this world: its own, or its fixture's.
func (c *Call) issuedHere(tenant string) bool { return tenant == "" || tenant == c.world.name }

// bearer is the token of an Authorization header, or "".
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func anyScope(granted string, wanted []string) bool {
	return slices.ContainsFunc(strings.Fields(granted), func(scope string) bool {
		return slices.Contains(wanted, scope)
	})
}

func printable(id string) string {
	if id == "" {
		return "none was sent"
	}
	return id
}
