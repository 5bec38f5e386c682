package world

import (
	"strings"
	"time"

	"standin/state"
)

// Mail is a letter that the service sent.
type Mail struct {
	Tenant    string
	ID        string
	Kind      string // opt-in, resend, password-reset, email-change or deletion
	To        string
	Subject   string
	Token     string
	Link      string
	SentAt    time.Time // world time
	ExpiresAt time.Time // of the token
}

// mailView shows a mail in a tenant. The row does not know the tenant's name: it may come from a fixture, or from
// another tenant.
func mailView(tenant string, m state.Mail) Mail {
	return Mail{
		Tenant: tenant, ID: m.ID, Kind: string(m.Kind), To: m.To, Subject: m.Subject,
		Token: m.Token, Link: strings.ReplaceAll(m.Link, "{tenant}", tenant), SentAt: m.SentAt, ExpiresAt: m.ExpiresAt,
	}
}
