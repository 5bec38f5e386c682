package world

import (
	"encoding/json"
	"time"

	"standin/state"
)

// Event is an event with its deliveries.
type Event struct {
	ID         string
	Type       string
	Payload    json.RawMessage
	At         time.Time // world time
	Deliveries []Delivery
}

// EventFilter selects events. Its zero value selects all.
type EventFilter struct {
	Type  string
	State DeliveryState // of one of its deliveries
}

// Events returns the events that pass a filter.
func (w *World) Events(filter EventFilter) Feed[state.Event, Event] {
	return Feed[state.Event, Event]{
		world: w, waiters: &w.eventWaiters,
		each: (*state.Txn).EachEvent, back: (*state.Txn).EachEventBack, number: func(e state.Event) uint64 { return e.Seq },
		takes: func(e state.Event) bool {
			return (filter.Type == "" || filter.Type == string(e.Type)) && (filter.State == "" || w.outbox.has(e.ID, filter.State))
		},
		view: w.eventView, late: filter.State != "",
	}
}

// Event returns the event of an id.
func (w *World) Event(id string) (Event, bool) {
	var row state.Event
	var ok bool
	w.View(func(txn *state.Txn) { row, ok = txn.EventByID(id) })
	return w.eventView(row), ok
}

func (w *World) eventView(e state.Event) Event {
	return Event{ID: e.ID, Type: string(e.Type), Payload: e.Payload, At: e.At, Deliveries: w.outbox.of(e.ID)}
}

// Redeliver sends an event again, at once, to every webhook that receives its type now. It reports whether there is such an
// event.
func (w *World) Redeliver(id string) bool {
	var row state.Event
	var ok bool
	w.View(func(txn *state.Txn) { row, ok = txn.EventByID(id) })
	if ok {
		w.deliver(row)
	}
	return ok
}
