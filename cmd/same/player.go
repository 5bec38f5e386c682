package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// host is the Host header of the requests. It is the same for both servers, so that their own URLs in answers are the same.
const host = "127.0.0.1:3676"

// answer is an answer of a server. Its status is 0 if the server has closed the connection.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // failure of this program to get the answer
}

// player plays steps to a server and keeps values of its answers for later steps.
type player struct {
	url     string
	client  *http.Client
	values  map[string]string
	pending map[string]chan answer
	unknown []string // names of values in the last step that no answer has given
}

// newPlayer returns a player for the server with a URL.
func newPlayer(url string) *player {
	const atMost = 30 * time.Second
	// Each request uses a new connection. On a reused one, net/http would repeat a request when the server resets it.
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	asIs := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &player{
		url: url, client: &http.Client{Transport: transport, CheckRedirect: asIs, Timeout: atMost},
		values: map[string]string{}, pending: map[string]chan answer{},
	}
}

// placeholder matches the name of a value in a step.
var placeholder = regexp.MustCompile(`\$[a-z][A-Za-z0-9]*`)

// fill returns a text with the names of values replaced by the values.
func (p *player) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		value, ok := p.values[name[1:]]
		if !ok {
			p.unknown = append(p.unknown, name)
		}
		return value
	})
}

// play sends the request of a step and returns the answer. It returns an empty answer for a step that only starts a request.
func (p *player) play(ctx context.Context, s step) (answer, error) {
	p.unknown = nil
	if s.Joins != "" {
		got := <-p.pending[s.Joins]
		return got, got.err
	}
	request, err := p.request(ctx, s)
	if err != nil {
		return answer{}, fmt.Errorf("step %q: %w", s.Name, err)
	}
	if s.Starts != "" {
		waiting := make(chan answer, 1)
		p.pending[s.Starts] = waiting
		go func() { waiting <- p.exchange(request, s.Events) }()
		return answer{}, nil
	}
	got := p.exchange(request, s.Events)
	const most, pause = 1000, 5 * time.Millisecond
	for n := 0; s.Until != "" && !bytes.Contains(got.body, []byte(s.Until)) && got.err == nil && n < most; n++ {
		time.Sleep(pause)
		got = p.exchange(request.Clone(ctx), s.Events)
	}
	if got.err != nil {
		return got, fmt.Errorf("step %q: %w", s.Name, got.err)
	}
	p.keep(s, got)
	return got, nil
}

// request returns the request of a step.
func (p *player) request(ctx context.Context, s step) (*http.Request, error) {
	method, target, _ := strings.Cut(p.fill(s.Send), " ")
	request, err := http.NewRequestWithContext(ctx, method, p.url+target, strings.NewReader(strings.Repeat(" ", s.Pad)+p.fill(string(s.Body))))
	if err != nil {
		return nil, err
	}
	request.Host = host
	if s.Host != "" {
		request.Host = s.Host
	}
	if s.Body == "" {
		request.Body = http.NoBody
	} else {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "same")
	if s.As != "" {
		request.Header.Set("Authorization", p.fill("Bearer "+s.As))
	}
	for name, value := range s.Headers {
		request.Header.Set(name, p.fill(value))
	}
	return request, nil
}

// exchange sends a request and returns the answer. If events is not 0, the answer is a stream, of which it reads so many events.
func (p *player) exchange(request *http.Request, events int) answer {
	response, err := p.client.Do(request)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			return answer{}
		}
		return answer{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	got := answer{status: response.StatusCode, header: response.Header}
	if events > 0 {
		got.body, got.err = readEvents(response.Body, events)
		return got
	}
	got.body, got.err = io.ReadAll(response.Body)
	return got
}

// readEvents reads a stream of server-sent events up to a number of lines of data.
func readEvents(stream io.Reader, events int) ([]byte, error) {
	var read []byte
	for lines := bufio.NewReader(stream); events > 0; {
		line, err := lines.ReadBytes('\n')
		read = append(read, line...)
		if err != nil {
			return read, err
		}
		if bytes.HasPrefix(line, []byte("data:")) {
			events--
		}
	}
	return read, nil
}

// keep keeps the values of an answer for later steps.
func (p *player) keep(s step, got answer) {
	var body any
	_ = json.Unmarshal(got.body, &body) // If it is not JSON, its members are reported as missing below.
	for name, path := range s.Keep {
		value, ok := valueAt(got, body, path)
		if !ok {
			p.unknown = append(p.unknown, path)
			value = url.QueryEscape("no " + path)
		}
		p.values[name] = value
	}
}

// valueAt returns the value at a path of an answer.
func valueAt(got answer, body any, path string) (string, bool) {
	if name, is := strings.CutPrefix(path, "header:"); is {
		return got.header.Get(name), got.header.Get(name) != ""
	}
	if path == "body" {
		return string(got.body), true
	}
	for at := range strings.SplitSeq(path, ".") {
		switch value := body.(type) {
		case map[string]any:
			body = value[at]
		case []any:
			n, err := strconv.Atoi(at)
			if err != nil || n < 0 || n >= len(value) {
				return "", false
			}
			body = value[n]
		default:
			return "", false
		}
	}
	value, ok := body.(string)
	return value, ok
}

// names returns the names of the headers in either answer, sorted.
func names(one, other http.Header) []string {
	var all []string
	for name := range one {
		all = append(all, name)
	}
	for name := range other {
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
