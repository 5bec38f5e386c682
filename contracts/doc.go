// Package contracts holds a server to the customer service's contract: ginkgo specs as a library, black box over
// HTTP. [Register] builds the tree for a [Target]; [Verify] runs it, judges each finding by how sure its rule is, and
// writes the reports. What the service itself does not give, such as time, mail, settings and tokens, comes over the
// server's control plane; without one the specs share a tenant, and those that need more are skipped with the reason.
//
// Every exchange of every spec is also held to the OpenAPI document. The package knows spec and HTTP, and
// refuses to know the engine and its state.
package contracts
