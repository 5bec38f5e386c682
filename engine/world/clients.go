package world

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"standin/state"
)

// clientIndex maps service clients to the worlds whose settings list them, so that a request for a service token does not
// search all worlds.
type clientIndex struct {
	mu     sync.RWMutex
	worlds map[string][]*World // by client id; sorted by their names
	listed map[*World][]string // the client ids of a world
}

func newClientIndex() *clientIndex {
	return &clientIndex{worlds: map[string][]*World{}, listed: map[*World][]string{}}
}

// update reads the settings of a world again. It forgets a world that was removed.
func (x *clientIndex) update(w *World) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range x.listed[w] {
		if at, found := place(x.worlds[id], w); found {
			x.worlds[id] = slices.Delete(x.worlds[id], at, at+1)
		}
		if len(x.worlds[id]) == 0 {
			delete(x.worlds, id)
		}
	}
	delete(x.listed, w)
	if !w.listed.Load() {
		return
	}
	w.View(func(txn *state.Txn) {
		for _, client := range txn.Settings().ServiceClients {
			if at, found := place(x.worlds[client.ClientID], w); !found {
				x.worlds[client.ClientID] = slices.Insert(x.worlds[client.ClientID], at, w)
				x.listed[w] = append(x.listed[w], client.ClientID)
			}
		}
	})
}

// first returns the name of the first world that lists a client; "" if none does.
func (x *clientIndex) first(clientID string) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, w := range x.worlds[clientID] {
		if !w.expired() {
			return w.name
		}
	}
	return ""
}

func place(worlds []*World, w *World) (int, bool) {
	return slices.BinarySearchFunc(worlds, w.name, func(one *World, name string) int { return strings.Compare(one.name, name) })
}

// OfClient returns the tenant that a request for a service token is for: one that lists the client, else the named one, else
// the server's first (SERVICE-TOKEN). Of several that list the client the named one goes first, then the server's first, then
// the first by name.
func (ws *Worlds) OfClient(clientID, named string) string {
	own := ws.config.Home()
	for _, tenant := range []string{named, own} {
		if w, err := ws.Find(tenant, ""); err == nil && w.listsClient(clientID) {
			return tenant
		}
	}
	for _, tenant := range ws.config.Tenants { // These worlds exist from the start, even if no request has created them yet.
		ws.Named(tenant)
	}
	return cmp.Or(ws.clients.first(clientID), named, own)
}

func (w *World) listsClient(clientID string) bool {
	txn := w.Read()
	defer txn.Abort()
	return slices.ContainsFunc(txn.Settings().ServiceClients, func(one state.ServiceClient) bool { return one.ClientID == clientID })
}
