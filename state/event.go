package state

import (
	"encoding/json"
	"slices"
	"time"
)

// EventType names what an event is about.
type EventType string

// The types of events that webhooks send (WEBHOOK).
const (
	CustomerCreated        EventType = "customer.created"
	CustomerUpdated        EventType = "customer.updated"
	CustomerDeleted        EventType = "customer.deleted"
	PasswordResetRequested EventType = "customer.password-reset"
	OptInRequested         EventType = "customer.opt-in"
	OptInRenewed           EventType = "customer.refresh-token"
	LoggedIn               EventType = "customer.logged.in"
	EmailChangeRequested   EventType = "customer.email-change-request"
	EmailChanged           EventType = "customer.email-change"
)

// The events that a database keeps. A new event removes the oldest beyond these bounds.
const (
	MaxEvents     = 10_000
	MaxEventBytes = 8 << 20 // of all payloads together
)

// Event is an event of which the tenant's webhooks are told.
type Event struct {
	ID      string
	Seq     uint64 // order of the events; PutEvent assigns it
	Total   uint64 // bytes of the payloads of this event and all before it; PutEvent assigns it
	Type    EventType
	Payload json.RawMessage
	At      time.Time // world time
}

func (e Event) sequence() uint64 { return e.Seq }

// Webhook is a receiver of events.
type Webhook struct {
	URL    string      // empty if the events are only listed
	Events []EventType // empty for all
	Secret string      // whsec_ and the key in base64; empty for no signature
}

// Takes reports whether the webhook receives events of a type.
func (w Webhook) Takes(kind EventType) bool {
	return len(w.Events) == 0 || slices.Contains(w.Events, kind)
}

// Tells reports whether a webhook receives events of a type.
func (s Settings) Tells(kind EventType) bool {
	return slices.ContainsFunc(s.Webhooks, func(w Webhook) bool { return w.Takes(kind) })
}

// PutEvent stores a new event after all others, and drops the oldest beyond [MaxEvents] and [MaxEventBytes].
func (t *Txn) PutEvent(row Event) {
	newest, _ := last[Event](t, events, bySequence+"_prefix")
	marks := t.marks()
	row.Seq = max(newest.Seq, marks.LastEvent) + 1
	row.Total = newest.Total + uint64(len(row.Payload))
	put(t, events, row)
	for t.err == nil { // The new event, which was stored, is never beyond itself: the loop ends before the table is empty.
		oldest, _ := get[Event](t, events, bySequence+"_prefix")
		if row.Seq-oldest.Seq < MaxEvents && row.Total-oldest.Total <= MaxEventBytes {
			return
		}
		drop[Event](t, events, oldest.ID)
	}
}

// EventByID returns the event with an id.
func (t *Txn) EventByID(id string) (Event, bool) { return get[Event](t, events, byID, id) }

// EachEvent calls see for the events whose sequence numbers are greater than after, oldest first, until see returns false.
func (t *Txn) EachEvent(after uint64, see func(Event) bool) { eachAfter(t, events, after, see) }

// EachEventBack calls see for the events whose sequence numbers are less than before, newest first, until see returns false. If
// before is 0, it begins with the newest event.
func (t *Txn) EachEventBack(before uint64, see func(Event) bool) { eachBefore(t, events, before, see) }

// DropEvents removes all events. Their sequence numbers are not used again.
func (t *Txn) DropEvents() {
	newest, ok := last[Event](t, events, bySequence+"_prefix")
	if !ok {
		return
	}
	marks := t.marks()
	marks.LastEvent = newest.Seq
	put(t, marksTable, marks)
	dropAll(t, events, bySequence+"_prefix")
}
