package engine

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"standin/spec"
	"standin/state"
)

// maxSteered bounds a body of the control plane: a fixture may be larger than a request to the service.
const maxSteered = 9 << 20

// steer runs an operation of the tester's. Its world is looked up and never made.
func (s *Server) steer(c *Call, w http.ResponseWriter, r *http.Request) (spec.Sealed, error) {
	if s.config.Guard != nil {
		if err := s.config.Guard(r, c.declared.ID); err != nil {
			return spec.Sealed{}, err
		}
	}
	c.origin = originOf(r)
	if name, ok := c.match.Path["tenant"]; ok {
		world, found := s.World(name)
		if !found {
			return spec.Sealed{}, NotFound("There is no tenant %s; make it with POST /_standin/tenants. There are %s.", name, first(s.worldNames(), "none"))
		}
		c.enterWorld(world)
	}
	var body []byte
	if c.declared.TakesBody() {
		var err error
		if body, err = readBody(http.MaxBytesReader(w, r.Body, maxSteered), r.ContentLength); err != nil {
			return spec.Sealed{}, err
		}
	}
	if types := c.declared.MediaTypes(); len(types) > 0 {
		r.Header.Set("Content-Type", meant(r.Header.Get("Content-Type"), types[len(types)-1])) // JSON is YAML, too, but not the reverse.
	}
	c.Request = c.declared.Check(*c.match, r, body)
	c.raw = body
	// A tester's slip of the pen must not pass for a test.
	c.Request.Problems = append(c.Request.Problems, c.Request.Warnings...)
	if err := c.verdict(); err != nil {
		return spec.Sealed{}, err
	}
	answer, err := c.run()
	if errors.Is(err, errSuperseded) {
		err = NotFound("The tenant was deleted meanwhile.")
	}
	return answer, err
}

// meant returns the Content-Type of a body that its client has not named: curl says of everything that it is a form, and
// fetch says of a string that it is text. A browser lets a page of any origin send these, so the guard has to come first.
func meant(sent, ours string) string {
	mediaType, parameters, err := spec.ParseMediaType(sent)
	switch {
	case sent == "":
		return ours
	case err == nil && (mediaType == "application/x-www-form-urlencoded" || mediaType == "text/plain"):
		return mime.FormatMediaType(ours, parameters)
	}
	return sent
}

// worldNames lists some of the worlds for a message.
func (s *Server) worldNames() string {
	const most = 10
	var names []string
	for _, w := range s.Worlds() {
		if len(names) == most {
			return strings.Join(names, ", ") + " and more"
		}
		names = append(names, w.name)
	}
	return strings.Join(names, ", ")
}

// originOf is where the client has found the server.
func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// NotFound refuses a step of the tester's for something that is not there; the message says what is.
func NotFound(format string, args ...any) error {
	return refusal(http.StatusNotFound, "resource_not_found", told(format, args...))
}

// Conflict refuses a step for what is there already, or is not as it was said to be.
func Conflict(format string, args ...any) error {
	return refusal(http.StatusConflict, "conflict_resource", told(format, args...))
}

// told is a message that may name what the client sent: it is short, and valid UTF-8 whatever that was.
func told(format string, args ...any) string {
	const most = 1000
	return valid(short(fmt.Sprintf(format, args...), most))
}

// short cuts a text to so many bytes.
func short(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// valid is a text that JSON can hold.
func valid(text string) string { return strings.ToValidUTF8(text, "\ufffd") }

// Invalid refuses one field of a step.
func Invalid(field, format string, args ...any) error {
	return invalid(field, "value", told(format, args...))
}

// InvalidAll refuses several fields of a step.
func InvalidAll(details ...spec.Detail) error { return errInvalid.with(details...) }

// Unauthorized refuses a tester who has not shown the token of the control plane.
func Unauthorized(message string) error {
	return frame("ControlUnauthorized", http.StatusUnauthorized, "unauthorized", message).withHeader("Www-Authenticate", "Bearer")
}

// Forbidden refuses a page that may not steer.
func Forbidden(message string) error {
	return frame("ControlForbidden", http.StatusForbidden, "Forbidden", message)
}

// Absent refuses a request because the handle is turned off.
func Absent() error { return errOff }

// World is the world that a step is about; nil if it is about none.
func (c *Call) World() *World { return c.world }

// Context ends with the request, or with the server.
func (c *Call) Context() context.Context { return c.ctx }

// Origin is where the client has found the server.
func (c *Call) Origin() string { return c.origin }

// Param is a parameter that was sent, or "".
func (c *Call) Param(name string) string { return c.param(name) }

// Raw is the body as it was sent.
func (c *Call) Raw() []byte { return c.raw }

// Body reads the checked body into the handler's own type.
func Body[T any](c *Call) (T, error) { return body[T](c) }

// Answer is a reply with a body.
func Answer(status int, view any) (spec.Reply, error) { return answer(status, view) }

// Done is a reply without one.
func Done(status int) (spec.Reply, error) { return done(status) }

// Change runs a step that writes to a world. Its entropy is apart from that of the service's own calls, so that a
// step changes no token that comes later. What it wrote is dropped if it answers an error.
func (s *Server) Change(w *World, step func(*Call) error) error {
	return s.change(w, func(txn *state.Txn) (bool, error) {
		c := &Call{Server: s, Tenant: w.Public(), Now: w.clock.Now(), Txn: txn, Settings: txn.Settings(), world: w}
		c.entropy = newEntropy(w.seed, "step", w.name, w.steps.Add(1))
		err := step(c)
		return err == nil, err
	})
}

// Configure changes a world's settings. An error of change's is returned, and nothing has changed.
func (s *Server) Configure(w *World, change func(state.Settings) (state.Settings, error)) error {
	return s.Change(w, func(c *Call) error {
		settings, err := change(c.Settings)
		if err != nil {
			return err
		}
		return c.Txn.PutSettings(settings)
	})
}

// Mint says what token to make.
type Mint struct {
	Kind           string        // customer, anonymous or service
	Email          string        // a login of the customer's; customer only
	CustomerNumber string        // instead of Email: the customer's first login
	LoginID        string        // with CustomerNumber: that login instead
	Scopes         []string      // besides the ordinary customer's; all that a service token has
	Lifetime       time.Duration // of the access token; the tenant's setting if zero, already expired if negative
	SessionID      string        // a session to go on with, if it is there; a new one otherwise
}

// Minted is a token that was made without any login.
type Minted struct {
	AccessToken  string
	RefreshToken string        // empty for a service token
	SaasToken    string        // customer only
	SessionID    string        // empty for a service token
	ExpiresIn    time.Duration // of the access token, from now on
}

// ErrNoLogin says that a token was to be minted for somebody who does not log in.
var ErrNoLogin = errors.New("engine: nobody logs in with that")

// Mint makes a token of any kind. It returns [ErrNoLogin] if there is no such customer.
func (s *Server) Mint(w *World, order Mint) (Minted, error) {
	var minted Minted
	err := s.Change(w, func(c *Call) error {
		var err error
		minted, err = c.Mint(order)
		return err
	})
	return minted, err
}

// Mint makes a token within a step. It returns [ErrNoLogin] if there is no such customer.
func (c *Call) Mint(order Mint) (Minted, error) {
	token := state.Token{Kind: state.Kind(order.Kind), Scopes: strings.Join(order.Scopes, " ")}
	access, refresh := serviceLifetime, time.Duration(0)
	switch token.Kind {
	case state.Service:
	case state.Anonymous:
		access, refresh = c.Settings.Lifetimes.AnonymousAccess, c.Settings.Lifetimes.AnonymousRefresh
	case state.Shopper:
		login, ok := c.loginFor(order)
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
		return Minted{}, invalid("kind", "enum", "must be customer, anonymous or service")
	}
	if token.Kind != state.Service {
		session, ok := c.Txn.SessionByID(order.SessionID)
		if !ok {
			var err error
			if session, err = c.openSession(state.Session{}); err != nil {
				return Minted{}, err
			}
		}
		token.SessionID = session.ID
	}
	if order.Lifetime != 0 {
		access = order.Lifetime
	}
	token, err := c.issue(token, access, refresh)
	minted := Minted{AccessToken: token.Access, RefreshToken: token.Refresh, SessionID: token.SessionID, ExpiresIn: access}
	if err == nil && token.Kind == state.Shopper {
		minted.SaasToken, err = c.saasToken(token)
	}
	return minted, err
}

func (c *Call) loginFor(order Mint) (state.Login, bool) {
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

// Details are what a refusal says of the fields of a request; nil if it says nothing of them.
func Details(err error) []spec.Detail {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.body.Details
	}
	return nil
}
