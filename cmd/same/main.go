// Command same plays one session to two builds of the stand-in, that of a revision and that of the working tree, and
// reports every byte in which their answers differ. A change that claims to change nothing is held to it.
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
)

type command struct {
	Base   string `arg:"" help:"The revision to compare the working tree with, for example HEAD or main~3."`
	Accept string `type:"existingfile" placeholder:"FILE" help:"A YAML list of differences that are meant: step, what and reason of each."`
	Seed   string `default:"same" help:"What both servers draw their tokens and ids from."`
	Shown  int    `default:"50" help:"How many differences to print; all are counted."`
}

func main() {
	var line command
	parsed := kong.Parse(&line, kong.Name("same"), kong.Description("Compare the answers of two revisions, byte for byte."))
	if err := parsed.Run(); err != nil {
		parsed.Fatalf("%v", err) // Exit code 1, whatever that of git or go was.
	}
}

// Run builds and starts both servers, plays the session, and prints what differs.
func (c *command) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	accepted, err := readAccepted(c.Accept)
	if err != nil {
		return err
	}
	acts, err := session()
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

// play starts both servers with the flags of an act, and plays the act to them.
func (c *command) play(ctx context.Context, r *run, one act, was, is string) error {
	base, err := startServer(ctx, was, c.Seed, one.flags)
	defer base.stop()
	if err != nil && ctx.Err() == nil { // An older revision may not know a flag.
		r.problems = append(r.problems, fmt.Sprintf("the act %s was not played: %v", one.name, err))
		return nil
	}
	if err != nil {
		return err
	}
	head, err := startServer(ctx, is, c.Seed, one.flags)
	defer head.stop()
	if err != nil {
		return err
	}
	return r.play(ctx, newPlayer(base.url), newPlayer(head.url), one.steps)
}

// verdict prints the differences that nobody has accepted, and what is wrong with the session or the list of accepted
// differences. It returns an error if there is anything.
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
			problems = append(problems, "accepted, but does not differ any more: "+one.String()+"; remove it from the list")
		}
	}
	for _, one := range problems {
		fmt.Fprintln(out, one)
	}
	fmt.Fprintf(out, "%d differences over %d exchanges, %d accepted\n", len(differences), r.exchanges, len(r.differences)-len(differences))
	if len(differences)+len(problems) > 0 {
		return errors.New("the two are not the same, or the session does not show that they are")
	}
	return nil
}
