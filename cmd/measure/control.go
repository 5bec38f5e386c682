package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// mint returns a new token from the control API.
func mint(ctx context.Context, url, tenant, kind, email string) (string, error) {
	order := map[string]string{"kind": kind}
	if email != "" {
		order["email"] = email
	}
	var minted struct {
		AccessToken string `json:"accessToken"`
	}
	err := control(ctx, http.MethodPost, url+"/_standin/tenants/"+tenant+"/tokens", order, &minted)
	return minted.AccessToken, err
}

// control sends a request to the control API and decodes the answer into out, unless out is nil.
func control(ctx context.Context, method, url string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s answered %s: %s", method, url, response.Status, said)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(said, out)
}

// state contains metrics of the server's process.
type state struct {
	heap       float64 // live bytes after the last garbage collection
	goroutines float64
	files      float64 // number of open file descriptors
	violations float64
	cycles     float64 // number of garbage collections
}

// stateOf returns the current metrics of a server.
func stateOf(ctx context.Context, url string) (state, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", http.NoBody)
	if err != nil {
		return state{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return state{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return state{}, err
	}
	metric := func(name string) float64 {
		found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(text)
		if found == nil {
			return -1
		}
		value, _ := strconv.ParseFloat(string(found[1]), 64) // Prometheus writes valid numbers.
		return value
	}
	return state{
		heap: metric("go_gc_heap_live_bytes"), cycles: metric("go_gc_cycles_total_gc_cycles_total"),
		goroutines: metric("go_goroutines"), files: metric("process_open_fds"), violations: metric("standin_violations"),
	}, nil
}

// settled returns the state after at least two garbage collections, of which there is one every two minutes at least. Its heap
// is the least of several more collections: memory that is allocated during a collection counts as live, and each request for
// the metrics allocates. settled closes idle connections of this program first, since they are open files of the server.
func settled(ctx context.Context, url string) (state, error) {
	const before, runs = 2, 5
	http.DefaultClient.CloseIdleConnections()
	began, err := stateOf(ctx, url)
	if err != nil {
		return began, err
	}
	least := math.Inf(1)
	for {
		now, err := stateOf(ctx, url)
		if err != nil {
			return now, err
		}
		if now.cycles >= began.cycles+before {
			least = min(least, now.heap)
		}
		if now.cycles >= began.cycles+before+runs {
			time.Sleep(time.Second) // The server closes its side meanwhile.
			now, err := stateOf(ctx, url)
			now.heap = min(least, now.heap)
			return now, err
		}
		select {
		case <-ctx.Done():
			return now, ctx.Err()
		case <-time.After(time.Millisecond): // Each request makes the next collection come sooner.
		}
	}
}
