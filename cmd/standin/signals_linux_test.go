package main

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onTerminal starts the program in the foreground of a new terminal and returns the other end of the terminal.
func onTerminal(t *testing.T, args ...string) (*exec.Cmd, *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals: %v", err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("there are no terminals: %v", err)
	}
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals: %v", err)
	}
	defer func() { _ = terminal.Close() }()
	command := exec.CommandContext(t.Context(), os.Args[0], args...)
	command.Env = append(os.Environ(), beStandin+"=yes")
	command.Dir = t.TempDir()
	command.Stdin, command.Stdout, command.Stderr = terminal, terminal, terminal
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	guard := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
	t.Cleanup(func() { guard.Stop() })
	return command, keyboard
}

// A terminal sends ^C to the command itself. If exec sent the signal again, many programs would end at once.
func TestTheKeysOfATerminalReachTheCommandOnce(t *testing.T) {
	t.Parallel()
	command, keyboard := onTerminal(t, append([]string{"exec", "--"}, asChild("signals")...)...)
	out := bufio.NewReader(keyboard)
	if got := line(t, out); got != "listening" {
		t.Fatal(got)
	}
	var told []string
	for key, name := range map[string]string{"\x03": "interrupt", "\x1c": "quit"} {
		if _, err := keyboard.WriteString(key); err != nil {
			t.Fatal(err)
		}
		for len(told) == 0 || !strings.HasSuffix(told[len(told)-1], name) { // The terminal echoes the key.
			told = append(told, line(t, out))
		}
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for !strings.HasSuffix(told[len(told)-1], "terminated") {
		told = append(told, line(t, out))
	}
	if len(told) != 3 {
		t.Errorf("the command is told %q", told)
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 7 {
		t.Errorf("it exits with %d", code)
	}
}
