package world

import (
	"context"
	"fmt"
	"sync"
	"time"

	"standin/state"
)

// Fixture is what a world starts from, and what a reset returns it to.
type Fixture struct {
	Name        string
	Description string
	ClientID    string // one that its tenants accept
	Personas    []Persona
	// Build reads it at a moment, from which its relative times count, and draws what it leaves open from the seed. If ctx
	// ends first, it returns its cause.
	Build func(ctx context.Context, at time.Time, seed []byte) (*state.DB, error)

	mu     sync.Mutex
	base   *state.DB // as it was last read with the server's seed
	baseAt time.Time
}

// Persona is a customer whom a person can pick to log in as.
type Persona struct {
	Name        string
	Description string
	Email       string // of the first login
	Password    string // empty if it is not known
	Status      string
	Number      string
	Like        string // JSON: the members of a customer in a fixture that make another one like this
}

// baseAge is how old a reading of a fixture may be for a new world: its relative times count from it, and in a
// fixture of short lifetimes minutes matter.
const baseAge = time.Minute

// reading is a reading of the fixture that is young enough for a new world. Whoever gets it forks it. It is for all
// requests, so it does not end with the one that comes first.
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
		return nil, fmt.Errorf("engine: fixture %s: %w", f.Name, err)
	}
	return read, nil
}
