package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server under measurement.
type process struct {
	name   string
	url    string
	prefix string // path before the tenant
	ready  time.Duration
	tokens map[string]string // tokens of the stand-in by kind
	work   string
	run    *exec.Cmd
}

// launch starts a server and waits until it answers a request.
func launch(ctx context.Context, work, name, prefix string, command func(host, port string) []string) (*process, error) {
	host, port, err := freePort()
	if err != nil {
		return nil, err
	}
	line := command(host, port)
	p := &process{name: name, prefix: prefix, url: "http://" + net.JoinHostPort(host, port), work: work}
	p.run = exec.CommandContext(ctx, line[0], line[1:]...)
	p.run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := os.Create(filepath.Join(work, strings.ReplaceAll(name, "/", "-")+".log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	p.run.Stdout, p.run.Stderr = log, log
	began := time.Now()
	if err := p.run.Start(); err != nil {
		return nil, err
	}
	for time.Since(began) < time.Minute {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/", http.NoBody)
		if err != nil {
			return nil, err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode != http.StatusServiceUnavailable { // The stand-in answers 503 until it is ready.
				p.ready = time.Since(began)
				return p, nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	return p, fmt.Errorf("%s does not start:\n%s", name, said)
}

// freePort returns a host and a free port.
func freePort() (string, string, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // Listen does not block.
	if err != nil {
		return "", "", err
	}
	defer func() { _ = free.Close() }()
	return net.SplitHostPort(free.Addr().String())
}

// stopAll kills processes and waits for their end.
func stopAll(peers []*process) {
	for _, p := range peers {
		_ = syscall.Kill(-p.run.Process.Pid, syscall.SIGKILL) // The group includes its children. They have no data to save.
		_ = p.run.Wait()
	}
}

// family returns the ids of the process and its descendants.
func (p *process) family() []int {
	all := []int{p.run.Process.Pid}
	entries, _ := os.ReadDir("/proc")
	for range entries { // The order is arbitrary, so repeat until there are no new ones.
		grown := false
		for _, entry := range entries {
			pid, err := strconv.Atoi(entry.Name())
			if err != nil || slices.Contains(all, pid) {
				continue
			}
			if fields := stat(pid); len(fields) > 1 && slices.Contains(all, atoi(fields[1])) {
				all, grown = append(all, pid), true
			}
		}
		if !grown {
			break
		}
	}
	return all
}

// stat returns the fields of /proc/PID/stat from the state on.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

// atoi returns a number from the kernel.
func atoi(text string) int {
	n, _ := strconv.Atoi(text) // The kernel writes valid numbers.
	return n
}

// cpu returns the CPU time of the process and its descendants.
func (p *process) cpu() time.Duration {
	const user, system, tick = 11, 12, 10 * time.Millisecond
	var spent time.Duration
	for _, pid := range p.family() {
		if fields := stat(pid); len(fields) > system {
			spent += time.Duration(atoi(fields[user])+atoi(fields[system])) * tick
		}
	}
	return spent
}

// peak returns the greatest resident memory of the process and its descendants, in bytes.
func (p *process) peak() int64 {
	var most int64
	for _, pid := range p.family() {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if rest, is := strings.CutPrefix(line, "VmHWM:"); is {
				most += int64(atoi(strings.Fields(rest)[0])) << 10
			}
		}
	}
	return most
}

// machine returns the number and the model of the processors.
func machine() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "an unknown machine"
	}
	defer func() { _ = file.Close() }()
	model, count := "", 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			count++
		}
	}
	return fmt.Sprintf("%d cores of %s", count, model)
}
