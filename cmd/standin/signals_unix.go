//go:build unix

package main

import (
	"os"
	"os/signal"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// catch sends the signals to the channel that are forwarded to the command. A signal that was ignored at the start, as by
// nohup, stays ignored: if it were caught here, the command would not ignore it either.
func catch(signals chan<- os.Signal) {
	for _, one := range heeded(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT) {
		signal.Notify(signals, one)
	}
}

// endingSignals returns the signals that drain serve.
func endingSignals() []os.Signal { return heeded(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP) }

// heeded returns signals without those that were ignored at the start.
func heeded(signals ...os.Signal) []os.Signal { return slices.DeleteFunc(signals, signal.Ignored) }

// passOn forwards a signal to the command. The command is in the process group of this process, so that it may use the
// terminal. The terminal sends the signals of its keys to the whole foreground group, so passOn does not send them again: many
// programs end at once after a second ^C.
func passOn(process *os.Process, caught os.Signal) {
	if (caught == syscall.SIGINT || caught == syscall.SIGQUIT) && inForeground() {
		return
	}
	_ = process.Signal(caught) // It fails if the process has ended, which accompany notices.
}

// inForeground reports whether this process group is the foreground group of a terminal.
func inForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer func() { _ = terminal.Close() }()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// terminate asks a process to end.
func terminate(process *os.Process) error { return process.Signal(syscall.SIGTERM) }
