package main

import (
	"os"
	"os/signal"
	"syscall"
)

// catch sends the signals of the console to the channel, so that this process stays alive until the command has ended.
func catch(signals chan<- os.Signal) {
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
}

// endingSignals returns the signals that drain serve.
func endingSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// passOn does nothing: Windows sends console events to every process of the console, and has no signals.
func passOn(*os.Process, os.Signal) {}

// terminate ends a process.
func terminate(process *os.Process) error { return process.Kill() }
