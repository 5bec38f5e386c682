package contracts

import (
	"net/http"
	"time"

	"standin/spec"
)

// Target is the server that the specs are about.
type Target struct {
	URL      string // its origin, without a slash at its end
	ClientID string
	// Buyer is a customer with legal entities, who is there in every tenant: no request makes one.
	Buyer Buyer
	// Handle is the handle on a tenant. Every spec takes a tenant of its own.
	Handle func(tenant string) Handle
}

// Buyer is a B2B customer.
type Buyer struct {
	Email         string // its password is the suite's
	LegalEntityID string
}

// Handle is what a spec needs of a tenant beyond the API.
type Handle interface {
	// Now is the tenant's time, in whole seconds.
	Now() time.Time
	// Freeze stops the tenant's clock.
	Freeze()
	// Advance moves the tenant's clock forward.
	Advance(by time.Duration)
	// Mails lists what the tenant's customers were sent, oldest first.
	Mails() []Mail
	// Configure merges settings, by their documented names, into the tenant's.
	Configure(settings map[string]any) error
	// Mint makes a token of a kind: customer (for a login e-mail), anonymous or service. The scopes come on top of
	// those of the kind. A lifetime of zero is the tenant's own; a negative one has already passed.
	Mint(kind, email string, scopes []string, lifetime time.Duration) (Token, error)
}

// Mail is a letter that a customer was sent.
type Mail struct {
	Kind  string // opt-in, resend, password-reset, email-change or deletion
	To    string
	Token string
	Link  string
}

// Token is what a caller holds.
type Token struct {
	Access    string
	Refresh   string
	Saas      string
	SessionID string
}

// suite is what all specs share: nothing that changes.
type suite struct {
	target     Target
	client     *http.Client
	customer   *spec.Document
	operations map[string]*spec.Operation
	rules      []spec.Rule
}

// requestTimeout bounds one exchange; a server that hangs is a failure and not a wait.
const requestTimeout = 30 * time.Second

// Register builds the tree of specs for a target. It is called once, before ginkgo runs. It returns an error if
// the documents cannot be read.
func Register(target Target) error {
	s := &suite{target: target, client: &http.Client{
		Timeout: requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // The service never redirects (W-SLASH); a spec must see it if one does.
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 128},
	}, operations: map[string]*spec.Operation{}}
	for _, name := range []string{spec.Customer, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			return err
		}
		if name == spec.Customer {
			s.customer = document
		}
		for _, op := range document.Operations {
			s.operations[op.ID] = op
		}
	}
	var err error
	if s.rules, err = spec.Rules(); err != nil {
		return err
	}
	s.describe()
	return nil
}
