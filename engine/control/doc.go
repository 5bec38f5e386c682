// Package control serves the control API: the operations of spec/control.yaml on sandboxes, clocks, mails, customers, faults and
// the journal, each for one tenant.
//
// A handler is a function of its call, like those of the engine. It reads and changes worlds through the engine only. It finds
// worlds, and makes none but the sandboxes that it is asked for. The package serves no client of the service, and no request of
// the service runs through it.
package control
