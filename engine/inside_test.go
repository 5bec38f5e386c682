package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/spec"
	"standin/state"
)

// These tests are inside the package: they plant what no request can.

func server(t *testing.T) *Server {
	t.Helper()
	s, err := New(Config{
		Fixture: &Fixture{Name: "none", Build: func(context.Context, time.Time, []byte) (*state.DB, error) { return state.New() }},
		Now:     time.Now, Seed: []byte("x"), Tenants: []string{"acme"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func acme(t *testing.T, s *Server) *World {
	t.Helper()
	w, ok := s.Worlds().Named("acme")
	if !ok {
		t.Fatal("there is no acme")
	}
	return w
}

// plant replaces the handler of an operation, and answers its declaration.
func plant(s *Server, id string, change func(Operation) Operation) {
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
	minted, err := s.Mint(acme(t, s), Mint{Kind: "anonymous"})
	if err != nil {
		t.Fatal(err)
	}
	return minted.AccessToken
}

const signupBodyText = `{"email":"jane@example.com","password":"password123"}`

func TestOwnFaultsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	spoil := map[string]func(*Call) (spec.Reply, error){
		"an undocumented status": func(*Call) (spec.Reply, error) { return Done(http.StatusTeapot) },
		"a body that breaks the document": func(*Call) (spec.Reply, error) {
			return Answer(http.StatusCreated, map[string]any{"id": 1})
		},
		"an undeclared member": func(*Call) (spec.Reply, error) {
			return Answer(http.StatusCreated, map[string]any{"id": "1", "secret": true})
		},
		"an undocumented refusal": func(*Call) (spec.Reply, error) { return spec.Reply{}, errAddress.of("a", "b") },
		"a foreign error":         func(*Call) (spec.Reply, error) { return spec.Reply{}, http.ErrBodyNotAllowed },
		"a panic":                 func(*Call) (spec.Reply, error) { panic("planted") },
	}
	for name, answered := range spoil {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server(t)
			token := anonymous(t, s)
			var honest Operation
			plant(s, "signup", func(op Operation) Operation {
				honest = op
				return writes(func(c *Call) (spec.Reply, error) {
					c.Hashes.rehearsals = rehearsalsAtMost
					if _, err := honest.Handle(c); err != nil {
						t.Error(err)
					}
					return answered(c)
				})
			})
			got := post(t, s, "/customer/acme/signup", token, signupBodyText)
			if got.Code != http.StatusInternalServerError || strings.Contains(got.Body.String(), "planted") {
				t.Errorf("it answers %d %s", got.Code, got.Body)
			}
			if s.Violations() != 1 {
				t.Errorf("%d violations were counted", s.Violations())
			}
			plant(s, "signup", func(Operation) Operation { return honest })
			if got := post(t, s, "/customer/acme/signup", token, signupBodyText); got.Code != http.StatusCreated {
				t.Errorf("afterwards the sign-up answers %d %s", got.Code, got.Body)
			}
		})
	}
}

func TestNoHashUnderTheLock(t *testing.T) {
	t.Parallel()
	s := server(t)
	token := anonymous(t, s)
	for _, id := range []string{"signup", "login", "changePassword", "resetPassword", "requestEmailChange", "assignAccount"} {
		plant(s, id, func(op Operation) Operation {
			handle := op.Handle
			op.Handle = func(c *Call) (spec.Reply, error) {
				known := len(c.Hashes.known)
				reply, err := handle(c)
				if !c.Hashes.rehearsing && len(c.Hashes.known) > known {
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
	minted, err := s.Mint(acme(t, s), Mint{Kind: "customer", Email: "jane@example.com", Scopes: []string{"customer.customer_manage"}})
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
	plant(s, "login", func(op Operation) Operation {
		op.Handle = func(c *Call) (spec.Reply, error) {
			runs++
			// Every run needs another hash, as if the state had changed each time.
			if _, err := c.Hashes.derive(phc{time: 1, memory: 8, salt: []byte{byte(runs)}}, "x"); err != nil {
				return spec.Reply{}, err
			}
			return spec.Reply{}, errCredentials
		}
		return op
	})
	if got := post(t, s, "/customer/acme/login", token, signupBodyText); got.Code != http.StatusUnauthorized {
		t.Errorf("it answers %d %s", got.Code, got.Body)
	}
	if want := 2 * rehearsalsAtMost; runs != want {
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
		func(table map[string]operation) { table["logIn"] = operation{Operation: reads(getProfile)} },
	} {
		table := map[string]operation{}
		for id, op := range Tables()[spec.Customer] {
			table[id] = operation{Operation: op}
		}
		change(table)
		if err := s.addDocument(document, table); err == nil || !strings.Contains(strings.ToLower(err.Error()), "login") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestErrorsAreNeverChanged(t *testing.T) {
	t.Parallel()
	before := *errAddress
	derived := errAddress.of("a", "b").with(spec.Detail{Field: "x"}).because(http.ErrAbortHandler).withHeader("A", "b")
	if errAddress.body.Message != before.body.Message || errAddress.body.Details != nil || errAddress.cause != nil || errAddress.header != nil {
		t.Errorf("the declared error became %+v", errAddress)
	}
	first := derived.with(spec.Detail{Field: "1"})
	second := derived.with(spec.Detail{Field: "2"})
	if first.body.Details[1].Field != "1" || second.body.Details[1].Field != "2" {
		t.Error("two copies share their details")
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	// The form of a PHC string: argon2id, version 19, and the parameters by default.
	hash, err := (HashCost{}).Hash(rand.Reader, "password123")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=128,t=4,p=1$") {
		t.Fatal(hash, err)
	}
	c := &Call{Hashes: newHashes(HashCost{}.withDefaults(), make(chan struct{}, 1))}
	c.Hashes.rehearsals = rehearsalsAtMost
	for _, one := range []struct {
		password, hash string
		want           bool
	}{
		{"password123", hash, true},
		{"password124", hash, false},
		{"", hash, false},
		{"password123", "", false},
		{"password123", "$argon2id$v=19$m=512,t=0,p=1$AAAA$AAAA", false},
		{"password123", "password123", false},
		{"password123", strings.Replace(hash, "m=128", "m=x", 1), false},
	} {
		if ok, _, err := c.VerifyPassword(one.password, one.hash); ok != one.want || err != nil {
			t.Errorf("VerifyPassword(%q, %q) is %t, %v", one.password, one.hash, ok, err)
		}
	}
}

func TestEntropy(t *testing.T) {
	t.Parallel()
	draw := func(seed, label, tenant string, n uint64) string {
		stream := newStream([]byte(seed), label, tenant, n)
		return stream.accessToken()
	}
	first, again := draw("a", "call", "acme", 1), draw("a", "call", "acme", 1)
	if first != again {
		t.Error("the same inputs give different tokens")
	}
	seen := map[string]bool{first: true}
	for _, other := range []string{draw("b", "call", "acme", 1), draw("a", "mint", "acme", 1), draw("a", "call", "acm", 1), draw("a", "call", "acme", 2), draw("ac", "all", "acme", 1)} {
		if seen[other] {
			t.Error("different inputs give the same token")
		}
		seen[other] = true
	}
	counts := map[rune]int{}
	e := newStream([]byte("a"), "", "", 0)
	const n = 62_000
	for _, r := range e.text(n, alphanumeric) {
		counts[r]++
	}
	for r, count := range counts {
		if count < 800 || count > 1200 { // Six standard deviations around a thousand.
			t.Errorf("%c was drawn %d times of %d", r, count, n)
		}
	}
	if len(counts) != len(alphanumeric) {
		t.Errorf("%d characters were drawn", len(counts))
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	wall := time.Date(2026, 1, 1, 12, 0, 0, 999, time.FixedZone("", 3600))
	k := &Clock{wall: func() time.Time { return wall }}
	start := time.Date(2026, 1, 1, 11, 0, 0, 0, time.UTC)
	see := func(want time.Time) {
		t.Helper()
		if got := k.Now(); got != want {
			t.Errorf("it is %s, not %s", got, want)
		}
	}
	see(start)
	k.Advance(time.Hour)
	see(start.Add(time.Hour))
	wall = wall.Add(time.Minute)
	see(start.Add(time.Hour + time.Minute))
	k.Freeze()
	wall = wall.Add(time.Minute)
	see(start.Add(time.Hour + time.Minute))
	k.Advance(time.Second)
	see(start.Add(time.Hour + time.Minute + time.Second))
	k.Run()
	wall = wall.Add(time.Minute)
	see(start.Add(time.Hour + 2*time.Minute + time.Second))
	k.Set(start)
	see(start)
	wall = wall.Add(time.Second)
	see(start.Add(time.Second))
	k.Freeze()
	k.Set(start)
	wall = wall.Add(time.Second)
	see(start)
	if !k.Frozen() {
		t.Error("it is not frozen")
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
			return true, errors.Join(
				txn.PutMailedToken(state.MailedToken{Token: "mailed", Kind: state.PasswordReset, Tenant: issuer, CustomerNumber: login.CustomerNumber, LoginID: login.ID, ExpiresAt: end}),
				txn.PutSession(state.Session{ID: "session", Tenant: issuer, ExpiresAt: end}),
				txn.PutToken(state.Token{Access: "access", Refresh: "refresh", Tenant: issuer, Kind: state.Shopper, Family: "access", SessionID: "session", CustomerNumber: login.CustomerNumber, LoginID: login.ID, Scopes: ordinaryScopes, AccessExpires: end, RefreshExpires: end}),
			)
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
	plant(s, "signup", func(op Operation) Operation {
		handle := op.Handle
		op.Handle = func(c *Call) (spec.Reply, error) {
			if c.Hashes.rehearsing { // Between the rehearsal and the real run, the caller's session ends.
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

// A request may end after its world: what it leaves then is kept by nobody, and must not count for ever.
func TestNothingIsKeptOfAWorldThatIsGone(t *testing.T) {
	t.Parallel()
	all := newLedger(1 << 20)
	j := newJournal(all, 10)
	j.Add(&Entry{}, true)
	j.Close()
	late := &Entry{}
	j.Add(late, true)
	if all.Size() != 0 || len(all.open) != 0 || late.ID != 2 {
		t.Errorf("%d bytes in %d journals are left, and the entry is %d", all.Size(), len(all.open), late.ID)
	}
}
