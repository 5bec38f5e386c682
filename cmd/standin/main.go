// Command standin is a stand-in for the customer service, for the development and tests of storefronts.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// commands are the commands and flags. Every flag is also an environment variable STANDIN_… and a key of standin.yaml.
type commands struct {
	Config kong.ConfigFlag `help:"Read flags from this YAML file; standin.yaml in the working directory is read if it exists." placeholder:"FILE"`

	Serve serveCommand `kong:"cmd,set='addr=:3676',set='level=info',help='Serve the customer service.'"`
	Exec  execCommand  `kong:"cmd,set='addr=:0',set='level=warn',help='Start a server, run a command against it, and stop the server.'"`

	Env         envCommand         `cmd:"" help:"Print the variables by which programs find a running server."`
	Wait        waitCommand        `cmd:"" help:"Wait until a server is ready."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask once whether a server is alive."`
	Fixtures    fixturesCommand    `cmd:"" help:"List, show, check and export fixtures."`

	Verify  verifyCommand  `cmd:"" help:"Hold a server to the contract."`
	Version versionCommand `cmd:"" help:"Show the version, the commit and the hash of the document."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the program with arguments and returns its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	if err := readable(defaultConfig); err != nil {
		return complain(stderr, usageError{err})
	}
	var line commands
	exited := -1
	parser, err := kong.New(&line,
		kong.Name("standin"),
		kong.Description("A stand-in for the customer service, to develop and test storefronts against.\n\n"+exitHelp),
		kong.DefaultEnvars("STANDIN"),
		kong.Configuration(loadConfig, defaultConfig),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code; panic(exit{}) }),
		kong.BindTo(stdout, (*io.Writer)(nil)),
		kong.Bind(streams{out: stdout, err: stderr}),
	)
	if err != nil { // kong.New reads the configuration file.
		return complain(stderr, usageError{err})
	}
	warnOfVariables(stderr, parser.Model)
	ownVariables(parser.Model)
	none := len(args) == 0
	if none { // Show the commands.
		args, parser.Stdout = []string{"--help"}, stderr
	}
	code := func() (code int) { //nolint:nonamedreturns // --help ends with a panic.
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
	if none {
		return exitUsage
	}
	return code
}

// exit is the value of the panic with which kong ends the program.
type exit struct{}

// streams are the outputs of a command: out for its result, err for messages.
type streams struct{ out, err io.Writer }

// parseAndRun runs the command in args and returns its exit code.
func parseAndRun(parser *kong.Kong, args []string, stderr io.Writer) int {
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "standin: %s\nTry: %s --help\n", shown(err), verb(err))
		return exitUsage
	}
	if err := parsed.Run(); err != nil {
		return complain(stderr, err)
	}
	return exitOK
}

// verb returns the command in which a mistake is, for example standin fixtures lint.
func verb(err error) string {
	wrong, ok := errors.AsType[*kong.ParseError](err)
	if !ok || wrong.Context == nil || wrong.Context.Selected() == nil {
		return "standin"
	}
	path := []string{"standin"}
	for _, one := range wrong.Context.Path {
		if one.Command != nil {
			path = append(path, one.Command.Name)
		}
	}
	return strings.Join(path, " ")
}
