// Package suite is the machinery of the contract suite. [RegisterSections] and [VerifySections] build the specs of a [Target] from the
// sections that package contracts gives them. A spec works in a [World], the tenant that is its own: it sends requests
// with [World.Do], asserts on each [Answer], and uses the control API of the server for time, mail, settings and tokens.
//
// The package also holds each answer to the OpenAPI document, judges each finding by the grade of its rules, masks
// secrets and writes the reports. It knows package spec and HTTP. It does not know the rules' specs, the engine or the
// engine's state.
package suite
