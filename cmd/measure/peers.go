package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// operations are the operations that are measured, in the order of the table.
var operations = []string{"get profile", "add address", "login", "signup"} //nolint:gochecknoglobals // A table.

// shopper is the e-mail address of a customer of the demo fixture, whose password is password123.
const shopper = "john.doe@example.com"

// requests returns the request for each operation.
func requests() map[string]sample {
	form := map[string]string{"Content-Type": "application/json"}
	return map[string]sample{
		"get profile": {Method: http.MethodGet, Kind: customer, Path: "/me", Headers: map[string]string{}},
		"add address": {Method: http.MethodPost, Kind: customer, Path: "/me/addresses", Headers: form, Send: `{"contactName":"John Doe","street":"Platz der Republik","streetNumber":"1","zipCode":"11011","city":"Berlin","country":"DE","tags":["BILLING"]}`},
		"login":       {Method: http.MethodPost, Kind: anonymous, Path: "/login", Headers: form, Send: `{"email":"` + shopper + `","password":"password123"}`},
		"signup":      {Method: http.MethodPost, Kind: anonymous, Path: "/signup", Headers: form, Send: `{"email":"new%d@example.com","password":"password123","customerDetails":{"firstName":"New","lastName":"Customer"}}`},
	}
}

// record returns samples with the answers of the stand-in, and writes them to a file for the bare servers.
func record(ctx context.Context, binary, work string) (map[string]sample, error) {
	standin, err := startStandin(ctx, work, binary)
	if standin != nil {
		defer stopAll([]*process{standin})
	}
	if err != nil {
		return nil, err
	}
	samples := requests()
	for name, one := range samples {
		request, err := http.NewRequestWithContext(ctx, one.Method, standin.url+"/customer/"+tenant+one.Path, strings.NewReader(strings.ReplaceAll(one.Send, "%d", "1")))
		if err != nil {
			return nil, err
		}
		for header, value := range one.Headers {
			request.Header.Set(header, value)
		}
		request.Header.Set("Authorization", "Bearer "+standin.token(one.Kind))
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return nil, err
		}
		if response.StatusCode >= http.StatusBadRequest {
			return nil, fmt.Errorf("%s answered %s: %s", name, response.Status, body)
		}
		one.Status, one.Header, one.Body = response.StatusCode, response.Header, string(body)
		samples[name] = one
	}
	text, err := json.Marshal(samples)
	if err != nil {
		return nil, err
	}
	return samples, os.WriteFile(filepath.Join(work, "samples.json"), text, 0o600)
}

// readSamples returns the samples in a file.
func readSamples(path string) (map[string]sample, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	samples := map[string]sample{}
	err = json.Unmarshal(text, &samples)
	return samples, err
}

// startStandin starts the stand-in and gets the tokens for the requests from it.
func startStandin(ctx context.Context, work, binary string) (*process, error) {
	p, err := launch(ctx, work, "standin", "/customer", func(host, port string) []string {
		return []string{binary, "serve", "--addr", host + ":" + port, "--fixture", "demo", "--log-level", "warn"}
	})
	if err != nil {
		return p, err
	}
	p.tokens = map[string]string{}
	if p.tokens[customer], err = mint(ctx, p.url, tenant, customer, shopper); err != nil {
		return p, err
	}
	p.tokens[anonymous], err = mint(ctx, p.url, tenant, anonymous, "")
	return p, err
}

// start starts all peers, the bare server first.
func (r *peersCommand) start(ctx context.Context, work string, samples map[string]sample) ([]*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bare := func(kind string) func(host, port string) []string {
		return func(host, port string) []string {
			return []string{self, "bare", kind, "--addr", host + ":" + port, "--samples", filepath.Join(work, "samples.json"), "--hash"}
		}
	}
	table := []struct {
		name, prefix string
		command      func(host, port string) []string
	}{
		{"net/http", "/customer", bare("net/http")},
		{"gorilla/mux", "/customer", bare("mux")},
		{"kin-openapi", "/customer", bare("kin")},
		{"standin", "/customer", nil},
		{"Prism", "", func(host, port string) []string {
			return []string{r.module(".bin/prism"), "mock", "--host", host, "--port", port, "spec/customer.yaml"}
		}},
		{"WireMock", "/customer", func(host, port string) []string {
			root := filepath.Join(work, "wiremock")
			return []string{"java", "-jar", r.wiremock(), "--bind-address", host, "--port", port, "--root-dir", root, "--no-request-journal"}
		}},
		{"Mockoon", "/customer", func(host, port string) []string {
			return []string{r.module(".bin/mockoon-cli"), "start", "--data", filepath.Join(work, "mockoon.json"), "--hostname", host, "--port", port, "--disable-log-to-file"}
		}},
	}
	if err := writeStubs(work, samples); err != nil {
		return nil, err
	}
	var peers []*process
	for i, one := range table {
		if i > 0 && len(r.Only) > 0 && !slices.Contains(r.Only, one.name) {
			continue
		}
		var peer *process
		if one.command == nil {
			peer, err = startStandin(ctx, work, r.Standin)
		} else {
			peer, err = launch(ctx, work, one.name, one.prefix, one.command)
		}
		if peer != nil {
			peers = append(peers, peer)
		}
		if err != nil {
			return peers, err
		}
	}
	return peers, nil
}

// module returns the path of a file in the folder of modules.
func (r *peersCommand) module(path string) string { return filepath.Join(r.Modules, path) }

// wiremock returns the path of the jar in WireMock's package.
func (r *peersCommand) wiremock() string {
	found, _ := filepath.Glob(r.module("wiremock/build/*.jar")) // The pattern is well-formed.
	if len(found) == 0 {
		return r.module("wiremock/build/wiremock.jar")
	}
	return found[0]
}
