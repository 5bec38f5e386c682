// Package service has the operations of the service: the table of all handlers in operations.go, and each handler in the file of
// its resource. A handler is a function of its [call.Call]; it returns an answer or an error of package refusal. It writes to no
// wire, reads no clock, starts no goroutine and keeps nothing between calls.
//
// The tests of this package run the specs of package contracts against the handlers.
package service
