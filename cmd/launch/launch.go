// Package launch starts commands and servers of the stand-in in processes of their own, for the commands that test or compare them.
package launch

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Command returns a command in a new process group, which an interrupt at the terminal does not reach. When ctx ends, the group
// is terminated.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	run := exec.CommandContext(ctx, name, args...)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.Cancel = func() error { return syscall.Kill(-run.Process.Pid, syscall.SIGTERM) }
	run.WaitDelay = 10 * time.Second
	return run
}

// Run runs a command in a directory, without cgo. If it fails, the error has its output.
func Run(ctx context.Context, dir, name string, args ...string) error {
	run := Command(ctx, name, args...)
	run.Dir, run.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if output, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, output)
	}
	return nil
}

// Environment returns the environment of this process without the variables of a stand-in.
func Environment() []string {
	var kept []string
	for _, one := range os.Environ() {
		if !strings.HasPrefix(one, "STANDIN_") {
			kept = append(kept, one)
		}
	}
	return kept
}

// Server is a process of a stand-in.
type Server struct {
	URL string

	run   *exec.Cmd
	ended chan struct{} // closed once the process has ended
}

// Start starts a stand-in on a free port, with flags of serve and with variables besides those of [Environment], and waits until
// it is ready.
func Start(ctx context.Context, binary string, variables []string, flags ...string) (*Server, error) {
	dir, err := os.MkdirTemp(filepath.Dir(binary), "server")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "addr")
	line := append([]string{"serve", "--addr", "127.0.0.1:0", "--addr-file", file, "--no-banner", "--log-level", "warn"}, flags...)
	s := &Server{run: Command(ctx, binary, line...), ended: make(chan struct{})}
	var output bytes.Buffer
	s.run.Stdout, s.run.Stderr = &output, &output
	s.run.Dir, s.run.Env = dir, append(Environment(), variables...)
	if err := s.run.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.run.Wait() // The exit code does not matter.
		close(s.ended)
	}()
	const atMost, again = 30 * time.Second, 5 * time.Millisecond
	for began := time.Now(); time.Since(began) < atMost && s.Running(); time.Sleep(again) {
		if address, err := os.ReadFile(file); err == nil {
			s.URL = "http://" + strings.TrimSpace(string(address))
			return s, nil
		}
	}
	s.Stop()
	return nil, fmt.Errorf("the server did not start: %s\n%s", output.String(), strings.Join(append([]string{binary}, line...), " "))
}

// Running reports whether the process has not ended.
func (s *Server) Running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// Stop kills the process and waits for its end.
func (s *Server) Stop() {
	_ = s.run.Process.Kill() // It fails if the process has ended.
	<-s.ended
}
