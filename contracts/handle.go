package contracts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// The handle on a tenant: what a spec needs of it beyond the service's own operations. It goes over HTTP, by the
// server's control plane.

// steer sends a step to the control plane, and answers its body. The spec fails if it is refused.
func (w *World) steer(method, path string, body any) []byte {
	GinkgoHelper()
	path = "/_standin/tenants/" + w.Tenant + path
	status, answer := w.control(method, path, "MAILED", body)
	Expect(status).To(BeNumerically("<", http.StatusMultipleChoices), "%s %s answered %s", method, path, answer)
	return answer
}

// control sends a request to the control plane. What changes the tenant or reads its mails is a part of what the
// report of the spec shows; owner says whom the secrets of the answer belong to.
func (w *World) control(method, path, owner string, body any) (int, []byte) {
	GinkgoHelper()
	request := w.suite.order(method, path, body)
	var sent []byte
	if request.GetBody != nil {
		copied, err := request.GetBody()
		Expect(err).NotTo(HaveOccurred())
		sent, err = io.ReadAll(copied)
		Expect(err).NotTo(HaveOccurred())
	}
	shown := w.record(owner, method+" "+path, request, sent)
	shown.silent = method == http.MethodGet && !strings.Contains(path, "/mail")
	status, answer := w.suite.send(request)
	shown.answered(status, nil, answer)
	return status, answer
}

// order is a request to the control plane.
func (s *suite) order(method, path string, body any) *http.Request {
	GinkgoHelper()
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		Expect(err).NotTo(HaveOccurred())
		sent = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, s.target.ControlURL+path, sent) //nolint:noctx // The client has a timeout.
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Content-Type", "application/json")
	s.show(request)
	return request
}

// send sends a request to the control plane.
func (s *suite) send(request *http.Request) (int, []byte) {
	GinkgoHelper()
	response, err := s.client.Do(request)
	Expect(err).NotTo(HaveOccurred(), "the control plane could not be reached")
	answer, err := io.ReadAll(response.Body)
	Expect(response.Body.Close()).To(Succeed())
	Expect(err).NotTo(HaveOccurred())
	return response.StatusCode, answer
}

// read is what a step answers, in a type of the spec's.
func read[T any](w *World, method, path string, body any) T {
	GinkgoHelper()
	var out T
	answer := w.steer(method, path, body)
	Expect(json.Unmarshal(answer, &out)).To(Succeed(), "%s", answer)
	return out
}

// Now is the tenant's time, in whole seconds.
func (w *World) Now() time.Time {
	GinkgoHelper()
	w.suite.need(clock)
	return read[struct {
		Now time.Time `json:"now"`
	}](w, http.MethodGet, "/clock", nil).Now
}

// Freeze stops the tenant's clock.
func (w *World) Freeze() {
	GinkgoHelper()
	w.suite.need(clock)
	w.steer(http.MethodPost, "/clock", H{"freeze": true})
}

// Advance moves the tenant's clock forward.
func (w *World) Advance(by time.Duration) {
	GinkgoHelper()
	w.suite.need(clock)
	w.steer(http.MethodPost, "/clock", H{"advance": fmt.Sprintf("%ds", int64(by/time.Second))})
}

// Mail is a letter that a customer was sent.
type Mail struct {
	Kind  string `json:"kind"` // opt-in, resend, password-reset, email-change or deletion
	To    string `json:"to"`
	Token string `json:"token"`
	Link  string `json:"link"`
}

// Mails lists what the tenant's customers were sent, oldest first.
func (w *World) Mails() []Mail {
	GinkgoHelper()
	if w.suite.target.InboxURL != "" && w.suite.target.Foreign() {
		return w.mailpit()
	}
	w.suite.need(inbox)
	return read[struct {
		Mails []Mail `json:"mails"`
	}](w, http.MethodGet, "/mail?limit=1000", nil).Mails
}

// Configure merges settings, by their documented names, into the tenant's.
func (w *World) Configure(change H) {
	GinkgoHelper()
	w.suite.need(settings)
	w.steer(http.MethodPatch, "/settings", change)
}

// Token is what a caller holds.
type Token struct {
	Access    string `json:"accessToken"`
	Refresh   string `json:"refreshToken"`
	Saas      string `json:"saasToken"`
	SessionID string `json:"sessionId"`
}

// Mint makes a token of a kind: customer (for a login e-mail), anonymous or service. The scopes come on top of those
// of the kind. A lifetime of zero is the tenant's own; a negative one has already passed.
func (w *World) Mint(kind, email string, scopes []string, lifetime time.Duration) (Token, error) {
	GinkgoHelper()
	w.suite.need(tokens)
	order := H{"kind": kind, "scopes": append([]string{}, scopes...)}
	if email != "" {
		order["email"] = email
	}
	if lifetime != 0 {
		order["expiresIn"] = int64(lifetime / time.Second)
	}
	status, answer := w.control(http.MethodPost, "/_standin/tenants/"+w.Tenant+"/tokens", strings.ToUpper(kind), order)
	if status != http.StatusCreated {
		return Token{}, fmt.Errorf("no token: %d %s", status, answer)
	}
	var out Token
	return out, json.Unmarshal(answer, &out)
}

// legalEntity is a company that a buyer acts for.
const legalEntity = "5002"

// buyer makes a B2B customer, whose legal entities no request of the service can make, and logs it in.
func (w *World) buyer() Token {
	GinkgoHelper()
	w.suite.need(customers)
	const email = "buyer@example.com"
	w.steer(http.MethodPost, "/customers", H{
		"email": email, "password": password,
		"profile":       H{"firstName": "Bo", "lastName": "Buyer", "company": "Emporix", "b2b": H{"companyRegistrationId": "HRB-1"}},
		"legalEntities": []H{{"id": "5001", "name": "Emporix", "contactAssignmentId": "6001"}, {"id": legalEntity}},
	})
	return w.LogIn(email)
}

// make makes the tenant of a spec, and removes it with the spec.
func (w *World) make(settings []H) {
	first := H{"doubleOptIn": false} // Whether it is off by default is an assumption (OPTIN).
	if len(settings) > 0 {
		maps.Copy(first, settings[0])
	}
	if first["doubleOptIn"] == nil {
		delete(first, "doubleOptIn")
	}
	order := H{"name": w.Tenant, "from": "fixture:empty", "settings": first}
	GinkgoHelper()
	status, answer := w.control(http.MethodPost, "/_standin/tenants", "ANSWERED", order)
	Expect(status).To(Equal(http.StatusCreated), "no sandbox: %s", answer)
	for _, more := range settings[min(1, len(settings)):] {
		w.Configure(more)
	}
	DeferCleanup(func() {
		status, answer := w.suite.send(w.suite.order(http.MethodDelete, "/_standin/tenants/"+url.PathEscape(w.Tenant), nil))
		Expect(status).To(Equal(http.StatusNoContent), "the sandbox was not deleted: %s", answer)
	})
}
