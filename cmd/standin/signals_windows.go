package main

import (
	"os"
	"os/signal"
	"syscall"
)

// catch keeps this process alive until the command has ended.
func catch(signals chan<- os.Signal) {
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
}

// endingSignals returns the signals that drain serve.
func endingSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// passOn does nothing: Windows tells every process of the console itself, and has no signals to send.
func passOn(*os.Process, os.Signal) {}

func terminate(process *os.Process) error { return process.Kill() }
