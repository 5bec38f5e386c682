package suite

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

// check tries the customer, the client of a back end and the inbox of a server without a control API, as far as the run
// uses them. It returns an error if the server refuses the credentials or the inbox cannot be read. Any other answer is
// left to the specs, because it may be a fault of the server.
func (s *Suite) check(run Run) error {
	if !s.Target.Foreign() {
		return nil
	}
	customer, client := s.Target.Customer, s.Target.ServiceClient
	if customer.Name != "" && s.refusesCustomer(customer) {
		return fmt.Errorf("the server refuses the login of %s: check the address and the password in STANDIN_CUSTOMER", customer.Name)
	}
	if run.Smoke { // A short run has no specs about back ends and mails.
		return nil
	}
	if client.Name != "" {
		if status, _ := s.tryRequest("serviceToken", "", "", FormType, serviceForm(client, s.Target.Tenant)); refused(status) {
			return fmt.Errorf("the server refuses the client %s: check the id and the secret in STANDIN_SERVICE_CLIENT", client.Name)
		}
	}
	if s.Target.InboxURL != "" {
		return s.checkInbox()
	}
	return nil
}

// checkInbox returns an error if the inbox does not list mails.
func (s *Suite) checkInbox() error {
	at, err := url.Parse(s.Target.InboxURL)
	request, wrong := s.inboxRequest(searchInbox(s.run))
	if err != nil || wrong != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return errors.New("--inbox is not a URL; write for example http://127.0.0.1:8025") // The URL is not shown, because it may have a password.
	}
	if _, _, err := s.readInbox(request, new(struct{})); err != nil {
		return fmt.Errorf("--inbox: %w", err)
	}
	return nil
}

// refusesCustomer reports whether the server refuses the login of a customer. It is false if there is no anonymous session
// for the login.
func (s *Suite) refusesCustomer(customer Credentials) bool {
	query := url.Values{"tenant": {s.Target.Tenant}, "client_id": {s.Target.ClientID}}
	status, answer := s.tryRequest("anonymousLogin", "?"+query.Encode(), "", "", nil)
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
	status, _ = s.tryRequest("login", "", anonymous.Token, "application/json", body)
	return refused(status)
}

// refused reports whether a status refuses the credentials of a request.
func refused(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// tryRequest sends a request for an operation, before any spec runs. It returns the status and the body of the answer; the
// status is 0 if there is no answer.
func (s *Suite) tryRequest(operation, query, bearer, mediaType string, body []byte) (int, []byte) {
	op := s.operations[operation]
	ctx := context.Background()
	target := strings.ReplaceAll(op.Templates()[0], "{tenant}", url.PathEscape(s.Target.Tenant))
	request, err := http.NewRequestWithContext(ctx, op.Method, s.Target.URL+target+query, bytes.NewReader(body))
	if err != nil || s.pace.Wait(ctx) != nil {
		return 0, nil
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	s.used.requests++ // No lock is needed, because no spec runs yet.
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
