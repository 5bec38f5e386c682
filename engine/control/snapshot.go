package control

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/world"
	"standin/spec"
)

type snapshotView struct {
	Name      string    `json:"name"`
	At        time.Time `json:"at"`
	CreatedAt time.Time `json:"createdAt"`
}

func viewSnapshot(taken world.Snapshot) snapshotView {
	return snapshotView{Name: taken.Name, At: taken.At(), CreatedAt: taken.CreatedAt.UTC()}
}

// snapshotOf returns a snapshot of a tenant.
func snapshotOf(w *world.World, name string) (world.Snapshot, error) {
	taken, ok := w.Snapshot(name)
	if ok {
		return taken, nil
	}
	names := make([]string, 0, 1)
	for _, one := range w.Snapshots() {
		names = append(names, one.Name)
	}
	if len(names) == 0 {
		return taken, refusal.NotFound("There is no snapshot %s: %s has none. Take one with POST …/snapshots.", name, w.Name())
	}
	return taken, refusal.NotFound("There is no snapshot %s of %s. There are %s.", name, w.Name(), strings.Join(names, ", "))
}

// listSnapshots answers the snapshots by their names.
//
// GET /_standin/tenants/{tenant}/snapshots
func listSnapshots(c *engine.ControlCall) (spec.Reply, error) {
	views := []snapshotView{}
	for _, taken := range c.World.Snapshots() {
		views = append(views, viewSnapshot(taken))
	}
	return call.Answer(http.StatusOK, map[string]any{"snapshots": views})
}

// createSnapshot stores the rows, the settings and the clock under a name.
//
// POST /_standin/tenants/{tenant}/snapshots
func createSnapshot(c *engine.ControlCall) (spec.Reply, error) {
	in, err := call.Body[struct {
		Name string `json:"name"`
	}](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	taken, err := c.World.TakeSnapshot(in.Name)
	if errors.Is(err, world.ErrSnapshotTaken) || errors.Is(err, world.ErrManySnapshots) || errors.Is(err, world.ErrSnapshotBytes) {
		return spec.Reply{}, refusal.Conflict("No snapshot %s is taken: %v.", in.Name, err)
	}
	return spec.Reply{Status: http.StatusCreated, Body: viewSnapshot(taken)}, err
}

// deleteSnapshot removes a snapshot.
//
// DELETE /_standin/tenants/{tenant}/snapshots/{snapshot}
func deleteSnapshot(c *engine.ControlCall) (spec.Reply, error) {
	taken, err := snapshotOf(c.World, c.Param("snapshot"))
	if err != nil {
		return spec.Reply{}, err
	}
	c.World.DropSnapshot(taken.Name)
	return call.Done(http.StatusNoContent)
}

// restoreSnapshot returns a tenant to a snapshot, at once.
//
// POST /_standin/tenants/{tenant}/snapshots/{snapshot}/restore
func (p *Control) restoreSnapshot(c *engine.ControlCall) (spec.Reply, error) {
	taken, err := snapshotOf(c.World, c.Param("snapshot"))
	if err != nil {
		return spec.Reply{}, err
	}
	c.World.Restore(taken)
	return p.tenantAnswer(c, c.World)
}
