//go:build mutants

package spec

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"
)

//go:embed mutants.yaml
var mutantsSource []byte

// Mutants are faults that a world has on purpose, for the proof that the contract suite finds them.
type Mutants []string

// Has says whether a fault is on.
func (m Mutants) Has(id string) bool { return slices.Contains(m, id) }

// options make the decoder of JSON careless.
func (m Mutants) options() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowDuplicateNames(m.Has("json-duplicate")), jsontext.AllowInvalidUTF8(m.Has("json-utf8"))}
}

// spoil changes the verdict on a request.
func (c *Request) spoil(m Mutants) {
	overlook := func(id string, is func(Detail) bool) {
		if m.Has(id) {
			c.Problems = slices.DeleteFunc(c.Problems, is)
		}
	}
	overlook("null-required", func(d Detail) bool { return d.Type == "nullable" })
	overlook("parameter-missing", func(d Detail) bool { return d.Type == "required" && c.Params[d.Field] == "" && c.Raw == nil })
	overlook("enum-or-pattern", func(d Detail) bool { return d.Type == "pattern" })
	overlook("length-unchecked", func(d Detail) bool { return strings.HasSuffix(d.Type, "_length") })
	if c.Value() != nil && c.Raw != nil && (m.Has("json-trailing") || m.Has("json-duplicate") || m.Has("json-utf8")) {
		c.Raw, _ = json.Marshal(c.Value()) // What was understood is what is read.
	}
	if m.Has("unknown-refused") {
		c.Problems = append(c.Problems, c.Warnings...)
	}
	for i := range c.Problems {
		if m.Has("field-body") {
			c.Problems[i].Field = wholeBody
		}
	}
}

// Mutant is one of these faults.
type Mutant struct {
	ID      string `yaml:"id"`
	Package string `yaml:"package"` // where it is: spec, state or engine
	Rule    string `yaml:"rule"`    // that it breaks
	What    string `yaml:"what"`
	Legal   bool   `yaml:"legal"` // no source forbids it: the rule is an assumption of ours
}

// AllMutants are the faults of this build.
func AllMutants() []Mutant { return allMutants() }

var allMutants = sync.OnceValue(func() []Mutant { //nolint:gochecknoglobals // It is read once.
	var file struct {
		Mutants []Mutant `yaml:"mutants"`
	}
	if err := yaml.Load(mutantsSource, &file, yaml.WithKnownFields()); err != nil {
		panic(err) // It is embedded, and a test of this build reads it.
	}
	return file.Mutants
})
