package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWait(t *testing.T) {
	t.Chdir(t.TempDir())
	ready := faked(t, map[string]string{readyPath: "200 ok"})
	starts := faked(t, map[string]string{readyPath: `503 {"message":"The server is starting."}`, livePath: "200 ok"})
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitOK, "", []string{"--url", ready.URL}},
		{exitUnreachable, "The server is starting.", []string{"--url", starts.URL, "--timeout", "100ms"}},
		{exitUnreachable, "no server was ready within 100ms", []string{"--url", nobody(t), "--timeout", "100ms"}},
		{exitUnreachable, "no server has written", []string{"--addr-file", "absent", "--timeout", "100ms"}},
		{exitUsage, "standin: --addr-file: ", []string{"--addr-file", written(t, "nonsense"), "--timeout", "100ms"}},
		{exitUsage, "--timeout must be more than 0", []string{"--timeout", "0s"}},
		{exitUsage, "--timeout", []string{"--timeout", "soon"}},
	} {
		code, out, errors := invoke(t, append([]string{"wait"}, c.args...)...)
		if code != c.code || !strings.Contains(errors, c.says) || c.says == "" && errors != "" || out != "" {
			t.Errorf("%v exits with %d and says %s%s", c.args, code, out, errors)
		}
	}
}

func TestWaitReturnsOnceItIsReady(t *testing.T) {
	t.Chdir(t.TempDir())
	f := faked(t, map[string]string{readyPath: "503 no"})
	file := filepath.Join(t.TempDir(), "addr")
	ended := make(chan int, 1)
	go func() {
		ended <- run([]string{"wait", "--addr-file", file, "--timeout", "20s"}, &log{}, &log{})
	}()
	stillWaits := func() {
		t.Helper()
		select {
		case code := <-ended:
			t.Fatalf("it ends with %d before the server is ready", code)
		case <-time.After(120 * time.Millisecond): // Time for two attempts.
		}
	}
	stillWaits()
	if err := os.WriteFile(file, []byte(strings.TrimPrefix(f.URL, "http://")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); f.asked() == ""; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never asks")
		}
	}
	stillWaits()
	f.set(readyPath, "200 ok")
	if code := <-ended; code != exitOK {
		t.Errorf("it exits with %d", code)
	}
}

func TestWaitForARealServer(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0")
	for _, verb := range []string{"wait", "healthcheck"} {
		if code, _, errors := invoke(t, verb, "--url", "http://"+s.addresses[0]); code != exitOK {
			t.Errorf("%s exits with %d: %s", verb, code, errors)
		}
	}
	if status, _ := fetch(t, http.DefaultClient, "http://"+s.addresses[0]+readyPath); status != http.StatusOK {
		t.Error(status)
	}
}
