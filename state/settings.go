package state

import (
	"encoding/json"
	"time"
)

// Wire says which names a token answer carries (W-CASE).
type Wire string

// The values of the setting wire.
const (
	WireBoth    Wire = "both"
	WireClassic Wire = "classic"
	WireCurrent Wire = "current"
)

// Settings steer one tenant. The zero value is not useful; start from [DefaultSettings].
type Settings struct {
	Wire              Wire
	PasswordMinLength int
	ActiveOnSignup    bool
	DoubleOptIn       bool
	LockoutAfter      int  // 0: never
	RejectUnknown     bool // a password reset for an unknown e-mail is refused (setting resetUnknown: reject)
	Lifetimes         Lifetimes
	Links             Links
	ClientIDs         []string // empty: any
	ServiceClients    []ServiceClient
	SaasSecret        string // empty: derived from seed and tenant
	Strict            bool   // warnings become 400 (W-LIBERAL)
	Storefront        json.RawMessage
}

// Lifetimes of tokens (T-LIFE).
type Lifetimes struct {
	CustomerAccess   time.Duration
	CustomerRefresh  time.Duration
	AnonymousAccess  time.Duration
	AnonymousRefresh time.Duration
	Mailed           time.Duration
}

// Links are the URLs that mails carry; each holds the placeholder {token}, and may hold {tenant}.
type Links struct {
	OptIn       string
	Reset       string
	EmailChange string
	Deletion    string
}

// ServiceClient is a back end that may ask for service tokens.
type ServiceClient struct {
	ClientID     string
	ClientSecret string
	Scopes       string // separated by spaces; empty: any
}

// DefaultSettings are the settings of a tenant that has set none (domain: settings of a tenant).
func DefaultSettings() Settings {
	const day = 24 * time.Hour
	return Settings{
		Wire:              WireBoth,
		PasswordMinLength: 6,
		ActiveOnSignup:    true,
		Lifetimes: Lifetimes{
			CustomerAccess:   30 * day,
			CustomerRefresh:  day,
			AnonymousAccess:  time.Hour,
			AnonymousRefresh: day,
			Mailed:           day,
		},
		Links: Links{
			OptIn:       "http://localhost:3000/activate?token={token}",
			Reset:       "http://localhost:3000/reset-password?token={token}",
			EmailChange: "http://localhost:3000/confirm-email?token={token}",
			Deletion:    "http://localhost:3000/delete-account?token={token}",
		},
	}
}

// Settings are the tenant's settings, or the default ones.
func (t *Txn) Settings() Settings {
	if row, ok := get[Settings](t, settings, byID, settings); ok {
		return row
	}
	return DefaultSettings()
}

// PutSettings stores the tenant's settings.
func (t *Txn) PutSettings(row Settings) error { return put(t, settings, row) }
