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

// host is what all requests call the server, so that what it says of its own address is the same.
const host = "127.0.0.1:3676"

// answer is what a server has answered; its status is 0 if it has closed the connection instead.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // of this program
}

// player plays steps to one server, and keeps what later steps want of its answers.
type player struct {
	url     string
	client  *http.Client
	values  map[string]string
	pending map[string]chan answer
	unknown []string // values that the last step named and that no answer gave
}

func newPlayer(url string) *player {
	const atMost = 30 * time.Second
	// Each request has a connection of its own, so that none is sent again when a server resets it.
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	asIs := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &player{
		url: url, client: &http.Client{Transport: transport, CheckRedirect: asIs, Timeout: atMost},
		values: map[string]string{}, pending: map[string]chan answer{},
	}
}

var placeholder = regexp.MustCompile(`\$[a-z][A-Za-z0-9]*`)

// fill puts kept values in the place of their names.
func (p *player) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		value, ok := p.values[name[1:]]
		if !ok {
			p.unknown = append(p.unknown, name)
		}
		return value
	})
}

// play sends a step's request, and returns the answer. A step that only starts a request has an empty one.
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

// readEvents reads a stream of server-sent events until so many lines of data have come.
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

// keep remembers what later steps want of an answer.
func (p *player) keep(s step, got answer) {
	var body any
	_ = json.Unmarshal(got.body, &body) // What is not JSON has no members, and is found missing below.
	for name, path := range s.Keep {
		value, ok := valueAt(got, body, path)
		if !ok {
			p.unknown = append(p.unknown, path)
			value = url.QueryEscape("no " + path)
		}
		p.values[name] = value
	}
}

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

// names lists the headers of both answers.
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
