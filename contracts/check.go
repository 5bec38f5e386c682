package contracts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// check tries what the run was told of a server without a control plane, as far as the run uses it: the customer, the
// client of a back end and the inbox. It returns an error if the server refuses the credentials or the inbox cannot be
// read. Every other answer is left to the specs.
func (s *suite) check(run Run) error {
	if !s.target.Foreign() {
		return nil
	}
	customer, client := s.target.Customer, s.target.ServiceClient
	if customer.Name != "" && s.refusesCustomer(customer) {
		return fmt.Errorf("the server refuses the login of %s: check the address and the password in STANDIN_CUSTOMER", customer.Name)
	}
	if run.Smoke { // It has no specs about back ends and mails.
		return nil
	}
	if client.Name != "" {
		if status, _ := s.try("serviceToken", "", "", formType, serviceForm(client, s.target.Tenant)); refused(status) {
			return fmt.Errorf("the server refuses the client %s: check the id and the secret in STANDIN_SERVICE_CLIENT", client.Name)
		}
	}
	if s.target.InboxURL != "" {
		return s.checkInbox()
	}
	return nil
}

// checkInbox returns an error if the inbox does not list mails.
func (s *suite) checkInbox() error {
	at, err := url.Parse(s.target.InboxURL)
	request, wrong := s.inboxRequest(searchInbox(s.run))
	if err != nil || wrong != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return errors.New("--inbox is not a URL; write for example http://127.0.0.1:8025") // It may hold a password.
	}
	if _, _, err := s.readInbox(request, new(struct{})); err != nil {
		return fmt.Errorf("--inbox: %w", err)
	}
	return nil
}

// refusesCustomer reports whether the server refuses a customer's login, and not the shopper's session before it.
func (s *suite) refusesCustomer(customer Credentials) bool {
	query := url.Values{"tenant": {s.target.Tenant}, "client_id": {s.target.ClientID}}
	status, answer := s.try("anonymousLogin", "?"+query.Encode(), "", "", nil)
	var anonymous struct {
		Token string `json:"access_token"`
	}
	if status != http.StatusOK || json.Unmarshal(answer, &anonymous) != nil {
		return false
	}
	body, err := json.Marshal(H{"email": customer.Name, "password": customer.Secret})
	if err != nil {
		return false
	}
	status, _ = s.try("login", "", anonymous.Token, "application/json", body)
	return refused(status)
}

// refused reports whether a status refuses the credentials of a request.
func refused(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// try sends a request for an operation outside of all specs. The status is 0 if no answer comes.
func (s *suite) try(operation, query, bearer, mediaType string, body []byte) (int, []byte) {
	op := s.operations[operation]
	ctx := context.Background()
	target := strings.ReplaceAll(op.Templates()[0], "{tenant}", url.PathEscape(s.target.Tenant))
	request, err := http.NewRequestWithContext(ctx, op.Method, s.target.URL+target+query, bytes.NewReader(body))
	if err != nil || s.pace.Wait(ctx) != nil {
		return 0, nil
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	s.used.requests++ // No spec runs yet.
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil {
		return 0, nil
	}
	return response.StatusCode, answer
}
