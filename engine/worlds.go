package engine

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"standin/spec"
)

// worlds finds the world of a tenant. An unseen tenant gets a fork of the fixture, which becomes a world of its
// own at its first commit.
type worlds struct {
	config   Config
	journals *ledger
	kept     *snapshotLedger
	clients  *clientIndex
	mu       sync.RWMutex
	byName   map[string]*World
	public   map[string]int // how many sandboxes bear a public name
	gone     goneNames
	drawn    uint64 // counts the names that were drawn
}

// errSuperseded says that another first commit made the world of this tenant meanwhile.
var errSuperseded = errors.New("engine: the world was made by another call")

func newWorlds(config Config) (*worlds, error) {
	ws := &worlds{
		config: config, journals: &ledger{most: config.JournalBytes, open: map[*Journal]bool{}}, kept: &snapshotLedger{most: config.SnapshotBytes}, clients: newClientIndex(),
		byName: map[string]*World{}, public: map[string]int{},
	}
	if err := CheckTenants(config.Tenants...); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	_, err := ws.unseen(config.Home()) // A fixture that cannot be built is found now.
	return ws, err
}

var tenantForm = regexp.MustCompile(`^[a-z][a-z0-9]{2,15}$`)

// reserved are words of the paths that fit the form of a tenant, but are none (W-TENANT).
var reserved = []string{"customer", "customerlogin", "me"} //nolint:gochecknoglobals // A table.

// tenantRule says what a tenant's name may be.
const tenantRule = "it takes 3 to 16 lower-case letters and digits, a letter first, and customer and customerlogin are reserved"

// CheckTenants refuses names that can be no tenant's.
func CheckTenants(names ...string) error {
	for _, name := range names {
		if !wellFormed(name) {
			return fmt.Errorf("%q is no name of a tenant: %s", name, tenantRule)
		}
	}
	return nil
}

func wellFormed(tenant string) bool {
	return tenantForm.MatchString(tenant) && !slices.Contains(reserved, tenant)
}

// find answers the world that a request is for, or the tenant 400: that of the tenant, or the sandbox that runs
// under its name and that the request names.
func (ws *worlds) find(tenant, sandbox string) (*World, error) {
	if !wellFormed(tenant) {
		return nil, errTenant.saw("tenant", brief(tenant)+" is no name of a tenant: "+tenantRule)
	}
	if sandbox != "" {
		world := ws.known(sandbox)
		if world == nil || tenant != world.name && tenant != world.public {
			return nil, errTenant.with(spec.Detail{Field: sandboxHeader, Type: "unknown", Message: "names no sandbox of this tenant"}).
				saw("sandbox", sandbox+" does not run as "+tenant)
		}
		return world, nil
	}
	ws.mu.RLock()
	world, borne, gone := ws.byName[tenant], ws.borne(tenant), ws.gone.has(tenant)
	ws.mu.RUnlock()
	switch {
	case borne:
		return nil, errTenant.with(spec.Detail{Field: sandboxHeader, Type: "required", Message: "is missing, and so is a member standin of baggage: sandboxes run under this name"}).
			saw("tenant", "sandboxes run as "+tenant+", and the request names none in "+sandboxHeader+" or baggage")
	case world != nil && !world.expired():
		return world, nil
	case world != nil || gone || ws.isDrawn(tenant):
		return nil, errTenant.with(spec.Detail{Field: "tenant", Type: "gone", Message: "was deleted, or has expired unused; POST /_standin/tenants makes it anew"}).
			saw("tenant", tenant+" was a sandbox that was deleted or has expired")
	case len(ws.config.Tenants) > 0 && !ws.configured(tenant):
		return nil, errTenant.saw("tenant", tenant+" is not among the tenants that the server was started with: "+strings.Join(ws.config.Tenants, ", "))
	}
	return ws.unseen(tenant)
}

// configured reports whether the server was started with the tenant.
func (ws *worlds) configured(tenant string) bool { return slices.Contains(ws.config.Tenants, tenant) }

// borne reports whether sandboxes run under a name, so that a request to it has to name one of them. A tenant that the
// server was started with is served all the same. The lock is held.
func (ws *worlds) borne(name string) bool { return ws.public[name] > 0 && !ws.configured(name) }

// known is the world of that name if there is one; it never makes one.
func (ws *worlds) known(name string) *World {
	ws.mu.RLock()
	world := ws.byName[name]
	ws.mu.RUnlock()
	if world == nil || world.expired() {
		return nil
	}
	return world
}

// named is [worlds.known], and makes the world of a tenant that the server was told of: that is no accident.
func (ws *worlds) named(name string) *World {
	if world := ws.known(name); world != nil {
		return world
	}
	if name != ws.config.Home() && !ws.configured(name) {
		return nil
	}
	world, err := ws.find(name, "")
	if err != nil || ws.adopt(world) != nil {
		return ws.known(name) // A request may have made it meanwhile.
	}
	return world
}

// unseen is a world that nobody else sees yet.
func (ws *worlds) unseen(tenant string) (*World, error) {
	base, err := ws.config.Fixture.reading(ws.config.Now(), ws.config.Seed)
	if err != nil {
		return nil, err
	}
	world := ws.newWorld(strings.Clone(tenant), ws.config.Fixture) // What comes in is a part of the whole request line.
	world.db.Store(base.Fork())
	world.lineage.written = base.Written()
	return world, nil
}

func (ws *worlds) newWorld(tenant string, fixture *Fixture) *World {
	now := ws.config.Now()
	world := &World{
		name: tenant, seed: ws.config.Seed, clock: &Clock{wall: ws.config.Now}, fixture: fixture,
		createdAt: now, snapshots: map[string]Snapshot{}, kept: ws.kept, clients: ws.clients,
		journal: &Journal{ledger: ws.journals, most: ws.config.JournalEntries},
	}
	world.used.touch(now)
	return world
}

// adopt makes a world one of the table's.
func (ws *worlds) adopt(w *World) error {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byName[w.name] != nil || ws.gone.has(w.name) || ws.isDrawn(w.name) || ws.borne(w.name) {
		return errSuperseded
	}
	if len(ws.byName) >= ws.config.MaxWorlds {
		return errTenant.with(spec.Detail{Field: "tenant", Type: "limit", Message: fmt.Sprintf("would be one world more than --max-worlds (%d) allows: delete some, or start the server with more", ws.config.MaxWorlds)})
	}
	ws.byName[w.name] = w
	w.own.Store(true)
	ws.clients.update(w)
	return nil
}

// all lists the worlds by their names.
func (ws *worlds) all() []*World {
	for _, name := range append(slices.Clone(ws.config.Tenants), ws.config.Home()) {
		ws.named(name)
	}
	ws.mu.RLock()
	all := slices.Collect(maps.Values(ws.byName))
	ws.mu.RUnlock()
	all = slices.DeleteFunc(all, (*World).expired)
	slices.SortFunc(all, func(one, other *World) int { return strings.Compare(one.name, other.name) })
	return all
}

// remove takes a world out of the table; its name is no tenant from then on. It says whether it was there.
func (ws *worlds) remove(w *World) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byName[w.name] != w {
		return false
	}
	delete(ws.byName, w.name)
	w.own.Store(false) // What is under way in it ends as if it had come later.
	ws.clients.update(w)
	if w.public != "" {
		if ws.public[w.public]--; ws.public[w.public] <= 0 {
			delete(ws.public, w.public)
		}
	}
	if !ws.isDrawn(w.name) { // Those need no remembering.
		ws.gone.add(w.name)
	}
	return true
}

// expire removes the worlds that nobody has used for as long as they live unused.
func (ws *worlds) expire() {
	ws.mu.RLock()
	var late []*World
	for _, w := range ws.byName {
		if w.expired() {
			late = append(late, w)
		}
	}
	ws.mu.RUnlock()
	for _, w := range late {
		if ws.remove(w) {
			w.close()
		}
	}
}

// The name of a sandbox that was not given one is half random and half a proof that this server drew it, so that it
// is known as gone without being remembered.
const (
	drawnRandom = 8
	drawnProof  = 7
)

// draw makes a new name for a sandbox.
func (ws *worlds) draw() string {
	ws.mu.Lock()
	ws.drawn++
	count := ws.drawn
	ws.mu.Unlock()
	stream := newEntropy(ws.config.Seed, "sandbox", "", count)
	random := stream.text(drawnRandom, lowerCase)
	return "s" + random + ws.proof(random)
}

func (ws *worlds) isDrawn(name string) bool {
	return len(name) == 1+drawnRandom+drawnProof && name[0] == 's' && name[1+drawnRandom:] == ws.proof(name[1:1+drawnRandom])
}

func (ws *worlds) proof(random string) string {
	stream := newEntropy(ws.config.Seed, "sandbox proof", random, 0)
	return stream.text(drawnProof, lowerCase)
}

// goneNames remembers the names of sandboxes that were given one and are no more, up to a bound, the oldest going
// first, and how often each was used: a name that is used again must not repeat its tokens.
type goneNames struct {
	order []string
	known map[string]goneName
}

type goneName struct {
	gone  bool
	times uint64
}

const mostGone = 100_000

func (g *goneNames) has(name string) bool { return g.known[name].gone }

func (g *goneNames) times(name string) uint64 { return g.known[name].times }

func (g *goneNames) add(name string) {
	if g.known == nil {
		g.known = map[string]goneName{}
	}
	before, known := g.known[name]
	g.known[name] = goneName{gone: true, times: before.times + 1}
	if known {
		return
	}
	if g.order = append(g.order, name); len(g.order) > mostGone {
		delete(g.known, g.order[0])
		g.order = g.order[1:]
	}
}

// back notes that a name is a tenant again.
func (g *goneNames) back(name string) {
	if before, known := g.known[name]; known {
		g.known[name] = goneName{times: before.times}
	}
}

// use says when a world was last used, in wall time, and by how many it is right now.
type use struct {
	mu   sync.Mutex
	last time.Time
	busy int
}

func (u *use) touch(now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last = now
}

func (u *use) begin(now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last = now
	u.busy++
}

func (u *use) end(now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last = now
	u.busy--
}

// since is when it was last used; now, if it is in use.
func (u *use) since(now time.Time) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.busy > 0 {
		return now
	}
	return u.last
}
