package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// Config configures the worlds. All fields but Tenants and Deliver are required.
type Config struct {
	Fixture        *Fixture         // what an unseen tenant starts from
	Now            func() time.Time // the wall clock
	Seed           []byte           // of all entropy
	Tenants        []string         // if any, only these are served before the control API has made them
	MaxWorlds      int
	JournalEntries int   // of each world
	JournalBytes   int64 // of all worlds together
	SnapshotBytes  int64 // of all worlds together
	Sent           func(Mail)
	// Deliver sends an event of a tenant to a webhook, and returns the status of the answer, or 0 and why there is none. If it is
	// nil, no event is sent.
	Deliver func(ctx context.Context, tenant string, to state.Webhook, event state.Event) (int, string)
}

// Home returns the tenant that is always there: the first of the configured ones, else demo.
func (c Config) Home() string { return cmp.Or(append(slices.Clone(c.Tenants), "demo")...) }

// always returns the tenants that are always there, each once: the configured ones, else the home tenant.
func (c Config) always() []string {
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(c.Tenants), c.Home()))))
}

// Worlds are the worlds of all tenants. An unseen tenant gets a fork of the fixture, which becomes one of the worlds at its
// first commit.
type Worlds struct {
	config   Config
	journals *journal.Ledger
	kept     *snapshotLedger
	clients  *clientIndex
	mu       sync.RWMutex
	byName   map[string]*World
	public   map[string]int // public name → number of sandboxes that have it
	gone     goneNames
	drawn    uint64          // number of names that were drawn
	running  context.Context //nolint:containedctx // It ends what is sent when the server ends.
	stop     context.CancelFunc
}

// ErrSuperseded means that another call has created the tenant's world meanwhile, or that the world was removed.
var ErrSuperseded = errors.New("world: another call has created or removed it")

// New returns the worlds of a server. It returns an error if a tenant has no valid name or the fixture cannot be built.
func New(config Config) (*Worlds, error) {
	ws := &Worlds{
		config: config, journals: journal.NewLedger(config.JournalBytes), kept: &snapshotLedger{most: config.SnapshotBytes}, clients: newClientIndex(),
		byName: map[string]*World{}, public: map[string]int{},
	}
	if err := CheckTenants(config.Tenants...); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	ws.running, ws.stop = context.WithCancel(context.Background())
	_, err := ws.unseen(config.Home()) // This reports a fixture that cannot be built.
	return ws, err
}

// Stop ends the sending of events.
func (ws *Worlds) Stop() { ws.stop() }

var tenantForm = regexp.MustCompile(`^[a-z][a-z0-9]{2,15}$`)

// reserved are segments of paths that have the form of a tenant name and cannot be one (W-TENANT).
var reserved = []string{"customer", "customerlogin"} //nolint:gochecknoglobals // A table.

// tenantRule describes valid tenant names.
const tenantRule = "it takes 3 to 16 lower-case letters and digits, a letter first, and customer and customerlogin are reserved"

// CheckTenants returns an error for the first name that is not a valid tenant name.
func CheckTenants(names ...string) error {
	for _, name := range names {
		if !wellFormed(name) {
			return fmt.Errorf("%q is not a valid tenant name: %s", name, tenantRule)
		}
	}
	return nil
}

func wellFormed(tenant string) bool {
	return tenantForm.MatchString(tenant) && !slices.Contains(reserved, tenant)
}

// Find returns the world of a tenant, or the sandbox with that public name that the request names. It returns the refusal of
// W-TENANT if there is none.
func (ws *Worlds) Find(tenant, sandbox string) (*World, error) {
	if !wellFormed(tenant) {
		return nil, refusal.Tenant.Saw("tenant", journal.Brief(tenant)+" is not a valid tenant name: "+tenantRule)
	}
	if sandbox != "" {
		world := ws.known(sandbox)
		if world == nil || tenant != world.name && tenant != world.public {
			return nil, refusal.Tenant.With(spec.Detail{Field: journal.SandboxHeader, Type: "unknown", Message: "names no sandbox of this tenant"}).
				Saw("sandbox", sandbox+" does not run as "+tenant)
		}
		return world, nil
	}
	ws.mu.RLock()
	world, borne, gone := ws.byName[tenant], ws.borne(tenant), ws.gone.has(tenant)
	ws.mu.RUnlock()
	switch {
	case borne:
		return nil, refusal.Tenant.With(spec.Detail{Field: journal.SandboxHeader, Type: "required", Message: "is missing, and so is a member standin of baggage: sandboxes run under this name"}).
			Saw("tenant", "sandboxes run as "+tenant+", and the request names none in "+journal.SandboxHeader+" or baggage")
	case world != nil && !world.expired():
		return world, nil
	case world != nil || gone || ws.isDrawn(tenant):
		return nil, refusal.Tenant.With(spec.Detail{Field: "tenant", Type: "gone", Message: "was deleted, or has expired unused; POST /_standin/tenants makes it anew"}).
			Saw("tenant", tenant+" was a sandbox that was deleted or has expired")
	case len(ws.config.Tenants) > 0 && !ws.configured(tenant):
		return nil, refusal.Tenant.Saw("tenant", tenant+" is not among the tenants that the server was started with: "+strings.Join(ws.config.Tenants, ", "))
	}
	return ws.unseen(tenant)
}

// configured reports whether the server was started with the tenant.
func (ws *Worlds) configured(tenant string) bool { return slices.Contains(ws.config.Tenants, tenant) }

// borne reports whether sandboxes run under a name, so that requests to it must name one of them. A tenant that the server
// was started with is served all the same. The caller holds the lock.
func (ws *Worlds) borne(name string) bool { return ws.public[name] > 0 && !ws.configured(name) }

// known returns the world of a name, or nil. It never makes one.
func (ws *Worlds) known(name string) *World {
	ws.mu.RLock()
	world := ws.byName[name]
	ws.mu.RUnlock()
	if world == nil || world.expired() {
		return nil
	}
	return world
}

// Named returns the world of a name. It makes only the worlds of the tenants that the server was started with.
func (ws *Worlds) Named(name string) (*World, bool) {
	world := ws.known(name)
	if world == nil && (name == ws.config.Home() || ws.configured(name)) {
		made, err := ws.Find(name, "")
		if err != nil || ws.adopt(made) != nil {
			made = ws.known(name) // A request may have made it meanwhile.
		}
		world = made
	}
	return world, world != nil
}

// unseen returns a new world for a tenant, which is not in the table yet.
func (ws *Worlds) unseen(tenant string) (*World, error) {
	base, err := ws.config.Fixture.reading(ws.config.Now(), ws.config.Seed)
	if err != nil {
		return nil, err
	}
	world := ws.newWorld(strings.Clone(tenant), ws.config.Fixture) // The name is a part of the request line, which it would keep in memory.
	world.db.Store(base.Fork())
	world.lineage.written = base.Written()
	return world, nil
}

func (ws *Worlds) newWorld(tenant string, fixture *Fixture) *World {
	now := ws.config.Now()
	world := &World{
		name: tenant, seed: ws.config.Seed, clock: &Clock{wall: ws.config.Now}, fixture: fixture,
		createdAt: now, snapshots: map[string]Snapshot{}, worlds: ws, journal: ws.NewJournal(),
	}
	world.used.touch(now)
	return world
}

// adopt puts a world into the table. It returns [ErrSuperseded] if the tenant has one already or was removed.
func (ws *Worlds) adopt(w *World) error {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byName[w.name] != nil || ws.gone.has(w.name) || ws.isDrawn(w.name) || ws.borne(w.name) {
		return ErrSuperseded
	}
	if len(ws.byName) >= ws.config.MaxWorlds {
		return refusal.Tenant.With(spec.Detail{Field: "tenant", Type: "limit", Message: fmt.Sprintf("would be one world more than --max-worlds (%d) allows: delete some, or start the server with more", ws.config.MaxWorlds)})
	}
	ws.byName[w.name] = w
	w.listed.Store(true)
	ws.clients.update(w)
	return nil
}

// All returns the worlds, sorted by their names.
func (ws *Worlds) All() []*World {
	for _, name := range ws.config.always() {
		ws.Named(name)
	}
	ws.mu.RLock()
	all := slices.Collect(maps.Values(ws.byName))
	ws.mu.RUnlock()
	all = slices.DeleteFunc(all, (*World).expired)
	slices.SortFunc(all, func(one, other *World) int { return strings.Compare(one.name, other.name) })
	return all
}

// Count returns the number of worlds, among them those of the tenants that the server was started with, which [Worlds.All] makes.
func (ws *Worlds) Count() int {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	count := 0
	for _, w := range ws.byName {
		if !w.expired() {
			count++
		}
	}
	for _, name := range ws.config.always() {
		if ws.byName[name] == nil && !ws.gone.has(name) && !ws.borne(name) {
			count++
		}
	}
	return count
}

// Remove removes a world. Its name is not a tenant's from then on. Remove reports whether the world was in the table.
func (ws *Worlds) Remove(w *World) bool {
	removed := ws.remove(w)
	if removed {
		w.close()
	}
	return removed
}

// JournalBytes returns about how many bytes of memory all journals take.
func (ws *Worlds) JournalBytes() int64 { return ws.journals.Size() }

// SnapshotBytes returns an upper bound of the bytes that all snapshots together hold.
func (ws *Worlds) SnapshotBytes() int64 { return ws.kept.total.Load() }

// NewJournal returns a journal within the bounds that all journals share.
func (ws *Worlds) NewJournal() *journal.Journal {
	return journal.New(ws.journals, ws.config.JournalEntries)
}

// remove takes a world out of the table. It reports whether the world was in it.
func (ws *Worlds) remove(w *World) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byName[w.name] != w {
		return false
	}
	delete(ws.byName, w.name)
	w.listed.Store(false) // A call that is under way cannot commit any more, and runs again.
	ws.clients.update(w)
	if w.public != "" {
		if ws.public[w.public]--; ws.public[w.public] <= 0 {
			delete(ws.public, w.public)
		}
	}
	if !ws.isDrawn(w.name) { // Drawn names are recognized without being remembered.
		ws.gone.add(w.name)
	}
	return true
}

// Expire removes expired sandboxes. It is cheap enough to be called every few seconds.
func (ws *Worlds) Expire() {
	ws.mu.RLock()
	var late []*World
	for _, w := range ws.byName {
		if w.expired() {
			late = append(late, w)
		}
	}
	ws.mu.RUnlock()
	for _, w := range late {
		ws.Remove(w)
	}
}
