// Package session contains a session of requests to a stand-in, and plays it. Its answers are compared by cmd/same.
package session

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed open guarded off
var chapters embed.FS

// Step is an exchange of the session. Its texts may refer to values of earlier answers as $name.
type Step struct {
	Name    string            `yaml:"step"`    // name of the step, which is unique
	Send    string            `yaml:"send"`    // method and target
	As      string            `yaml:"as"`      // bearer token; empty for none
	Host    string            `yaml:"host"`    // Host header; empty for the usual one
	Headers map[string]string `yaml:"headers"` // headers; Content-Type defaults to application/json for a body
	Body    Text              `yaml:"body"`    // body: a string is sent unchanged, any other value as JSON
	Pad     int               `yaml:"pad"`     // number of spaces before the body
	Want    int               `yaml:"want"`    // expected status, so that a step keeps its meaning; 0 for a closed connection
	Keep    map[string]string `yaml:"keep"`    // values for later steps, by name: a path such as mails.0.token, header:Name, or body for the whole body

	Injected bool   `yaml:"injected"` // the answer is injected by a fault, so it does not count as one of the operation
	Events   int    `yaml:"events"`   // number of lines of data to read from a stream
	Until    string `yaml:"until"`    // repeat the request until the answer contains this text
	Starts   string `yaml:"starts"`   // do not wait for the answer; a step that joins this name does
	Joins    string `yaml:"joins"`    // wait for the answer of the step that starts this name, and send no request

	Chapter   string `yaml:"-"` // name of its file without the extension; of a generated step, that of the document
	Generated bool   `yaml:"-"` // generated, so that its status is not known
	Harmless  bool   `yaml:"-"` // must be refused, so that it does not change the state
}

// Text is the body of a request.
type Text string

// UnmarshalYAML reads a string unchanged and encodes any other value as JSON.
func (t *Text) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*t = Text(node.Value)
		return nil
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return err
	}
	raw, err := json.Marshal(value)
	*t = Text(raw)
	return err
}

// Act is a part of the session. Each act is played to newly started servers.
type Act struct {
	Name  string   // name of its folder
	Flags []string // flags of the servers that it is played to
	Steps []Step
}

// Acts returns all acts with their steps: those in the files, chapter by chapter. The first act also has the generated
// steps, after the others.
func Acts() ([]Act, error) {
	acts := []Act{
		{Name: "open", Flags: []string{"--fixture", "demo"}},
		{Name: "guarded", Flags: []string{
			"--fixture", "b2b", "--tenant", "acme,other", "--control-token", "s3cret", "--control-origin", "http://localhost:6006",
			"--max-body", "1KiB", "--max-worlds", "2", "--journal-entries", "2",
		}},
		{Name: "off", Flags: []string{"--fixture", "demo", "--no-control"}},
	}
	var all []Step
	for i := range acts {
		steps, err := chapterSteps(acts[i].Name)
		if err != nil {
			return nil, err
		}
		acts[i].Steps = steps
	}
	generated, err := refusals()
	if err != nil {
		return nil, err
	}
	acts[0].Steps = append(acts[0].Steps, generated...)
	for _, one := range acts {
		all = append(all, one.Steps...)
	}
	return acts, check(all)
}

// check returns an error if a step has no unique name or no request, or if no step joins a request that was started.
func check(steps []Step) error {
	seen, waiting := map[string]bool{}, map[string]bool{}
	for _, one := range steps {
		switch {
		case one.Name == "" || seen[one.Name]:
			return fmt.Errorf("step %q: the name is empty, or another step has it", one.Name)
		case (one.Send == "") == (one.Joins == ""):
			return fmt.Errorf("step %q: it must have either send or joins", one.Name)
		case one.Joins != "" && !waiting[one.Joins]:
			return fmt.Errorf("step %q: joins %s, which no step before it starts", one.Name, one.Joins)
		}
		seen[one.Name] = true
		if one.Starts != "" {
			waiting[one.Starts] = true
		}
		delete(waiting, one.Joins)
	}
	for name := range waiting {
		return fmt.Errorf("no step joins %s, which is started", name)
	}
	return nil
}

// chapterSteps returns the steps in the files of a folder, in the order of the files' names.
func chapterSteps(folder string) ([]Step, error) {
	entries, err := chapters.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, entry := range entries {
		source, err := chapters.ReadFile(folder + "/" + entry.Name())
		if err != nil {
			return nil, err
		}
		var chapter []Step
		if err := yaml.Load(source, &chapter, yaml.WithKnownFields()); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		for i := range chapter {
			chapter[i].Chapter = strings.TrimSuffix(entry.Name(), ".yaml")
		}
		steps = slices.Concat(steps, chapter)
	}
	return steps, nil
}
