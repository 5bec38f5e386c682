package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// buildRevision builds the stand-in of a revision in a worktree below work. It always removes the worktree.
func buildRevision(ctx context.Context, revision, work, binary string) error {
	tree := filepath.Join(work, "tree")
	added := do(ctx, ".", "git", "worktree", "add", "--detach", "--quiet", tree, revision)
	var built error
	if added == nil {
		built = build(ctx, tree, binary)
	}
	const atMost = time.Minute
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), atMost) // Remove the worktree after an interrupt, too.
	defer cancel()
	removed := do(ending, ".", "git", "worktree", "remove", "--force", tree)
	if added != nil {
		return added // The worktree may not exist, so ignore the error of its removal.
	}
	return errors.Join(built, removed)
}

// build builds the stand-in in a directory. It sets the same version and commit in both builds, so these need not be
// normalized.
func build(ctx context.Context, dir, binary string) error {
	return do(ctx, dir, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=same -X main.commit=same", "-o", binary, "./cmd/standin")
}

// do runs a command in a new process group, which an interrupt at the terminal does not reach.
func do(ctx context.Context, dir, name string, args ...string) error {
	run := exec.CommandContext(ctx, name, args...)
	run.Dir, run.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.Cancel = func() error { return syscall.Kill(-run.Process.Pid, syscall.SIGTERM) }
	if said, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, said)
	}
	return nil
}

// server is a process of a stand-in.
type server struct {
	url   string
	run   *exec.Cmd
	ended chan struct{} // closed once the process has ended
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

// startServer starts a stand-in on a free port and waits until it is ready.
func startServer(ctx context.Context, binary, seed string, flags []string) (*server, error) {
	file := binary + ".addr"
	_ = os.Remove(file) // The server before was killed and has left the file.
	line := append([]string{"serve", "--addr", "127.0.0.1:0", "--addr-file", file, "--seed", seed, "--no-banner", "--log-level", "warn"}, flags...)
	s := &server{run: exec.CommandContext(ctx, binary, line...)}
	var said bytes.Buffer
	s.run.Stdout, s.run.Stderr = &said, &said
	s.run.Dir, s.run.Env = filepath.Dir(binary), environment()
	s.run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.run.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = s.run.Wait() // The exit code does not matter.
		close(ended)
	}()
	s.ended = ended
	const atMost, again = 30 * time.Second, 5 * time.Millisecond
	for began := time.Now(); time.Since(began) < atMost && s.runs(); time.Sleep(again) {
		if address, err := os.ReadFile(file); err == nil {
			s.url = "http://" + strings.TrimSpace(string(address))
			return s, nil
		}
	}
	s.stop()
	return nil, fmt.Errorf("%s did not start: %s", strings.Join(append([]string{binary}, line...), " "), said.String())
}

// environment returns the environment of this process without the variables of a stand-in, so that both servers have the same
// settings.
func environment() []string {
	var kept []string
	for _, one := range os.Environ() {
		if !strings.HasPrefix(one, "STANDIN_") {
			kept = append(kept, one)
		}
	}
	return kept
}

// stop kills the process and waits for its end.
func (s *server) stop() {
	if s == nil {
		return
	}
	_ = s.run.Process.Kill() // It fails if the process has ended.
	<-s.ended
}
