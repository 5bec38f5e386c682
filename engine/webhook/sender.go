package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Message is an event to send.
type Message struct {
	ID      string // the same in every attempt
	Type    string
	Payload []byte // the body
	Secret  string // whsec_ and the key in base64; empty for no signature
}

// Sender sends messages.
type Sender struct {
	hosts  Hosts
	now    func() time.Time
	client *http.Client
	slots  chan struct{} // one for each request under way
}

// The bounds of a request.
const (
	atOnce   = 256 // of all tenants, so that a few that hang delay no others
	patience = 10 * time.Second
	mostRead = 64 << 10 // bytes of an answer, so that its connection can be used again, and of its headers
)

// New returns a sender to this machine and to the hosts that are allowed besides. The clock is the wall clock: a receiver compares
// the time of a signature with its own.
func New(hosts Hosts, now func() time.Time) *Sender {
	s := &Sender{hosts: hosts, now: now, slots: make(chan struct{}, atOnce)}
	s.client = &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:         s.dial,
			MaxIdleConnsPerHost: 1,
			IdleConnTimeout:     time.Minute,
			TLSHandshakeTimeout: patience,

			MaxResponseHeaderBytes: mostRead,
		},
	}
	return s
}

// Close closes the idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Send posts a message to a URL. It returns the status of the answer, or an error, which never names the URL, if there is none.
func (s *Sender) Send(ctx context.Context, to string, m Message) (int, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if err := s.hosts.Check(to); err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(m.Payload))
	if err != nil {
		return 0, errors.New("the URL cannot be used")
	}
	if err := m.head(request.Header, s.now()); err != nil {
		return 0, err
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, cause(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, mostRead)
	return answer.StatusCode, nil
}

// head sets the headers of a request, with the signature if there is a secret.
func (m Message) head(header http.Header, now time.Time) error {
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "standin")
	header.Set("Standin-Event", m.Type)
	header.Set(standardwebhooks.HeaderWebhookID, m.ID)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	if m.Secret == "" {
		return nil
	}
	signer, err := standardwebhooks.NewWebhook(m.Secret)
	if err != nil {
		return errors.New("the secret cannot be used")
	}
	signature, err := signer.Sign(m.ID, now, m.Payload)
	if err != nil {
		return err
	}
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return nil
}

// cause returns why a request failed, without its URL, which may hold a secret. An answer that is not HTTP may repeat the URL, so
// it is not quoted.
func cause(err error) error {
	failed, ok := errors.AsType[*url.Error](err)
	switch {
	case !ok:
		return err
	case failed.Timeout():
		return fmt.Errorf("no answer within %s", patience)
	case strings.Contains(failed.Err.Error(), "malformed"):
		return errors.New("the answer is not HTTP")
	}
	return failed.Err
}

// dial connects to a host. Unless it was allowed by name, the address has to be of this machine.
func (s *Sender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: patience}
	if host, _, err := net.SplitHostPort(address); err != nil || !s.hosts.named(host) {
		dialer.Control = loopbackOnly
	}
	return dialer.DialContext(ctx, network, address)
}

func loopbackOnly(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err != nil || !to.Addr().IsLoopback() {
		return errors.New("is not an address of this machine")
	}
	return nil
}
