package suite

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"standin/spec"
)

// Target is the server that is held to the contract.
type Target struct {
	URL      string // its origin, without a slash at its end
	ClientID string
	// ControlURL is the origin of the control API, where each spec creates a sandbox. If it is empty, all specs share
	// Tenant, and specs that need more are skipped.
	ControlURL string
	// ControlToken is the bearer token of the control API; empty if the API needs none.
	ControlToken string
	// Transport sends the requests; nil for the network.
	Transport http.RoundTripper
	// ModelChecks is the number of random sequences that are compared with the model; 0 for the default.
	ModelChecks int
	// ModelShrink is how long a sequence that differs from the model is made shorter; 0 for 20 seconds.
	ModelShrink time.Duration
	SpecsOnly   bool // only the specs judge, the document does not

	// The following fields are for a server without a control API.

	Tenant        string
	Wire          string      // the names in token answers: both, classic or current; both if it is empty
	EmailDomain   string      // of new customers; example.com if it is empty
	NewPassword   string      // of new customers; random if it is empty
	InboxURL      string      // of a Mailpit that receives the mails of the tenant; empty for none
	Customer      Credentials // of an existing customer, which specs only read
	ServiceClient Credentials // of a back end, for service tokens
}

// Credentials are a name, which is an e-mail address or a client id, and its secret.
type Credentials struct{ Name, Secret string }

// Foreign reports whether the server has no control API. Such a server may be the real service, so that the suite
// expects less and tolerates more.
func (t Target) Foreign() bool { return t.ControlURL == "" }

// Section adds some of the specs to ginkgo's tree.
type Section func(*Suite)

// Suite is a run of the specs against one target. All its specs share it.
type Suite struct {
	Target Target

	bounds       Bounds
	client       *http.Client
	pace         *rate.Limiter
	document     *spec.Document // of the customer service
	operations   map[string]*spec.Operation
	rules        []spec.Rule
	capabilities []string // of the control API
	run          string   // a part of e-mail addresses that no other run has
	password     string   // of new customers in a shared tenant
	used         usage
	result       Result // set once all specs have run
	reported     error  // why reports were not written
}

// requestTimeout bounds one request. A request that takes longer fails its spec.
const requestTimeout = 15 * time.Second

// RegisterSections adds the specs of a target to ginkgo's tree. Call it before ginkgo runs, once for each target. It returns an
// error if the documents cannot be read, or if the control API does not list its capabilities.
func RegisterSections(target Target, sections []Section) error {
	s, err := register(target, Bounds{}, sections)
	if err == nil {
		s.failIfIncomplete()
	}
	return err
}

func register(target Target, bounds Bounds, sections []Section) (*Suite, error) {
	s := &Suite{
		Target: target, bounds: bounds, client: newClient(target.Transport), pace: rate.NewLimiter(rate.Inf, 1),
		run:      strings.ToLower(rand.Text())[:8],        //nolint:forbidigo // crypto/rand: runs against a shared server must differ.
		password: cmp.Or(target.NewPassword, rand.Text()), //nolint:forbidigo // crypto/rand: it must not be guessed.
	}
	if bounds.PerSecond > 0 {
		s.pace = rate.NewLimiter(rate.Limit(bounds.PerSecond), 1)
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	if !target.Foreign() {
		if err := s.discover(); err != nil {
			return nil, err
		}
	}
	for _, section := range sections {
		section(s)
	}
	return s, nil
}

// load reads the documents and the rules.
func (s *Suite) load() error {
	s.operations = map[string]*spec.Operation{}
	for _, name := range []string{spec.Customer, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			return err
		}
		if name == spec.Customer {
			s.document = document
		}
		for _, op := range document.Operations {
			s.operations[op.ID] = op
		}
	}
	var err error
	s.rules, err = spec.Rules()
	return err
}

func newClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = &http.Transport{MaxIdleConnsPerHost: 128, Proxy: http.ProxyFromEnvironment}
	}
	return &http.Client{
		Timeout:   requestTimeout,
		Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // The service never redirects (W-SLASH), so a spec must see a redirect.
		},
	}
}

// Document returns the document of the customer service.
func (s *Suite) Document() *spec.Document { return s.document }

// Operations returns the operations of all documents, sorted by their ids.
func (s *Suite) Operations() []*spec.Operation {
	all := make([]*spec.Operation, 0, len(s.operations))
	for _, op := range s.operations {
		all = append(all, op)
	}
	slices.SortFunc(all, func(one, other *spec.Operation) int { return strings.Compare(one.ID, other.ID) })
	return all
}
