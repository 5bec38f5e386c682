package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// defaultConfig is read if it is in the working directory.
const defaultConfig = "standin.yaml"

// readable says whether a file can be read, or is not there. kong passes over one that it may not read.
func readable(path string) error {
	file, err := os.Open(path) //nolint:gosec // The one file of that name.
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// configFile gives flags the values of a YAML file, unless the command line or the environment sets them.
type configFile struct {
	name   string
	values map[string]any
}

// loadConfig is kong's loader for the configuration file.
func loadConfig(r io.Reader) (kong.Resolver, error) {
	name := "configuration file"
	if file, ok := r.(*os.File); ok {
		name = file.Name()
	}
	source, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, usageError{err}
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(source, &values); err != nil {
		return nil, usageError{fmt.Errorf("%s: %s", name, placeOf(err))}
	}
	return configFile{name: name, values: values}, nil
}

// placeOf says where the file cannot be read. The library's own text quotes what stands there, and that may be the token
// of the handle.
func placeOf(err error) string {
	const want = "it takes lines of a name and a value, such as log-format: json"
	var syntax yaml.Error
	if errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil {
		at := syntax.GetToken().Position
		return fmt.Sprintf("line %d, column %d cannot be read; %s", at.Line, at.Column, want)
	}
	return "it cannot be read; " + want
}

// Validate refuses keys that are no flags.
func (f configFile) Validate(app *kong.Application) error {
	var known []string
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && flag.Name != "help" && flag.Name != "config" {
			known = append(known, flag.Name)
		}
		return next(nil)
	})
	if err != nil {
		return err
	}
	for key := range f.values {
		if !slices.Contains(known, key) {
			slices.Sort(known)
			return usageError{fmt.Errorf("%s: %q is no setting; the settings are %s", f.name, key, strings.Join(slices.Compact(known), ", "))}
		}
	}
	return nil
}

// Resolve gives a flag its value of the file. The environment goes before the file, which kong would have the
// other way round.
func (f configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil //nolint:nilnil // This is how a resolver has nothing to say.
		}
	}
	value, ok := f.values[flag.Name]
	if !ok {
		return nil, nil //nolint:nilnil // As above.
	}
	list, many := value.([]any)
	if !many {
		list = []any{value}
	}
	texts := make([]string, len(list))
	for i, one := range list {
		switch one.(type) {
		case nil, []any, map[string]any:
			return nil, usageError{fmt.Errorf("%s: %s takes a value, or a list of values", f.name, flag.Name)}
		}
		texts[i] = fmt.Sprint(one)
	}
	return strings.Join(texts, ","), nil
}
