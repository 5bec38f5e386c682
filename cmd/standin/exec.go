package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// execCommand is standin exec. It has the flags of serve except --banner and --addr-file: only the command uses the server,
// and an address file named in standin.yaml belongs to a permanent server.
type execCommand struct {
	serveCommand
	Banner   struct{} `kong:"-"`
	AddrFile struct{} `kong:"-"`

	coverageFlags `embed:""`

	FailOnViolations bool `help:"Exit with 1 if the command succeeded but the server had an error that its document does not declare."`

	Command []string `arg:"" passthrough:"partial" help:"The command and its arguments; -- before it ends the flags."`
}

// Help returns the text of --help after the flags.
func (execCommand) Help() string {
	return `Starts a server on a free port of this machine, runs the command once the server is ready, and ends with the
command's exit code. The command finds in its environment:
  STANDIN_URL        the origin, such as http://127.0.0.1:41231
  STANDIN_TENANT     the first --tenant, else demo
  STANDIN_CLIENT_ID  a client id that the tenant takes
  STANDIN_API        $STANDIN_URL/customer/$STANDIN_TENANT
  STANDIN_CONTROL    $STANDIN_URL/_standin
The server logs warnings and errors, to stderr.

Examples:
  standin exec -- npm test
  standin exec --fixture short --tenant acme -- npx playwright test
  standin exec --fail-on-violations -- go test ./...
  standin exec --coverage coverage.xml --min-coverage 40 -- npx playwright test
  standin exec -- sh -c 'curl -s $STANDIN_API/me'

Exit codes: the command's, 128+n if signal n ended it, 126 if it cannot be run, 127 if it is not found;
1 failure of the server, 2 usage, configuration or fixture.`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (e *execCommand) Validate(parsed *kong.Context) error {
	// kong keeps the -- that ends the flags.
	if len(e.Command) > 0 && e.Command[0] == "--" {
		e.Command = e.Command[1:]
	}
	if len(e.Command) == 0 || e.Command[0] == "" {
		return errors.New("a command is missing, for example: standin exec -- npm test")
	}
	if err := e.checkCoverage(); err != nil {
		return err
	}
	return e.serveCommand.Validate(parsed)
}

// Run runs the command with a server.
func (e *execCommand) Run(to streams) error {
	return e.supervise(to, func(ctx context.Context, ready func(running)) error {
		e.whenReady = ready
		return e.serve(ctx, to)
	})
}

// The exit codes for a command that could not be run or was ended by a signal, as in a shell.
const (
	exitNotRunnable = 126
	exitNotFound    = 127
	exitSignal      = 128
)

// supervise runs the command once the server is ready, and ends the server after it.
func (e *execCommand) supervise(to streams, serve func(context.Context, func(running)) error) error {
	path, err := find(e.Command[0])
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	catch(signals)
	defer signal.Stop(signals)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ready, served := make(chan running, 1), make(chan error, 1)
	go func() { served <- serve(ctx, func(r running) { ready <- r }) }()
	select {
	case err := <-served:
		return err
	case caught := <-signals:
		stop()
		if err := <-served; err != nil {
			return err
		}
		return ended(caught)
	case server := <-ready:
		err := e.accompany(to, path, server, signals, served)
		signal.Stop(signals) // The command is gone: the next signal is for this process.
		stop()
		return e.verdict(to, err, server, served)
	}
}

// errServerEnded is returned when the server has ended before the command.
var errServerEnded = errors.New("exec: the server ended before the command, so the command was ended, too")

// endGrace is the time that a command has to end after its server has ended.
const endGrace = 2 * time.Second

// accompany runs the command and forwards signals to it. It returns nil if the command exits with 0.
func (e *execCommand) accompany(to streams, path string, server running, signals <-chan os.Signal, served chan error) error {
	ctx, end := context.WithCancel(context.Background())
	defer end()
	command := exec.CommandContext(ctx, path, e.Command[1:]...) //nolint:gosec // The user chooses the command.
	command.Args[0] = e.Command[0]
	command.Env = append(withoutOuter(os.Environ()), assignments(server.variables())...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, to.out, to.err
	command.Cancel = func() error { return terminate(command.Process) }
	command.WaitDelay = endGrace
	if err := command.Start(); err != nil {
		return statusError{exitNotRunnable, fmt.Sprintf("exec: %s cannot be run: %v", e.Command[0], err)}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = command.Wait() // ProcessState has the result.
	}()
	for {
		select {
		case <-done:
			return outcome(command.ProcessState)
		case caught := <-signals:
			passOn(command.Process, caught)
		case err := <-served:
			end()
			<-done
			served <- nil // verdict reads from the channel, too.
			return errors.Join(errServerEnded, err)
		}
	}
}

// verdict returns the result of exec. It waits until the server has ended, since requests in flight may still violate the
// document.
func (e *execCommand) verdict(to streams, err error, server running, served <-chan error) error {
	if late := <-served; late != nil {
		fmt.Fprintf(to.err, "standin: exec: the server ended with: %v\n", late)
	}
	if violations := server.violations(); err == nil && e.FailOnViolations && violations > 0 {
		return fmt.Errorf("exec: the command succeeded, but %d answers of the server were errors that its document does not declare; its log names them (--fail-on-violations)", violations)
	}
	covered, missing := e.report(server.coverage)
	switch {
	case missing != nil && err == nil:
		return fmt.Errorf("exec: the command succeeded, but %w", missing)
	case missing != nil:
		fmt.Fprintf(to.err, "standin: exec: %v\n", missing)
	case covered != "":
		fmt.Fprintf(to.err, "standin: exec: %s\n", covered)
	}
	return err
}

// find returns the path of a command, as a shell finds it.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", statusError{exitNotFound, fmt.Sprintf("exec: the command is not found: %v", err)}
	default:
		return "", statusError{exitNotRunnable, fmt.Sprintf("exec: the command cannot be run: %v", err)}
	}
}

// outcome returns an error with the exit code of a command, or nil for 0.
func outcome(state *os.ProcessState) error {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return ended(status.Signal())
	}
	if state.ExitCode() == exitOK {
		return nil
	}
	return statusError{code: state.ExitCode()}
}

// ended returns an error with the exit code for an end by a signal, as in a shell.
func ended(by os.Signal) error {
	number, _ := by.(syscall.Signal)
	return statusError{code: exitSignal + int(number)}
}
