//go:build !mutants

package spec

import "github.com/go-json-experiment/json/jsontext"

// Mutants are faults that a world has on purpose, for the proof that the contract suite finds them. This build has
// none; one with the tag mutants has those of mutants.yaml.
type Mutants []string

// Has says whether a fault is on. Here none is, and the compiler drops what it guards.
func (Mutants) Has(string) bool { return false }

func (Mutants) options() []jsontext.Options { return nil }

func (*Request) spoil(Mutants) {}

// Mutant is one of these faults.
type Mutant struct {
	ID, Package, Rule, What string
	Legal                   bool
}

// AllMutants are the faults of this build, of which there are none.
func AllMutants() []Mutant { return nil }
