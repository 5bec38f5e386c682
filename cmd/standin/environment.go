package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"standin/contracts/suite"
)

// envPrefix is the prefix of all environment variables of the program.
const envPrefix = "STANDIN_"

// ownVariables removes from the flags of serve and exec the variables that name another server. exec sets these variables for
// its command, and env prints them; they are not meant as flags.
func ownVariables(app *kong.Application) {
	for _, node := range app.Children {
		if node.Name != "serve" && node.Name != "exec" {
			continue
		}
		for _, flag := range node.Flags {
			if slices.ContainsFunc(flag.Envs, namesAServer) {
				flag.Envs, flag.Tag.Envs = nil, nil
			}
		}
	}
}

// namesAServer reports whether a variable was set by exec or env to name another server. These set STANDIN_API together with
// the others. It is not a flag, so a tenant that matches it was not set by a person. STANDIN_CONTROL_TOKEN always counts as a
// flag, since a server must not lose its token by mistake.
func namesAServer(variable string) bool {
	value := os.Getenv(variable)
	switch variable {
	case "STANDIN_CONTROL":
		return isOrigin(value) // As a flag, its value is true or false.
	case "STANDIN_TENANT":
		return value != "" && strings.HasSuffix(os.Getenv("STANDIN_API"), "/customer/"+value)
	default:
		return false
	}
}

// withoutOuter returns an environment without the variables of an outer server, since the inner server may not set all of
// them.
func withoutOuter(environ []string) []string {
	named := running{control: "x", controlToken: "x"}.variables()
	return slices.DeleteFunc(environ, func(one string) bool {
		name, _, _ := strings.Cut(one, "=")
		return slices.ContainsFunc(named, func(v variable) bool { return v.name == name })
	})
}

// sourceOf returns the source of a flag's value for messages: the flag, a variable or the configuration file.
func sourceOf(parsed *kong.Context, flag string) string {
	if onCommandLine(parsed)[flag] > 0 {
		return "--" + flag
	}
	for _, one := range parsed.Flags() {
		if one.Name != flag {
			continue
		}
		for _, name := range one.Envs {
			if os.Getenv(name) != "" {
				return name
			}
		}
	}
	return "the configuration file"
}

// ofService matches the variables, without prefix, that Kubernetes and Docker set for a service named standin.
var ofService = regexp.MustCompile(`^(SERVICE_(HOST|PORT(_.+)?)|PORT_[0-9]+_(TCP|UDP)(_.+)?|NAME|ENV_.+)$`)

// warnOfVariables prints a warning for each variable that has the program's prefix but no effect.
func warnOfVariables(to io.Writer, app *kong.Application) {
	known := map[string]bool{}
	for _, one := range (running{control: "x", controlToken: "x"}).variables() {
		known[strings.TrimPrefix(one.name, envPrefix)] = true
	}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error { // It returns only the error of this function.
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				known[strings.TrimPrefix(name, envPrefix)] = true
			}
		}
		return next(nil)
	})
	for _, one := range slices.Sorted(slices.Values(os.Environ())) {
		variable, value, _ := strings.Cut(one, "=")
		name, ours := strings.CutPrefix(variable, envPrefix)
		if !ours || known[name] || ofService.MatchString(name) || name == "PORT" && strings.Contains(value, "://") {
			continue
		}
		fmt.Fprintf(to, "standin: the variable %s is not known, so it has no effect; did you mean %s?\n", suite.Printable(variable), envPrefix+nearest(name, known))
	}
}

// nearest returns the known name with the smallest edit distance to name.
func nearest(name string, known map[string]bool) string {
	return slices.MinFunc(slices.Sorted(maps.Keys(known)), func(a, b string) int { return edits(name, a) - edits(name, b) })
}

// edits returns the edit distance of two texts: the number of bytes to insert, remove or replace.
func edits(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replaced := diagonal
			if from[i] != to[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
