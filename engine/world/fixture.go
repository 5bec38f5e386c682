package world

import (
	"context"
	"fmt"
	"sync"
	"time"

	"standin/state"
)

// Fixture is the state that a world starts from, and that a reset returns it to.
type Fixture struct {
	Name        string
	Description string
	ClientID    string // an id that its tenants accept
	Personas    []Persona
	// Build builds the state at a moment, from which relative times count. Values that the fixture leaves open are drawn from
	// the seed. If ctx ends first, Build returns its cause.
	Build func(ctx context.Context, at time.Time, seed []byte) (*state.DB, error)

	mu     sync.Mutex
	base   *state.DB // last built with the server's seed
	baseAt time.Time
}

// Persona is a customer of a fixture that a person can log in as.
type Persona struct {
	Name        string
	Description string
	Email       string // of the first login
	Password    string // empty if it is not known
	Status      string
	Number      string
	Like        string // JSON of a customer in a fixture, to create another one with the same properties
}

// baseAge is how old a built fixture may be for a new world. Its relative times count from the moment at which it was built,
// and in a fixture with short lifetimes minutes matter.
const baseAge = time.Minute

// reading returns a build of the fixture that is recent enough for a new world. The caller forks it. It serves all requests,
// so it does not end with the context of the request that happens to come first.
func (f *Fixture) reading(now time.Time, seed []byte) (*state.DB, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if age := now.Sub(f.baseAt); f.base != nil && age >= 0 && age < baseAge {
		return f.base, nil
	}
	read, err := f.build(context.Background(), now, seed)
	if err != nil {
		return nil, err
	}
	f.base, f.baseAt = read, now
	return read, nil
}

func (f *Fixture) build(ctx context.Context, at time.Time, seed []byte) (*state.DB, error) {
	read, err := f.Build(ctx, at.UTC().Truncate(time.Second), seed) // World time has whole seconds.
	if err != nil {
		return nil, fmt.Errorf("world: fixture %s: %w", f.Name, err)
	}
	return read, nil
}
