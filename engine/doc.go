// Package engine is where the service acts. serve.go is the whole way of one request, operations.go the whole
// API, and every operation has its handler in the file of its resource.
//
// A handler is a function of its [Call]: caller, body, parameters, time, entropy and an open transaction in; an
// answer or an error out. It writes to no wire, reads no clock, starts no goroutine and keeps nothing between
// calls. Worlds, settings and errors live here, too. The engine refuses to know fixtures, the control plane
// and the libraries behind spec and state.
package engine
