package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"standin/state"
)

// Sandbox says what world to make.
type Sandbox struct {
	Name     string // drawn if it is empty
	Public   string // the name that clients see; its own if it is empty
	Fixture  *Fixture
	Tenant   *World    // fork this instead of reading a fixture
	Snapshot *Snapshot // fork this, of Tenant
	TTL      time.Duration
	Seed     *int64
	Clock    time.Time // zero: the wall's, or the origin's
	Freeze   bool
	Settings func(state.Settings) (state.Settings, error) // may be nil

	Overshadow bool // whether a tenant may be cut off whose name is the public one
}

// The reasons for which no sandbox is made.
var (
	ErrNameTaken  = errors.New("there is a tenant of this name already")
	ErrNameForm   = errors.New("is no name of a tenant: " + tenantRule)
	ErrManyWorlds = errors.New("there are as many tenants as the setting max-worlds allows")

	ErrOvershadows = errors.New("cuts off a tenant")
)

// Make makes a world of its own. It returns one of the errors above, or what the fixture or the settings are
// refused for.
func (s *Server) Make(order Sandbox) (*World, error) {
	if order.Name == "" {
		order.Name = s.worlds.draw()
	}
	if !wellFormed(order.Name) || order.Public != "" && !wellFormed(order.Public) {
		return nil, ErrNameForm
	}
	world := s.worlds.newWorld(order.Name, order.Fixture)
	world.public, world.ttl, world.start = order.Public, order.TTL, order.Settings
	if world.public == world.name {
		world.public = ""
	}
	s.worlds.mu.RLock()
	if again := s.worlds.gone.times(order.Name); again > 0 {
		key := derive(world.seed, "again", order.Name, again)
		world.seed = key[:]
	}
	s.worlds.mu.RUnlock()
	if order.Seed != nil {
		world.seed = strconv.AppendInt([]byte("seed "), *order.Seed, 10)
	}
	db, err := s.origin(world, order)
	if err != nil {
		return nil, err
	}
	if !order.Clock.IsZero() {
		world.clock.Set(order.Clock)
	}
	if order.Freeze {
		world.clock.Freeze()
	}
	if err := world.begin(db); err != nil {
		return nil, err
	}
	world.db.Store(db)
	err = s.worlds.add(world, order.Overshadow)
	if errors.Is(err, ErrNameTaken) || errors.Is(err, ErrManyWorlds) || errors.Is(err, ErrOvershadows) {
		s.worlds.expire() // One of them may only wait to be cleared away.
		err = s.worlds.add(world, order.Overshadow)
	}
	return world, err
}

// origin is the database that a sandbox begins with.
func (s *Server) origin(world *World, order Sandbox) (*state.DB, error) {
	switch {
	case order.Snapshot != nil:
		world.fixture = order.Tenant.Fixture()
		order.Snapshot.clock.lend(world.clock)
		return order.Snapshot.db.Fork(), nil
	case order.Tenant != nil:
		world.fixture = order.Tenant.Fixture()
		order.Tenant.clock.reading().lend(world.clock)
		return order.Tenant.db.Load().Fork(), nil
	case order.Seed != nil || !order.Clock.IsZero():
		at := order.Clock
		if at.IsZero() {
			at = s.config.Now()
		}
		return order.Fixture.build(context.Background(), at, world.seed)
	}
	base, err := order.Fixture.reading(s.config.Now(), s.config.Seed)
	if err != nil {
		return nil, err
	}
	world.lineage.written = base.Written() // It is the fixture's.
	return base.Fork(), nil
}

// begin gives a database the settings that the world was made with.
func (w *World) begin(db *state.DB) error {
	if w.start == nil {
		return nil
	}
	txn := db.Change()
	defer txn.Abort()
	settings, err := w.start(txn.Settings())
	if err != nil {
		return err
	}
	if err := txn.PutSettings(settings); err != nil {
		return err
	}
	txn.Commit()
	return nil
}

// add puts a new sandbox into the table. Unless overshadow is set, it refuses one that would cut off a tenant, itself
// included.
func (ws *worlds) add(w *World, overshadow bool) error {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	switch {
	case ws.byName[w.name] != nil:
		return ErrNameTaken
	case overshadow:
	case w.public != "" && !ws.configured(w.public) && (ws.byName[w.public] != nil || w.public == ws.config.Home()):
		return fmt.Errorf("to run as %s %w: requests to the tenant %s that name no sandbox would be refused from then on", w.public, ErrOvershadows, w.public)
	case ws.borne(w.name):
		return fmt.Errorf("its name %w: sandboxes run as %s, so that requests to %s that name no sandbox are refused", ErrOvershadows, w.name, w.name)
	}
	if len(ws.byName) >= ws.config.MaxWorlds {
		return fmt.Errorf("%w (%d)", ErrManyWorlds, ws.config.MaxWorlds)
	}
	ws.byName[w.name] = w
	w.own.Store(true)
	ws.clients.update(w)
	ws.gone.back(w.name)
	if w.public != "" {
		ws.public[w.public]++
	}
	return nil
}

// World is the world of a tenant that is there, or that the server was told of. It makes no other.
func (s *Server) World(name string) (*World, bool) {
	w := s.worlds.named(name)
	return w, w != nil
}

// Overshadowed reports whether requests to a world have to name it in a header because sandboxes run under its name.
func (s *Server) Overshadowed(w *World) bool {
	s.worlds.mu.RLock()
	defer s.worlds.mu.RUnlock()
	return s.worlds.borne(w.name)
}

// Worlds lists the worlds by their names.
func (s *Server) Worlds() []*World { return s.worlds.all() }

// Remove ends a world. Its name is no tenant from then on. It says whether it was there.
func (s *Server) Remove(w *World) bool {
	removed := s.worlds.remove(w)
	if removed {
		w.close()
	}
	return removed
}

// Expire removes the sandboxes whose time is over. It is cheap enough to be called every few seconds.
func (s *Server) Expire() { s.worlds.expire() }

// Reset returns a world to a fixture, which is its own from then on, read at the world's time. The clock stays;
// faults, journal and coverage are cleared. An error leaves the world as it was, and so does the end of ctx.
func (s *Server) Reset(ctx context.Context, w *World, fixture *Fixture) error {
	db, err := fixture.build(ctx, w.clock.Now(), w.seed)
	if err != nil {
		return err
	}
	if err := w.begin(db); err != nil {
		return err
	}
	w.replace(db, lineage{}, func() {
		w.fixture = fixture
		w.faults.Clear()
		w.journal.Clear()
	})
	return nil
}

// sandboxHeader names the sandbox that a request to a public name is for.
const sandboxHeader = "Standin-Sandbox"

// sandboxOf is the sandbox that a request names: in its header, or in a member of W3C baggage, which travels through
// server-side rendering.
func sandboxOf(header http.Header) string {
	if named := header.Get(sandboxHeader); named != "" {
		return named
	}
	for _, line := range header.Values("Baggage") {
		for member := range strings.SplitSeq(line, ",") {
			member, _, _ = strings.Cut(member, ";") // Properties of the member do not matter.
			if name, value, ok := strings.Cut(member, "="); ok && strings.TrimSpace(name) == "standin" {
				return strings.TrimSpace(value)
			}
		}
	}
	return ""
}
