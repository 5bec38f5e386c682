package contracts

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"golang.org/x/time/rate"

	"standin/spec"
)

// Target is the server that the specs are about.
type Target struct {
	URL      string // its origin, without a slash at its end
	ClientID string
	// ControlURL is the origin of its control plane, where every spec makes a sandbox of its own. Empty for a server
	// without one: then all specs share Tenant, and those that need more are skipped.
	ControlURL string
	// ControlToken is what the control plane wants to be shown; empty if it wants nothing.
	ControlToken string
	// Name heads the specs, where a process has those of several targets; empty for no heading.
	Name string
	// Transport sends the requests; nil sends them over the network.
	Transport http.RoundTripper
	// ModelChecks is how many random sequences are tried against the model; 0 tries a few.
	ModelChecks int
	SpecsOnly   bool // only the specs judge, the document does not

	// The rest is for a server without a control plane.
	Tenant        string
	Wire          string      // the names in token answers: both, classic or current; both if it is empty
	EmailDomain   string      // of the customers that are made; example.com if it is empty
	NewPassword   string      // of the customers that are made; drawn if it is empty
	InboxURL      string      // of a Mailpit that gets the tenant's mails; empty for none
	Customer      Credentials // of a customer who is there, and whom specs only read
	ServiceClient Credentials // of a back end, for service tokens
}

// Credentials are a name, which is an e-mail address or a client id, and its secret.
type Credentials struct{ Name, Secret string }

// Foreign says whether the server has no control plane: it may be the real service, so that less is taken for
// granted and more is forgiven.
func (t Target) Foreign() bool { return t.ControlURL == "" }

// suite is what all specs share.
type suite struct {
	target       Target
	bounds       Bounds
	client       *http.Client
	pace         *rate.Limiter
	customer     *spec.Document
	operations   map[string]*spec.Operation
	rules        []spec.Rule
	capabilities []string // of the server's control plane
	run          string   // what the e-mail addresses of this run have that no other run's have
	password     string   // of the customers that are made in a tenant that is shared
	used         usage
	result       Result // once all specs have run
	reported     error  // why its reports were not written
}

// requestTimeout bounds one exchange; a server that hangs is a failure and not a wait.
const requestTimeout = 15 * time.Second

// Register builds the tree of specs for a target. It is called before ginkgo runs, once for each target. It returns an error if
// the documents cannot be read, or the control plane does not say what it can do.
func Register(target Target) error {
	s, err := register(target, Bounds{})
	if err == nil {
		s.gate()
	}
	return err
}

func register(target Target, bounds Bounds) (*suite, error) {
	s := &suite{target: target, bounds: bounds, pace: rate.NewLimiter(rate.Inf, 1), client: &http.Client{
		Timeout: requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // The service never redirects (W-SLASH); a spec must see it if one does.
		},
		Transport: target.Transport,
	}, operations: map[string]*spec.Operation{}, run: strings.ToLower(rand.Text())[:8]} //nolint:forbidigo // crypto/rand: a run against a shared server must meet no other run.
	if target.Transport == nil {
		s.client.Transport = &http.Transport{MaxIdleConnsPerHost: 128, Proxy: http.ProxyFromEnvironment}
	}
	if bounds.PerSecond > 0 {
		s.pace = rate.NewLimiter(rate.Limit(bounds.PerSecond), 1)
	}
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
	s.password = cmp.Or(target.NewPassword, rand.Text()) //nolint:forbidigo // crypto/rand: nobody is to know it.
	var err error
	if s.rules, err = spec.Rules(); err != nil {
		return nil, err
	}
	if !target.Foreign() {
		if err := s.discover(); err != nil {
			return nil, err
		}
	}
	if target.Name == "" {
		s.describe()
	} else {
		Describe(target.Name, s.describe)
	}
	return s, nil
}

// discover asks the control plane what it can do.
func (s *suite) discover() error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.target.ControlURL+"/_standin/info", http.NoBody)
	if err != nil {
		return fmt.Errorf("contracts: %w", err)
	}
	s.show(request)
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("contracts: the control plane: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var info struct {
		Capabilities []string `json:"capabilities"`
	}
	if err := json.NewDecoder(response.Body).Decode(&info); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("contracts: the control plane answers %d to /_standin/info, and does not say what it can do", response.StatusCode)
	}
	if s.capabilities = info.Capabilities; !slices.Contains(s.capabilities, sandboxes) {
		return errors.New("contracts: the control plane makes no sandboxes, in which the specs would run")
	}
	return nil
}

// show gives a request to the control plane what it wants to be shown.
func (s *suite) show(request *http.Request) {
	if s.target.ControlToken != "" {
		request.Header.Set("Authorization", "Bearer "+s.target.ControlToken)
	}
}
