package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/enginetest"
	"standin/engine/service"
	"standin/engine/world"
	"standin/state"
)

// discard is a writer that keeps nothing but the status, so that a benchmark measures the handler alone.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

const benchTenant = "acme"

// caller sends one kind of request to a handler, again and again.
func caller(b *testing.B, handler http.Handler, want int, method, path, token string, body func(i int) string) {
	b.Helper()
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		request := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body(i)))
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		clear(w.header)
		handler.ServeHTTP(w, request)
		if w.status != want {
			b.Fatalf("%s %s answered %d", method, path, w.status)
		}
	}
}

// acme is a world of that name, made if it is not there.
func acme(tb testing.TB, s *engine.Server) *world.World {
	tb.Helper()
	if w, ok := s.Worlds().Named(benchTenant); ok {
		return w
	}
	w, err := s.Worlds().Make(world.Sandbox{Name: benchTenant, Fixture: s.Config().Fixture})
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

func mint(tb testing.TB, s *engine.Server, kind, email string) string {
	tb.Helper()
	minted, err := s.Mint(acme(tb, s), service.Mint{Kind: kind, Email: email})
	if err != nil {
		tb.Fatal(err)
	}
	return minted.AccessToken
}

func demo(tb testing.TB) *engine.Server {
	tb.Helper()
	return enginetest.New(tb, enginetest.WithFixture("demo"))
}

const john = "john.doe@example.com"

func nothing(int) string { return "" }

func BenchmarkGetProfile(b *testing.B) {
	s := demo(b)
	caller(b, s, http.StatusOK, http.MethodGet, "/customer/acme/me", mint(b, s, "customer", john), nothing)
}

// BenchmarkGetProfileBesideEvents reads a profile while ten thousand events wait for a receiver that is down.
func BenchmarkGetProfileBesideEvents(b *testing.B) {
	s := demo(b)
	w := acme(b, s)
	err := s.Change(w, func(c *call.Call) error {
		c.Settings.Webhooks = []state.Webhook{{URL: "http://127.0.0.1:1/"}}
		c.Txn.PutSettings(c.Settings)
		for i := range state.MaxEvents {
			c.Txn.PutEvent(state.Event{ID: fmt.Sprint(i), Type: state.LoggedIn, Payload: []byte(`{"tenant":"acme"}`)})
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	caller(b, s, http.StatusOK, http.MethodGet, "/customer/acme/me", mint(b, s, "customer", john), nothing)
}

func BenchmarkAddAddress(b *testing.B) {
	s := demo(b)
	address := `{"contactName":"John Doe","street":"Platz der Republik","streetNumber":"1","zipCode":"11011","city":"Berlin","country":"DE","tags":["BILLING"]}`
	caller(b, s, http.StatusCreated, http.MethodPost, "/customer/acme/me/addresses", mint(b, s, "customer", john), func(int) string { return address })
}

func BenchmarkLogin(b *testing.B) {
	s := demo(b)
	caller(b, s, http.StatusOK, http.MethodPost, "/customer/acme/login", mint(b, s, "anonymous", ""), func(int) string {
		return `{"email":"` + john + `","password":"password123"}`
	})
}

func BenchmarkSignup(b *testing.B) {
	s := demo(b)
	caller(b, s, http.StatusCreated, http.MethodPost, "/customer/acme/signup", mint(b, s, "anonymous", ""), func(i int) string {
		return fmt.Sprintf(`{"email":"new%d@example.com","password":"password123","customerDetails":{"firstName":"New","lastName":"Customer"}}`, i)
	})
}

func BenchmarkHash(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (call.HashCost{}).Hash(bytes.NewReader(make([]byte, 16)), "password123"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoginBurst holds 64 logins of one tenant at once against a bare handler that computes the same hash: same
// client, same run, median of five. The ratio is what counts.
func BenchmarkLoginBurst(b *testing.B) {
	const rounds = 5
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // As the command has it.
	s := demo(b)
	token := mint(b, s, "anonymous", "")
	ours := httptest.NewServer(s)
	defer ours.Close()
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = (call.HashCost{}).Hash(bytes.NewReader(make([]byte, 16)), "password123")
		_, _ = w.Write(make([]byte, 700))
	}))
	defer bare.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	burst(b, client, ours.URL, token) // Connections are open from here on.
	burst(b, client, bare.URL, token)
	for b.Loop() {
		var mine, theirs []time.Duration
		for range rounds {
			theirs = append(theirs, burst(b, client, bare.URL, token))
			mine = append(mine, burst(b, client, ours.URL, token))
		}
		slices.Sort(mine)
		slices.Sort(theirs)
		b.ReportMetric(float64(mine[rounds/2])/float64(theirs[rounds/2]), "ratio")
		b.ReportMetric(float64(mine[rounds/2].Microseconds())/1000, "ms/burst")
		b.ReportMetric(float64(theirs[rounds/2].Microseconds())/1000, "bare-ms/burst")
	}
}

func burst(b *testing.B, client *http.Client, url, token string) time.Duration {
	b.Helper()
	const clients, each = 64, 8
	var all sync.WaitGroup
	began := time.Now()
	for range clients {
		all.Go(func() {
			for range each {
				login(b, client, url, token)
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

func login(b *testing.B, client *http.Client, url, token string) {
	b.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+"/customer/acme/login",
		strings.NewReader(`{"email":"`+john+`","password":"password123"}`))
	if err != nil {
		b.Error(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := client.Do(request)
	if err != nil {
		b.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		b.Errorf("a login answered %d", response.StatusCode)
	}
}
