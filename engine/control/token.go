package control

import (
	"errors"
	"net/http"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/spec"
	"standin/state"
)

type tokenView struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken,omitempty"`
	SaasToken    string `json:"saasToken,omitempty"`
	ExpiresIn    int64  `json:"expiresIn"`
	SessionID    string `json:"sessionId,omitempty"`
}

func viewToken(m service.Minted) tokenView {
	return tokenView{
		AccessToken: m.AccessToken, RefreshToken: m.RefreshToken, SaasToken: m.SaasToken,
		ExpiresIn: int64(m.ExpiresIn/time.Second) - 1, SessionID: m.SessionID, // The service counts this way (T-LIFE).
	}
}

type tokenBody struct {
	Kind           string   `json:"kind"`
	Email          string   `json:"email"`
	CustomerNumber string   `json:"customerNumber"`
	Scopes         []string `json:"scopes"`
	ExpiresIn      *int64   `json:"expiresIn"`
}

// mintToken mints a token of any kind, also an expired one.
//
// POST /_standin/tenants/{tenant}/tokens
func mintToken(c *engine.ControlCall) (spec.Reply, error) {
	in, err := call.Body[tokenBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	order := service.Mint{Kind: in.Kind, Email: in.Email, CustomerNumber: in.CustomerNumber, Scopes: in.Scopes}
	customer := in.Kind == string(state.CustomerToken)
	switch {
	case customer && in.Email == "" && in.CustomerNumber == "":
		return spec.Reply{}, refusal.Value("email", "is required for a customer's token, or customerNumber")
	case in.Email != "" && in.CustomerNumber != "":
		return spec.Reply{}, refusal.Value("customerNumber", "cannot be given together with email")
	case !customer && in.Email != "":
		return spec.Reply{}, refusal.Value("email", "is for a customer's token only")
	case !customer && in.CustomerNumber != "":
		return spec.Reply{}, refusal.Value("customerNumber", "is for a customer's token only")
	case in.ExpiresIn != nil:
		order.Lifetime = time.Duration(*in.ExpiresIn) * time.Second
		if order.Lifetime == 0 {
			order.Lifetime = -1 // A token that is valid until now has expired.
		}
	}
	minted, err := c.Server.Mint(c.World, order)
	if errors.Is(err, service.ErrNoLogin) {
		return spec.Reply{}, refusal.NotFound("There is no customer %s in %s. GET …/customers lists them.", in.Email+in.CustomerNumber, c.World.Name())
	}
	if err != nil {
		return spec.Reply{}, err
	}
	view := viewToken(minted)
	if in.ExpiresIn != nil {
		view.ExpiresIn = *in.ExpiresIn
	}
	return call.Answer(http.StatusCreated, view)
}
