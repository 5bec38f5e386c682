package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// told sets the variables that exec sets for its command and returns the server that they name.
func told(t *testing.T, tenant string) {
	t.Helper()
	for _, one := range (running{origin: "http://127.0.0.1:1", tenant: tenant, clientID: "x", control: "http://127.0.0.1:1/_standin"}).variables() {
		t.Setenv(one.name, one.value)
	}
}

func TestWhatExecSetsIsNoFlagOfAServerInside(t *testing.T) {
	in(t, "standin.yaml", "max-worlds: 7\n")
	told(t, "acme")
	if got := settled(t); len(got.Tenant) != 0 || !got.Control || got.MaxWorlds != 7 {
		t.Errorf("serve takes %v, %v", got.Tenant, got.Control)
	}
	// A tenant that was chosen within the command counts.
	t.Setenv("STANDIN_TENANT", "other")
	if got := settled(t); strings.Join(got.Tenant, " ") != "other" {
		t.Errorf("serve takes %v", got.Tenant)
	}
	in(t, "standin.yaml", "tenant: fileone\n")
	told(t, "acme")
	if got := settled(t); strings.Join(got.Tenant, " ") != "fileone" {
		t.Errorf("serve takes %v", got.Tenant)
	}
}

func TestExecInsideExec(t *testing.T) {
	t.Chdir(t.TempDir())
	self := []string{"env", beStandin + "=yes", os.Args[0], "exec", "--no-control", "--", "sh", "-c", "echo $STANDIN_TENANT $STANDIN_CONTROL"}
	if code, out, errors := execute(t, append([]string{"--tenant", "acme", "--"}, self...)...); code != exitOK || out != "demo\n" || errors != "" {
		t.Errorf("it exits with %d, %q and %s", code, out, errors)
	}
}

func TestARestrictionByTheEnvironmentIsTold(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("STANDIN_TENANT", "acme")
	_, _, errors := execute(t, "--log-level", "info", "--", "true")
	if !strings.Contains(errors, "tenants=[acme]") || !strings.Contains(errors, "tenantsFrom=STANDIN_TENANT") {
		t.Errorf("it logs %s", errors)
	}
}

func TestAMisspelledVariableIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, want := range map[string]string{
		"STANDIN_TENENT":      "STANDIN_TENANT",
		"STANDIN_LOGFORMAT":   "STANDIN_LOG_FORMAT",
		"STANDIN_MIN_COVERD":  "STANDIN_MIN_COVERED",
		"STANDIN_CLIENTID":    "STANDIN_CLIENT_ID",
		"STANDIN_JOURNAL_BYT": "STANDIN_JOURNAL_BYTES",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "planted-secret")
			code, _, errors := invoke(t, "version")
			if code != exitOK || errors != "standin: the variable "+name+" is not known, so it has no effect; did you mean "+want+"?\n" {
				t.Errorf("it exits with %d and says %s", code, errors)
			}
		})
	}
	for name, value := range map[string]string{
		"STANDIN_SERVICE_HOST": "10.0.0.1", "STANDIN_SERVICE_PORT_HTTP": "3676", "STANDIN_PORT": "tcp://10.0.0.1:3676", "STANDIN_PORT_3676_TCP_ADDR": "10.0.0.1",
		"STANDIN_API": "http://127.0.0.1:3676/customer/demo", "STANDIN": "x", "STANDING_ROOM": "x",
	} {
		t.Setenv(name, value)
	}
	if code, _, errors := invoke(t, "version"); code != exitOK || errors != "" {
		t.Errorf("of what Kubernetes sets for a service, and of its own, it says %s", errors)
	}
}

// listening starts the program in a process with variables and returns the origin from its banner.
func listening(t *testing.T, variables ...string) (*exec.Cmd, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, os.Args[0], "serve", "--drain", "100ms", "--control-open")
	command.Env = append(os.Environ(), append(variables, beStandin+"=yes")...)
	command.Dir = t.TempDir()
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var banner strings.Builder
	text := make([]byte, 4096)
	for !strings.Contains(banner.String(), "expand=addresses") {
		n, err := out.Read(text)
		banner.Write(text[:n])
		if err != nil {
			t.Fatalf("after %s: %v", banner.String(), err)
		}
	}
	return command, banner.String()
}

func TestAnAddressIsTheSameFromTheEnvironment(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{":0": "http://127.0.0.1:", "0.0.0.0:0": "http://127.0.0.1:", "[::]:0": "http://127.0.0.1:"} {
		command, banner := listening(t, "STANDIN_ADDR="+given)
		if strings.Contains(banner, "[::]") || !strings.Contains(banner, want) {
			t.Errorf("of %s the banner says %s", given, banner)
		}
		if everywhere := strings.Contains(banner, "every address of this machine"); everywhere != (given != ":0") {
			t.Errorf("of %s the banner says %s", given, banner)
		}
		for line := range strings.Lines(banner) {
			if origin, ok := strings.CutPrefix(line, "  http://"); ok && !strings.Contains(origin, "/_standin/") {
				address, _, _ := strings.Cut(strings.TrimSpace(origin), " ")
				response, err := http.Get("http://" + address + livePath)
				if err != nil {
					t.Errorf("of %s: %v", given, err)
					continue
				}
				_ = response.Body.Close()
			}
		}
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	}
}

func TestTheAddressFileNamesWhatCanBeReached(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/addresses"
	_, _ = listening(t, "STANDIN_ADDR=0.0.0.0:0", "STANDIN_ADDR_FILE="+file)
	source, err := os.ReadFile(file)
	for range 1000 { // The file is written after the banner.
		if err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
		source, err = os.ReadFile(file)
	}
	host, _, wrong := net.SplitHostPort(strings.TrimSpace(string(source)))
	if err != nil || wrong != nil || host != "127.0.0.1" {
		t.Errorf("it has %q, %v, %v", source, err, wrong)
	}
}
