package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// figures are the results of a run of wrk.
type figures struct {
	rate     float64 // requests per second
	cpu      float64 // CPU time of the server per request, in microseconds
	p50, p99 time.Duration
	odd      []string // lines of wrk about errors
}

// The lines of wrk's report.
var (
	requestsLine = regexp.MustCompile(`(?m)^\s+(\d+) requests in`)
	rateLine     = regexp.MustCompile(`(?m)^Requests/sec:\s+([\d.]+)`)
	p50Line      = regexp.MustCompile(`(?m)^\s+50%\s+(\S+)`)
	p99Line      = regexp.MustCompile(`(?m)^\s+99%\s+(\S+)`)
	oddLine      = regexp.MustCompile(`(?m)^\s*((?:Non-2xx|Socket errors).*)$`)
)

// script returns the Lua script for wrk. In a body, it replaces %d by a number that is unique to each request.
func (s sample) script(token string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "wrk.method = %q\nwrk.headers[\"Authorization\"] = %q\n", s.Method, "Bearer "+token)
	for name, value := range s.Headers {
		fmt.Fprintf(&text, "wrk.headers[%q] = %q\n", name, value)
	}
	if strings.Contains(s.Send, "%d") {
		fmt.Fprintf(&text, `local threads = 0
function setup(thread) threads = threads + 1; thread:set("id", threads) end
local n = 0
function request() n = n + 1; return wrk.format(nil, nil, nil, string.format(%q, %d + id * 100000000 + n)) end
`, s.Send, time.Now().UnixMilli()%1_000_000*1_000_000_000)
	} else if s.Send != "" {
		fmt.Fprintf(&text, "wrk.body = %q\n", s.Send)
	}
	return text.String()
}

// token returns a token of a kind. For a server other than the stand-in it is a dummy of the same length.
func (p *process) token(kind string) string {
	if own, ok := p.tokens[kind]; ok {
		return own
	}
	return strings.Repeat("0", 28) //nolint:mnd // The length of the stand-in's tokens.
}

// wrk puts a server under load for a duration and returns the figures.
func wrk(ctx context.Context, peer *process, s sample, d time.Duration) (figures, error) {
	script := filepath.Join(peer.work, "wrk.lua")
	if err := os.WriteFile(script, []byte(s.script(peer.token(s.Kind))), 0o600); err != nil {
		return figures{}, err
	}
	before := peer.cpu()
	out, err := exec.CommandContext(ctx, "wrk", "-t2", "-c64", fmt.Sprintf("-d%ds", int(d.Seconds())), "--latency", "-s", script, peer.url+peer.prefix+"/"+tenant+s.Path).CombinedOutput()
	spent := peer.cpu() - before
	if errors.Is(err, exec.ErrNotFound) {
		return figures{}, errors.New("wrk is not installed; Debian has it as the package wrk")
	}
	if err != nil {
		return figures{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	text := string(out)
	requests := number(requestsLine, text)
	got := figures{rate: number(rateLine, text), cpu: float64(spent.Microseconds()) / max(requests, 1), p50: span(p50Line, text), p99: span(p99Line, text)}
	for _, found := range oddLine.FindAllStringSubmatch(text, -1) {
		got.odd = append(got.odd, found[1])
	}
	return got, nil
}

// number returns the number in a line of wrk's report, or 0 if the line is missing.
func number(line *regexp.Regexp, text string) float64 {
	found := line.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	n, _ := strconv.ParseFloat(found[1], 64) // The expression matches only numbers.
	return n
}

// span returns the duration in a line of wrk's report, or 0 if the line is missing.
func span(line *regexp.Regexp, text string) time.Duration {
	found := line.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	d, _ := time.ParseDuration(found[1]) // wrk writes durations in Go's form, such as 1.23ms.
	return d
}
