package session

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
	"strconv"
	"strings"
	"syscall"
	"time"
)

// host is the Host header of the requests. It is the same for both servers, so that their own URLs in answers are the same.
const host = "127.0.0.1:3676"

// Answer is an answer of a server. Its status is 0 if the server has closed the connection.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	Request *http.Request // the request; GetBody returns its body

	err error // failure of this program to get the answer
}

// Player plays steps to a server and keeps values of its answers for later steps.
type Player struct {
	Unknown []string // names of values in the last step that no answer has given

	url     string
	client  *http.Client
	values  map[string]string
	pending map[string]chan Answer
}

// NewPlayer returns a player for the server with a URL.
func NewPlayer(url string) *Player {
	const atMost = 30 * time.Second
	// Each request uses a new connection. On a reused one, net/http would repeat a request when the server resets it.
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, ExpectContinueTimeout: atMost}
	asIs := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Player{
		url: url, client: &http.Client{Transport: transport, CheckRedirect: asIs, Timeout: atMost},
		values: map[string]string{}, pending: map[string]chan Answer{},
	}
}

// placeholder matches the name of a value in a step.
var placeholder = regexp.MustCompile(`\$[a-z][A-Za-z0-9]*`)

// Fill returns a text with the names of values replaced by the values.
func (p *Player) Fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		value, ok := p.values[name[1:]]
		if !ok {
			p.Unknown = append(p.Unknown, name)
		}
		return value
	})
}

// Play sends the request of a step and returns the answer. It returns an empty answer for a step that only starts a request.
func (p *Player) Play(ctx context.Context, s Step) (Answer, error) {
	p.Unknown = nil
	if s.Joins != "" {
		got := <-p.pending[s.Joins]
		return got, got.err
	}
	request, err := p.request(ctx, s)
	if err != nil {
		return Answer{}, fmt.Errorf("step %q: %w", s.Name, err)
	}
	if s.Starts != "" {
		waiting := make(chan Answer, 1)
		p.pending[s.Starts] = waiting
		go func() { waiting <- p.exchange(request, s.Events) }()
		return Answer{}, nil
	}
	got := p.exchange(request, s.Events)
	const most, pause = 1000, 5 * time.Millisecond
	for n := 0; s.Until != "" && !bytes.Contains(got.Body, []byte(s.Until)) && got.err == nil && n < most; n++ {
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
func (p *Player) request(ctx context.Context, s Step) (*http.Request, error) {
	method, target, _ := strings.Cut(p.Fill(s.Send), " ")
	request, err := http.NewRequestWithContext(ctx, method, p.url+target, strings.NewReader(strings.Repeat(" ", s.Pad)+p.Fill(string(s.Body))))
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
		request.Header.Set("Authorization", p.Fill("Bearer "+s.As))
	}
	for name, value := range s.Headers {
		request.Header.Set(name, p.Fill(value))
	}
	return request, nil
}

// exchange sends a request and returns the answer. If events is not 0, the answer is a stream, of which it reads so many events.
func (p *Player) exchange(request *http.Request, events int) Answer {
	response, err := p.client.Do(request)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			return Answer{}
		}
		return Answer{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	got := Answer{Status: response.StatusCode, Header: response.Header, Request: request}
	if events > 0 {
		got.Body, got.err = readEvents(response.Body, events)
		return got
	}
	got.Body, got.err = io.ReadAll(response.Body)
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
func (p *Player) keep(s Step, got Answer) {
	var body any
	_ = json.Unmarshal(got.Body, &body) // If it is not JSON, its members are reported as missing below.
	for name, path := range s.Keep {
		value, ok := valueAt(got, body, path)
		if !ok {
			p.Unknown = append(p.Unknown, path)
			value = url.QueryEscape("no " + path)
		}
		p.values[name] = value
	}
}

// valueAt returns the value at a path of an answer.
func valueAt(got Answer, body any, path string) (string, bool) {
	if name, is := strings.CutPrefix(path, "header:"); is {
		return got.Header.Get(name), got.Header.Get(name) != ""
	}
	if path == "body" {
		return string(got.Body), true
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
