package world

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"standin/state"
)

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	Pending   DeliveryState = "pending"
	Retrying  DeliveryState = "retrying" // after a failed attempt
	Delivered DeliveryState = "delivered"
	Failed    DeliveryState = "failed" // after the last attempt
)

// Delivery is the sending of an event to one webhook.
type Delivery struct {
	URL      string
	State    DeliveryState
	Next     time.Time // world time of the next attempt while it is retrying, else zero
	Attempts []Attempt // the last ones, oldest first
}

// Attempt is one request to a webhook.
type Attempt struct {
	At     time.Time // world time
	Status int       // 0 if there was no answer
	Error  string    // why there was none
	Took   time.Duration
}

func (a Attempt) succeeded() bool { return a.Status >= 200 && a.Status < 300 }

// retries are the times, in world time, after which a failed delivery is repeated: those of the sender that the vendor uses.
var retries = []time.Duration{ //nolint:gochecknoglobals // A constant table.
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour,
}

// mostKeptAttempts is how many attempts of a delivery are kept: all of one round and more.
const mostKeptAttempts = 20

// outbox has the deliveries of a world's events. It belongs to the running tenant and not to its state: a reset or a restore
// empties it.
type outbox struct {
	mu     sync.Mutex
	ctx    context.Context //nolint:containedctx // It ends the sending when the outbox is emptied.
	end    context.CancelFunc
	lines  map[string]*line     // by the URL of the webhook
	told   map[string][]*parcel // by the id of the event; nil if nothing was sent
	events []string             // ids of the events in told, oldest first
	closed bool
}

// line are the pending deliveries to one webhook, the next one first. One goroutine sends them, one at a time, and ends when
// there are none.
type line struct {
	due   []*parcel
	woken chan struct{} // rung when the next delivery may be another one
}

// parcel is a delivery with its event. The mutex of the outbox guards it.
type parcel struct {
	Delivery
	id    string // of the event
	seq   uint64
	tries int // since the event or its redelivery
}

// of returns copies of the deliveries of an event.
func (o *outbox) of(event string) []Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []Delivery
	for _, one := range o.told[event] {
		copied := one.Delivery
		copied.Attempts = slices.Clone(one.Attempts)
		all = append(all, copied)
	}
	return all
}

// has reports whether a delivery of an event is in a state.
func (o *outbox) has(event string, state DeliveryState) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.told[event], func(one *parcel) bool { return one.State == state })
}

// deliver begins the deliveries of an event to every webhook that receives its type.
func (w *World) deliver(event state.Event) {
	if w.worlds.config.Deliver == nil {
		return
	}
	var hooks []state.Webhook
	w.View(func(txn *state.Txn) { hooks = txn.Settings().Webhooks })
	for _, hook := range hooks {
		if hook.URL != "" && hook.Takes(event.Type) {
			w.outbox.add(w, hook.URL, event)
		}
	}
}

// add puts an event into the line of a webhook.
func (o *outbox) add(w *World, url string, event state.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	if o.told == nil {
		o.lines, o.told = map[string]*line{}, map[string][]*parcel{}
		o.ctx, o.end = context.WithCancel(w.worlds.running)
	}
	here := o.lines[url]
	if here == nil {
		here = &line{woken: make(chan struct{}, 1)}
		o.lines[url] = here
		go w.send(o.ctx, url, here)
	}
	one, known := o.parcel(url, event)
	if known {
		here.drop(one)
	}
	one.State, one.Next, one.tries = Pending, time.Time{}, 0
	here.insert(one)
	ring(here.woken)
}

// clear forgets all deliveries and ends the sending.
func (o *outbox) clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.empty()
}

// close clears the outbox for good.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.empty()
	o.closed = true
}

// empty forgets all deliveries. The caller holds the lock.
func (o *outbox) empty() {
	if o.told != nil {
		o.end()
		o.lines, o.told, o.events = nil, nil, nil
	}
}

// parcel returns the delivery of an event to a webhook, and whether there was one already.
func (o *outbox) parcel(url string, event state.Event) (*parcel, bool) {
	for _, one := range o.told[event.ID] {
		if one.URL == url {
			return one, true
		}
	}
	if _, known := o.told[event.ID]; !known {
		if len(o.events) >= state.MaxEvents {
			o.forget(o.events[0])
			o.events = o.events[1:]
		}
		o.events = append(o.events, event.ID)
	}
	one := &parcel{Delivery: Delivery{URL: url}, id: event.ID, seq: event.Seq}
	o.told[event.ID] = append(o.told[event.ID], one)
	return one, false
}

// forget forgets the deliveries of an event. What is pending of them is not sent.
func (o *outbox) forget(event string) {
	for _, one := range o.told[event] {
		if here := o.lines[one.URL]; here != nil {
			here.drop(one)
		}
	}
	delete(o.told, event)
}

// insert puts a delivery into its place.
func (l *line) insert(one *parcel) {
	at, _ := l.place(one)
	l.due = slices.Insert(l.due, at, one)
}

// drop takes a delivery out if it is there.
func (l *line) drop(one *parcel) {
	if at, found := l.place(one); found {
		l.due = slices.Delete(l.due, at, at+1)
	}
}

// place returns the index of a delivery in the line, or where it belongs, and whether it is there.
func (l *line) place(one *parcel) (int, bool) {
	return slices.BinarySearchFunc(l.due, one, func(a, b *parcel) int {
		return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(a.seq, b.seq), cmp.Compare(a.id, b.id))
	})
}

// send sends the deliveries in the line of a webhook, each when its time has come, until none is left.
//
// After a failure it pauses, longer after each, so that ten thousand deliveries to a receiver that is down are no load. A
// delivery that cannot be sent any more delays no other.
func (w *World) send(ctx context.Context, url string, here *line) {
	failures := 0
	for {
		next, at, ok := w.outbox.first(ctx, url, here)
		if !ok {
			return
		}
		if !w.clock.wait(ctx, at, here.woken) || !w.outbox.take(here, next) {
			continue // Another delivery is first now, or the sending has ended.
		}
		hook, event, there := w.recipient(url, next.id)
		attempt := Attempt{At: w.clock.Now(), Error: "the event was dropped, or the webhook was taken away"}
		if there {
			began := w.clock.wall()
			attempt.Status, attempt.Error = w.worlds.config.Deliver(ctx, w.name, hook, event)
			attempt.Took = w.clock.wall().Sub(began)
		}
		w.outbox.record(ctx, here, next, attempt, there)
		if !there {
			continue
		}
		w.eventWaiters.wake(event)
		if attempt.succeeded() {
			failures = 0
			continue
		}
		failures++
		pause(ctx, min(time.Duration(failures)*pauseStep, mostPause))
	}
}

// The pause of a line after a failure, in wall time, for each failure in a row.
const (
	pauseStep = 10 * time.Millisecond
	mostPause = time.Second
)

func pause(ctx context.Context, d time.Duration) {
	timer, stop := context.WithTimeout(ctx, d)
	defer stop()
	<-timer.Done()
}

// first returns the next delivery of a line and its time. If there is none, or the sending has ended, the line ends.
func (o *outbox) first(ctx context.Context, url string, here *line) (*parcel, time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return nil, time.Time{}, false
	}
	if len(here.due) == 0 {
		delete(o.lines, url)
		return nil, time.Time{}, false
	}
	return here.due[0], here.due[0].Next, true
}

// take takes a delivery out of its line, and reports whether it was still the first.
func (o *outbox) take(here *line, one *parcel) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(here.due) == 0 || here.due[0] != one {
		return false
	}
	here.due = slices.Delete(here.due, 0, 1)
	return true
}

// recipient returns a webhook and an event as they are now, and whether there still are both.
func (w *World) recipient(url, id string) (state.Webhook, state.Event, bool) {
	var hook state.Webhook
	var event state.Event
	var known bool
	w.View(func(txn *state.Txn) {
		event, known = txn.EventByID(id)
		hooks := txn.Settings().Webhooks
		at := slices.IndexFunc(hooks, func(one state.Webhook) bool { return one.URL == url })
		if known = known && at >= 0; known {
			hook = hooks[at]
		}
	})
	return hook, event, known
}

// record stores an attempt, and puts the delivery back into its line if it is to be repeated.
func (o *outbox) record(ctx context.Context, here *line, one *parcel, attempt Attempt, again bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	one.Attempts = append(one.Attempts, attempt)
	if beyond := len(one.Attempts) - mostKeptAttempts; beyond > 0 {
		one.Attempts = slices.Delete(one.Attempts, 0, beyond)
	}
	if _, waits := here.place(one); waits || !slices.Contains(o.told[one.id], one) {
		return // A redelivery was requested meanwhile, or the event was forgotten.
	}
	switch {
	case attempt.succeeded():
		one.State, one.Next = Delivered, time.Time{}
	case !again || one.tries >= len(retries):
		one.State, one.Next = Failed, time.Time{}
	default:
		one.State, one.Next = Retrying, attempt.At.Add(retries[one.tries])
		one.tries++
		here.insert(one)
	}
}
