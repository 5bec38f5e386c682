package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// binary builds the program like a release and returns its path.
func binary(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "standin")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
	return path
}

// launch starts the program with the demo fixture and waits until it is ready.
func launch(b *testing.B, path string) *exec.Cmd {
	b.Helper()
	file := filepath.Join(b.TempDir(), "addr")
	_ = os.Remove(file)
	command := exec.CommandContext(context.Background(), path, "serve", "--addr", ":0", "--addr-file", file, "--no-banner", "--log-level", "error")
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(500 * time.Microsecond) {
		if _, err := os.Stat(file); err == nil {
			return command
		}
		if time.Now().After(deadline) {
			b.Fatal("it is not ready")
		}
	}
}

func end(b *testing.B, command *exec.Cmd) {
	b.Helper()
	if err := command.Process.Signal(os.Interrupt); err != nil {
		b.Error(err)
	}
	if err := command.Wait(); err != nil {
		b.Error(err)
	}
}

// BenchmarkStartToReady measures the time from the start of the process until it is ready, and its memory then.
func BenchmarkStartToReady(b *testing.B) {
	path := binary(b)
	var rss float64
	for b.Loop() {
		command := launch(b, path)
		b.StopTimer()
		rss = max(rss, resident(b, command.Process.Pid))
		end(b, command)
		b.StartTimer()
	}
	b.ReportMetric(rss, "idle-MB")
}

// resident returns the resident memory of a process in MB shortly after its start, or 0 on a system without /proc.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	time.Sleep(200 * time.Millisecond)
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kilobytes, _ := strconv.ParseFloat(string(found[1]), 64)
	return kilobytes / 1024
}
