//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// spawn starts the program in a new process, in a session without a terminal, and returns its output.
func spawn(t *testing.T, args ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], args...)
	command.Env = append(os.Environ(), beStandin+"=yes")
	command.Dir = t.TempDir()
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	guard := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
	t.Cleanup(func() { guard.Stop() })
	return command, bufio.NewReader(out)
}

func line(t *testing.T, out *bufio.Reader) string {
	t.Helper()
	text, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("after %q: %v", text, err)
	}
	return strings.TrimSpace(text)
}

func TestSignalsArePassedOn(t *testing.T) {
	t.Parallel()
	command, out := spawn(t, append([]string{"exec", "--"}, asChild("signals")...)...)
	if got := line(t, out); got != "listening" {
		t.Fatal(got)
	}
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTERM} {
		if err := command.Process.Signal(sent); err != nil {
			t.Fatal(err)
		}
		if got := line(t, out); got != sent.String() {
			t.Errorf("of %s the command is told %s", sent, got)
		}
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 7 {
		t.Errorf("it exits with %d", code)
	}
}

func TestASignalThatEndsTheCommand(t *testing.T) {
	t.Parallel()
	command, out := spawn(t, "exec", "--", "sh", "-c", "echo listening; exec sleep 60")
	if got := line(t, out); got != "listening" {
		t.Fatal(got)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 128+15 {
		t.Errorf("it exits with %d", code)
	}
}

func TestWhatIsIgnoredStaysIgnored(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), "sh", "-c", `trap "" HUP; exec "$0" exec -- sh -c 'kill -HUP $PPID; kill -HUP $$; echo lives'`, os.Args[0])
	command.Env = append(os.Environ(), beStandin+"=yes")
	command.Dir = t.TempDir()
	if output, err := command.CombinedOutput(); err != nil || string(output) != "lives\n" {
		t.Errorf("it says %s, %v", output, err)
	}
}

// A terminal that is closed sends SIGHUP. Requests in flight are then answered, as after SIGTERM.
func TestAHangupEndsServeAsTerminationDoes(t *testing.T) {
	t.Parallel()
	for _, sent := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		command, _ := listening(t, "STANDIN_ADDR=127.0.0.1:0")
		if err := command.Process.Signal(sent); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait()
		if code := command.ProcessState.ExitCode(); code != exitOK {
			t.Errorf("after %s it exits with %d", sent, code)
		}
	}
}

// nohup ignores SIGHUP, since the program must outlive the terminal.
func TestAHangupThatIsIgnoredStaysIgnored(t *testing.T) {
	t.Parallel()
	command := append([]string{"-c", `trap "" HUP; exec "$0" "$@"`}, asChild("endings")...)
	output, err := exec.CommandContext(t.Context(), "sh", command...).Output()
	if err != nil || string(output) != "[interrupt terminated]\n" {
		t.Errorf("serve ends by %s, %v", output, err)
	}
}
