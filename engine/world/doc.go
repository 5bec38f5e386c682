// Package world has the worlds of all tenants: the state of each and who may write it, its clock, fixture, snapshots, mailbox,
// faults and journal. It knows tenants and time, and neither HTTP nor the operations of the service.
package world
