package world

import (
	"strings"
	"time"

	"standin/state"
)

// Mail is a mail that the service has sent.
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

// mailView returns a mail as a tenant shows it. The row does not hold the tenant's name, because it may come from a fixture
// or from another tenant.
func mailView(tenant string, m state.Mail) Mail {
	return Mail{
		Tenant: tenant, ID: m.ID, Kind: string(m.Kind), To: m.To, Subject: m.Subject,
		Token: m.Token, Link: strings.ReplaceAll(m.Link, "{tenant}", tenant), SentAt: m.SentAt, ExpiresAt: m.ExpiresAt,
	}
}
