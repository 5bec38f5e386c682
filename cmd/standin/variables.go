package main

import "standin/engine"

// variable is one of the environment variables by which a program finds the server.
type variable struct{ name, value string }

// variables are what exec sets and env prints. STANDIN_URL, STANDIN_TENANT and STANDIN_CLIENT_ID are flags of other verbs
// at the same time, so that those find the same server.
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

// homeOf is the tenant that examples and variables name, of those that --tenant lists.
func homeOf(tenants []string) string { return engine.Config{Tenants: tenants}.Home() }

// controlPath is where the control API of a server is.
const controlPath = "/_standin"

func assignments(all []variable) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = one.name + "=" + one.value
	}
	return texts
}
