package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"
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
	values map[string]yaml.Node
}

// maxConfig bounds the file.
const maxConfig = 1 << 20

// loadConfig is kong's loader for the configuration file.
func loadConfig(r io.Reader) (kong.Resolver, error) {
	name := "configuration file"
	if file, ok := r.(*os.File); ok {
		name = file.Name()
	}
	source, err := io.ReadAll(io.LimitReader(r, maxConfig+1))
	if err != nil {
		return nil, usageError{err}
	}
	if len(source) > maxConfig {
		return nil, usageError{fmt.Errorf("%s: it is larger than %d MiB", name, maxConfig>>20)}
	}
	values := map[string]yaml.Node{}
	documents := yaml.NewDecoder(bytes.NewReader(source))
	if err := documents.Decode(&values); err != nil && !errors.Is(err, io.EOF) {
		return nil, usageError{fmt.Errorf("%s: %s", name, placeOf(err))}
	}
	var second yaml.Node
	if err := documents.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, usageError{fmt.Errorf("%s: a second document begins in line %d; the file takes one", name, second.Line)}
	}
	return configFile{name: name, values: values}, nil
}

// placeOf says where the file cannot be read. The library's own text may quote what stands there, and that may be the
// token of the control API.
func placeOf(err error) string {
	const want = "it takes lines of a name and a value, such as log-format: json"
	wrong, one := errors.AsType[*yaml.LoadError](err)
	if several, ok := errors.AsType[*yaml.LoadErrors](err); ok && len(several.Errors) > 0 {
		wrong, one = several.Errors[0], true
	}
	switch {
	case !one || wrong.Mark.Line == 0:
		return "it cannot be read; " + want
	case wrong.ContextMark.Line > 0 && wrong.ContextMark.Line < wrong.Mark.Line:
		return fmt.Sprintf("line %d, column %d cannot be read as part of what begins in line %d; %s", wrong.Mark.Line, wrong.Mark.Column, wrong.ContextMark.Line, want)
	default:
		return fmt.Sprintf("line %d, column %d cannot be read; %s", wrong.Mark.Line, wrong.Mark.Column, want)
	}
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
			return usageError{fmt.Errorf("%s: %q is not a setting; the settings are %s", f.name, key, strings.Join(slices.Compact(known), ", "))}
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
	list := []*yaml.Node{&value}
	if value.Kind == yaml.SequenceNode {
		list = value.Content
	}
	texts := make([]string, len(list))
	for i, one := range list {
		if one.Kind == yaml.AliasNode {
			one = one.Alias
		}
		if one.Kind != yaml.ScalarNode || one.Tag == "!!null" || one.Style&yaml.TaggedStyle != 0 && one.Tag != "!!str" {
			return nil, usageError{fmt.Errorf("%s: line %d: %s takes a value, or a list of values", f.name, one.Line, flag.Name)}
		}
		texts[i] = one.Value // As it was written: 0777 may be a token.
	}
	return strings.Join(texts, ","), nil
}
