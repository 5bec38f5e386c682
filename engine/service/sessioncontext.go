package service

import (
	"net/http"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

type contextBody struct {
	SiteCode       member[string] `json:"siteCode"`
	Currency       member[string] `json:"currency"`
	Language       member[string] `json:"language"`
	TargetLocation member[string] `json:"targetLocation"`
}

type contextView struct {
	SessionID      string          `json:"sessionId"`
	SiteCode       string          `json:"siteCode,omitempty"`
	Currency       string          `json:"currency,omitempty"`
	Language       string          `json:"language,omitempty"`
	TargetLocation string          `json:"targetLocation,omitempty"`
	Metadata       versionOnlyView `json:"metadata"`
}

type versionOnlyView struct {
	Version int `json:"version"`
}

// getSessionContext returns the context of the caller's session: site, currency, language and target location (CONTEXT).
//
// GET /session-context/{tenant}/me/context
func getSessionContext(c *call.Call) (spec.Reply, error) {
	session, ok := c.Txn.SessionByID(c.Caller.SessionID)
	if !ok {
		return spec.Reply{}, refusal.Bearer // A session lives as long as its tokens, so the token has none.
	}
	return call.Answer(http.StatusOK, viewContext(session))
}

// updateSessionContext merges a change into the context of the caller's session (CONTEXT).
//
// PATCH /session-context/{tenant}/me/context
func updateSessionContext(c *call.Call) (spec.Reply, error) {
	in, err := call.Body[contextBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	session, ok := c.Txn.SessionByID(c.Caller.SessionID)
	if !ok {
		return spec.Reply{}, refusal.Bearer
	}
	before := session
	in.SiteCode.into(&session.SiteCode, "")
	in.Currency.into(&session.Currency, "")
	in.Language.into(&session.Language, "")
	in.TargetLocation.into(&session.TargetLocation, "")
	if err := putContext(c, before, session); err != nil {
		return spec.Reply{}, err
	}
	return getSessionContext(c)
}

// putContext stores a changed context under its next version. An unchanged one keeps its version.
func putContext(c *call.Call, before, after state.Session) error {
	if after == before {
		return nil
	}
	after.Version++
	return c.Txn.PutSession(after)
}

func viewContext(s state.Session) contextView {
	return contextView{
		SessionID: s.ID, SiteCode: s.SiteCode, Currency: s.Currency, Language: s.Language,
		TargetLocation: s.TargetLocation, Metadata: versionOnlyView{Version: s.Version},
	}
}
