package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"

	"standin/contracts/suite"
)

// The exit codes of every command. exec adds those of the command that it runs.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitInterrupted = 130 // as shells have it
)

// exitHelp is what --help says about them.
const exitHelp = "Exit codes: 0 success, 1 findings or a failure, 2 usage, configuration or fixture, 3 a server cannot be reached or is not ready; exec ends with its command's."

// usageError is a mistake in the command line, the environment, the configuration or a fixture: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// unreachableError says that there is no server, or none that is ready: exit code 3.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

// noControlError says that a server has no control API.
type noControlError struct{ error }

func (e noControlError) Unwrap() error { return e.error }

// statusError is an end with an exit code of its own. Without a message nothing is said: who ended has said it.
type statusError struct {
	code    int
	message string
}

func (e statusError) Error() string { return e.message }

var userInformation = regexp.MustCompile(`://[^\s"]*@`)

// shown returns the text of an error as it may be printed: it may quote a server, or a URL with a password.
func shown(err error) string {
	return suite.Printable(userInformation.ReplaceAllString(err.Error(), "://xxxxx@"))
}

// complain says what is wrong and answers the exit code for it.
func complain(stderr io.Writer, err error) int {
	if err.Error() != "" {
		fmt.Fprintf(stderr, "standin: %s\n", shown(err))
	}
	if status, ok := errors.AsType[statusError](err); ok {
		return status.code
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[unreachableError](err); ok {
		return exitUnreachable
	}
	return exitFailure
}
