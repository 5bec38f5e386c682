package spec

import (
	"fmt"
	"slices"
	"sync"

	"go.yaml.in/yaml/v4"
)

// Rule is a rule of the service's behavior.
type Rule struct {
	ID         string   `yaml:"id"`
	Grade      string   `yaml:"grade"` // source: S the print, D other documents of the vendor, O observed, A assumed
	Statement  string   `yaml:"statement"`
	Operations []string `yaml:"operations"`
	Setting    string   `yaml:"setting"` // setting that changes the rule, if any
}

// Rules returns the rules of the service, in their order in rules.yaml.
func Rules() ([]Rule, error) {
	rules, err := readRules()
	return slices.Clone(rules), err
}

// readRules reads the file once: it costs milliseconds, and an explanation asks for its rule.
var readRules = sync.OnceValues(func() ([]Rule, error) { //nolint:gochecknoglobals // A table, read from the embedded file.
	source, err := files.ReadFile("rules.yaml")
	if err != nil {
		return nil, fmt.Errorf("spec: %w", err)
	}
	var file struct {
		Rules []Rule `yaml:"rules"`
	}
	if err := yaml.Load(source, &file, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("spec: rules.yaml: %w", err)
	}
	return file.Rules, nil
})
