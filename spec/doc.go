// Package spec contains the contract of the service: its OpenAPI documents, its rules, and the code that checks a
// request or an answer against them.
//
// It loads a [Document], routes a request to its [Operation] once, checks the request ([Operation.Check]) and seals the
// answer ([Operation.Seal]). It is the only package that imports kin-openapi and gorilla/mux. It knows neither the caller
// nor the time nor the meaning of a request; those belong to the engine.
//
// In comments and rules, "the print" is the vendor's printed API reference.
package spec
