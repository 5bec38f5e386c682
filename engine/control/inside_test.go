package control

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/fixtures"
)

// TestFixturesWaitForOneAnother reads fixtures while there is no room for them, or just enough.
func TestFixturesWaitForOneAnother(t *testing.T) {
	t.Parallel()
	empty, err := fixtures.Load(t.Context(), "empty")
	if err != nil {
		t.Fatal(err)
	}
	p := New(Options{Fixture: empty})
	small := []byte("name: x\n")
	large := []byte(strings.Repeat("# a comment\n", readAtOnce/10) + "name: x\n")

	if err := p.reading.Acquire(t.Context(), readAtOnce-int64(len(small))); err != nil {
		t.Fatal(err)
	}
	if _, err := p.parse(t.Context(), "f.yaml", small); err != nil {
		t.Errorf("a fixture for which there is room is not read: %v", err)
	}
	left := errors.New("the client has left")
	ctx, leave := context.WithCancelCause(t.Context())
	defer leave(nil)
	read := make(chan error, 1)
	go func() {
		_, err := p.parse(ctx, "f.yaml", large)
		read <- err
	}()
	select {
	case err := <-read:
		t.Errorf("a fixture for which there is no room is read: %v", err)
	case <-time.After(50 * time.Millisecond):
		leave(left)
		if err := <-read; !errors.Is(err, left) {
			t.Errorf("a client that has left gets %v", err)
		}
	}
	p.reading.Release(readAtOnce - int64(len(small)))
	if _, err := p.parse(t.Context(), "f.yaml", large); err != nil {
		t.Errorf("a fixture that is larger than the room is not read alone: %v", err)
	}
}

// TestExportsWaitForOneAnother exports a tenant while there is no room for it: making an export takes many times its size.
func TestExportsWaitForOneAnother(t *testing.T) {
	t.Parallel()
	demo, err := fixtures.Load(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	p := New(Options{Fixture: demo, Seed: make([]byte, 32)})
	server, err := engine.New(engine.Config{
		Now: time.Now, Seed: make([]byte, 32), Log: slog.New(slog.DiscardHandler), Fixture: p.Home(), Control: p.Handlers(), Guard: p.Guard, Observe: p.Observe,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	if err := p.reading.Acquire(t.Context(), readAtOnce); err != nil {
		t.Fatal(err)
	}
	exported := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/_standin/tenants/demo/export", http.NoBody))
		exported <- answer
	}()
	select {
	case answer := <-exported:
		t.Errorf("a tenant for which there is no room is exported: %d %.200s", answer.Code, answer.Body)
	case <-time.After(50 * time.Millisecond):
		p.reading.Release(readAtOnce)
		if answer := <-exported; answer.Code != http.StatusOK {
			t.Errorf("it answers %d %s", answer.Code, answer.Body)
		}
	}
}
