//go:build unix

package main

import (
	"os"
	"os/signal"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// catch has the signals sent that are passed on. What was ignored from the start, as nohup has it, stays ignored:
// to catch it would end that for the command as well.
func catch(signals chan<- os.Signal) {
	for _, one := range heeded(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT) {
		signal.Notify(signals, one)
	}
}

// endingSignals returns the signals that drain serve.
func endingSignals() []os.Signal { return heeded(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP) }

// heeded returns signals without those that were ignored from the start.
func heeded(signals ...os.Signal) []os.Signal { return slices.DeleteFunc(signals, signal.Ignored) }

// passOn gives a signal to the command, which is in the process group of this process so that it may use the
// terminal. A terminal sends what its keys mean to the whole group in the foreground, and many programs take a
// second ^C for "at once", so those are not sent again.
func passOn(process *os.Process, caught os.Signal) {
	if (caught == syscall.SIGINT || caught == syscall.SIGQUIT) && inForeground() {
		return
	}
	_ = process.Signal(caught) // If it has ended meanwhile, its end is noticed next.
}

// inForeground says whether the keys of a terminal reach this process group.
func inForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer func() { _ = terminal.Close() }()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func terminate(process *os.Process) error { return process.Signal(syscall.SIGTERM) }
