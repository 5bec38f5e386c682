// Package spec is the contract: the OpenAPI documents of the service, the rules behind them, and the
// machinery that holds a request or an answer to them.
//
// It loads a [Document], routes a request to its [Operation] once, checks the request
// ([Operation.Check]) and seals the answer ([Operation.Seal]). It is the only package that knows
// kin-openapi and gorilla/mux. It refuses to know who calls, what time it is, or what anything means:
// that is the engine's.
package spec
