// Package contracts holds a server to the customer service's contract: ginkgo specs as a library, black box over
// HTTP. [Register] builds the tree; whoever calls it says which server is meant. What the service itself does not
// give, such as time, mail, settings and tokens, comes over the server's control plane.
//
// Every exchange of every spec is also held to the OpenAPI document. The package knows spec and HTTP, and
// refuses to know the engine and its state.
package contracts
