package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/world"
	"standin/spec"
	"standin/state"
)

type eventView struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	At         time.Time       `json:"at"`
	Payload    json.RawMessage `json:"payload"`
	Deliveries []deliveryView  `json:"deliveries"`
}

type deliveryView struct {
	URL      string        `json:"url"`
	State    string        `json:"state"`
	Next     *time.Time    `json:"next,omitempty"`
	Attempts []attemptView `json:"attempts"`
}

type attemptView struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitzero"`
	Error  string    `json:"error,omitempty"`
	TookMs int64     `json:"tookMs"`
}

func viewEvent(e world.Event) eventView {
	view := eventView{ID: e.ID, Type: e.Type, At: e.At.UTC(), Payload: e.Payload, Deliveries: []deliveryView{}}
	for _, one := range e.Deliveries {
		sent := deliveryView{URL: one.URL, State: string(one.State), Attempts: []attemptView{}}
		if next := one.Next.UTC(); !next.IsZero() {
			sent.Next = &next
		}
		for _, a := range one.Attempts {
			sent.Attempts = append(sent.Attempts, attemptView{At: a.At.UTC(), Status: a.Status, Error: a.Error, TookMs: a.Took.Milliseconds()})
		}
		view.Deliveries = append(view.Deliveries, sent)
	}
	return view
}

// listEvents answers the events after a cursor with their deliveries, oldest first unless order says otherwise, or only the
// latest one. With wait it answers once there is one.
//
// GET /_standin/tenants/{tenant}/webhooks
func listEvents(c *engine.ControlCall) (spec.Reply, error) {
	filter := world.EventFilter{Type: c.Param("type"), State: world.DeliveryState(c.Param("state"))}
	return list(c, "events", c.World.Events(filter), viewEvent)
}

// getEvent answers one event with its deliveries.
//
// GET /_standin/tenants/{tenant}/webhooks/{event}
func getEvent(c *engine.ControlCall) (spec.Reply, error) {
	e, ok := c.World.Event(c.Param("event"))
	if !ok {
		return spec.Reply{}, unknownEvent(c)
	}
	return call.Answer(http.StatusOK, viewEvent(e))
}

// redeliverEvent sends an event again to every webhook that receives its type now.
//
// POST /_standin/tenants/{tenant}/webhooks/{event}/redeliver
func redeliverEvent(c *engine.ControlCall) (spec.Reply, error) {
	if !c.World.Redeliver(c.Param("event")) {
		return spec.Reply{}, unknownEvent(c)
	}
	e, _ := c.World.Event(c.Param("event"))
	return call.Answer(http.StatusAccepted, viewEvent(e))
}

func unknownEvent(c *engine.ControlCall) error {
	return refusal.NotFound("There is no event %s. GET /_standin/tenants/%s/webhooks lists them.", c.Param("event"), c.World.Name())
}

// deleteEvents forgets all events. What was not delivered yet is not sent any more.
//
// DELETE /_standin/tenants/{tenant}/webhooks
func deleteEvents(c *engine.ControlCall) (spec.Reply, error) {
	err := c.Server.Change(c.World, func(in *call.Call) error {
		in.Txn.DropEvents()
		return nil
	})
	return spec.Reply{Status: http.StatusNoContent}, err
}

// checkHosts refuses a change of settings that adds webhooks which lead to hosts to which the server does not send. Webhooks that
// were there, as from a file, stay. The prefix is the path of the settings in the request.
func checkHosts(c *engine.ControlCall, before, after state.Settings, prefix string) error {
	var details []spec.Detail
	for i, hook := range after.Webhooks {
		known := slices.ContainsFunc(before.Webhooks, func(one state.Webhook) bool { return one.URL == hook.URL })
		if hook.URL == "" || known {
			continue
		}
		if err := c.Server.CheckWebhook(hook.URL); err != nil {
			details = append(details, spec.Detail{Field: fmt.Sprintf("%swebhooks.%d.url", prefix, i), Type: "value", Message: err.Error()})
		}
	}
	if len(details) > 0 {
		return refusal.Fields(details...)
	}
	return nil
}
