// Package contracts holds a server to the customer service's contract: ginkgo specs as a library, black box over
// HTTP. [Register] builds the tree; whoever calls it says which server is meant and lends a [Handle] on what the
// API itself does not give: time, mail, settings and tokens.
//
// Every exchange of every spec is also held to the OpenAPI document. The package knows spec and HTTP, and
// refuses to know the engine and its state.
package contracts
