package world

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"standin/engine/entropy"
	"standin/state"
)

// Sandbox describes a world to make.
type Sandbox struct {
	Name     string // drawn if empty
	Public   string // the name that clients see; Name if empty
	Fixture  *Fixture
	Origin   *World    // the world to fork; nil to build the fixture
	Snapshot *Snapshot // of Origin, to fork instead; nil for its present state
	TTL      time.Duration
	Seed     *int64
	Clock    time.Time // zero for the time of the origin, or the wall clock
	Freeze   bool
	Settings func(state.Settings) (state.Settings, error) // changes the settings; may be nil

	Overshadow bool // allows Public to be the name of a tenant, which is unreachable then
}

// Errors of [Worlds.Make].
var (
	ErrNameTaken  = errors.New("a tenant of this name exists already")
	ErrNameForm   = errors.New("is not a valid tenant name: " + tenantRule)
	ErrManyWorlds = errors.New("there are as many tenants as --max-worlds allows")

	ErrOvershadows = errors.New("cuts off a tenant")
)

// Make makes a sandbox. It returns one of the errors above, or the error of the fixture or the settings.
func (ws *Worlds) Make(order Sandbox) (*World, error) {
	if order.Name == "" {
		order.Name = ws.draw()
	}
	if !wellFormed(order.Name) || order.Public != "" && !wellFormed(order.Public) {
		return nil, ErrNameForm
	}
	world := ws.newWorld(order.Name, order.Fixture)
	world.public, world.ttl, world.start = order.Public, order.TTL, order.Settings
	if world.public == world.name {
		world.public = ""
	}
	ws.mu.RLock()
	if again := ws.gone.times(order.Name); again > 0 {
		key := entropy.Derive(world.seed, "again", order.Name, again)
		world.seed = key[:]
		world.epoch.Store(again << 32) // No cursor of a tenant that had the name before is one of this tenant.
	}
	ws.mu.RUnlock()
	if order.Seed != nil {
		world.seed = strconv.AppendInt([]byte("seed "), *order.Seed, 10)
	}
	db, err := ws.origin(world, order)
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
	err = ws.add(world, order.Overshadow)
	if errors.Is(err, ErrNameTaken) || errors.Is(err, ErrManyWorlds) || errors.Is(err, ErrOvershadows) {
		ws.Expire() // An expired sandbox may be in the way.
		err = ws.add(world, order.Overshadow)
	}
	return world, err
}

// origin returns the database that a sandbox begins with.
func (ws *Worlds) origin(world *World, order Sandbox) (*state.DB, error) {
	switch {
	case order.Snapshot != nil:
		world.fixture = order.Origin.Fixture()
		order.Snapshot.clock.set(world.clock)
		return order.Snapshot.db.Fork(), nil
	case order.Origin != nil:
		world.fixture = order.Origin.Fixture()
		order.Origin.clock.reading().set(world.clock)
		return order.Origin.db.Load().Fork(), nil
	case order.Seed != nil || !order.Clock.IsZero():
		at := order.Clock
		if at.IsZero() {
			at = ws.config.Now()
		}
		return order.Fixture.build(context.Background(), at, world.seed)
	}
	base, err := order.Fixture.reading(ws.config.Now(), ws.config.Seed)
	if err != nil {
		return nil, err
	}
	world.lineage.written = base.Written() // These rows are the fixture's.
	return base.Fork(), nil
}

// begin applies the settings that the world was made with to a database.
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
	txn.PutSettings(settings)
	return txn.Commit()
}

// add puts a new sandbox into the table. Unless overshadow is set, it refuses one that would make a tenant, or itself,
// unreachable.
func (ws *Worlds) add(w *World, overshadow bool) error {
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
	w.listed.Store(true)
	ws.clients.update(w)
	ws.gone.back(w.name)
	if w.public != "" {
		ws.public[w.public]++
	}
	return nil
}

// Overshadowed reports whether requests to the world must name it in a header because sandboxes run under its name.
func (ws *Worlds) Overshadowed(w *World) bool {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	return ws.borne(w.name)
}

// Reset replaces the state by a fixture, built at the world's time, to which later resets return. Faults, journal and
// coverage are cleared; the clock keeps its time. If Reset returns an error, also because ctx has ended, nothing is changed.
func (w *World) Reset(ctx context.Context, fixture *Fixture) error {
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
