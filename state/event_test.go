package state_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"standin/state"
)

func eventsIn(txn *state.Txn) []state.Event {
	var all []state.Event
	txn.EachEvent(0, func(e state.Event) bool { all = append(all, e); return true })
	return all
}

func TestOnlySoManyEventsAreKept(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		for i := range state.MaxEvents {
			txn.PutEvent(state.Event{ID: fmt.Sprint(i)})
		}
		same(t, "up to the bound", len(eventsIn(txn)), state.MaxEvents)
		txn.PutEvent(state.Event{ID: "one more"})
	})
	kept := eventsIn(db.View())
	same(t, "beyond it", len(kept), state.MaxEvents)
	same(t, "the oldest", kept[0].ID, "1")
	same(t, "the newest", kept[len(kept)-1].ID, "one more")
}

func TestEventsAreBoundedByBytes(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	payload := func(bytes int) json.RawMessage { return json.RawMessage(strings.Repeat("1", bytes)) }
	ids := func(txn *state.Txn) []string { return pick(eventsIn(txn), func(e state.Event) string { return e.ID }) }
	commit(t, db, func(txn *state.Txn) {
		txn.PutEvent(state.Event{ID: "first", Payload: payload(1)})
		txn.PutEvent(state.Event{ID: "half", Payload: payload(state.MaxEventBytes / 2)})
		txn.PutEvent(state.Event{ID: "other half", Payload: payload(state.MaxEventBytes / 2)})
		same(t, "as many bytes as allowed after the first", ids(txn), []string{"first", "half", "other half"})
		txn.PutEvent(state.Event{ID: "one byte", Payload: payload(1)})
		same(t, "the first gives way", ids(txn), []string{"half", "other half", "one byte"})
		txn.PutEvent(state.Event{ID: "huge", Payload: payload(2 * state.MaxEventBytes)})
		same(t, "the newest always stays", ids(txn), []string{"huge"})
	})
}

func TestDroppedEventsKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	db := fresh(t)
	commit(t, db, func(txn *state.Txn) {
		txn.DropEvents() // There are none.
		txn.PutEvent(state.Event{ID: "one"})
		txn.PutEvent(state.Event{ID: "two"})
		txn.DropEvents()
		same(t, "all are gone", len(eventsIn(txn)), 0)
		txn.PutEvent(state.Event{ID: "three"})
	})
	same(t, "the next number", eventsIn(db.View())[0].Seq, uint64(3))
	var back []string
	db.View().EachEventBack(math.MaxUint64, func(e state.Event) bool { back = append(back, e.ID); return true })
	same(t, "backwards", back, []string{"three"})
}
