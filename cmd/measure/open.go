package main

type openCommand struct{}

// Run is not there yet.
func (*openCommand) Run() error { return nil }
