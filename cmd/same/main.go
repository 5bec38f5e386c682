// Command same sends the same session of requests to two builds of the stand-in, one of a revision and one of the working tree,
// and reports every byte in which their answers differ. It checks that a refactoring changes no answer.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"standin/cmd/launch"
	"standin/cmd/session"
)

// command contains the arguments and flags.
type command struct {
	Base   string `arg:"" help:"The revision to compare the working tree with, for example HEAD or main~3."`
	Accept string `type:"existingfile" placeholder:"FILE" help:"A YAML list of intended differences, each with step, what and reason."`
	Seed   string `default:"same" help:"The seed from which both servers derive their tokens and ids."`
	Shown  int    `default:"50" help:"How many differences to print."`
}

func main() {
	var line command
	parsed := kong.Parse(&line, kong.Name("same"), kong.Description("Compare the answers of two revisions, byte for byte."))
	if err := parsed.Run(); err != nil {
		parsed.Fatalf("%v", err) // The exit code is 1, also if git or go had another.
	}
}

// Run builds and starts both servers, plays the session, and prints the differences.
func (c *command) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	accepted, err := readAccepted(c.Accept)
	if err != nil {
		return err
	}
	acts, err := session.Acts()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "same")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	was, is := filepath.Join(work, "base"), filepath.Join(work, "head")
	fmt.Fprintf(os.Stderr, "building %s and the working tree\n", c.Base)
	if err := buildRevision(ctx, c.Base, work, was); err != nil {
		return err
	}
	if err := build(ctx, ".", is); err != nil {
		return err
	}
	r, err := newRun()
	if err != nil {
		return err
	}
	for _, one := range acts {
		if err := c.play(ctx, r, one, was, is); err != nil {
			return err
		}
	}
	return r.verdict(os.Stdout, accepted, c.Shown)
}

// play starts both servers with the flags of an act and plays the act to them.
func (c *command) play(ctx context.Context, r *run, one session.Act, was, is string) error {
	base, err := launch.Start(ctx, was, nil, append([]string{"--seed", c.Seed}, one.Flags...)...)
	if err != nil && ctx.Err() == nil { // An older revision may not know a flag.
		r.problems = append(r.problems, fmt.Sprintf("the act %s was not played: %v", one.Name, err))
		return nil
	}
	if err != nil {
		return err
	}
	defer base.Stop()
	head, err := launch.Start(ctx, is, nil, append([]string{"--seed", c.Seed}, one.Flags...)...)
	if err != nil {
		return err
	}
	defer head.Stop()
	return r.play(ctx, session.NewPlayer(base.URL), session.NewPlayer(head.URL), one.Steps)
}

// verdict prints the differences that are not accepted, and the problems of the session and of the list of accepted
// differences. It returns an error if it prints any.
func (r *run) verdict(out io.Writer, accepted []*accepted, shown int) error {
	differences := unaccepted(r.differences, accepted)
	for i, one := range differences {
		if i == shown {
			fmt.Fprintf(out, "… and %d more; --shown prints them\n", len(differences)-shown)
			break
		}
		fmt.Fprintln(out, one)
	}
	problems := append(r.problems, r.covered.missing()...)
	for _, one := range accepted {
		if !one.used {
			problems = append(problems, "accepted, but there is no such difference any more: "+one.String()+"; remove it from the list")
		}
	}
	for _, one := range problems {
		fmt.Fprintln(out, one)
	}
	fmt.Fprintf(out, "%d differences over %d exchanges, %d accepted\n", len(differences), r.exchanges, len(r.differences)-len(differences))
	if len(differences)+len(problems) > 0 {
		return errors.New("the answers differ, or the session is incomplete")
	}
	return nil
}
