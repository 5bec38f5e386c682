// Package state is what the service remembers: one go-memdb database per tenant, with typed rows and
// transactions, and nothing else.
//
// Rows are plain values. What a getter answers is a copy; its slices and raw JSON are shared with the database,
// so nobody changes them in place. Uniqueness is enforced here, by [ErrTaken]. The package reads no clock and no
// entropy, knows no rule of the service, and is the only one that knows go-memdb.
package state
