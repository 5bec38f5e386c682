//go:build mutants

package state

import "slices"

// mutant says whether a fault of spec/mutants.yaml is on.
func (t *Txn) mutant(id string) bool { return t.Settings().mutant(id) }

func (s Settings) mutant(id string) bool { return slices.Contains(s.Mutants, id) }
