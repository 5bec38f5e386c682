package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/enginetest"
	"standin/engine/service"
	"standin/engine/world"
	"standin/state"
)

// ask sends one request to a handler and answers status and body.
func ask(tb testing.TB, h http.Handler, method, path, token, body string) (int, string) {
	tb.Helper()
	answer := record(tb, h, method, path, token, body)
	return answer.Code, answer.Body.String()
}

func record(tb testing.TB, h http.Handler, method, path, token, body string) *httptest.ResponseRecorder {
	tb.Helper()
	request := httptest.NewRequestWithContext(tb.Context(), method, path, strings.NewReader(body))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, request)
	return answer
}

const anonymousLogin = "/customerlogin/auth/anonymous/login?client_id=x&tenant="

func TestReadsMakeNoWorld(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t, enginetest.WithConfig(func(c *engine.Config) { c.MaxWorlds = 1 }))
	for i := range 20 {
		path := fmt.Sprintf("/customer/tenant%d/me", i)
		if status, body := ask(t, s, http.MethodGet, path, "", ""); status != http.StatusUnauthorized {
			t.Fatalf("%s answered %d %s", path, status, body)
		}
	}
	if status, body := ask(t, s, http.MethodGet, anonymousLogin+"first", "", ""); status != http.StatusOK {
		t.Fatalf("the only world could not be made: %d %s", status, body)
	}
}

// TestFirstCommitsOfManyAtOnce lets many callers make a world at once: one makes it, and whoever comes too late begins
// anew in it, with tokens that nobody else has.
func TestFirstCommitsOfManyAtOnce(t *testing.T) {
	t.Parallel()
	const worlds, callers = 50, 8
	s := enginetest.New(t)
	for world := range worlds {
		answers := make([]string, callers)
		var start, done sync.WaitGroup
		start.Add(1)
		for i := range answers {
			done.Go(func() {
				start.Wait()
				_, answers[i] = ask(t, s, http.MethodGet, fmt.Sprint(anonymousLogin, "world", world), "", "")
			})
		}
		start.Done()
		done.Wait()
		slices.Sort(answers)
		if len(slices.Compact(slices.Clone(answers))) != callers {
			t.Fatalf("of %d callers in an unseen tenant, two were given the same tokens:\n%s", callers, strings.Join(answers, "\n"))
		}
	}
}

func TestOneWorldTooMany(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t, enginetest.WithConfig(func(c *engine.Config) { c.MaxWorlds = 2 }))
	for _, tenant := range []string{"one", "two", "two", "one"} {
		if status, _ := ask(t, s, http.MethodGet, anonymousLogin+tenant, "", ""); status != http.StatusOK {
			t.Fatalf("tenant %s answered %d", tenant, status)
		}
	}
	status, body := ask(t, s, http.MethodGet, anonymousLogin+"three", "", "")
	if status != http.StatusBadRequest || !strings.Contains(body, "The tenant information") || !strings.Contains(body, "--max-worlds (2)") {
		t.Errorf("the third world answered %d %s", status, body)
	}
}

func TestNamedTenantsOnly(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t, enginetest.WithConfig(func(c *engine.Config) { c.Tenants = []string{"acme"} }))
	if status, _ := ask(t, s, http.MethodGet, anonymousLogin+"acme", "", ""); status != http.StatusOK {
		t.Errorf("the named tenant answered %d", status)
	}
	if status, _ := ask(t, s, http.MethodGet, anonymousLogin+"other", "", ""); status != http.StatusBadRequest {
		t.Errorf("another tenant answered %d", status)
	}
	if _, err := engine.New(engine.Config{
		Fixture: &world.Fixture{Build: func(context.Context, time.Time, []byte) (*state.DB, error) { return state.New() }},
		Now:     time.Now, Seed: []byte("x"), Tenants: []string{"Not One"},
	}); err == nil || !strings.Contains(err.Error(), "Not One") {
		t.Errorf("a bad name of a tenant is %v", err)
	}
}

func TestANewWorldGetsAFreshReading(t *testing.T) {
	t.Parallel()
	var readings []time.Time
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := engine.New(engine.Config{
		Fixture: &world.Fixture{Build: func(_ context.Context, at time.Time, _ []byte) (*state.DB, error) {
			readings = append(readings, at)
			return state.New()
		}},
		Now: func() time.Time { return now }, Seed: []byte("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, s, http.MethodGet, anonymousLogin+"one", "", "")
	now = now.Add(2 * time.Hour)
	ask(t, s, http.MethodGet, anonymousLogin+"one", "", "")
	if len(readings) != 1 {
		t.Errorf("a world that is there was read again: %v", readings)
	}
	ask(t, s, http.MethodGet, anonymousLogin+"two", "", "")
	if len(readings) != 2 || !readings[1].Equal(now) {
		t.Errorf("the readings for a new world are %v", readings)
	}
}

func TestAFixtureThatFailsStopsTheStart(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	_, err := engine.New(engine.Config{
		Fixture: &world.Fixture{Build: func(context.Context, time.Time, []byte) (*state.DB, error) { return nil, broken }},
		Now:     time.Now, Seed: []byte("x"),
	})
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	run := func(noise bool) string {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		s := enginetest.New(t, enginetest.WithConfig(func(c *engine.Config) {
			c.Seed = []byte("planted")
			c.Now = func() time.Time { return at }
		}))
		var all strings.Builder
		for i := range 5 {
			if noise {
				ask(t, s, http.MethodGet, anonymousLogin+"noise", "", "")
			}
			_, body := ask(t, s, http.MethodGet, anonymousLogin+"acme", "", "")
			token := strings.Split(body, `"`)[7]
			_, number := ask(t, s, http.MethodPost, "/customer/acme/signup", token, fmt.Sprintf(`{"email":"a%d@example.com","password":"password123"}`, i))
			_, login := ask(t, s, http.MethodPost, "/customer/acme/login", token, fmt.Sprintf(`{"email":"a%d@example.com","password":"password123"}`, i))
			all.WriteString(body + number + login)
		}
		return all.String()
	}
	first := run(false)
	if again := run(true); again != first {
		t.Errorf("the same seed and requests gave\n%s\nand with another tenant's traffic\n%s", first, again)
	}
}

func TestDeadTokensAreForgotten(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t)
	clock := acme(t, s).Clock()
	clock.Freeze()
	minted, err := s.Mint(acme(t, s), service.Mint{Kind: "anonymous"})
	if err != nil {
		t.Fatal(err)
	}
	see := func(want string) {
		t.Helper()
		if _, body := ask(t, s, http.MethodGet, "/customer/acme/me", minted.AccessToken, ""); !strings.Contains(body, want) {
			t.Errorf("the token answers %s, and not %s", body, want)
		}
	}
	clock.Advance(48 * time.Hour) // Its refresh token died 24 hours ago, to the second.
	ask(t, s, http.MethodGet, anonymousLogin+"acme", "", "")
	see("access_token_expired")
	clock.Advance(time.Second)
	ask(t, s, http.MethodGet, anonymousLogin+"acme", "", "")
	see("InvalidAccessToken")
}

// For sixty days a customer of a tenant in use logs in and asks for a new password, twenty times a day: what died more
// than a day ago is gone, whatever came after it.
func TestTheDeadDoNotPileUp(t *testing.T) {
	t.Parallel()
	const days, daily = 60, 20
	s := enginetest.New(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) { c.Hash = call.HashCost{Time: 1, Memory: 8} }))
	w := acme(t, s)
	w.Clock().Freeze()
	most := 0
	for range days {
		for range daily {
			_, body := ask(t, s, http.MethodGet, anonymousLogin+"acme", "", "")
			_, token, _ := strings.Cut(body, `"access_token":"`)
			token, _, _ = strings.Cut(token, `"`)
			if status, body := ask(t, s, http.MethodPost, "/acme/login", token, `{"email":"`+john+`","password":"password123"}`); status != http.StatusOK {
				t.Fatalf("the login answers %d %s", status, body)
			}
			ask(t, s, http.MethodPost, "/acme/password/reset", token, `{"email":"`+john+`"}`)
			w.Clock().Advance(24 * time.Hour / daily)
		}
		rows := 0
		w.View(func(txn *state.Txn) {
			txn.EachSession(func(state.Session) { rows++ })
			txn.EachMailedToken(func(state.MailedToken) { rows++ })
			txn.EachToken(func(token state.Token) {
				if token.Kind == state.AnonymousToken {
					rows++
				}
			})
		})
		most = max(most, rows)
	}
	// Sessions live as long as the customer's token, thirty days, and a day after it; anonymous tokens for two days.
	if bound := (31+1)*daily + 2*daily + 50; most > bound {
		t.Errorf("there were %d rows, and no more than %d are alive or died within a day", most, bound)
	}
}

func TestMailIsToldOnceItIsThere(t *testing.T) {
	t.Parallel()
	var told atomic.Int64
	var s *engine.Server
	s = enginetest.New(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) {
		c.Sent = func(m world.Mail) {
			mails, _ := acme(t, s).Mails(world.MailFilter{}).Read(context.Background(), world.Query{Most: 10})
			if m.Kind != "deletion" || !slices.Contains(mails, m) {
				t.Errorf("told of %+v while there are %+v", m, mails)
			}
			told.Add(1)
		}
	}))
	token := mint(t, s, "customer", john)
	if status, body := ask(t, s, http.MethodDelete, "/customer/acme/me", token, ""); status != http.StatusNoContent {
		t.Fatal(status, body)
	}
	if told.Load() != 1 {
		t.Errorf("told %d times", told.Load())
	}
}

func TestTheLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := enginetest.New(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}))
	const secret = "plantedplantedplanted"
	anonymous, customer := mint(t, s, "anonymous", ""), mint(t, s, "customer", john)
	for _, one := range []struct{ method, path, token, body string }{
		{http.MethodGet, "/customer/acme/me", secret, ""},
		{http.MethodPost, "/customer/acme/login", anonymous, `{"email":"john.doe@example.com","password":"` + secret + `"}`},
		{http.MethodPost, "/customer/acme/signup", anonymous, `{"email":"x","password":["` + secret + `"]}`},
		{http.MethodPost, "/customer/acme/signup", anonymous, `{"email":"x@example.com","password":"` + secret},
		{http.MethodGet, "/customer/acme/signup/optin/" + secret, anonymous, ""},
		{http.MethodGet, "/customer/acme/refreshauthtoken?refreshToken=" + secret, anonymous, ""},
		{http.MethodGet, "/customer/acme/logout?accessToken=" + secret, customer, ""},
		{http.MethodGet, "/nowhere/" + secret, customer, ""},
		{http.MethodPost, "/customer/acme/password/reset/update", anonymous, `{"token":"` + secret + `","password":"` + secret + `"}`},
		{http.MethodPost, "/oauth/token", "", "grant_type=x&client_id=a&client_secret=" + secret},
	} {
		ask(t, s, one.method, one.path, one.token, one.body)
	}
	for _, hidden := range []string{secret, anonymous, customer} {
		if strings.Contains(log.String(), hidden) {
			t.Errorf("the log holds %q:\n%s", hidden, log.String())
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 10 {
		t.Errorf("ten requests are %d lines:\n%s", lines, log.String())
	}
}

// A body that says that it is too large is refused before it comes, if the client asks first. One that sends it at once would find
// the connection closed, and not read why.
func TestABodyThatAnnouncesTooMuch(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t, enginetest.WithConfig(func(c *engine.Config) { c.MaxBody = 100 }))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/customer/acme/login", unreadable{t})
	request.ContentLength = 101
	request.Header.Set("Expect", "100-continue")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	if answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("it is answered %d %s", answer.Code, answer.Body)
	}
}

// unreadable is a body that nobody may read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

func TestABodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/customer/acme/login", io.MultiReader(strings.NewReader(`{"a":`), brokenReader{}))
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), `"field":"body"`) {
		t.Errorf("it answers %d %s", answer.Code, answer.Body)
	}
}

func TestASlowBodyProlongsNoToken(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t)
	token := mint(t, s, "anonymous", "")
	clock := acme(t, s).Clock()
	late := readerFunc(func([]byte) (int, error) {
		clock.Advance(2 * time.Hour)
		return 0, io.EOF
	})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/customer/acme/password/reset",
		io.MultiReader(strings.NewReader(`{"email":"a@example.com"}`), late))
	request.Header.Set("Authorization", "Bearer "+token)
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	if answer.Code != http.StatusUnauthorized {
		t.Errorf("it answers %d %s", answer.Code, answer.Body)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }
