package world

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"standin/state"
)

// post is the receiver of the tests: it holds the requests, or answers them with a status.
type post struct {
	mu     sync.Mutex
	status int
	held   bool
	got    []string // ids of events
}

func (p *post) receive(ctx context.Context, _ string, _ state.Webhook, event state.Event) (int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, event.ID)
	if p.held {
		p.mu.Unlock()
		<-ctx.Done()
		p.mu.Lock()
	}
	return p.status, ""
}

func (p *post) received(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.got, id)
}

// hooked makes a world with a webhook, whose clock is frozen.
func hooked(t *testing.T, p *post) *World {
	t.Helper()
	build := func(context.Context, time.Time, []byte) (*state.DB, error) {
		db, err := state.New()
		if err != nil {
			return nil, err
		}
		txn := db.Change()
		settings := txn.Settings()
		settings.Webhooks = []state.Webhook{{URL: "http://localhost:1/"}}
		txn.PutSettings(settings)
		return db, txn.Commit()
	}
	ws, err := New(Config{
		Fixture: &Fixture{Name: "hooked", Build: build}, Now: time.Now, Seed: []byte("x"), MaxWorlds: 10, JournalEntries: 1,
		Sent: func(Mail) {}, Deliver: p.receive,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Stop)
	w, ok := ws.Named("demo")
	if !ok {
		t.Fatal("there is no world")
	}
	w.clock.Freeze()
	return w
}

// cause commits an event.
func cause(t *testing.T, w *World, id string) {
	t.Helper()
	err := w.Change(func(txn *state.Txn) (bool, error) {
		txn.PutEvent(state.Event{ID: id, Type: state.LoggedIn, At: w.clock.Now()})
		return true, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// within waits for what is to happen soon.
func within(t *testing.T, d time.Duration, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(d); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

func TestDroppedEventsDelayNoOthers(t *testing.T) {
	t.Parallel()
	p := &post{status: http.StatusServiceUnavailable}
	w := hooked(t, p)
	p.mu.Lock() // Nothing is answered.
	for i := range 500 {
		cause(t, w, fmt.Sprint("dropped ", i))
	}
	_ = w.Change(func(txn *state.Txn) (bool, error) { txn.DropEvents(); return true, nil })
	cause(t, w, "new")
	p.mu.Unlock()
	within(t, 5*time.Second, func() bool { return p.received("new") })
}

func TestTheOutboxIsBounded(t *testing.T) {
	t.Parallel()
	w := hooked(t, &post{held: true})
	for i := range state.MaxEvents + 100 {
		cause(t, w, fmt.Sprint("event ", i))
	}
	w.outbox.mu.Lock()
	defer w.outbox.mu.Unlock()
	if due := len(w.outbox.lines["http://localhost:1/"].due); due > state.MaxEvents || len(w.outbox.told) > state.MaxEvents {
		t.Errorf("%d deliveries of %d events wait", due, len(w.outbox.told))
	}
}

// An event that is committed right after a reset is delivered, although the deliveries of what was there before are forgotten.
func TestAnEventRightAfterAResetIsDelivered(t *testing.T) {
	t.Parallel()
	p := &post{status: http.StatusOK}
	w := hooked(t, p)
	w.worlds.clients.mu.Lock() // The reset waits here after the database has been replaced.
	var all sync.WaitGroup
	all.Go(func() {
		if err := w.Reset(t.Context(), w.fixture); err != nil {
			t.Error(err)
		}
	})
	within(t, 5*time.Second, func() bool { return w.epoch.Load() == 1 })
	p.mu.Lock() // It is under way when the reset goes on.
	cause(t, w, "new")
	w.worlds.clients.mu.Unlock()
	all.Wait()
	p.mu.Unlock()
	within(t, 5*time.Second, func() bool { return w.outbox.has("new", Delivered) })
}
