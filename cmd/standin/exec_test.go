package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// execute runs exec and returns its exit code and the output.
func execute(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, err log // The server and the command write concurrently.
	code := run(append([]string{"exec"}, args...), &out, &err)
	return code, out.String(), err.String()
}

func TestExecTellsTheCommandWhereTheServerIs(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("STANDIN_URL", "http://127.0.0.1:1") // An outer one's.
	code, out, errors := execute(t, append([]string{"--tenant", "acme", "--tenant", "demo", "--"}, asChild("fetch", anonymousPath)...)...)
	if code != exitOK || !strings.Contains(out, `200 {"`) || errors != "" {
		t.Errorf("it exits with %d, %s and %s", code, out, errors)
	}
	code, out, errors = execute(t, "--tenant", "acme", "sh", "-c", `echo "$STANDIN_URL $STANDIN_TENANT $STANDIN_CLIENT_ID $STANDIN_API $STANDIN_CONTROL"`)
	want := regexp.MustCompile(`^(http://127\.0\.0\.1:\d+) acme storefront (http://127\.0\.0\.1:\d+)/customer/acme (http://127\.0\.0\.1:\d+)/_standin\n$`)
	if found := want.FindStringSubmatch(out); code != exitOK || found == nil || found[1] != found[2] || found[1] != found[3] || found[1] == "http://127.0.0.1:1" {
		t.Errorf("it exits with %d, %q and %s", code, out, errors)
	}
	if _, out, _ := execute(t, "sh", "-c", "echo $STANDIN_TENANT"); out != "demo\n" {
		t.Errorf("without --tenant it is %q", out)
	}
}

func TestExecStopsTheServer(t *testing.T) {
	t.Chdir(t.TempDir())
	_, out, _ := execute(t, "--", "sh", "-c", "echo $STANDIN_URL")
	if response, err := http.Get(strings.TrimSpace(out) + livePath); err == nil {
		_ = response.Body.Close()
		t.Errorf("%s answers after the end", out)
	}
}

func TestExecEndsAsItsCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, mode := range map[string]os.FileMode{"plain": 0o600, "broken": 0o700} {
		if err := os.WriteFile(name, []byte("\x00\x01"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		code    int
		says    string
		command []string
	}{
		{0, "", []string{"true"}},
		{1, "", []string{"false"}},
		{5, "", []string{"sh", "-c", "exit 5"}},
		{5, "", []string{"--", "sh", "-c", "exit 5"}},
		{255, "", []string{"--", "sh", "-c", "exit 255"}},
		{128 + 9, "", []string{"--", "sh", "-c", "kill -9 $$"}},
		{128 + 15, "", []string{"--", "sh", "-c", "kill -15 $$"}},
		{exitNotFound, "not found", []string{"--", "no-such-command"}},
		{exitNotFound, "not found", []string{"--", "./no-such-command"}},
		{exitNotRunnable, "cannot be run", []string{"--", "./plain"}},
		{exitNotRunnable, "cannot be run", []string{"--", "./broken"}},
		{exitNotRunnable, "cannot be run", []string{"--", "./"}},
		{exitUsage, "standin exec -- npm test", []string{"--"}},
		{exitUsage, "standin exec -- npm test", nil},
		{exitUsage, "unknown flag --bad", []string{"--bad", "true"}},
		{exitUsage, "unknown flag --banner", []string{"--banner", "true"}},
		{exitUsage, "unknown flag --addr-file", []string{"--addr-file", "x", "true"}},
		{exitUsage, "unknown fixture", []string{"--fixture", "nope", "--", "true"}},
		{exitUsage, "--tenant is empty", []string{"--tenant=", "--", "true"}},
		{exitFailure, "listen tcp", []string{"--control-open", "--addr", "192.0.2.1:0", "--", "true"}}, // No machine has this address.
	} {
		code, out, errors := execute(t, c.command...)
		if code != c.code || !strings.Contains(errors, c.says) || c.says == "" && out+errors != "" {
			t.Errorf("%v exits with %d and says %s%s", c.command, code, out, errors)
		}
	}
}

func TestExecPassesFlagsOfTheCommandOn(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"echo", "--tenant", "x", "--", "-y"}, {"--", "echo", "--tenant", "x", "--", "-y"}} {
		if code, out, errors := execute(t, args...); code != exitOK || out != "--tenant x -- -y\n" {
			t.Errorf("%v exits with %d, %s and %s", args, code, out, errors)
		}
	}
}

func TestExecLogsWarningsOnly(t *testing.T) {
	in(t, "standin.yaml", "banner: true\naddr-file: there\n")
	if _, out, errors := execute(t, asChild("fetch", "/")...); strings.Contains(out, "Try it") || errors != "" {
		t.Errorf("it says %s%s", out, errors)
	}
	if _, err := os.Stat("there"); err == nil {
		t.Error("it writes the address file of another server")
	}
	if _, _, errors := execute(t, append([]string{"--log-level", "info"}, asChild("fetch", "/")...)...); !strings.Contains(errors, "msg=ready") {
		t.Errorf("at level info it logs %s", errors)
	}
}

func TestTwoAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	folder := t.TempDir()
	outs := make([]string, 2)
	var both sync.WaitGroup
	for i := range outs {
		both.Go(func() {
			code, out, errors := execute(t, append([]string{"--"}, asChild("meet", folder)...)...)
			if code != exitOK {
				t.Errorf("it exits with %d: %s", code, errors)
			}
			outs[i], _, _ = strings.Cut(out, " ")
		})
	}
	both.Wait()
	if outs[0] == outs[1] || outs[0] == "" {
		t.Errorf("they talk to %v", outs)
	}
}

// supervised runs exec with a function in place of the server, and returns the exit code and the messages.
func supervised(t *testing.T, failOnViolations bool, violations int64, serve func(ctx context.Context, out *log) error, command ...string) (int, string) {
	t.Helper()
	var out, told log
	e := &execCommand{Command: command, FailOnViolations: failOnViolations}
	server := running{origin: "http://127.0.0.1:1", violations: func() int64 { return violations }}
	err := e.supervise(streams{out: &out, err: &told}, func(ctx context.Context, ready func(running)) error {
		ready(server)
		return serve(ctx, &out)
	})
	if err == nil {
		return exitOK, told.String()
	}
	return complain(&told, err), told.String()
}

func untilStopped(ctx context.Context, _ *log) error {
	<-ctx.Done()
	return nil
}

func TestFailOnViolations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked      bool
		violations int64
		command    string
		code       int
		says       string
	}{
		{true, 2, "true", exitFailure, "2 answers of the server were errors that its document does not declare"},
		{true, 0, "true", exitOK, ""},
		{false, 2, "true", exitOK, ""},
		{true, 2, "exit 5", 5, ""},
	} {
		code, told := supervised(t, c.asked, c.violations, untilStopped, "sh", "-c", c.command)
		if code != c.code || !strings.Contains(told, c.says) || c.says == "" && told != "" {
			t.Errorf("%+v exits with %d and says %s", c, code, told)
		}
	}
}

// dies returns a server that fails when the command is running.
func dies(_ context.Context, out *log) error {
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(out.String(), "listening"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New("the command never listened")
		}
	}
	return errors.New("accept: broken")
}

func TestAServerThatDiesEndsTheCommand(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"signals", "deaf"} {
		began := time.Now()
		code, told := supervised(t, false, 0, dies, asChild(role)...)
		if code != exitFailure || !strings.Contains(told, "accept: broken") || !strings.Contains(told, "the server ended before the command") {
			t.Errorf("%s: it exits with %d and says %s", role, code, told)
		}
		if waited := time.Since(began); waited >= deafFor {
			t.Errorf("%s: it ends by itself, after %s", role, waited)
		}
	}
}

func TestALateErrorOfTheServerLeavesTheExitCode(t *testing.T) {
	t.Parallel()
	late := func(ctx context.Context, _ *log) error {
		<-ctx.Done()
		return errors.New("requests were still in flight")
	}
	if code, told := supervised(t, false, 0, late, "sh", "-c", "exit 5"); code != 5 || !strings.Contains(told, "still in flight") {
		t.Errorf("it exits with %d and says %s", code, told)
	}
}

func TestAServerThatIsNeverReady(t *testing.T) {
	t.Chdir(t.TempDir())
	marker := filepath.Join(t.TempDir(), "ran")
	e := &execCommand{Command: []string{"touch", marker}}
	err := e.supervise(streams{}, func(context.Context, func(running)) error { return usageError{errors.New("no")} })
	if code := complain(&log{}, err); code != exitUsage {
		t.Errorf("it exits with %d", code)
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("the command ran without a server")
	}
}
