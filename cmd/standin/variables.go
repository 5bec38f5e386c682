package main

import "standin/engine"

// variable is an environment variable by which a program finds the server.
type variable struct{ name, value string }

// variables returns the variables that exec sets and env prints. STANDIN_URL, STANDIN_TENANT and STANDIN_CLIENT_ID are also
// flags of other commands, so that these find the same server.
func (r running) variables() []variable {
	all := []variable{
		{"STANDIN_URL", r.origin},
		{"STANDIN_TENANT", r.tenant},
		{"STANDIN_CLIENT_ID", r.clientID},
		{"STANDIN_API", r.origin + "/customer/" + r.tenant},
	}
	if r.control != "" {
		all = append(all, variable{"STANDIN_CONTROL", r.control})
	}
	if r.controlToken != "" {
		all = append(all, variable{"STANDIN_CONTROL_TOKEN", r.controlToken})
	}
	return all
}

// homeOf returns the tenant to use in examples and variables. tenants are those of --tenant.
func homeOf(tenants []string) string { return engine.Config{Tenants: tenants}.Home() }

// controlPath is the path of the control API.
const controlPath = "/_standin"

// assignments returns variables in the form NAME=value.
func assignments(all []variable) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = one.name + "=" + one.value
	}
	return texts
}
