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
	Site      string    // that a password reset was requested for; empty if none was named
}

// mailView returns a mail as a tenant shows it. The row does not hold the tenant's name, because it may come from a fixture
// or from another tenant.
func mailView(tenant string, m state.Mail) Mail {
	return Mail{
		Tenant: tenant, ID: m.ID, Kind: string(m.Kind), To: m.To, Subject: m.Subject,
		Token: m.Token, Link: strings.ReplaceAll(m.Link, "{tenant}", tenant), SentAt: m.SentAt, ExpiresAt: m.ExpiresAt, Site: m.Site,
	}
}

// MailFilter selects mails. Its zero value selects all.
type MailFilter struct {
	To   string // in any case; "" for any
	Kind string
}

func (f MailFilter) takes(m state.Mail) bool {
	return (f.To == "" || strings.EqualFold(f.To, m.To)) && (f.Kind == "" || f.Kind == string(m.Kind))
}

// Mails returns the mails that pass a filter.
func (w *World) Mails(filter MailFilter) Feed[state.Mail, Mail] {
	return Feed[state.Mail, Mail]{
		world: w, waiters: &w.mailWaiters,
		each: (*state.Txn).EachMail, back: (*state.Txn).EachMailBack, number: func(m state.Mail) uint64 { return m.Seq },
		takes: filter.takes, view: func(m state.Mail) Mail { return mailView(w.Public(), m) },
	}
}

// Mail returns the mail of an id.
func (w *World) Mail(id string) (Mail, bool) {
	var found Mail
	var ok bool
	w.View(func(txn *state.Txn) {
		var row state.Mail
		row, ok = txn.MailByID(id)
		found = mailView(w.Public(), row)
	})
	return found, ok
}
