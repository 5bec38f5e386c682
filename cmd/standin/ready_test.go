package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/fixtures"
)

// starting is a server whose engine is built when the test says so.
type starting struct {
	origin, addrFile string
	out, err         *log
	build            chan error // what engine.New shall answer; nil for the engine itself
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
	fixture, err := fixtures.Load("empty")
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

func TestItAnswersWhileItStarts(t *testing.T) {
	t.Chdir(t.TempDir())
	s := slowly(t)
	if status, body := fetch(t, http.DefaultClient, s.origin+livePath); status != http.StatusOK {
		t.Errorf("%s answers %d %s while it starts", livePath, status, body)
	}
	for _, path := range []string{readyPath, "/", anonymousPath, "/_standin/info"} {
		response, err := http.Get(s.origin + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "1" || response.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s answers %d %v while it starts", path, response.StatusCode, response.Header)
		}
	}
	if _, err := os.Stat(s.addrFile); !errors.Is(err, os.ErrNotExist) || s.out.String() != "" || strings.Contains(s.err.String(), "ready") {
		t.Errorf("it says that it is ready before it is: %v\n%s%s", err, s.out, s.err)
	}
	s.build <- nil
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(s.addrFile); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is never ready:\n%s", s.err)
		}
	}
	for path, want := range map[string]int{livePath: http.StatusOK, readyPath: http.StatusOK, anonymousPath: http.StatusOK, "/nope": http.StatusNotFound} {
		if status, body := fetch(t, http.DefaultClient, s.origin+path); status != want {
			t.Errorf("%s answers %d %s once it is ready", path, status, body)
		}
	}
	s.stop()
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
		"127.0.0.1:80": "127.0.0.1:80", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "[::1]:80", "[::1]:80": "[::1]:80", "shop:80": "shop:80",
	} {
		if got := reachable(address); got != want {
			t.Errorf("%s is reached at %s", address, got)
		}
	}
}
