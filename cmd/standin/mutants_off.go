//go:build !mutants

package main

// mutantFlags are the flags of a build with the tag mutants; this build has none.
type mutantFlags struct{}

func (mutantFlags) mutants() []string { return nil }

// mutantCommands are the verbs of such a build.
type mutantCommands struct{} //nolint:unused // As it says.
