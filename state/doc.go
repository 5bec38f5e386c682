// Package state stores the data of the service: one go-memdb database per tenant, with typed rows and
// transactions.
//
// Rows are plain values. A getter returns a copy of a row, but the slices and raw JSON in it are shared with the
// database and must not be changed in place. The package enforces unique keys; see [ErrTaken]. It reads neither the
// clock nor random numbers, knows no rules of the service, and is the only package that imports go-memdb.
package state
