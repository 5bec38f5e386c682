package engine

import (
	"context"
	"errors"

	"standin/engine/journal"
	"standin/engine/webhook"
	"standin/state"
)

// CheckWebhook returns an error if events may not be sent to a URL.
func (s *Server) CheckWebhook(url string) error {
	return webhook.Hosts(s.config.WebhookHosts).Check(url)
}

// deliver sends an event to a webhook. The log has neither its payload nor the webhook's URL, which may hold secrets.
func (s *Server) deliver(ctx context.Context, tenant string, to state.Webhook, event state.Event) (int, string) {
	status, err := s.webhooks.Send(ctx, to.URL, webhook.Message{
		ID: event.ID, Type: string(event.Type), Payload: event.Payload, Secret: to.Secret,
	})
	why := ""
	if err != nil && !errors.Is(err, context.Canceled) {
		why = journal.Logged(err.Error(), mostCause)
		s.config.Log.Warn("webhook not delivered", "tenant", tenant, "event", string(event.Type), "id", event.ID, "cause", why)
	}
	return status, why
}

// mostCause bounds the reason of a failed delivery in bytes.
const mostCause = 200
