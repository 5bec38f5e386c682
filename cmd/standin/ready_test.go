package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"standin/engine"
	"standin/fixtures"
)

// starting is a server whose engine is built when the test allows it.
type starting struct {
	origin, addrFile string
	out, err         *log
	build            chan error // error that engine.New returns; nil for success
	stop             context.CancelFunc
	ended            chan error
}

func slowly(t *testing.T) *starting {
	t.Helper()
	s := &starting{
		addrFile: filepath.Join(t.TempDir(), "addr"),
		out:      &log{}, err: &log{}, build: make(chan error), ended: make(chan error, 1),
	}
	command := settled(t, "--addr", "127.0.0.1:0", "--addr-file", s.addrFile)
	fixture, err := fixtures.Load(t.Context(), "empty")
	if err != nil {
		t.Fatal(err)
	}
	all, err := endpoints(command.Addr)
	if err != nil {
		t.Fatal(err)
	}
	var on listeners
	if on.service, err = listen(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	s.origin = "http://" + on.service[0].Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	t.Cleanup(stop)
	logger := command.logger(s.err)
	build := func() (*engine.Server, error) {
		if err := <-s.build; err != nil {
			return nil, err
		}
		return engine.New(command.config(fixture, logger, s.err, on))
	}
	go func() {
		s.ended <- command.run(ctx, streams{out: s.out, err: s.err}, logger, build, fixture, on)
	}()
	return s
}

// get requests a path and returns the status or the text of an error.
func (s *starting) get(ctx context.Context, path string) (int, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.origin+path, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	return response.StatusCode, response.Header, response.Body.Close()
}

func TestRequestsWaitUntilItIsReady(t *testing.T) {
	t.Chdir(t.TempDir())
	s := slowly(t)
	if status, body := fetch(t, http.DefaultClient, s.origin+livePath); status != http.StatusOK {
		t.Errorf("%s answers %d %s while it starts", livePath, status, body)
	}
	status, header, err := s.get(t.Context(), readyPath)
	if err != nil || status != http.StatusServiceUnavailable || header.Get("Retry-After") != "1" || header.Get("Content-Type") != "application/json" {
		t.Errorf("%s answers %d %v %v while it starts", readyPath, status, header, err)
	}
	if _, err := os.Stat(s.addrFile); !errors.Is(err, os.ErrNotExist) || s.out.String() != "" || strings.Contains(s.err.String(), "ready") {
		t.Errorf("it says that it is ready before it is: %v\n%s%s", err, s.out, s.err)
	}
	// The wait ends when the client goes away.
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if status, _, err := s.get(impatient, anonymousPath); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s answers %d before it is ready: %v", anonymousPath, status, err)
	}
	want := map[string]int{anonymousPath: http.StatusOK, "/_standin/info": http.StatusOK, "/nope": http.StatusNotFound}
	var waiting sync.WaitGroup
	for path, want := range want {
		waiting.Go(func() {
			if status, _, err := s.get(t.Context(), path); err != nil || status != want {
				t.Errorf("%s, asked for while it starts, answers %d, %v", path, status, err)
			}
		})
	}
	time.Sleep(50 * time.Millisecond) // By now they probably wait. If not, the test passes as well.
	s.build <- nil
	waiting.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(s.addrFile); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is never ready:\n%s", s.err)
		}
	}
	for path, want := range map[string]int{livePath: http.StatusOK, readyPath: http.StatusOK, anonymousPath: http.StatusOK} {
		if status, body := fetch(t, http.DefaultClient, s.origin+path); status != want {
			t.Errorf("%s answers %d %s once it is ready", path, status, body)
		}
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// A request waits no longer than patience, and not for a server that ends.
func TestARequestDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		patience time.Duration
		leaving  bool
		want     string
	}{
		"slow":   {time.Millisecond, false, "is starting"},
		"ending": {time.Hour, true, "is ending"},
	} {
		g := gate{start: newStartup(one.patience), connections: newConnections(limitFlags{}, nil)}
		if one.leaving {
			time.AfterFunc(10*time.Millisecond, func() { g.connections.leaving.Store(true); g.start.finish(nil) })
		}
		answer := httptest.NewRecorder()
		g.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, anonymousPath, http.NoBody))
		if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") != "1" || !strings.Contains(answer.Body.String(), one.want) {
			t.Errorf("%s: %d %v %s", name, answer.Code, answer.Header(), answer.Body)
		}
	}
}

// A request that waits is answered before the server ends, even if the engine was never built.
func TestToldToEndWhileRequestsWait(t *testing.T) {
	t.Chdir(t.TempDir())
	s := slowly(t)
	answered := make(chan int, 1)
	go func() {
		status, _, _ := s.get(t.Context(), anonymousPath)
		answered <- status
	}()
	time.Sleep(100 * time.Millisecond) // Now the request waits.
	s.stop()
	if status := <-answered; status != http.StatusServiceUnavailable {
		t.Errorf("it is answered %d", status)
	}
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

func TestAnEngineThatCannotBeBuilt(t *testing.T) {
	t.Chdir(t.TempDir())
	s := slowly(t)
	s.build <- errors.New("engine: nothing fits")
	err := <-s.ended
	var told log
	if code := complain(&told, err); code != exitUsage || told.String() != "standin: engine: nothing fits\n" {
		t.Errorf("it exits with %d: %s", code, &told)
	}
	if response, err := http.Get(s.origin + livePath); err == nil {
		_ = response.Body.Close()
		t.Error("it listens all the same")
	}
}

func TestToldToEndWhileItStarts(t *testing.T) {
	t.Chdir(t.TempDir())
	s := slowly(t)
	s.stop()
	if err := <-s.ended; err != nil || s.out.String() != "" {
		t.Errorf("it ends with %v and says %s", err, s.out)
	}
}

func TestWhereAClientFindsIt(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"127.0.0.1:80": "127.0.0.1:80", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "127.0.0.1:80", "[::1]:80": "[::1]:80", "shop:80": "shop:80",
	} {
		if got := reachable(address); got != want {
			t.Errorf("%s is reached at %s", address, got)
		}
	}
}
