package main

// variable is one of the environment variables by which a program finds the server.
type variable struct{ name, value string }

// variables are what exec sets and env prints. STANDIN_URL and STANDIN_TENANT are flags of other verbs at the same
// time, so that those find the same server.
func (r running) variables() []variable {
	return []variable{
		{"STANDIN_URL", r.origin},
		{"STANDIN_TENANT", r.tenant},
		{"STANDIN_CLIENT_ID", r.clientID},
		{"STANDIN_API", r.origin + "/customer/" + r.tenant},
		{"STANDIN_CONTROL", r.origin + controlPath},
	}
}

// controlPath is where the control plane of a server is.
const controlPath = "/_standin"

func assignments(all []variable) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = one.name + "=" + one.value
	}
	return texts
}
