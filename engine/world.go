package engine

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"standin/spec"
	"standin/state"
)

// World is one tenant as it runs. Nothing crosses worlds.
type World struct {
	tenant string
	seed   []byte
	clock  *Clock
	db     atomic.Pointer[state.DB]
	ticket atomic.Uint64 // counts the writing calls; entropy comes from it, so it is never rewound
	mu     sync.Mutex    // held by the one writer, from opening its transaction to its commit
	own    bool          // it is in the table of worlds; guarded by mu
}

// worlds finds the world of a tenant. An unseen tenant gets a fork of the fixture, which becomes a world of its
// own at its first commit.
type worlds struct {
	config Config
	mu     sync.RWMutex
	byName map[string]*World
	base   *state.DB // the fixture, as it was last read
	baseAt time.Time
}

// errSuperseded says that another first commit made the world of this tenant meanwhile.
var errSuperseded = errors.New("engine: the world was made by another call")

// baseAge is how old a reading of the fixture may be for a new world: its relative times count from it, and in a
// fixture of short lifetimes minutes matter.
const baseAge = time.Minute

func newWorlds(config Config) (*worlds, error) {
	for _, tenant := range config.Tenants {
		if !wellFormed(tenant) {
			return nil, fmt.Errorf("engine: %q is no name of a tenant: it takes 3 to 16 lower-case letters and digits, a letter first, and customer and customerlogin are reserved", tenant)
		}
	}
	ws := &worlds{config: config, byName: map[string]*World{}}
	_, err := ws.fixture()
	return ws, err
}

var tenantForm = regexp.MustCompile(`^[a-z][a-z0-9]{2,15}$`)

// reserved are words of the paths that fit the form of a tenant, but are none (W-TENANT).
var reserved = []string{"customer", "customerlogin", "me"} //nolint:gochecknoglobals // A table.

func wellFormed(tenant string) bool {
	return tenantForm.MatchString(tenant) && !slices.Contains(reserved, tenant)
}

// find answers the world of a tenant, or the tenant 400.
func (ws *worlds) find(tenant string) (*World, error) {
	if !wellFormed(tenant) || len(ws.config.Tenants) > 0 && !slices.Contains(ws.config.Tenants, tenant) {
		return nil, errTenant
	}
	ws.mu.RLock()
	world := ws.byName[tenant]
	ws.mu.RUnlock()
	if world != nil {
		return world, nil
	}
	base, err := ws.fixture()
	if err != nil {
		return nil, err
	}
	world = &World{tenant: tenant, seed: ws.config.Seed, clock: &Clock{wall: ws.config.Now}}
	world.db.Store(base.Fork())
	return world, nil
}

// fixture is a reading of the fixture that is young enough for a new world.
func (ws *worlds) fixture() (*state.DB, error) {
	now := ws.config.Now()
	ws.mu.RLock()
	base, age := ws.base, now.Sub(ws.baseAt)
	ws.mu.RUnlock()
	if base != nil && age < baseAge {
		return base, nil
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.base != nil && now.Sub(ws.baseAt) < baseAge {
		return ws.base, nil // Another call has read it meanwhile.
	}
	read, err := ws.config.Load(ws.config.Fixture, now.UTC().Truncate(time.Second)) // World time has whole seconds.
	if err != nil {
		return nil, fmt.Errorf("engine: fixture %s: %w", ws.config.Fixture, err)
	}
	ws.base, ws.baseAt = read, now
	return read, nil
}

// adopt makes a world one of the table's.
func (ws *worlds) adopt(w *World) error {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byName[w.tenant] != nil {
		return errSuperseded
	}
	if len(ws.byName) >= ws.config.MaxWorlds {
		return errTenant.with(spec.Detail{Field: "tenant", Type: "limit", Message: fmt.Sprintf("would be one world more than the server's setting maxWorlds (%d) allows", ws.config.MaxWorlds)})
	}
	ws.byName[w.tenant] = w
	w.own = true
	return nil
}

// all lists the worlds, in no order.
func (ws *worlds) all() []*World {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	return slices.Collect(maps.Values(ws.byName))
}

// change runs one writing transaction. What run wrote is committed if it says so, whatever its error.
func (s *Server) change(w *World, run func(*state.Txn) (bool, error)) error {
	changes, err := s.commit(w, run)
	s.after(w, changes)
	return err
}

func (s *Server) commit(w *World, run func(*state.Txn) (bool, error)) ([]state.Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	txn := w.db.Load().Change()
	defer txn.Abort()
	keep, err := run(txn)
	if !keep {
		return nil, err
	}
	changes := txn.Changes()
	if err := s.before(w, changes); err != nil {
		return nil, err
	}
	txn.Commit()
	return changes, err
}

// before is called with the world's lock held, when the changes are complete but nobody has seen them. An error
// aborts them.
func (s *Server) before(w *World, _ []state.Change) error {
	if w.own {
		return nil
	}
	return s.worlds.adopt(w)
}

// after is called without any lock, once the changes are visible.
func (s *Server) after(w *World, changes []state.Change) {
	for _, change := range changes {
		if mail, ok := change.After.(state.Mail); ok && change.Before == nil {
			s.config.Sent(mailView(w.tenant, mail))
		}
	}
}
