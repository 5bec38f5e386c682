package engine

import (
	"cmp"
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/engine/world"
	"standin/spec"
	"standin/state"
)

// maxControlBody bounds a body of a control request, in bytes: a fixture may be larger than a request to the service.
const maxControlBody = 9 << 20

// ControlCall is a request to the control API: everything that its handler may know.
type ControlCall struct {
	Server  *Server
	World   *world.World // of the tenant in the path; nil if it has none
	Origin  string       // the origin at which the client has reached the server
	Request *spec.Request
	Raw     []byte // the body as it was sent

	ctx context.Context //nolint:containedctx // A call is one request.
}

// Context ends with the request, or with the server.
func (c *ControlCall) Context() context.Context { return c.ctx }

// Param returns a parameter that was sent, or "".
func (c *ControlCall) Param(name string) string { return c.Request.Params[name] }

// ControlHandler handles an operation of the control API. It opens its own transactions, by [Server.Change] and the methods
// of [world.World].
type ControlHandler func(*ControlCall) (spec.Reply, error)

// runControl runs an operation of the control API. A tenant's world is looked up and never made.
func (s *Server) runControl(x *exchange) (spec.Sealed, error) {
	if s.config.Guard != nil {
		if err := s.config.Guard(x.request, x.declared.ID); err != nil {
			return spec.Sealed{}, err
		}
	}
	if name, ok := x.match.Path["tenant"]; ok {
		world, ok := s.worlds.Named(name)
		if !ok {
			return spec.Sealed{}, refusal.NotFound("There is no tenant %s; make it with POST /_standin/tenants. There are %s.", name, cmp.Or(s.worldNames(), "none"))
		}
		x.enter(world)
	}
	body, err := x.body()
	if err != nil {
		return spec.Sealed{}, err
	}
	if types := x.declared.MediaTypes(); len(types) > 0 {
		header := x.request.Header
		header.Set("Content-Type", meant(header.Get("Content-Type"), types[len(types)-1])) // JSON is YAML, too, but not the reverse.
	}
	x.Request = x.declared.Check(x.match, x.request, body)
	x.Request.Problems = append(x.Request.Problems, x.Request.Warnings...) // A typing error must not pass for a test.
	if err := x.verdict(); err != nil {
		return spec.Sealed{}, err
	}
	reply, err := x.operation.control(&ControlCall{Server: s, World: x.world, Origin: originOf(x.request), Request: x.Request, Raw: body, ctx: x.ctx})
	if errors.Is(err, world.ErrSuperseded) {
		err = refusal.NotFound("The tenant was deleted meanwhile.")
	}
	if err != nil {
		return spec.Sealed{}, err
	}
	return x.seal(reply)
}

// meant returns the media type of a body whose client has not chosen one: curl calls everything a form, and fetch calls a
// string text. A browser lets a page of any origin send these, so the guard has to come first.
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
	for _, w := range s.worlds.All() {
		if len(names) == most {
			return strings.Join(names, ", ") + " and more"
		}
		names = append(names, w.Name())
	}
	return strings.Join(names, ", ")
}

// originOf returns the origin at which the client has reached the server.
func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Change runs a change of a world by the control API. Its entropy is apart from that of the service's calls, so that it does
// not change the tokens that come later. If it returns an error, nothing is written.
func (s *Server) Change(w *world.World, change func(*call.Call) error) error {
	return w.Change(func(txn *state.Txn) (bool, error) {
		c := callIn(w, txn)
		c.Entropy = *w.ControlEntropy()
		err := change(c)
		return err == nil, err
	})
}

// Look runs a read of a world by the control API.
func (s *Server) Look(w *world.World, look func(*call.Call) error) error {
	txn := w.Read()
	defer txn.Abort()
	return look(callIn(w, txn))
}

func callIn(w *world.World, txn *state.Txn) *call.Call {
	return &call.Call{Tenant: w.Public(), Issuer: w.Name(), Now: w.Clock().Now(), Txn: txn, Settings: txn.Settings()}
}

// Configure changes a world's settings. If change returns an error, nothing is changed.
func (s *Server) Configure(w *world.World, change func(state.Settings) (state.Settings, error)) error {
	return s.Change(w, func(c *call.Call) error {
		settings, err := change(c.Settings)
		if err != nil {
			return err
		}
		c.Txn.PutSettings(settings)
		return nil
	})
}

// Mint makes a token without a login. It returns [service.ErrNoLogin] if there is no such customer.
func (s *Server) Mint(w *world.World, order service.Mint) (service.Minted, error) {
	var minted service.Minted
	err := s.Change(w, func(c *call.Call) error {
		var err error
		minted, err = service.MintToken(c, order)
		return err
	})
	return minted, err
}

// Take copies the customers of another database into the world, with all that belongs to them, in one transaction. An empty
// number is drawn anew. It returns the numbers. The error is [state.ErrTaken] if the world has an e-mail address, a number or
// a token of theirs already; then nothing is changed.
func (s *Server) Take(w *world.World, from *state.DB, numbers []string) ([]string, error) {
	other := from.View()
	defer other.Abort()
	err := s.Change(w, func(c *call.Call) error { return service.Take(c, other, numbers) })
	return numbers, err
}
