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

// defaultURL is where serve listens unless it is told otherwise.
const defaultURL = "http://127.0.0.1:3676"

// target is the server that a verb asks.
type target struct {
	URL          string `name:"url" placeholder:"URL" help:"The server's origin; http://127.0.0.1:3676 unless --addr-file is given."`
	AddrFile     string `type:"path" placeholder:"FILE" help:"Read the server's address from this file, which serve --addr-file writes; for HTTPS give --url."`
	ControlURL   string `placeholder:"URL" help:"Origin of the control API, if it has an address of its own (serve --control-addr)."`
	ControlToken string `placeholder:"TOKEN" help:"Bearer token for the control API, /_standin. The variable keeps it out of the list of processes."`
}

// Validate is called by kong once all flags have their values. Of the two ways to name a server, the command line's
// goes first; otherwise the URL, which exec sets for its command.
func (t *target) Validate(parsed *kong.Context) error {
	given := onCommandLine(parsed)
	if t.URL != "" && t.URL == os.Getenv("STANDIN_URL") && given["addr-file"] == 0 { // Else exec has named the control API of another server.
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

func isOrigin(text string) bool {
	origin, err := url.Parse(text)
	return err == nil && (origin.Scheme == "http" || origin.Scheme == "https") && origin.Host != "" && origin.RawQuery == "" && origin.Fragment == "" && origin.User == nil
}

// noOrigin refuses the value of a flag that takes an origin. What stands before an @ may be a password and is not repeated.
func noOrigin(flag, value, example string) error {
	if strings.Contains(value, "@") {
		return fmt.Errorf("%s has a user or a password before an @, which is not supported; write for example %s", flag, example)
	}
	return fmt.Errorf("%s %q is not a valid origin; write for example %s", flag, value, example)
}

// onCommandLine counts how often the command line itself gives each flag.
func onCommandLine(parsed *kong.Context) map[string]int {
	given := map[string]int{}
	for _, one := range parsed.Path {
		if one.Flag != nil && !one.Resolved {
			given[one.Flag.Name]++
		}
	}
	return given
}

// origin is where the server is. The file is read anew each time: a server may be about to write it.
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

// answer is what a server said.
type answer struct {
	url    string
	status int
	body   []byte
}

// mostAnswer bounds an answer: an export of a world is the largest, and has a few kilobytes per customer.
const mostAnswer = 256 << 20

// get asks the server. It returns an [unreachableError] if nobody answers in time.
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
	// A redirect leads to another server, which is not the one that was meant.
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
	if t.ControlToken != "" && response.StatusCode != http.StatusOK { // It is shown, and may repeat the token.
		body = bytes.ReplaceAll(body, []byte(t.ControlToken), []byte("$STANDIN_CONTROL_TOKEN"))
	}
	return answer{origin + path, response.StatusCode, body}, nil
}

// silence is the error of a server that does not answer.
func silence(origin string, waited time.Duration, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // It repeats the URL.
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("nothing came within %s", waited.Round(time.Millisecond))
	}
	if wrong, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return unreachableError{fmt.Errorf("%s is not trusted: %w; if its certificate is your own, name it in the variable SSL_CERT_FILE", origin, wrong.Err)}
	}
	return unreachableError{fmt.Errorf("%s does not answer: %w; start a server with standin serve, or name another with --url or --addr-file", origin, err)}
}

// refusal makes an error of an answer that is not 200. A server that still starts is one that cannot be reached.
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

// mostMessage bounds what of a body is shown that is no error of a standin.
const mostMessage = 200

// message is what the server says about its refusal.
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
