package state

import (
	"cmp"
	"encoding/json"
	"time"
)

// Wire selects the spelling of the members of a token answer (W-CASE).
type Wire string

// The values of the setting wire.
const (
	WireBoth    Wire = "both"
	WireClassic Wire = "classic"
	WireCurrent Wire = "current"
)

// Settings are the settings of one tenant. The zero value is not useful; start from [DefaultSettings].
type Settings struct {
	Wire                    Wire
	PasswordMinLength       int
	ActiveOnSignup          bool
	DoubleOptIn             bool
	LockoutAfter            int  // 0 for never
	RejectUnknown           bool // refuse a password reset for an unknown e-mail address (setting resetUnknown: reject)
	Lifetimes               Lifetimes
	Links                   Links
	ClientIDs               []string // allowed client ids; empty for any
	ServiceClients          []ServiceClient
	SaasSecret              string // empty for one derived from seed and tenant
	Strict                  bool   // answer a request that has warnings with 400 (W-LIBERAL)
	Webhooks                []Webhook
	Site                    Site
	Storefront              json.RawMessage
	AnonymousRefreshRotates bool // replace an anonymous refresh token with each use (ANON-REFRESH)
}

// Site is the tenant's default site: what a session shops with unless its shopper or customer says otherwise (CONTEXT).
type Site struct {
	Code      string
	Name      string
	Currency  string
	Languages []string // the first is the default; never changed in place
	Country   string
	HomeBase  HomeBase // empty for none
}

// HomeBase is the address of a site's home base. It has a country unless it is empty.
type HomeBase struct {
	Street       string
	StreetNumber string
	ZipCode      string
	City         string
	State        string
	Country      string
}

// Location returns the country of the site's home base or, without one, the site's country.
func (s Site) Location() string { return cmp.Or(s.HomeBase.Country, s.Country) }

// Language returns the site's default language.
func (s Site) Language() string {
	if len(s.Languages) == 0 {
		return ""
	}
	return s.Languages[0]
}

// Lifetimes are the lifetimes of tokens (T-LIFE).
type Lifetimes struct {
	CustomerAccess   time.Duration
	CustomerRefresh  time.Duration
	AnonymousAccess  time.Duration
	AnonymousRefresh time.Duration
	Mailed           time.Duration
}

// Links are the URLs in mails. Each contains the placeholder {token} and may contain {tenant}.
type Links struct {
	OptIn       string
	Reset       string
	EmailChange string
	Deletion    string
}

// ServiceClient is a back-end application that may request service tokens.
type ServiceClient struct {
	ClientID     string
	ClientSecret string
	Scopes       string // separated by spaces; empty for any
}

// defaultLanguages are the languages of the default site. All default settings share them.
var defaultLanguages = []string{"en"} //nolint:gochecknoglobals // A constant that Go cannot declare as one.

// DefaultSettings returns the settings of a tenant for which none are stored (domain: settings of a tenant).
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
		Site: Site{Code: "main", Name: "Main", Currency: "USD", Languages: defaultLanguages, Country: "US"},
	}
}

// Settings returns the stored settings of the tenant, or the default settings if none are stored.
func (t *Txn) Settings() Settings {
	if row, ok := get[Settings](t, settings, byID, settings); ok {
		return row
	}
	return DefaultSettings()
}

// PutSettings stores the tenant's settings.
func (t *Txn) PutSettings(row Settings) { put(t, settings, row) }
