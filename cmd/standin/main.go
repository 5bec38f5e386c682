// Command standin is a stand-in for the customer service: one binary that a storefront is developed against.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// The exit codes of every command.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// commands is the command line. Every flag is also an environment variable STANDIN_… and a key of standin.yaml.
type commands struct {
	Config kong.ConfigFlag `help:"Read flags from this YAML file; standin.yaml in the working directory is read if it exists." placeholder:"FILE"`

	Serve   serveCommand   `cmd:"" help:"Serve the customer service."`
	Version versionCommand `cmd:"" help:"Show the version, the commit and the hash of the document."`
}

// usageError is a mistake in the command line, the environment, the configuration or a fixture: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program but for the process around it.
func run(args []string, stdout, stderr io.Writer) int {
	if err := readable(defaultConfig); err != nil {
		return complain(stderr, usageError{err})
	}
	var line commands
	exited := -1
	parser, err := kong.New(&line,
		kong.Name("standin"),
		kong.Description("A stand-in for the customer service: it validates, it behaves, it isolates."),
		kong.DefaultEnvars("STANDIN"),
		kong.Configuration(loadConfig, defaultConfig),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code; panic(exit{}) }),
		kong.BindTo(stdout, (*io.Writer)(nil)),
		kong.Bind(streams{out: stdout, err: stderr}),
	)
	if err != nil { // The configuration file is read here.
		return complain(stderr, usageError{err})
	}
	code := func() (code int) { //nolint:nonamedreturns // --help leaves by a panic.
		defer func() {
			if p := recover(); p != nil {
				if _, ok := p.(exit); !ok {
					panic(p)
				}
				code = exited
			}
		}()
		return parseAndRun(parser, args, stderr)
	}()
	return code
}

// exit is how kong's wish to end the process travels to run.
type exit struct{}

// streams are where a command writes: what was asked for, and what is said about it.
type streams struct{ out, err io.Writer }

func parseAndRun(parser *kong.Kong, args []string, stderr io.Writer) int {
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "standin: %v\nTry: standin --help\n", err)
		return exitUsage
	}
	if err := parsed.Run(); err != nil {
		return complain(stderr, err)
	}
	return exitOK
}

// complain says what is wrong and answers the exit code for it.
func complain(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "standin: %v\n", err)
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailure
}
