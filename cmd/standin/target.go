package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// defaultURL is the origin of a server with the default flags.
const defaultURL = "http://127.0.0.1:3676"

// target is the server that a command sends requests to.
type target struct {
	URL          string `name:"url" placeholder:"URL" help:"The server's origin; http://127.0.0.1:3676 unless --addr-file is given."`
	AddrFile     string `type:"path" placeholder:"FILE" help:"Read the server's address from this file, which serve --addr-file writes; for HTTPS give --url."`
	ControlURL   string `placeholder:"URL" help:"Origin of the control API, if it has its own address (serve --control-addr)."`
	ControlToken string `placeholder:"TOKEN" help:"Bearer token for the control API, /_standin. The variable keeps it out of the list of processes."`
}

// Validate checks the flags. kong calls it when all flags have their values. If both a URL and an address file are given, the
// one on the command line counts, otherwise the URL, which exec sets for its command.
func (t *target) Validate(parsed *kong.Context) error {
	given := onCommandLine(parsed)
	if t.URL != "" && t.URL == os.Getenv("STANDIN_URL") && given["addr-file"] == 0 { // Otherwise STANDIN_CONTROL belongs to another server.
		t.ControlURL = cmp.Or(t.ControlURL, os.Getenv("STANDIN_CONTROL"))
	}
	t.ControlURL = strings.TrimSuffix(strings.TrimRight(t.ControlURL, "/"), controlPath)
	if t.ControlURL != "" && !isOrigin(t.ControlURL) {
		return noOrigin("--control-url", t.ControlURL, "http://127.0.0.1:3677")
	}
	switch {
	case given["url"] > 0 && given["addr-file"] > 0:
		return errors.New("--url and --addr-file exclude each other")
	case given["addr-file"] > 0:
		t.URL = ""
	case t.URL != "":
		t.AddrFile = ""
	}
	if t.AddrFile != "" {
		return nil
	}
	if t.URL == "" {
		t.URL = defaultURL
	}
	if !isOrigin(t.URL) {
		return noOrigin("--url", t.URL, defaultURL)
	}
	t.URL = strings.TrimRight(t.URL, "/")
	return nil
}

// isOrigin reports whether text is an http or https URL without user, query and fragment.
func isOrigin(text string) bool {
	origin, err := url.Parse(text)
	return err == nil && (origin.Scheme == "http" || origin.Scheme == "https") && origin.Host != "" && origin.RawQuery == "" && origin.Fragment == "" && origin.User == nil
}

// noOrigin returns the error for a value that is not an origin. It does not repeat a value with an @, since that may contain a
// password.
func noOrigin(flag, value, example string) error {
	if strings.Contains(value, "@") {
		return fmt.Errorf("%s has a user or a password before an @, which is not supported; write for example %s", flag, example)
	}
	return fmt.Errorf("%s %q is not a valid origin; write for example %s", flag, value, example)
}

// onCommandLine returns how often each flag is given on the command line itself.
func onCommandLine(parsed *kong.Context) map[string]int {
	given := map[string]int{}
	for _, one := range parsed.Path {
		if one.Flag != nil && !one.Resolved {
			given[one.Flag.Name]++
		}
	}
	return given
}

// origin returns the origin of the server. It reads the address file each time, since a starting server may write it later.
func (t *target) origin() (string, error) {
	if t.AddrFile == "" {
		return t.URL, nil
	}
	source, err := os.ReadFile(t.AddrFile)
	addresses := strings.Fields(string(source))
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(addresses) == 0:
		return "", unreachableError{fmt.Errorf("--addr-file: no server has written %s; start one with standin serve --addr-file %s", t.AddrFile, t.AddrFile)}
	case err != nil:
		return "", usageError{fmt.Errorf("--addr-file: %w", err)}
	}
	if _, _, err := net.SplitHostPort(addresses[0]); err != nil {
		return "", usageError{fmt.Errorf("--addr-file: %s holds no addresses, which serve writes as host:port", t.AddrFile)}
	}
	return "http://" + reachable(addresses[0]), nil
}

// answer is an answer of a server.
type answer struct {
	url    string
	status int
	body   []byte
}

// mostAnswer is the greatest size of an answer in bytes. The largest is the export of a tenant, with a few kilobytes per
// customer.
const mostAnswer = 256 << 20

// get sends a GET request and returns the answer. It returns an [unreachableError] if the server does not answer in time.
func (t *target) get(ctx context.Context, path string, atMost time.Duration) (answer, error) {
	origin, err := t.origin()
	if t.ControlURL != "" && strings.HasPrefix(path, controlPath+"/") {
		origin, err = t.ControlURL, nil
	}
	if err != nil {
		return answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+path, http.NoBody)
	if err != nil {
		return answer{}, usageError{fmt.Errorf("--url: %w", err)}
	}
	if t.ControlToken != "" && strings.HasPrefix(path, controlPath+"/") {
		request.Header.Set("Authorization", "Bearer "+t.ControlToken)
	}
	// A redirect may lead to another server, so it is not followed.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, silence(origin, atMost, err)
	}
	defer func() { _ = response.Body.Close() }()
	defer client.CloseIdleConnections()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer+1))
	if err != nil {
		return answer{}, silence(origin, atMost, err)
	}
	if len(body) > mostAnswer {
		return answer{}, fmt.Errorf("%s%s answers with more than %d MiB", origin, path, mostAnswer>>20)
	}
	if t.ControlToken != "" && response.StatusCode != http.StatusOK { // The body will be printed and may contain the token.
		body = bytes.ReplaceAll(body, []byte(t.ControlToken), []byte("$STANDIN_CONTROL_TOKEN"))
	}
	return answer{origin + path, response.StatusCode, body}, nil
}

// silence returns the error for a server that does not answer.
func silence(origin string, waited time.Duration, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // The outer error repeats the URL.
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("nothing came within %s", waited.Round(time.Millisecond))
	}
	if wrong, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return unreachableError{fmt.Errorf("%s is not trusted: %w; if its certificate is your own, name it in the variable SSL_CERT_FILE", origin, wrong.Err)}
	}
	return unreachableError{fmt.Errorf("%s does not answer: %w; start a server with standin serve, or name another with --url or --addr-file", origin, err)}
}

// refusal returns an error if the status is not 200. It is an [unreachableError] if the server is not ready.
func (a answer) refusal() error {
	switch a.status {
	case http.StatusOK:
		return nil
	case http.StatusServiceUnavailable:
		return unreachableError{fmt.Errorf("%s answers %d: %s (standin wait returns once it is ready)", a.url, a.status, a.message())}
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%s answers %d: %s (give the server's token in STANDIN_CONTROL_TOKEN or --control-token)", a.url, a.status, a.message())
	default:
		return fmt.Errorf("%s answers %d: %s", a.url, a.status, a.message())
	}
}

// mostMessage is the greatest number of characters in a message from a body that is not an error of a standin.
const mostMessage = 200

// message returns the server's reason for an error.
func (a answer) message() string {
	var said struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(a.body, &said); err == nil && said.Message != "" {
		return said.Message
	}
	text := strings.Join(strings.Fields(string(a.body)), " ")
	if text == "" {
		return http.StatusText(a.status)
	}
	if runes := []rune(text); len(runes) > mostMessage {
		text = string(runes[:mostMessage]) + "…"
	}
	return text
}
