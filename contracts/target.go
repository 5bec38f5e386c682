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
	// ControlURL is the origin of its control plane; URL if it is empty. Every spec makes a sandbox of its own.
	ControlURL string
	// ControlToken is what the control plane wants to be shown; empty if it wants nothing.
	ControlToken string
}

// suite is what all specs share: nothing that changes.
type suite struct {
	target     Target
	client     *http.Client
	customer   *spec.Document
	operations map[string]*spec.Operation
	rules      []spec.Rule
	result     Result // once all specs have run
}

// requestTimeout bounds one exchange; a server that hangs is a failure and not a wait.
const requestTimeout = 30 * time.Second

// Register builds the tree of specs for a target. It is called once, before ginkgo runs. It returns an error if
// the documents cannot be read.
func Register(target Target) error {
	_, err := register(target)
	return err
}

func register(target Target) (*suite, error) {
	if target.ControlURL == "" {
		target.ControlURL = target.URL
	}
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
			return nil, err
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
		return nil, err
	}
	s.describe()
	return s, nil
}
