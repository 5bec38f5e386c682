package service

import (
	"cmp"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

type contextBody struct {
	SiteCode       member[string]          `json:"siteCode"`
	Currency       member[string]          `json:"currency"`
	Language       member[string]          `json:"language"`
	TargetLocation member[string]          `json:"targetLocation"`
	Context        member[json.RawMessage] `json:"context"`
	Metadata       struct {
		Version int64 `json:"version"`
	} `json:"metadata"`
}

type contextView struct {
	SessionID      string              `json:"sessionId"`
	CustomerID     string              `json:"customerId,omitempty"`
	SiteCode       string              `json:"siteCode"`
	Currency       string              `json:"currency"`
	Language       string              `json:"language"`
	TargetLocation string              `json:"targetLocation"`
	Context        json.RawMessage     `json:"context,omitempty"`
	Metadata       contextMetadataView `json:"metadata"`
}

type contextMetadataView struct {
	Version    int       `json:"version"`
	CreatedAt  time.Time `json:"createdAt,omitzero"`
	ModifiedAt time.Time `json:"modifiedAt,omitzero"`
}

// getSessionContext returns the context of the caller's session (CONTEXT).
//
// GET /session-context/{tenant}/me/context
func getSessionContext(c *call.Call) (spec.Reply, error) {
	session, err := ownSession(c)
	if err != nil {
		return spec.Reply{}, err
	}
	return call.Answer(http.StatusOK, viewContext(c, session))
}

// ownSession returns the caller's session. A session lives as long as its tokens, so the token of a session that is gone has
// ended, too.
func ownSession(c *call.Call) (state.Session, error) {
	session, ok := c.Txn.SessionByID(c.Caller.SessionID)
	if !ok {
		return session, refusal.Bearer
	}
	return session, nil
}

// updateSessionContext merges a change into the context of the caller's session. It must have been made on the context's present
// version (CONTEXT).
//
// PATCH /session-context/{tenant}/me/context
func updateSessionContext(c *call.Call, in contextBody) (spec.Reply, error) {
	session, err := ownSession(c)
	if err != nil {
		return spec.Reply{}, err
	}
	if stored := session.Version; in.Metadata.Version != int64(stored) {
		return spec.Reply{}, refusal.Stale.Of(in.Metadata.Version, stored).By("CONTEXT").Saw("metadata.version", strconv.Itoa(stored))
	}
	before := session
	in.SiteCode.into(&session.SiteCode, "")
	in.Currency.into(&session.Currency, "")
	in.Language.into(&session.Language, "")
	in.TargetLocation.into(&session.TargetLocation, "")
	mergeInto(&session.Context, in.Context)
	if err := checkAttributes("context", session.Context); err != nil {
		return spec.Reply{}, err
	}
	putContext(c, before, session)
	return call.Done(http.StatusNoContent)
}

// checkAttributes refuses attributes that are too large. The field is that of the request's body which made them so.
func checkAttributes(field string, attributes json.RawMessage) error {
	if len(attributes) > state.MaxAttributes {
		return refusal.Field(field, "max_length", "would make the attributes of the session larger than "+strconv.Itoa(state.MaxAttributes)+" bytes")
	}
	return nil
}

// putContext stores a changed context under its next version. An unchanged one keeps its version.
func putContext(c *call.Call, before, after state.Session) {
	if reflect.DeepEqual(after, before) {
		return
	}
	after.Version++
	after.ModifiedAt = c.Now
	c.Txn.PutSession(after)
}

// viewContext returns the context of a session as the caller reads it. What the shopper did not choose comes from the customer,
// if one has called, else from the default site: the session stores choices only, so that it follows both.
func viewContext(c *call.Call, s state.Session) contextView {
	site := c.Settings.Site
	view := contextView{
		SessionID: s.ID, SiteCode: s.SiteCode, Currency: s.Currency, Language: s.Language, TargetLocation: s.TargetLocation,
		Context: s.Context,
		Metadata: contextMetadataView{
			Version: s.Version, CreatedAt: s.CreatedAt.UTC(), ModifiedAt: cmp.Or(s.ModifiedAt, s.CreatedAt).UTC(),
		},
	}
	if customer, ok := c.Txn.CustomerByNumber(c.Caller.CustomerNumber); ok {
		view.CustomerID = customer.Number
		view.SiteCode = cmp.Or(view.SiteCode, customer.PreferredSite)
		view.Currency = cmp.Or(view.Currency, customer.PreferredCurrency)
		view.Language = cmp.Or(view.Language, customer.PreferredLanguage)
		view.TargetLocation = cmp.Or(view.TargetLocation, location(c, customer.Number))
	}
	view.SiteCode = cmp.Or(view.SiteCode, site.Code)
	view.Currency = cmp.Or(view.Currency, site.Currency)
	view.Language = cmp.Or(view.Language, site.Language())
	view.TargetLocation = cmp.Or(view.TargetLocation, site.Location())
	return view
}

// location returns the country to which a customer's orders go: that of an address for shipping, else of one for billing, else of
// the default address; "" if they have none. Of several the default address comes first, then the oldest (CONTEXT).
func location(c *call.Call, customerNumber string) string {
	home, _ := c.Txn.DefaultAddressOf(customerNumber)
	addresses := append([]state.Address{home}, c.Txn.AddressesOf(customerNumber)...)
	for _, tag := range []string{"shipping", "billing"} {
		for _, address := range addresses {
			tagged := func(one string) bool { return strings.EqualFold(one, tag) }
			if country := address.Country.String(); country != "" && slices.ContainsFunc(address.Tags, tagged) {
				return country
			}
		}
	}
	return home.Country.String()
}
