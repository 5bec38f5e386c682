package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// check reads the body and checks the request against the document.
func (x *exchange) check() error {
	body, err := x.body()
	if err != nil {
		return err
	}
	x.Request = x.declared.Check(x.match, x.request, body)
	journal.Conceal(x.Request.Warnings)
	if len(body) > 0 {
		x.Now = x.world.Clock().Now() // A slow body does not prolong the life of a token.
	}
	return nil
}

// admit applies what comes before any behavior (T-ORDER): who calls, then the document's verdict on the request. A writing
// call gets its ticket once it is admitted.
func (x *exchange) admit(txn *state.Txn) error {
	x.Txn, x.Settings = txn, txn.Settings()
	if err := x.authenticate(); err != nil {
		return err
	}
	if err := x.verdict(); err != nil {
		return err
	}
	if x.operation.Writes && x.ticket == 0 {
		x.ticket = x.world.NextTicket()
	}
	x.Entropy = x.world.CallEntropy(x.ticket)
	return nil
}

// verdict returns the refusal of a request that breaks the document, in the order of T-ORDER.
func (x *exchange) verdict() error {
	switch {
	case x.Request.Coded:
		return refusal.ContentCoding.Of(x.Request.Unsupported)
	case x.Request.Unsupported != "":
		return refusal.MediaType.Of(x.Request.Unsupported, strings.Join(x.declared.MediaTypes(), " or "))
	case len(x.Request.Problems) > 0:
		return refusal.Invalid.With(x.Request.Problems...)
	case x.Settings.Strict && len(x.Request.Warnings) > 0:
		return refusal.Invalid.With(x.Request.Warnings...).By("W-LIBERAL").Saw("setting strict", "true")
	}
	return nil
}

// The security schemes of the documents, by the kind of token that satisfies them.
var schemes = map[state.Kind]string{ //nolint:gochecknoglobals // A table.
	state.AnonymousToken: "AnonymousAccessToken",
	state.CustomerToken:  "CustomerAccessToken",
	state.ServiceToken:   "ServiceAccessToken",
}

const clientScheme = "ClientId"

// Accepts returns the kinds of tokens that an operation takes, by the names that they have for [Mint], sorted.
func Accepts(op *spec.Operation) []string {
	var kinds []string
	for kind, scheme := range schemes {
		if op.Accepts(scheme) {
			kinds = append(kinds, string(kind))
		}
	}
	slices.Sort(kinds)
	return kinds
}

// authenticate finds the caller and checks that it may call the operation (T-401, T-KIND, T-SCOPE).
func (x *exchange) authenticate() error {
	if len(x.declared.Security) == 0 {
		return nil
	}
	if x.declared.Accepts(clientScheme) {
		return x.authenticateClient()
	}
	token, ok := x.Txn.TokenByAccess(x.bearer())
	if !ok || !x.IssuedHere(token.Tenant) {
		return refusal.Bearer.SawAll(x.tokenFacts(token, ok))
	}
	x.Caller = token
	late := !x.Now.Before(token.AccessExpires)
	if late && (!x.declared.AcceptsExpired || token.Kind != state.CustomerToken) {
		return refusal.Expired.SawAll(x.tokenFacts(token, ok))
	}
	if !x.declared.Accepts(schemes[token.Kind]) {
		return x.wrongKind().SawAll(x.tokenFacts(token, ok)).Saw("wanted", strings.Join(x.declared.Security, " or "))
	}
	if len(x.declared.Scopes) > 0 && !anyScope(token.Scopes, x.declared.Scopes) {
		return x.forbidden().By("T-SCOPE").Saw("scopes", token.Scopes).Saw("wanted", "any of "+strings.Join(x.declared.Scopes, ", "))
	}
	return nil
}

// wrongKind returns 403 where an operation for customers documents one, else 401 (T-KIND).
func (x *exchange) wrongKind() *refusal.Error {
	if x.declared.Accepts(schemes[state.CustomerToken]) && x.declared.Documents(refusal.Forbidden.Status()) {
		return x.forbidden()
	}
	return refusal.Bearer.By("T-KIND")
}

// forbidden returns the 403 of the operation.
func (x *exchange) forbidden() *refusal.Error {
	return cmp.Or(x.operation.Forbidden, refusal.Forbidden)
}

func (x *exchange) authenticateClient() error {
	id := x.Request.Credential
	if id == "" || len(x.Settings.ClientIDs) > 0 && !slices.Contains(x.Settings.ClientIDs, id) {
		return refusal.APIKey.Saw("client_id", cmp.Or(id, "none was sent")).Saw("setting clientIds", strings.Join(x.Settings.ClientIDs, ", "))
	}
	return nil
}

// bearer returns the token of the request's Authorization header, or "".
func (x *exchange) bearer() string {
	scheme, token, _ := strings.Cut(x.request.Header.Get("Authorization"), " ")
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

// tokenFacts describe a bearer token, for the explanation of its refusal.
func (x *exchange) tokenFacts(t state.Token, found bool) []refusal.Fact {
	switch {
	case x.request.Header.Get("Authorization") == "":
		return []refusal.Fact{{Name: "bearer", Value: "none was sent"}}
	case x.bearer() == "":
		return []refusal.Fact{{Name: "bearer", Value: "the header is not of the form: Bearer, a space, a token"}}
	case !found:
		return []refusal.Fact{{Name: "bearer", Value: "no token of this tenant: it never was one, it has ended, or it died more than a day ago"}}
	case !x.IssuedHere(t.Tenant):
		return []refusal.Fact{{Name: "bearer", Value: "a token of another tenant"}}
	}
	return []refusal.Fact{
		{Name: "bearer", Value: "a token of kind " + string(t.Kind)},
		{Name: "issuedAt", Value: t.IssuedAt.UTC().Format(time.RFC3339)},
		{Name: "accessExpires", Value: t.AccessExpires.UTC().Format(time.RFC3339)},
		{Name: "now", Value: x.Now.Format(time.RFC3339)},
	}
}
