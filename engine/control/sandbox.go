package control

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/engine/world"
	"standin/fixtures"
	"standin/spec"
	"standin/state"
)

type tenantView struct {
	Tenant    string    `json:"tenant"`
	As        string    `json:"as,omitempty"`
	BaseURL   string    `json:"baseUrl"`
	Fixture   string    `json:"fixture"`
	CreatedAt time.Time `json:"createdAt"`
	TTL       string    `json:"ttl,omitempty"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	Now       time.Time `json:"now"`
	Frozen    bool      `json:"frozen"`
	Customers int       `json:"customers"`

	Overshadowed bool `json:"overshadowed,omitzero"`
}

type sandboxView struct {
	tenantView     `json:",embed"`
	ClientID       string        `json:"clientId"`
	AnonymousToken tokenView     `json:"anonymousToken"`
	Personas       []personaView `json:"personas"`
}

// apiOrigin returns the origin of the service for the client of a control request.
func (p *Control) apiOrigin(c *engine.ControlCall) string {
	if p.options.APIOrigin != "" {
		return p.options.APIOrigin
	}
	return c.Origin
}

func (p *Control) viewTenant(c *engine.ControlCall, w *world.World) tenantView {
	view := tenantView{
		Tenant: w.Name(), BaseURL: p.apiOrigin(c) + "/customer/" + w.Public(), Fixture: w.Fixture().Name,
		CreatedAt: w.CreatedAt().UTC(), Now: w.Clock().Now(), Frozen: w.Clock().Frozen(), Overshadowed: c.Server.Worlds().Overshadowed(w),
	}
	if w.Public() != w.Name() {
		view.As = w.Public()
	}
	if ttl, ends := w.Life(); ttl > 0 {
		view.TTL, view.ExpiresAt = model.Duration(ttl).String(), ends.UTC()
	}
	const most = 10_000
	w.View(func(txn *state.Txn) {
		txn.EachCustomer("", func(state.Customer) bool {
			view.Customers++
			return view.Customers < most
		})
	})
	return view
}

func (p *Control) tenantAnswer(c *engine.ControlCall, w *world.World) (spec.Reply, error) {
	return call.Answer(http.StatusOK, p.viewTenant(c, w))
}

// listTenants answers the tenants by their names.
//
// GET /_standin/tenants
func (p *Control) listTenants(c *engine.ControlCall) (spec.Reply, error) {
	views, most := []tenantView{}, limit(c)
	cursor := c.Param("cursor")
	for _, w := range c.Server.Worlds().All() {
		if w.Name() <= c.Param("cursor") {
			continue
		}
		if len(views) == most {
			break
		}
		views = append(views, p.viewTenant(c, w))
		cursor = w.Name()
	}
	return call.Answer(http.StatusOK, map[string]any{"tenants": views, "cursor": cursor})
}

type sandboxBody struct {
	From     string         `json:"from"`
	Name     string         `json:"name"`
	TTL      string         `json:"ttl"`
	Seed     *int64         `json:"seed"`
	Clock    *time.Time     `json:"clock"`
	Freeze   bool           `json:"freeze"`
	Settings map[string]any `json:"settings"`
	As       string         `json:"as"`

	Overshadow bool `json:"overshadow"`
}

// createTenant makes a sandbox, and answers tokens for each persona of its fixture.
//
// POST /_standin/tenants
func (p *Control) createTenant(c *engine.ControlCall) (spec.Reply, error) {
	in, err := call.Body[sandboxBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	order := world.Sandbox{Seed: in.Seed, Name: in.Name, Public: in.As, Freeze: in.Freeze, Overshadow: in.Overshadow}
	if order.TTL, err = duration("ttl", in.TTL); err != nil {
		return spec.Reply{}, err
	}
	if in.TTL != "" && order.TTL == 0 {
		return spec.Reply{}, refusal.Value("ttl", "must be more than nothing, for example 10m; without it the sandbox stays until it is deleted")
	}
	if in.Clock != nil {
		if err := checkMoment("clock", *in.Clock); err != nil {
			return spec.Reply{}, err
		}
		order.Clock = *in.Clock
	}
	if in.Settings != nil {
		order.Settings = merging(c, in.Settings, "settings.")
	}
	if err := p.origin(c, in.From, &order); err != nil {
		return spec.Reply{}, err
	}
	made, err := c.Server.Worlds().Make(order)
	switch {
	case errors.Is(err, world.ErrNameForm):
		return spec.Reply{}, refusal.Value(nameField(in), "%v", err)
	case errors.Is(err, world.ErrNameTaken):
		return spec.Reply{}, refusal.Conflict("There is a tenant %s already.", in.Name)
	case errors.Is(err, world.ErrOvershadows):
		return spec.Reply{}, refusal.Conflict("No sandbox is made: %v. Choose another name, or say overshadow: true.", err)
	case errors.Is(err, world.ErrManyWorlds):
		return spec.Reply{}, refusal.Conflict("No sandbox is made: %v. Delete some, or give them a ttl.", err)
	case err != nil:
		return spec.Reply{}, err
	}
	view, err := p.viewSandbox(c, made)
	if err != nil {
		return spec.Reply{}, err
	}
	return call.Answer(http.StatusCreated, view)
}

// nameField returns the field whose value is not a valid tenant name.
func nameField(in sandboxBody) string {
	if in.As == "" || in.Name != "" && world.CheckTenants(in.Name) != nil {
		return "name"
	}
	return "as"
}

// The prefixes by which from says what it names.
const (
	fromFixture  = "fixture:"
	fromTenant   = "tenant:"
	fromSnapshot = "snapshot:"
)

// origin sets what a sandbox is made from: a fixture, a tenant or a snapshot. Without a prefix a fixture comes first.
func (p *Control) origin(c *engine.ControlCall, from string, order *world.Sandbox) error {
	if snapshot, ok := strings.CutPrefix(from, fromSnapshot); ok {
		tenant, name, _ := strings.Cut(snapshot, "/")
		world, ok := c.Server.Worlds().Named(tenant)
		if !ok {
			return refusal.NotFound("There is no tenant %s. A snapshot is named snapshot:tenant/name.", tenant)
		}
		taken, err := snapshotOf(world, name)
		order.Origin, order.Snapshot = world, &taken
		return err
	}
	if name, ok := strings.CutPrefix(from, fromTenant); ok {
		return tenantOrigin(c, name, order)
	}
	name, outright := strings.CutPrefix(from, fromFixture)
	if name == "" && !outright {
		name = p.home.Name
	}
	found, err := p.find(name)
	if err != nil && !outright && tenantOrigin(c, name, order) == nil {
		return nil
	}
	order.Fixture = found
	return err
}

func tenantOrigin(c *engine.ControlCall, name string, order *world.Sandbox) error {
	world, ok := c.Server.Worlds().Named(name)
	if !ok {
		return refusal.NotFound("There is no tenant %s to make a sandbox from. GET /_standin/tenants lists them.", name)
	}
	order.Origin = world
	return nil
}

func (p *Control) viewSandbox(c *engine.ControlCall, w *world.World) (sandboxView, error) {
	view := sandboxView{tenantView: p.viewTenant(c, w), Personas: []personaView{}}
	fixture := w.Fixture()
	view.ClientID = fixture.ClientID
	err := c.Server.Change(w, func(in *call.Call) error {
		if len(in.Settings.ClientIDs) > 0 {
			view.ClientID = in.Settings.ClientIDs[0]
		}
		minted, err := service.MintToken(in, service.Mint{Kind: string(state.AnonymousToken)})
		if err != nil {
			return err
		}
		view.AnonymousToken = viewToken(minted)
		for _, persona := range fixture.Personas {
			one, err := become(in, persona)
			if err != nil {
				return err
			}
			view.Personas = append(view.Personas, one)
		}
		return nil
	})
	return view, err
}

// getTenant answers one tenant.
//
// GET /_standin/tenants/{tenant}
func (p *Control) getTenant(c *engine.ControlCall) (spec.Reply, error) {
	return p.tenantAnswer(c, c.World)
}

// deleteTenant removes a tenant. Requests that wait in it are answered.
//
// DELETE /_standin/tenants/{tenant}
func deleteTenant(c *engine.ControlCall) (spec.Reply, error) {
	c.Server.Worlds().Remove(c.World)
	return call.Done(http.StatusNoContent)
}

// resetTenant returns a tenant to its fixture, or to another one, which becomes its fixture.
//
// POST /_standin/tenants/{tenant}/reset
func (p *Control) resetTenant(c *engine.ControlCall) (spec.Reply, error) {
	fixture := c.World.Fixture()
	if to := c.Param("to"); to != "" {
		var err error
		if fixture, err = p.find(strings.TrimPrefix(to, fromFixture)); err != nil {
			return spec.Reply{}, err
		}
	}
	if err := c.World.Reset(c.Context(), fixture); err != nil {
		return spec.Reply{}, err
	}
	return p.tenantAnswer(c, c.World)
}

// exportTenant answers the state as a fixture file that loads to an equal state.
//
// GET /_standin/tenants/{tenant}/export
func (p *Control) exportTenant(c *engine.ControlCall) (spec.Reply, error) {
	file, err := p.export(c.Context(), c.World)
	if errors.Is(err, fixtures.ErrTooLarge) || errors.Is(err, fixtures.ErrUnsayable) {
		return spec.Reply{}, refusal.Value("tenant", "cannot be said by a file: %v", err)
	}
	if err != nil {
		return spec.Reply{}, err
	}
	if _, wrong := p.parse(c.Context(), "export.yaml", file); wrong != nil { // An export must load again.
		return spec.Reply{}, refusal.Value("tenant", "holds what a fixture may not: %v", wrong)
	}
	return spec.Reply{Status: http.StatusOK, Body: spec.Opaque{MediaType: "application/yaml", Bytes: file}}, nil
}

// export returns the state of a world as a fixture file. It waits while too much is being exported or read.
func (p *Control) export(ctx context.Context, w *world.World) ([]byte, error) {
	personas := map[string]fixtures.Persona{}
	for _, persona := range w.Fixture().Personas {
		personas[persona.Number] = fixtures.Persona(persona)
	}
	var file []byte
	var err error
	w.Fork(func(db *state.DB) {
		size := min(db.Size(), readAtOnce)
		if p.reading.Acquire(ctx, size) != nil {
			err = refusal.Value("tenant", "is not exported: %v", context.Cause(ctx))
			return
		}
		defer p.reading.Release(size)
		file, err = fixtures.Export(db, fixtures.ExportOptions{Name: w.Name(), Issuer: w.Name(), Personas: personas})
	})
	return file, err
}
