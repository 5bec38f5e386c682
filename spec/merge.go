package spec

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Merge applies a JSON merge patch to target and returns the result (RFC 7396). Members are merged, null removes a member,
// and every other value, arrays included, replaces the old one. Numbers keep their digits. An empty target counts as an
// empty object. Merge returns an error if target or patch is not valid JSON.
func Merge(target, patch []byte) ([]byte, error) {
	if jsontext.Value(patch).Kind() != '{' {
		return patch, nil
	}
	changes := map[string]jsontext.Value{}
	if err := json.Unmarshal(patch, &changes); err != nil {
		return nil, fmt.Errorf("spec: merge patch: %w", err)
	}
	merged := map[string]jsontext.Value{}
	if jsontext.Value(target).Kind() == '{' {
		if err := json.Unmarshal(target, &merged); err != nil {
			return nil, fmt.Errorf("spec: merge target: %w", err)
		}
	}
	for name, change := range changes {
		if change.Kind() == 'n' {
			delete(merged, name)
			continue
		}
		value, err := Merge(merged[name], change)
		if err != nil {
			return nil, err
		}
		merged[name] = value
	}
	return json.Marshal(merged, json.Deterministic(true))
}
