package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"standin/spec"
)

// program returns the path of the program, built without the race detector, with which the suite takes four times as long. The
// servers of the tests are in their process and have it.
var program func() (string, error)

// withProgram runs the tests, with a folder for the program.
func withProgram(tests func() int) int {
	source, err := os.Getwd()
	folder, failed := os.MkdirTemp("", "standin")
	if err := errors.Join(err, failed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = sync.OnceValues(func() (string, error) {
		file := filepath.Join(folder, "standin.exe") // So Windows runs it, too.
		build := exec.CommandContext(context.Background(), "go", "build", "-o", file, ".")
		build.Dir = source
		output, err := build.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, output)
		}
		return file, err
	})
	return tests()
}

// verify runs the command in a new process, since specs can run only once in a process.
func verify(t *testing.T, args ...string) (int, string) {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), file, append([]string{"verify", "--no-color"}, args...)...)
	output, err := command.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(output)
}

// allRules returns the number of rules as reports show it.
func allRules(t *testing.T) string {
	t.Helper()
	rules, err := spec.Rules()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d rules that were judged", len(rules))
}

func TestVerifyHoldsAServerToItsContract(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--control-token", "sesame")
	origin := "http://" + s.addresses[0]
	reports := filepath.Join(t.TempDir(), "reports")
	code, out := verify(t, "--url", origin, "--control-token", "sesame", "--label-filter", "LOGIN-BAD || LOGOUT", "--report", "junit,json,summary", "--report-dir", reports)
	if code != exitOK || !strings.Contains(out, " 0 failed;") {
		t.Errorf("it exits with %d and says %s", code, out)
	}
	for file, want := range map[string]string{"standin-verify.xml": "LOGIN-BAD", "standin-verify.json": "LOGOUT", "standin-verify.md": " of " + allRules(t)} {
		text, err := os.ReadFile(filepath.Join(reports, file))
		if err != nil || !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s does not have %s (%v)", file, want, err)
		}
	}
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitUsage, "STANDIN_CONTROL_TOKEN", []string{"--url", origin}},
		{exitUsage, "no spec is selected", []string{"--url", origin, "--control-token", "sesame", "--focus", "nothing has this text"}},
		{exitUsage, "junit, json, html, summary", []string{"--url", origin, "--report", "pdf"}},
		{exitUsage, "--report-dir has no effect without --report: add --report with one or more of junit, json, html, summary", []string{"--url", origin, "--report-dir", reports}},
		{exitUsage, "\"ACME\" is not a valid tenant name: it takes 3 to 16 lower-case letters and digits", []string{"--url", origin, "--tenant", "ACME", "--client-id", "shop"}},
		{exitUsage, "--focus is not a regular expression", []string{"--url", origin, "--focus", "("}},
		{exitUnreachable, "does not answer", []string{"--url", "http://127.0.0.1:1"}},
	} {
		if code, out := verify(t, c.args...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%v exits with %d and says %s", c.args, code, out)
		}
	}
}

// through returns the URL of a proxy that changes the answers of a server.
func through(t *testing.T, origin string, change func(*http.Response)) string {
	t.Helper()
	to, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	between := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
		ModifyResponse: func(r *http.Response) error { change(r); return nil },
	})
	t.Cleanup(between.Close)
	return between.URL
}

// verify reports a server that answers a bad login with another status, with the rule and the request.
func TestVerifyFindsWhatIsWrong(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0")
	wrong := through(t, "http://"+s.addresses[0], func(r *http.Response) {
		if strings.HasSuffix(r.Request.URL.Path, "/login") && r.StatusCode == http.StatusUnauthorized {
			r.StatusCode = http.StatusForbidden
		}
	})
	reports := t.TempDir()
	code, out := verify(t, "--url", wrong, "--label-filter", "LOGIN-BAD", "--report", "summary,junit", "--report-dir", reports)
	if code != exitFailure || !strings.Contains(out, "does not hold the contract") {
		t.Errorf("it exits with %d and says %s", code, out)
	}
	for _, file := range []string{"standin-verify.md", "standin-verify.xml"} {
		text, err := os.ReadFile(filepath.Join(reports, file))
		if err != nil || !bytes.Contains(text, []byte("LOGIN-BAD")) || !strings.Contains(html.UnescapeString(string(text)), "curl -sS -X 'POST'") {
			t.Errorf("%s names neither the rule nor the request (%v):\n%s", file, err, text)
		}
	}
}

// If a report cannot be written, the run fails with the reason, leaves no partial report, and writes the other reports.
func TestVerifyLeavesNoHalfReport(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0")
	if err := os.MkdirAll("reports/standin-verify.xml/x", 0o755); err != nil { // No file can replace it.
		t.Fatal(err)
	}
	code, out := verify(t, "--url", "http://"+s.addresses[0], "--label-filter", "LOGIN-BAD", "--report", "junit,json", "--report-dir", "reports")
	if code != exitFailure || !strings.Contains(out, " 0 failed;") || !strings.Contains(out, "standin-verify.xml was not written: ") {
		t.Errorf("it exits with %d and says %s", code, out)
	}
	files, err := filepath.Glob("reports/*")
	hidden, _ := filepath.Glob("reports/.*")
	if want := []string{"reports/standin-verify.json", "reports/standin-verify.xml"}; err != nil || !slices.Equal(files, want) || len(hidden) > 0 {
		t.Errorf("there are %v and %v (%v)", files, hidden, err)
	}
}
