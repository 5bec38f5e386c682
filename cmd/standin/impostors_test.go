//go:build impostors

package main

import (
	"context"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// verify reports findings for Prism, which mocks any document. Its answers have the right form but not the right behavior.
func TestImpostorsPrism(t *testing.T) {
	url := prism(t, "../../spec/customer.yaml")
	t.Chdir(t.TempDir())
	code, out := verify(t, others(url)...)
	if code != exitFailure {
		t.Errorf("it exits with %d", code)
	}
	for _, want := range []string{"T-401 (grade S)", "getProfile answered", "logout answered", "LOGIN-BAD (grade S)", "W-METHOD (grade S)", "curl -sS -X"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	t.Logf("Prism: %s", lines[len(lines)-2])
}

// prism mocks a document until the test ends, and returns the URL.
func prism(t *testing.T, document string) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(free.Addr().String())
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, "testdata/impostors/node_modules/.bin/prism", "mock", "--host", host, "--port", port, document)
	if err := command.Start(); err != nil {
		t.Fatalf("%v (make impostors installs it)", err)
	}
	t.Cleanup(func() { stop(); _ = command.Wait() })
	url := "http://" + net.JoinHostPort(host, port)
	for range 300 {
		response, err := http.Get(url + "/") //nolint:noctx,gosec // The URL is that of the mock.
		if err == nil {
			_ = response.Body.Close()
			return url
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("Prism does not start")
	return ""
}
