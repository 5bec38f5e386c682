// Package control is the tester's handle on the stand-in: the operations of spec/control.yaml, by which sandboxes,
// clocks, mails, customers, faults and the journal are steered, each for one tenant.
//
// A handler is a function of its call, like those of the engine; it reads and changes worlds through the engine only.
// It finds worlds and makes none but the sandboxes that it is asked for. It serves no client of the service, and
// nothing here is on the way of their requests.
package control
