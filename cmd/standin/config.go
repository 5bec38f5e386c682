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

// defaultConfig is the name of the configuration file, which is read if it is in the working directory.
const defaultConfig = "standin.yaml"

// readable returns an error if a file exists but cannot be read. kong would ignore such a file.
func readable(path string) error {
	file, err := os.Open(path) //nolint:gosec // The path is a constant.
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// configFile is a kong resolver that takes the values of flags from a YAML file.
type configFile struct {
	name   string
	values map[string]yaml.Node
}

// maxConfig is the greatest size of the file in bytes.
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

// placeOf returns a message with the place of a syntax error. The library's messages may quote the file, which may contain
// the token of the control API.
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

// Validate returns an error if a key is not the name of a flag.
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

// Resolve returns the value of a flag in the file. It returns nil for a flag that the environment sets, since kong itself
// would prefer the file to the environment.
func (f configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil //nolint:nilnil // A resolver returns nil for no value.
		}
	}
	value, ok := f.values[flag.Name]
	if !ok {
		return nil, nil //nolint:nilnil // A resolver returns nil for no value.
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
		texts[i] = one.Value // The text as written, since 0777 may be a token.
	}
	return strings.Join(texts, ","), nil
}
