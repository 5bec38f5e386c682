package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kong"
)

type waitCommand struct {
	target
	Timeout time.Duration `default:"30s" help:"How long to wait at most."`
}

// Help shows examples.
func (waitCommand) Help() string {
	return `Returns once the server is ready. An --addr-file need not exist yet.

Examples:
  standin serve --addr :0 --addr-file /tmp/standin.addr &
  standin wait --addr-file /tmp/standin.addr
  standin wait --url http://standin:3676 --timeout 2m

Exit codes: 0 it is ready, 2 usage or configuration, 3 it was not ready in time.`
}

// Validate is called by kong once all flags have their values.
func (w *waitCommand) Validate(parsed *kong.Context) error {
	if w.Timeout <= 0 {
		return errors.New("--timeout must be more than 0")
	}
	return w.target.Validate(parsed)
}

// How often the server is asked: at once and soon at first, since it starts in milliseconds, and then less often.
const (
	firstPause = 50 * time.Millisecond
	mostPause  = 500 * time.Millisecond
)

// Run asks until the server is ready.
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
			last = err // What was wrong; the last try is only cut off.
		}
		select {
		case <-ctx.Done():
			return unreachableError{fmt.Errorf("wait: no server was ready within %s: %w", w.Timeout, last)}
		case <-time.After(pause):
		}
	}
}

// probeTimeout is how long a probe may take. A server that is well answers in a millisecond.
const probeTimeout = 2 * time.Second

func (t *target) ready(ctx context.Context) error {
	got, err := t.get(ctx, readyPath, probeTimeout)
	if err != nil {
		return err
	}
	return got.refusal()
}
