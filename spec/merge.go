package spec

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Merge applies a JSON merge patch (RFC 7396): members are merged, null removes one, and everything else, arrays
// included, is replaced as it stands. Numbers keep their digits. An empty target is an empty object. It returns an
// error if either is no JSON.
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
