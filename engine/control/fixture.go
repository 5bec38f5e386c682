package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/entropy"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/engine/world"
	"standin/fixtures"
	"standin/spec"
	"standin/state"
)

// fixture returns a fixture in the form that the engine needs.
func (p *Control) fixture(f *fixtures.Fixture) *world.Fixture {
	out := &world.Fixture{
		Name: f.Name(), Description: f.Description(), ClientID: f.ClientID(),
		Build: func(ctx context.Context, at time.Time, seed []byte) (*state.DB, error) {
			return f.Build(ctx, p.options.build(at, seed))
		},
	}
	for _, persona := range f.Personas() {
		out.Personas = append(out.Personas, world.Persona(persona))
	}
	return out
}

// build returns the options with which a fixture is built.
func (o Options) build(at time.Time, seed []byte) fixtures.Options {
	random := entropy.Reader(seed, "fixture")
	return fixtures.Options{
		Now: at, Random: random, Scopes: service.OrdinaryScopes(),
		Hash: func(password string) (string, error) { return o.Hash.Hash(random, password) },
	}
}

// find returns a fixture by its name: the server's own, or an embedded one, which is read at its first use.
func (p *Control) find(name string) (*world.Fixture, error) {
	if name == p.home.Name {
		return p.home, nil
	}
	for _, known := range fixtures.Names() {
		if known != name {
			continue
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.embedded[name] == nil {
			read, err := fixtures.Load(context.Background(), name)
			if err != nil {
				return nil, err
			}
			p.embedded[name] = p.fixture(read)
		}
		return p.embedded[name], nil
	}
	return nil, refusal.NotFound("There is no fixture %s. There are %s; a sandbox is also made from a tenant (tenant:name) or a snapshot (snapshot:tenant/name).", name, strings.Join(p.names(), ", "))
}

// names returns the names of the fixtures, the server's own first.
func (p *Control) names() []string {
	names := []string{p.home.Name}
	for _, name := range fixtures.Names() {
		if name != p.home.Name {
			names = append(names, name)
		}
	}
	return names
}

type fixtureView struct {
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Personas    []personaLine `json:"personas"`
}

// listFixtures answers the fixtures from which a sandbox may be made.
//
// GET /_standin/fixtures
func (p *Control) listFixtures(*engine.ControlCall) (spec.Reply, error) {
	views := []fixtureView{}
	for _, name := range p.names() {
		f, err := p.find(name)
		if err != nil {
			return spec.Reply{}, err
		}
		views = append(views, fixtureView{Name: f.Name, Description: f.Description, Personas: viewPersonas(f)})
	}
	return call.Answer(http.StatusOK, map[string]any{"fixtures": views})
}

// importTime is how long it may take to read one fixture and to build it, unless the options say otherwise.
const importTime = 30 * time.Second

// readAtOnce bounds the texts of fixtures that are read at the same time, in bytes, together with the states that are exported.
// Half of it may hold as many values as a fixture may have, and reading these takes some hundred times their size. What is
// larger is read or exported alone.
const readAtOnce = 1 << 20

// bounded returns the context of a request that reads a fixture and builds it.
func (p *Control) bounded(c *engine.ControlCall, what string) (context.Context, context.CancelFunc) {
	most := cmp.Or(p.options.ImportTime, importTime)
	return context.WithTimeoutCause(c.Context(), most, fmt.Errorf("%s takes longer than %s; send less at once, or give all customers one password, which is hashed once", what, most))
}

// parse parses a fixture. It waits while too many bytes are being parsed.
func (p *Control) parse(ctx context.Context, file string, source []byte) (*fixtures.Fixture, error) {
	size := min(int64(len(source)), readAtOnce)
	if p.reading.Acquire(ctx, size) != nil {
		return nil, context.Cause(ctx)
	}
	defer p.reading.Release(size)
	return fixtures.Parse(ctx, file, source)
}

// importTenant replaces the tenant's state by that of a fixture file, at once.
//
// POST /_standin/tenants/{tenant}/import
func (p *Control) importTenant(c *engine.ControlCall) (spec.Reply, error) {
	ctx, cancel := p.bounded(c, "the import")
	defer cancel()
	read, err := p.parse(ctx, "import.yaml", c.Raw)
	if err != nil {
		return spec.Reply{}, refusedFixture(err)
	}
	if c.Param("keepTokens") != "true" {
		read = read.WithoutTokens()
	}
	if err := c.World.Reset(ctx, p.fixture(read)); err != nil {
		return spec.Reply{}, refusedFixture(err) // For example, two of its rows have the same key.
	}
	return p.tenantAnswer(c, c.World)
}

// refusedFixture returns a refusal with the findings of a fixture as details.
func refusedFixture(err error) error {
	wrong, ok := errors.AsType[*fixtures.Error](err)
	if !ok {
		return refusal.Value("body", "%v", err)
	}
	details := make([]spec.Detail, len(wrong.Findings))
	for i, finding := range wrong.Findings {
		details[i] = spec.Detail{Field: finding.Field, Type: "value", Message: finding.Message}
		if finding.Field == "" {
			details[i].Field = "body"
		}
		if finding.Line > 0 {
			details[i].Message = fmt.Sprintf("%s (line %d, column %d)", finding.Message, finding.Line, finding.Column)
		}
	}
	return refusal.Fields(details...)
}
