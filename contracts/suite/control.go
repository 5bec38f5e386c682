package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// discover reads the capabilities of the control API.
func (s *Suite) discover() error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.Target.ControlURL+"/_standin/info", http.NoBody)
	if err != nil {
		return fmt.Errorf("contracts: %w", err)
	}
	s.authorize(request)
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("contracts: the control API could not be reached: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var info struct {
		Capabilities []string `json:"capabilities"`
	}
	if err := json.NewDecoder(response.Body).Decode(&info); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("contracts: the control API answers %d to /_standin/info and does not list its capabilities", response.StatusCode)
	}
	if s.capabilities = info.Capabilities; !slices.Contains(s.capabilities, Sandboxes) {
		return errors.New("contracts: the control API does not create sandboxes, which the specs need")
	}
	return nil
}

// authorize adds the token of the control API to a request.
func (s *Suite) authorize(request *http.Request) {
	if s.Target.ControlToken != "" {
		request.Header.Set("Authorization", "Bearer "+s.Target.ControlToken)
	}
}

// control sends a request about the tenant to the control API and returns the body of the answer. The spec fails if
// the request is refused.
func (w *World) control(method, path string, body any) []byte {
	GinkgoHelper()
	path = "/_standin/tenants/" + w.Tenant + path
	status, answer := w.tryControl(method, path, "MAILED", body)
	Expect(status).To(BeNumerically("<", http.StatusMultipleChoices), "%s %s answered %s", method, path, answer)
	return answer
}

// tryControl sends a request to the control API and returns the status and the body of the answer. The report of the
// spec shows the request if it changes the tenant or reads its mails. The owner begins the names of the variables that
// stand for secrets of the answer.
func (w *World) tryControl(method, path, owner string, body any) (int, []byte) {
	GinkgoHelper()
	request := w.suite.controlRequest(method, path, body)
	var sent []byte
	if request.GetBody != nil {
		copied, err := request.GetBody()
		Expect(err).NotTo(HaveOccurred())
		sent, err = io.ReadAll(copied)
		Expect(err).NotTo(HaveOccurred())
	}
	recorded := w.record(owner, method+" "+path, request, sent)
	recorded.silent = method == http.MethodGet && !strings.Contains(path, "/mail")
	status, answer := w.suite.sendControl(request)
	recorded.setAnswer(status, nil, answer)
	return status, answer
}

// controlRequest returns a request to the control API.
func (s *Suite) controlRequest(method, path string, body any) *http.Request {
	GinkgoHelper()
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		Expect(err).NotTo(HaveOccurred())
		sent = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, s.Target.ControlURL+path, sent) //nolint:noctx // The client has a timeout.
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Content-Type", "application/json")
	s.authorize(request)
	return request
}

// sendControl sends a request to the control API and returns the status and the body of the answer.
func (s *Suite) sendControl(request *http.Request) (int, []byte) {
	GinkgoHelper()
	response, err := s.client.Do(request)
	Expect(err).NotTo(HaveOccurred(), "the control API could not be reached")
	answer, err := io.ReadAll(response.Body)
	Expect(response.Body.Close()).To(Succeed())
	Expect(err).NotTo(HaveOccurred())
	return response.StatusCode, answer
}

// readControl decodes the answer of the control API to a request about the tenant.
func readControl[T any](w *World, method, path string, body any) T {
	GinkgoHelper()
	var out T
	answer := w.control(method, path, body)
	Expect(json.Unmarshal(answer, &out)).To(Succeed(), "%s", answer)
	return out
}

// createSandbox creates the tenant of a spec and deletes it after the spec.
func (w *World) createSandbox(settings []H) {
	GinkgoHelper()
	first := H{"doubleOptIn": false} // That it is off by default is an assumption (OPTIN).
	if len(settings) > 0 {
		maps.Copy(first, settings[0])
	}
	if first["doubleOptIn"] == nil {
		delete(first, "doubleOptIn")
	}
	w.createTenant("fixture:empty", first)
	for _, more := range settings[min(1, len(settings)):] {
		w.Configure(more)
	}
}

// createTenant creates the tenant from a fixture or another tenant and deletes it after the spec.
func (w *World) createTenant(from string, settings H) {
	GinkgoHelper()
	order := H{"name": w.Tenant, "from": from, "settings": settings}
	status, answer := w.tryControl(http.MethodPost, "/_standin/tenants", "ANSWERED", order)
	Expect(status).To(Equal(http.StatusCreated), "no sandbox: %s", answer)
	DeferCleanup(func() {
		status, answer := w.suite.sendControl(w.suite.controlRequest(http.MethodDelete, "/_standin/tenants/"+url.PathEscape(w.Tenant), nil))
		Expect(status).To(Equal(http.StatusNoContent), "the sandbox was not deleted: %s", answer)
	})
}

// Now returns the time of the tenant, in whole seconds.
func (w *World) Now() time.Time {
	GinkgoHelper()
	w.suite.Need(Clock)
	return readControl[struct {
		Now time.Time `json:"now"`
	}](w, http.MethodGet, "/clock", nil).Now
}

// Freeze stops the clock of the tenant.
func (w *World) Freeze() {
	GinkgoHelper()
	w.suite.Need(Clock)
	w.control(http.MethodPost, "/clock", H{"freeze": true})
}

// Advance moves the clock of the tenant forward.
func (w *World) Advance(by time.Duration) {
	GinkgoHelper()
	w.suite.Need(Clock)
	w.control(http.MethodPost, "/clock", H{"advance": fmt.Sprintf("%ds", int64(by/time.Second))})
}

// TurnBack moves the clock of the tenant back.
func (w *World) TurnBack(by time.Duration) {
	GinkgoHelper()
	w.suite.Need(Clock)
	w.control(http.MethodPost, "/clock", H{"advance": fmt.Sprintf("-%ds", int64(by/time.Second)), "allowBackwards": true})
}

// Configure merges settings, by their documented names, into those of the tenant.
func (w *World) Configure(change H) {
	GinkgoHelper()
	w.suite.Need(Settings)
	w.control(http.MethodPatch, "/settings", change)
}

// Mail is a mail to a customer.
type Mail struct {
	Kind  string `json:"kind"` // opt-in, resend, password-reset, email-change or deletion
	To    string `json:"to"`
	Token string `json:"token"`
	Link  string `json:"link"`
	Site  string `json:"site"` // that the request named; "" for none, and in an inbox
}

// Mails returns the mails to the customers of the tenant, the oldest first.
func (w *World) Mails() []Mail {
	GinkgoHelper()
	if w.suite.Target.InboxURL != "" && w.suite.Target.Foreign() {
		return w.mailpit()
	}
	w.suite.Need(inbox)
	return readControl[struct {
		Mails []Mail `json:"mails"`
	}](w, http.MethodGet, "/mail?limit=1000", nil).Mails
}

// Event is an event of which the webhooks of the tenant are told.
type Event struct {
	Type    string `json:"type"`
	Payload H      `json:"payload"`
}

// Events returns the events of the tenant, the oldest first.
func (w *World) Events() []Event {
	GinkgoHelper()
	w.suite.Need(Webhooks)
	return readControl[struct {
		Events []Event `json:"events"`
	}](w, http.MethodGet, "/webhooks?limit=1000", nil).Events
}

// Token is an access token with what was issued together with it.
type Token struct {
	Access    string `json:"accessToken"`
	Refresh   string `json:"refreshToken"`
	Saas      string `json:"saasToken"`
	SessionID string `json:"sessionId"`
}

// Mint creates a token of a kind: customer, anonymous or service. A customer token is for the login with the e-mail
// address. The token has the scopes in addition to those of its kind. It has the lifetime of the tenant if lifetime is
// zero, and has already expired if lifetime is negative.
func (w *World) Mint(kind, email string, scopes []string, lifetime time.Duration) (Token, error) {
	GinkgoHelper()
	w.suite.Need(Tokens)
	order := H{"kind": kind, "scopes": append([]string{}, scopes...)}
	if email != "" {
		order["email"] = email
	}
	if lifetime != 0 {
		order["expiresIn"] = int64(lifetime / time.Second)
	}
	status, answer := w.tryControl(http.MethodPost, "/_standin/tenants/"+w.Tenant+"/tokens", strings.ToUpper(kind), order)
	if status != http.StatusCreated {
		return Token{}, fmt.Errorf("no token: %d %s", status, answer)
	}
	var out Token
	return out, json.Unmarshal(answer, &out)
}

// LegalEntity is the id of a company that the customer of [World.Buyer] may act for.
const LegalEntity = "5002"

// Buyer creates a B2B customer with legal entities, and logs it in.
func (w *World) Buyer() Token {
	GinkgoHelper()
	return w.Stored("buyer@example.com", H{
		"profile":       H{"firstName": "Bo", "lastName": "Buyer", "company": "Emporix", "b2b": H{"companyRegistrationId": "HRB-1"}},
		"legalEntities": []H{{"id": "5001", "name": "Emporix", "contactAssignmentId": "6001"}, {"id": LegalEntity}},
	})
}

// Stored creates a customer by the control API, with members that no operation of the service can create, as a fixture has
// them. It logs the customer in.
func (w *World) Stored(email string, members H) Token {
	GinkgoHelper()
	w.suite.Need(customers)
	order := H{"email": email, "password": Password}
	maps.Copy(order, members)
	w.control(http.MethodPost, "/customers", order)
	return w.LogIn(email)
}
