package main

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

// build runs go build with an overlay in the root of a repository.
func build(ctx context.Context, root, overlay string, args ...string) error {
	run := started(ctx, "go", append([]string{"build", "-overlay", overlay}, args...)...)
	run.Dir, run.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("the faults do not compile: %w\n%s", err, said)
	}
	return nil
}

// started returns a command in a new process group, which an interrupt at the terminal does not reach. It is killed when ctx
// ends.
func started(ctx context.Context, name string, args ...string) *exec.Cmd {
	run := exec.CommandContext(ctx, name, args...)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.Cancel = func() error { return syscall.Kill(-run.Process.Pid, syscall.SIGKILL) }
	return run
}

// server is a process of a stand-in.
type server struct {
	url   string
	run   *exec.Cmd
	ended chan struct{} // closed once the process has ended
}

// startServer starts a stand-in on a free port and waits until it is ready. id is the fault that is on, or "" for none.
func startServer(ctx context.Context, binary, id string) (*server, error) {
	dir, err := os.MkdirTemp(filepath.Dir(binary), "server")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "addr")
	s := &server{ended: make(chan struct{}), run: started(ctx, binary,
		"serve", "--addr", "127.0.0.1:0", "--addr-file", file, "--fixture", "empty", "--no-banner", "--log-level", "warn")}
	var said bytes.Buffer
	s.run.Stdout, s.run.Stderr = &said, &said
	s.run.Dir, s.run.Env = dir, append(environment(), variable+"="+id)
	if err := s.run.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.run.Wait() // The exit code does not matter.
		close(s.ended)
	}()
	const atMost, again = 30 * time.Second, 5 * time.Millisecond
	for began := time.Now(); time.Since(began) < atMost && s.runs(); time.Sleep(again) {
		if address, err := os.ReadFile(file); err == nil {
			s.url = "http://" + strings.TrimSpace(string(address))
			return s, nil
		}
	}
	s.stop()
	return nil, fmt.Errorf("the server did not start: %s", said.String())
}

// runs reports whether the process has not ended.
func (s *server) runs() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// stop kills the process and waits for its end.
func (s *server) stop() {
	_ = s.run.Process.Kill() // It fails if the process has ended.
	<-s.ended
}

// environment returns the environment of this process without the variables of a stand-in, including the one of the fault.
func environment() []string {
	var kept []string
	for _, one := range os.Environ() {
		if !strings.HasPrefix(one, "STANDIN_") {
			kept = append(kept, one)
		}
	}
	return kept
}
