package world

import (
	"sync"
	"time"

	"standin/engine/entropy"
)

// A drawn name is half random and half a checksum of the server's seed. So the server recognizes the name of a removed sandbox
// without remembering it.
const (
	drawnRandom = 8
	drawnProof  = 7
)

// draw returns a new name for a sandbox.
func (ws *Worlds) draw() string {
	ws.mu.Lock()
	ws.drawn++
	count := ws.drawn
	ws.mu.Unlock()
	stream := entropy.New(ws.config.Seed, "sandbox", "", count)
	random := stream.LowerText(drawnRandom)
	return "s" + random + ws.proof(random)
}

func (ws *Worlds) isDrawn(name string) bool {
	return len(name) == 1+drawnRandom+drawnProof && name[0] == 's' && name[1+drawnRandom:] == ws.proof(name[1:1+drawnRandom])
}

func (ws *Worlds) proof(random string) string {
	stream := entropy.New(ws.config.Seed, "sandbox proof", random, 0)
	return stream.LowerText(drawnProof)
}

// goneNames remembers the given names of removed sandboxes, and how often each was used, because a name that is used again
// must not repeat its tokens. Beyond a bound, the oldest are forgotten.
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

// back notes that a name is a tenant's again.
func (g *goneNames) back(name string) {
	if before, known := g.known[name]; known {
		g.known[name] = goneName{times: before.times}
	}
}

// use records when a world was last used, in wall time, and how many requests use it now.
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

// since returns when the world was last used, which is now if it is in use.
func (u *use) since(now time.Time) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.busy > 0 {
		return now
	}
	return u.last
}
