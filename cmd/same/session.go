package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

//go:embed session
var chapters embed.FS

// step is one exchange of the session. Any text of it may name values of earlier answers of the same server as $name.
type step struct {
	Name    string            `yaml:"step"`    // unique
	Send    string            `yaml:"send"`    // method and target
	As      string            `yaml:"as"`      // the token of the bearer; none if it is empty
	Host    string            `yaml:"host"`    // of the request; else that of ordinary clients
	Headers map[string]string `yaml:"headers"` // Content-Type is application/json if there is a body
	Body    text              `yaml:"body"`    // a text as it is, anything else as JSON
	Pad     int               `yaml:"pad"`     // so many blanks go before the body
	Want    int               `yaml:"want"`    // the status, so that the session stays what its steps say; 0 for a connection that is reset
	Keep    map[string]string `yaml:"keep"`    // values of the answer for later steps: a path such as mails.0.token, header:Name, or body for all of it

	Injected bool   `yaml:"injected"` // the answer comes from a fault, so it does not show that the operation has it
	Events   int    `yaml:"events"`   // how many lines of data to read from a stream, before it is left
	Until    string `yaml:"until"`    // repeats the request until the answer holds this
	Starts   string `yaml:"starts"`   // does not wait for the answer; the step that joins it does
	Joins    string `yaml:"joins"`    // waits for the answer of the step that has started this, instead of a request of its own

	generated bool // its status is not known beforehand
	harmless  bool // it must be refused, so that it changes nothing
}

// text is a body.
type text string

// UnmarshalYAML takes a text as it is, and writes anything else as JSON.
func (t *text) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*t = text(node.Value)
		return nil
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return err
	}
	raw, err := json.Marshal(value)
	*t = text(raw)
	return err
}

// act is a part of the session, which is played to servers of its own.
type act struct {
	name  string // of its folder below session
	flags []string
	steps []step
}

// session returns all acts with their steps: those that are written down, chapter by chapter, and behind those of the first
// act the ones that follow from the documents.
func session() ([]act, error) {
	acts := []act{
		{name: "open", flags: []string{"--fixture", "demo"}},
		{name: "guarded", flags: []string{
			"--fixture", "b2b", "--tenant", "acme,other", "--control-token", "s3cret", "--control-origin", "http://localhost:6006",
			"--max-body", "1KiB", "--max-worlds", "2", "--journal-entries", "2",
		}},
		{name: "off", flags: []string{"--fixture", "demo", "--no-control"}},
	}
	var all []step
	for i := range acts {
		steps, err := chapterSteps("session/" + acts[i].name)
		if err != nil {
			return nil, err
		}
		acts[i].steps = steps
	}
	generated, err := refusals()
	if err != nil {
		return nil, err
	}
	acts[0].steps = append(acts[0].steps, generated...)
	for _, one := range acts {
		all = append(all, one.steps...)
	}
	return acts, check(all)
}

// check refuses a step without a name that no other has, without a request, or whose answer no step waits for.
func check(steps []step) error {
	seen, waiting := map[string]bool{}, map[string]bool{}
	for _, one := range steps {
		switch {
		case one.Name == "" || seen[one.Name]:
			return fmt.Errorf("step %q: the name is empty, or another step has it", one.Name)
		case (one.Send == "") == (one.Joins == ""):
			return fmt.Errorf("step %q: either send says what to send, or joins which answer to wait for", one.Name)
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

// chapterSteps returns the steps of a folder, in the order of its files' names.
func chapterSteps(folder string) ([]step, error) {
	entries, err := chapters.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var steps []step
	for _, entry := range entries {
		source, err := chapters.ReadFile(folder + "/" + entry.Name())
		if err != nil {
			return nil, err
		}
		var chapter []step
		if err := yaml.Load(source, &chapter, yaml.WithKnownFields()); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		steps = slices.Concat(steps, chapter)
	}
	return steps, nil
}
