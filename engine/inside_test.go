package engine

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/service"
	"standin/engine/world"
	"standin/spec"
	"standin/state"
)

// These tests are inside the package: they plant what no request can.

func server(t *testing.T) *Server {
	t.Helper()
	s, err := New(Config{
		Fixture: &world.Fixture{Name: "none", Build: func(context.Context, time.Time, []byte) (*state.DB, error) { return state.New() }},
		Now:     time.Now, Seed: []byte("x"), Tenants: []string{"acme"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func acme(t *testing.T, s *Server) *world.World {
	t.Helper()
	w, ok := s.Worlds().Named("acme")
	if !ok {
		t.Fatal("there is no acme")
	}
	return w
}

// plant replaces the handler of an operation, and answers its declaration.
func plant(s *Server, id string, change func(service.Operation) service.Operation) {
	for declared, op := range s.operations {
		if declared.ID == id {
			op.Operation = change(op.Operation)
			s.operations[declared] = op
		}
	}
}

func post(t *testing.T, s *Server, path, token, body string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+token)
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	return answer
}

func anonymous(t *testing.T, s *Server) string {
	t.Helper()
	minted, err := s.Mint(acme(t, s), service.Mint{Kind: "anonymous"})
	if err != nil {
		t.Fatal(err)
	}
	return minted.AccessToken
}

const signupBodyText = `{"email":"jane@example.com","password":"password123"}`

func TestOwnFaultsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	spoil := map[string]func(*call.Call) (spec.Reply, error){
		"an undocumented status": func(*call.Call) (spec.Reply, error) { return call.Done(http.StatusTeapot) },
		"a body that breaks the document": func(*call.Call) (spec.Reply, error) {
			return call.Answer(http.StatusCreated, map[string]any{"id": 1})
		},
		"an undeclared member": func(*call.Call) (spec.Reply, error) {
			return call.Answer(http.StatusCreated, map[string]any{"id": "1", "secret": true})
		},
		"an undocumented refusal": func(*call.Call) (spec.Reply, error) { return spec.Reply{}, refusal.Address.Of("a", "b") },
		"a foreign error":         func(*call.Call) (spec.Reply, error) { return spec.Reply{}, http.ErrBodyNotAllowed },
		"a panic":                 func(*call.Call) (spec.Reply, error) { panic("planted") },
		"a row that another is in the way of": func(c *call.Call) (spec.Reply, error) {
			putTaken(c)
			return call.Answer(http.StatusCreated, map[string]any{"id": "1"})
		},
		"a refusal after such a row": func(c *call.Call) (spec.Reply, error) {
			putTaken(c)
			return spec.Reply{}, refusal.Bearer
		},
	}
	for name, answered := range spoil {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server(t)
			token := anonymous(t, s)
			var honest service.Operation
			plant(s, "signup", func(op service.Operation) service.Operation {
				honest = op
				op.Handle = func(c *call.Call) (spec.Reply, error) {
					_, err := honest.Handle(c)
					if errors.Is(err, call.ErrUnrehearsed) {
						return spec.Reply{}, err
					}
					if err != nil {
						t.Error(err)
					}
					return answered(c)
				}
				return op
			})
			got := post(t, s, "/customer/acme/signup", token, signupBodyText)
			if got.Code != http.StatusInternalServerError || strings.Contains(got.Body.String(), "planted") {
				t.Errorf("it answers %d %s", got.Code, got.Body)
			}
			if s.Violations() != 1 {
				t.Errorf("%d violations were counted", s.Violations())
			}
			plant(s, "signup", func(service.Operation) service.Operation { return honest })
			if got := post(t, s, "/customer/acme/signup", token, signupBodyText); got.Code != http.StatusCreated {
				t.Errorf("afterwards the sign-up answers %d %s", got.Code, got.Body)
			}
		})
	}
}

// putTaken puts a login with the e-mail address of another.
func putTaken(c *call.Call) {
	jane, _ := c.Txn.LoginByEmail("jane@example.com")
	jane.ID = "another"
	c.Txn.PutLogin(jane)
}

func TestNoHashUnderTheLock(t *testing.T) {
	t.Parallel()
	s := server(t)
	token := anonymous(t, s)
	for _, id := range []string{"signup", "login", "changePassword", "resetPassword", "requestEmailChange", "assignAccount"} {
		plant(s, id, func(op service.Operation) service.Operation {
			handle := op.Handle
			op.Handle = func(c *call.Call) (spec.Reply, error) {
				known := len(c.Hashes.Computed())
				reply, err := handle(c)
				if !c.Hashes.Rehearsing() && len(c.Hashes.Computed()) > known {
					t.Errorf("%s computed a hash under the lock", id)
				}
				return reply, err
			}
			return op
		})
	}
	if got := post(t, s, "/customer/acme/signup", token, signupBodyText); got.Code != http.StatusCreated {
		t.Fatal(got.Code, got.Body)
	}
	if got := post(t, s, "/customer/acme/login", token, signupBodyText); got.Code != http.StatusOK {
		t.Fatal(got.Code, got.Body)
	}
	minted, err := s.Mint(acme(t, s), service.Mint{Kind: "customer", Email: "jane@example.com", Scopes: []string{"customer.customer_manage"}})
	if err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]string{
		"/customer/acme/password/change":                   `{"currentPassword":"password123","newPassword":"password123"}`,
		"/customer/acme/me/accounts/internal/email/change": `{"email":"jane@example.com","password":"password123","newEmail":"new@example.com"}`,
		"/customer/acme/me/accounts/internal":              `{"email":"other@example.com","password":"password123"}`,
	} {
		if got := post(t, s, path, minted.AccessToken, body); got.Code >= http.StatusBadRequest {
			t.Errorf("%s answers %d %s", path, got.Code, got.Body)
		}
	}
}

func TestAfterThreeRehearsalsTheHashIsComputedAllTheSame(t *testing.T) {
	t.Parallel()
	s := server(t)
	token := anonymous(t, s)
	runs := 0
	plant(s, "login", func(op service.Operation) service.Operation {
		op.Handle = func(c *call.Call) (spec.Reply, error) {
			runs++
			// Every run needs another hash, as if the state had changed each time.
			if _, _, err := c.VerifyPassword("x", fmt.Sprintf("$argon2id$v=19$m=8,t=1,p=1$%s$x", base64.RawStdEncoding.EncodeToString([]byte{byte(runs)}))); err != nil {
				return spec.Reply{}, err
			}
			return spec.Reply{}, refusal.Credentials
		}
		return op
	})
	if got := post(t, s, "/customer/acme/login", token, signupBodyText); got.Code != http.StatusUnauthorized {
		t.Errorf("it answers %d %s", got.Code, got.Body)
	}
	if want := 2 * 3; runs != want { // Three rehearsals.
		t.Errorf("it ran %d times, not %d: each rehearsal is followed by a real run", runs, want)
	}
}

func TestTheTableAndTheDocumentAgree(t *testing.T) {
	t.Parallel()
	document, err := spec.Load(spec.Customer)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{operations: map[*spec.Operation]operation{}, frames: map[string]*spec.Document{}}
	for _, change := range []func(map[string]operation){
		func(table map[string]operation) { delete(table, "login") },
		func(table map[string]operation) { table["logIn"] = operation{} },
	} {
		table := map[string]operation{}
		for id, op := range service.Tables()[spec.Customer] {
			table[id] = operation{Operation: op}
		}
		change(table)
		if err := s.addDocument(document, table); err == nil || !strings.Contains(strings.ToLower(err.Error()), "login") {
			t.Errorf("the error is %v", err)
		}
	}
}

// A fork keeps the rows of its origin, but what the origin has issued is unknown in it.
func TestWhatAnotherTenantIssuedIsUnknown(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]int{"other": http.StatusBadRequest, "acme": http.StatusNoContent, "": http.StatusNoContent} {
		s := server(t)
		token := anonymous(t, s)
		if got := post(t, s, "/customer/acme/signup", token, signupBodyText); got.Code != http.StatusCreated {
			t.Fatal(got.Code, got.Body)
		}
		w := acme(t, s)
		end := time.Now().Add(time.Hour)
		err := w.Change(func(txn *state.Txn) (bool, error) {
			login, _ := txn.LoginByEmail("jane@example.com")
			txn.PutMailedToken(state.MailedToken{Token: "mailed", Kind: state.PasswordReset, Tenant: issuer, CustomerNumber: login.CustomerNumber, LoginID: login.ID, ExpiresAt: end})
			txn.PutSession(state.Session{ID: "session", Tenant: issuer, ExpiresAt: end})
			txn.PutToken(state.Token{Access: "access", Refresh: "refresh", Tenant: issuer, Kind: state.CustomerToken, Family: "access", SessionID: "session", CustomerNumber: login.CustomerNumber, LoginID: login.ID, Scopes: service.OrdinaryScopes(), AccessExpires: end, RefreshExpires: end})
			return true, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		known := want == http.StatusNoContent
		if got := post(t, s, "/customer/acme/password/change", "access", `{"currentPassword":"password123","newPassword":"another1"}`); (got.Code == http.StatusNoContent) != known {
			t.Errorf("a bearer of %q answers %d", issuer, got.Code)
		}
		if got := get(t, s, "/customer/acme/refreshauthtoken?refreshToken=refresh", token); (got.Code == http.StatusOK) != known {
			t.Errorf("a refresh token of %q answers %d", issuer, got.Code)
		}
		if got := post(t, s, "/customer/acme/password/reset/update", token, `{"token":"mailed","password":"another2"}`); got.Code != want {
			t.Errorf("a mailed token of %q answers %d %s", issuer, got.Code, got.Body)
		}
	}
}

func get(t *testing.T, s *Server, path, token string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	request.Header.Set("Authorization", "Bearer "+token)
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	return answer
}

func TestWhoCallsIsAskedOnceMoreUnderTheLock(t *testing.T) {
	t.Parallel()
	s := server(t)
	token := anonymous(t, s)
	plant(s, "signup", func(op service.Operation) service.Operation {
		handle := op.Handle
		op.Handle = func(c *call.Call) (spec.Reply, error) {
			if c.Hashes.Rehearsing() { // Between the rehearsal and the real run, the caller's session ends.
				if err := acme(t, s).Change(func(txn *state.Txn) (bool, error) { txn.DropToken(token); return true, nil }); err != nil {
					t.Error(err)
				}
			}
			return handle(c)
		}
		return op
	})
	if got := post(t, s, "/customer/acme/signup", token, signupBodyText); got.Code != http.StatusUnauthorized {
		t.Errorf("it answers %d %s", got.Code, got.Body)
	}
}
