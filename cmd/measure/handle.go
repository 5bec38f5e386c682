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

// mint has the stand-in make a token.
func mint(ctx context.Context, url, tenant, kind, email string) (string, error) {
	order := map[string]string{"kind": kind}
	if email != "" {
		order["email"] = email
	}
	var minted struct {
		AccessToken string `json:"accessToken"`
	}
	err := steer(ctx, http.MethodPost, url+"/_standin/tenants/"+tenant+"/tokens", order, &minted)
	return minted.AccessToken, err
}

// steer sends a step to the stand-in's handle, and reads its answer unless out is nil.
func steer(ctx context.Context, method, url string, in, out any) error {
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

// state is what the server's process says of itself.
type state struct {
	heap       float64 // bytes in use, as the collector has found them
	goroutines float64
	files      float64 // open descriptors
	violations float64
	cycles     float64 // of the collector
}

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
		value, _ := strconv.ParseFloat(string(found[1]), 64) // As Prometheus writes them.
		return value
	}
	return state{
		heap: metric("go_gc_heap_live_bytes"), cycles: metric("go_gc_cycles_total_gc_cycles_total"),
		goroutines: metric("go_goroutines"), files: metric("process_open_fds"), violations: metric("standin_violations"),
	}, nil
}

// settled is the state once the collector has run twice, which it does every other minute at the least, with the least heap
// that some more runs have left: what is allocated while one goes on counts as in use, and each look allocates. Idle
// connections of this program are closed first: they are files of the server's.
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
			time.Sleep(time.Second) // What was closed ends meanwhile.
			now, err := stateOf(ctx, url)
			now.heap = min(least, now.heap)
			return now, err
		}
		select {
		case <-ctx.Done():
			return now, ctx.Err()
		case <-time.After(time.Millisecond): // Each look brings the next run nearer.
		}
	}
}
