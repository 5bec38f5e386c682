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
	exitInterrupted = 130 // as in a shell
)

// exitHelp is the text of --help about exit codes.
const exitHelp = "Exit codes: 0 success, 1 findings or a failure, 2 usage, configuration or fixture, 3 a server cannot be reached or is not ready; exec ends with its command's."

// usageError is a mistake in the command line, the environment, the configuration or a fixture. Its exit code is 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// unreachableError is returned when a server cannot be reached or is not ready. Its exit code is 3.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

// noControlError is returned when a server has no control API.
type noControlError struct{ error }

func (e noControlError) Unwrap() error { return e.error }

// statusError is an error with an exit code. If its message is empty, nothing is printed, since the reason was printed
// before.
type statusError struct {
	code    int
	message string
}

func (e statusError) Error() string { return e.message }

// userInformation matches the user and password in a URL.
var userInformation = regexp.MustCompile(`://[^\s"]*@`)

// shown returns the text of an error in a form that is safe to print. The text may quote a server's answer or a URL with a
// password.
func shown(err error) string {
	return suite.Printable(userInformation.ReplaceAllString(err.Error(), "://xxxxx@"))
}

// complain prints an error and returns its exit code.
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
