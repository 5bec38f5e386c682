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
	prefix string // before the tenant
	ready  time.Duration
	tokens map[string]string // the stand-in's, by whose they are
	work   string
	run    *exec.Cmd
}

// launch starts a server, and waits until it answers at all.
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
			if response.StatusCode != http.StatusServiceUnavailable { // It is there, but not yet ready.
				p.ready = time.Since(began)
				return p, nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	return p, fmt.Errorf("%s does not start:\n%s", name, said)
}

func freePort() (string, string, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It is at once.
	if err != nil {
		return "", "", err
	}
	defer func() { _ = free.Close() }()
	return net.SplitHostPort(free.Addr().String())
}

func stopAll(peers []*process) {
	for _, p := range peers {
		_ = syscall.Kill(-p.run.Process.Pid, syscall.SIGKILL) // Its children, too; it holds nothing.
		_ = p.run.Wait()
	}
}

// family is the process with all that it has started.
func (p *process) family() []int {
	all := []int{p.run.Process.Pid}
	entries, _ := os.ReadDir("/proc")
	for range entries { // Children come in no order, so until nothing is new.
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

// stat is what the kernel says of a process, from its state on.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text) // The kernel writes numbers.
	return n
}

// cpu is what the process and its children have used of the processors.
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

// peak is the most memory that was ever resident, in bytes.
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

// machine is the processor and how many there are.
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
