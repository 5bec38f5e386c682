// Package contracts has the specs of the customer service's contract, a file per resource. A spec says what a server must
// do and has the rules of spec/rules.yaml that it is about as labels. [Register] adds the specs to ginkgo's tree, and
// [Verify] runs them against a server.
//
// The specs are black box over HTTP. Package suite sends their requests, holds the answers to the document and judges the
// run. Neither package knows the engine or its state.
package contracts
