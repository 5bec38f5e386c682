package console_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"standin/engine/enginetest"
)

// shop is a server, with the requests of a storefront.
type shop struct {
	*testing.T
	server *enginetest.Server
}

func begin(t *testing.T, fixture string) *shop {
	t.Helper()
	return &shop{T: t, server: enginetest.Run(t, enginetest.WithFixture(fixture))}
}

// answer is a body of JSON with its status.
type answer struct {
	status int
	body   any
}

// at returns the value at a path of names and indices; nil if there is none.
func (a answer) at(path ...any) any {
	value := a.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// call sends a request, with a bearer and a body if there are any.
func (s *shop) call(method, path, token, body string) answer {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	a := answer{status: response.StatusCode}
	_ = json.Unmarshal(raw, &a.body) // Some have none.
	return a
}

// control sends a control request, whose answer must have a status.
func (s *shop) control(method, path, body string, status int) answer {
	s.Helper()
	a := s.call(method, "/_standin"+path, "", body)
	if a.status != status {
		s.Fatalf("%s %s answers %d %v", method, path, a.status, a.body)
	}
	return a
}

func (s *shop) text(a answer, path ...any) string {
	s.Helper()
	text, ok := a.at(path...).(string)
	if !ok {
		s.Fatalf("%v has no text at %v", a.body, path)
	}
	return text
}

// anonymous starts an anonymous session, and returns its token.
func (s *shop) anonymous(tenant string) string {
	s.Helper()
	return s.text(s.call("GET", "/customerlogin/auth/anonymous/login?client_id=storefront&tenant="+tenant, "", ""), "access_token")
}

func (s *shop) signup(tenant, email string) {
	s.Helper()
	a := s.call("POST", "/customer/"+tenant+"/signup", s.anonymous(tenant), `{"email":"`+email+`","password":"password123"}`)
	if a.status != http.StatusCreated {
		s.Fatalf("the signup answers %d %v", a.status, a.body)
	}
}

// login returns a customer's access token.
func (s *shop) login(tenant, email string) string {
	s.Helper()
	return s.text(s.call("POST", "/customer/"+tenant+"/login", s.anonymous(tenant), `{"email":"`+email+`","password":"password123"}`), "accessToken")
}
