package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kong"
)

// waitCommand is standin wait.
type waitCommand struct {
	target
	Timeout time.Duration `default:"30s" help:"How long to wait at most."`
}

// Help returns the text of --help after the flags.
func (waitCommand) Help() string {
	return `Returns once the server is ready. An --addr-file need not exist yet.

Examples:
  standin serve --addr :0 --addr-file /tmp/standin.addr &
  standin wait --addr-file /tmp/standin.addr
  standin wait --url http://standin:3676 --timeout 2m

Exit codes: 0 it is ready, 2 usage or configuration, 3 it was not ready in time.`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (w *waitCommand) Validate(parsed *kong.Context) error {
	if w.Timeout <= 0 {
		return errors.New("--timeout must be more than 0")
	}
	return w.target.Validate(parsed)
}

// The first and the greatest pause between two requests to the server. The first is short, since a server starts in
// milliseconds.
const (
	firstPause = 50 * time.Millisecond
	mostPause  = 500 * time.Millisecond
)

// Run waits until the server is ready.
func (w *waitCommand) Run() error {
	ctx, cancel := context.WithTimeout(context.Background(), w.Timeout)
	defer cancel()
	var last error
	for pause := firstPause; ; pause = min(pause*3/2, mostPause) {
		err := w.ready(ctx)
		if _, misled := errors.AsType[usageError](err); err == nil || misled {
			return err
		}
		if ctx.Err() == nil || last == nil {
			last = err // After the timeout, the error of the attempt before says more.
		}
		select {
		case <-ctx.Done():
			return unreachableError{fmt.Errorf("wait: no server was ready within %s: %w", w.Timeout, last)}
		case <-time.After(pause):
		}
	}
}

// probeTimeout is the greatest time for a probe. A healthy server answers within a millisecond.
const probeTimeout = 2 * time.Second

// ready returns an error if the server is not ready.
func (t *target) ready(ctx context.Context) error {
	got, err := t.get(ctx, readyPath, probeTimeout)
	if err != nil {
		return err
	}
	return got.refusal()
}
