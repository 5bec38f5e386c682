package spec

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Rule is one rule of the service's behavior.
type Rule struct {
	ID         string   `yaml:"id"`
	Grade      string   `yaml:"grade"` // S the print, D other documents of the vendor, O observed, A assumed
	Statement  string   `yaml:"statement"`
	Operations []string `yaml:"operations"`
	Setting    string   `yaml:"setting"` // the setting that changes it, if any
}

// Rules reads the rules of the service, in their order.
func Rules() ([]Rule, error) {
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
}
