package main

import (
	"context"
	"errors"
)

// healthcheckCommand is standin healthcheck.
type healthcheckCommand struct {
	target
}

// Help returns the text of --help after the flags.
func (healthcheckCommand) Help() string {
	return `Asks the server once whether it is alive, for images that have neither a shell nor curl.

Examples:
  standin healthcheck
  standin healthcheck --url http://127.0.0.1:8080
  HEALTHCHECK CMD ["/standin", "healthcheck"]

Exit codes: 0 it is alive, 2 usage or configuration, 3 it is not.`
}

// Run returns an error if the server is not alive.
func (h *healthcheckCommand) Run() error {
	got, err := h.get(context.Background(), livePath, probeTimeout)
	if err == nil {
		err = got.refusal()
	}
	if err == nil {
		return nil
	}
	if _, misled := errors.AsType[usageError](err); misled {
		return err
	}
	return unreachableError{err}
}
