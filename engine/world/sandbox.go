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

// Sandbox says what world to make.
type Sandbox struct {
	Name     string // drawn if it is empty
	Public   string // the name that clients see; its own if it is empty
	Fixture  *Fixture
	Origin   *World    // fork this instead of reading a fixture
	Snapshot *Snapshot // fork this, of Origin
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
		ws.Expire() // One of them may only wait to be cleared away.
		err = ws.add(world, order.Overshadow)
	}
	return world, err
}

// origin is the database that a sandbox begins with.
func (ws *Worlds) origin(world *World, order Sandbox) (*state.DB, error) {
	switch {
	case order.Snapshot != nil:
		world.fixture = order.Origin.Fixture()
		order.Snapshot.clock.lend(world.clock)
		return order.Snapshot.db.Fork(), nil
	case order.Origin != nil:
		world.fixture = order.Origin.Fixture()
		order.Origin.clock.reading().lend(world.clock)
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

// Overshadowed reports whether requests to a world have to name it in a header because sandboxes run under its name.
func (ws *Worlds) Overshadowed(w *World) bool {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	return ws.borne(w.name)
}

// Reset returns a world to a fixture, which is its own from then on, read at the world's time. The clock stays;
// faults, journal and coverage are cleared. An error leaves the world as it was, and so does the end of ctx.
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
