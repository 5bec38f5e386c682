package control

import (
	"errors"
	"net/http"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/fixtures"
	"standin/spec"
	"standin/state"
)

// merging returns a function that applies a merge patch to settings. Its refusal names the fields, each with the prefix.
func merging(c *engine.ControlCall, patch map[string]any, prefix string) func(state.Settings) (state.Settings, error) {
	return func(before state.Settings) (state.Settings, error) {
		after, err := fixtures.MergeSettings(before, patch)
		if wrong, ok := errors.AsType[*fixtures.Error](err); ok {
			details := make([]spec.Detail, len(wrong.Findings))
			for i, finding := range wrong.Findings {
				details[i] = spec.Detail{Field: prefix + finding.Field, Type: "value", Message: finding.Message}
			}
			return before, refusal.Fields(details...)
		}
		if err != nil {
			return before, err
		}
		return after, checkHosts(c, before, after, prefix)
	}
}

// getSettings answers all settings.
//
// GET /_standin/tenants/{tenant}/settings
func getSettings(c *engine.ControlCall) (spec.Reply, error) {
	var view map[string]any
	c.World.View(func(txn *state.Txn) { view = fixtures.SettingsView(txn.Settings()) })
	return call.Answer(http.StatusOK, view)
}

// updateSettings merges a change into the settings.
//
// PATCH /_standin/tenants/{tenant}/settings
func updateSettings(c *engine.ControlCall) (spec.Reply, error) {
	patch, err := call.Body[map[string]any](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := c.Server.Configure(c.World, merging(c, patch, "")); err != nil {
		return spec.Reply{}, err
	}
	return getSettings(c)
}
