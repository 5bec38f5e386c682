package webhook_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"standin/engine/webhook"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func send(t *testing.T, s *webhook.Sender, to string, m webhook.Message) (int, error) {
	t.Helper()
	return s.Send(t.Context(), to, m)
}

func TestSend(t *testing.T) {
	t.Parallel()
	var got http.Header
	var followed bool
	receiver := http.NewServeMux()
	receiver.HandleFunc("POST /", func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	receiver.HandleFunc("POST /moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/there", http.StatusPermanentRedirect)
	})
	receiver.HandleFunc("POST /there", func(http.ResponseWriter, *http.Request) { followed = true })
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	s := webhook.New(nil, time.Now)
	t.Cleanup(s.Close)

	message := webhook.Message{ID: "msg_1", Type: "customer.created", Payload: []byte(`{"a":1}`), Secret: secret}
	if status, err := send(t, s, server.URL, message); status != http.StatusOK || err != nil {
		t.Fatal(status, err)
	}
	verifier, _ := standardwebhooks.NewWebhook(secret)
	if err := verifier.Verify(message.Payload, got); err != nil {
		t.Error(err)
	}
	if verifier.Verify([]byte(`{"a":2}`), got) == nil {
		t.Error("another payload has the same signature")
	}
	message.Secret = ""
	if _, err := send(t, s, server.URL, message); err != nil || got.Get("Webhook-Signature") != "" || got.Get("Webhook-Id") != "msg_1" {
		t.Error("without a secret:", err, got)
	}
	if status, err := send(t, s, server.URL+"/moved", message); status != http.StatusPermanentRedirect || err != nil || followed {
		t.Error("a redirect:", status, err, followed)
	}
}

// An IPv6 address is allowed as it stands in a URL, or without its brackets, in any form.
func TestHosts(t *testing.T) {
	t.Parallel()
	for _, allowed := range []string{"fd00::1", "[fd00::1]", "FD00:0::1"} {
		if err := (webhook.Hosts{allowed}).Check("http://[fd00::1]:3000/"); err != nil {
			t.Errorf("%s: %v", allowed, err)
		}
		if webhook.Hosts.Check(webhook.Hosts{allowed}, "http://[fd00::2]:3000/") == nil {
			t.Errorf("%s allows another address", allowed)
		}
	}
}

// A hundred receivers that do not answer, as those of sandboxes whose tests have ended, delay no other.
func TestReceiversThatHangDelayNoOthers(t *testing.T) {
	t.Parallel()
	var hanging sync.WaitGroup
	hanging.Add(100)
	receiver := http.NewServeMux()
	receiver.HandleFunc("POST /hang", func(_ http.ResponseWriter, r *http.Request) {
		hanging.Done()
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	receiver.HandleFunc("POST /", func(http.ResponseWriter, *http.Request) {})
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	s := webhook.New(nil, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	for range 100 {
		go func() { _, _ = s.Send(ctx, server.URL+"/hang", webhook.Message{ID: "msg_1"}) }()
	}
	hanging.Wait()
	if status, err := send(t, s, server.URL, webhook.Message{ID: "msg_2"}); status != http.StatusOK || err != nil {
		t.Error(status, err)
	}
}

// What an answer that is not HTTP has in it is not told, since it may repeat the request. Endless headers are not read.
func TestAnswersThatAreNotHTTP(t *testing.T) {
	t.Parallel()
	for _, endless := range []bool{false, true} {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		read := make(chan int, 1)
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			line, _ := bufio.NewReader(conn).ReadString('\n')
			if !endless {
				_, _ = io.WriteString(conn, line)
				return
			}
			sent, _ := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for err == nil && sent < 8<<20 {
				var n int
				n, err = io.WriteString(conn, "X-A: "+strings.Repeat("a", 1<<10)+"\r\n")
				sent += n
			}
			read <- sent
		}()
		s := webhook.New(nil, time.Now)
		status, err := send(t, s, "http://"+listener.Addr().String()+"/?key=sesame", webhook.Message{ID: "msg_1"})
		if status != 0 || err == nil || strings.Contains(err.Error(), "sesame") {
			t.Error(status, err)
		}
		if endless && <-read >= 8<<20 {
			t.Error("all of it was read")
		}
	}
}

// What cannot be sent is told without the URL, whose query may be a secret.
func TestWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s := webhook.New(webhook.Hosts{"named.invalid"}, time.Now)
	for to, want := range map[string]string{
		gone.URL + "/?key=sesame":                "refused",
		"http://named.invalid:1/?key=sesame":     "no such host",
		"http://other.invalid/?key=sesame":       "--webhook-hosts other.invalid",
		"http://192.0.2.1/?key=sesame":           "this machine only",
		"http://localhost.other.invalid/?sesame": "this machine only",
		"http://sesame:x@localhost/":             "must not hold a user",
		"ftp://localhost/sesame":                 "must be a URL",
		"http://local host/sesame":               "must be a URL",
		"":                                       "must be a URL",
	} {
		status, err := send(t, s, to, webhook.Message{ID: "msg_1"})
		if status != 0 || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %d %v", to, status, err)
		}
	}
	if _, err := send(t, s, gone.URL, webhook.Message{Secret: "!"}); err == nil || !strings.Contains(err.Error(), "secret") {
		t.Error("a secret that is none:", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Send(ended, gone.URL, webhook.Message{}); err == nil {
		t.Error("it was sent after the end")
	}
}
