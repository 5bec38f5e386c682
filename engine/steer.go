package engine

import (
	"errors"
	"strings"
	"time"

	"standin/state"
)

// Clock is the clock of a tenant's world, which becomes one of its own by it. It returns the tenant 400 as an error.
func (s *Server) Clock(tenant string) (*Clock, error) {
	w, err := s.owned(tenant)
	if err != nil {
		return nil, err
	}
	return w.clock, nil
}

// owned is the world of a tenant, made one of its own if it was none.
func (s *Server) owned(tenant string) (*World, error) {
	for {
		w, err := s.worlds.find(tenant)
		if err != nil {
			return nil, err
		}
		err = s.change(w, func(*state.Txn) (bool, error) { return true, nil })
		if !errors.Is(err, errSuperseded) {
			return w, err
		}
	}
}

// Mails lists what a tenant was sent, oldest first.
func (s *Server) Mails(tenant string) ([]Mail, error) {
	w, err := s.worlds.find(tenant)
	if err != nil {
		return nil, err
	}
	txn := w.db.Load().View()
	defer txn.Abort()
	rows := txn.Mails(0, state.MaxMails)
	mails := make([]Mail, len(rows))
	for i, row := range rows {
		mails[i] = mailView(tenant, row)
	}
	return mails, nil
}

// Configure changes a tenant's settings. An error of change's is returned, and nothing has changed.
func (s *Server) Configure(tenant string, change func(state.Settings) (state.Settings, error)) error {
	w, err := s.owned(tenant)
	if err != nil {
		return err
	}
	return s.change(w, func(txn *state.Txn) (bool, error) {
		settings, err := change(txn.Settings())
		if err != nil {
			return false, err
		}
		return true, txn.PutSettings(settings)
	})
}

// Mint says what token to make.
type Mint struct {
	Kind     string        // customer, anonymous or service
	Email    string        // a login of the customer's; customer only
	Scopes   []string      // besides the ordinary customer's; all that a service token has
	Lifetime time.Duration // of the access token; the tenant's setting if zero, already expired if negative
}

// Minted is a token that was made without any login.
type Minted struct {
	AccessToken  string
	RefreshToken string // empty for a service token
	SaasToken    string // customer only
	SessionID    string // empty for a service token
}

// ErrNoLogin says that a token was to be minted for an e-mail address that nobody logs in with.
var ErrNoLogin = errors.New("engine: no login has this e-mail address")

// Mint makes a token of any kind. It returns [ErrNoLogin] or the tenant 400.
func (s *Server) Mint(tenant string, order Mint) (Minted, error) {
	w, err := s.owned(tenant)
	if err != nil {
		return Minted{}, err
	}
	var minted Minted
	err = s.change(w, func(txn *state.Txn) (bool, error) {
		c := &Call{Tenant: tenant, Now: w.clock.Now(), Txn: txn, Settings: txn.Settings(), world: w}
		c.entropy = newEntropy(w.seed, "mint", tenant, w.ticket.Add(1))
		var err error
		minted, err = c.mint(order)
		return err == nil, err
	})
	return minted, err
}

func (c *Call) mint(order Mint) (Minted, error) {
	token := state.Token{Kind: state.Kind(order.Kind), Scopes: strings.Join(order.Scopes, " ")}
	access, refresh := serviceLifetime, time.Duration(0)
	if token.Kind != state.Service {
		session, err := c.openSession(state.Session{})
		if err != nil {
			return Minted{}, err
		}
		token.SessionID = session.ID
	}
	switch token.Kind {
	case state.Service:
	case state.Anonymous:
		access, refresh = c.Settings.Lifetimes.AnonymousAccess, c.Settings.Lifetimes.AnonymousRefresh
	case state.Shopper:
		login, ok := c.Txn.LoginByEmail(order.Email)
		if !ok {
			return Minted{}, ErrNoLogin
		}
		access, refresh = c.Settings.Lifetimes.CustomerAccess, c.Settings.Lifetimes.CustomerRefresh
		token.CustomerNumber, token.LoginID = login.CustomerNumber, login.ID
		token.Scopes = strings.Join(append([]string{ordinaryScopes}, order.Scopes...), " ")
	default:
		return Minted{}, invalid("kind", "enum", "must be customer, anonymous or service")
	}
	if order.Lifetime != 0 {
		access = order.Lifetime
	}
	token, err := c.issue(token, access, refresh)
	minted := Minted{AccessToken: token.Access, RefreshToken: token.Refresh, SessionID: token.SessionID}
	if err == nil && token.Kind == state.Shopper {
		minted.SaasToken, err = c.saasToken(token)
	}
	return minted, err
}
