package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is the time that a test waits for something that must happen. The limit under test is much shorter, and all other
// limits are longer, so that a limit without effect is noticed.
const patience = 20 * time.Second

// brief is the value of a limit under test. It is long enough for well-behaved clients, even on a busy machine.
const brief = "1s"

// reach returns a connection to a server.
func reach(t *testing.T, s *served) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", s.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	_ = connection.SetDeadline(time.Now().Add(patience))
	return connection
}

// trickle sends a byte again and again until the connection is closed.
func trickle(connection net.Conn) {
	for {
		if _, err := connection.Write([]byte("a")); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// untilCut returns what the server sends before it closes a connection.
func untilCut(t *testing.T, connection net.Conn) string {
	t.Helper()
	said, err := io.ReadAll(connection)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("it is not cut off within %s", patience)
	}
	return string(said)
}

// bystander starts another client, all of whose requests must be answered until the test ends or stops it. Every other request
// uses a new connection.
func bystander(t *testing.T, s *served) func() {
	t.Helper()
	enough, done := make(chan struct{}), make(chan int)
	go func() {
		asked := 0
		defer func() { done <- asked }()
		for {
			client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
			for range 2 {
				response, err := client.Get("http://" + s.addresses[0] + anonymousPath)
				if err != nil {
					t.Errorf("another client notices: %v", err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				if response.StatusCode != http.StatusOK {
					t.Errorf("another client notices: %s", response.Status)
				}
			}
			client.CloseIdleConnections()
			asked++
			select {
			case <-enough:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	leave := sync.OnceFunc(func() {
		close(enough)
		if asked := <-done; asked == 0 {
			t.Error("another client is not served at all")
		}
	})
	t.Cleanup(leave)
	return leave
}

const (
	halfHeader = "POST /customer/demo/login HTTP/1.1\r\nHost: x\r\nX-Slow: "
	halfBody   = "POST /customer/demo/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"
	whole      = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
)

func TestAHeaderThatIsSlow(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0", "--header-timeout", brief)
	bystander(t, s)
	connection := reach(t, s)
	fmt.Fprint(connection, halfHeader)
	go trickle(connection)
	if said := untilCut(t, connection); said != "" {
		t.Errorf("it says %s", said)
	}
}

func TestABodyThatNeverEnds(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0", "--body-timeout", brief) // The header is complete, so its limit does not apply.
	bystander(t, s)
	connection := reach(t, s)
	fmt.Fprint(connection, halfBody)
	go trickle(connection)
	if said := untilCut(t, connection); !strings.HasPrefix(said, "HTTP/1.1 400 ") && said != "" {
		t.Errorf("it says %s", said)
	}
}

// A client sends half of a request and then nothing, as when its machine has failed.
func TestAClientThatFallsSilent(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0", "--header-timeout", brief, "--body-timeout", brief)
	bystander(t, s)
	for _, half := range []string{"", "P", halfHeader, halfBody, halfHeader + "a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n{"} {
		connection := reach(t, s)
		fmt.Fprint(connection, half)
		said := untilCut(t, connection)
		if strings.Contains(said, "200 OK") {
			t.Errorf("after %q it says %s", half, said)
		}
		if strings.HasSuffix(half, "{") && !strings.Contains(said, "--body-timeout") {
			t.Errorf("after %q it says %s, and not why", half, said)
		}
	}
}

// The server does not wait for a client that has disappeared.
func TestAClientThatVanishes(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0")
	for i, half := range []string{halfHeader, halfBody, "GET /_standin/tenants/demo/mail?wait=5m&to=nobody@example.com HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"} {
		connection, ok := reach(t, s).(*net.TCPConn)
		if !ok {
			t.Fatal("it is no connection of TCP")
		}
		fmt.Fprint(connection, half)
		time.Sleep(50 * time.Millisecond) // Now the server is processing the request.
		if i > 0 {
			_ = connection.SetLinger(0) // A reset.
		}
		_ = connection.Close()
	}
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

func TestAConnectionThatIsIdleIsClosed(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0", "--idle-timeout", brief)
	bystander(t, s)
	connection := reach(t, s)
	fmt.Fprint(connection, whole)
	if said := untilCut(t, connection); !strings.HasPrefix(said, "HTTP/1.1 200 ") || strings.Contains(said, "Connection: close") {
		t.Errorf("it says %s", said)
	}
}

// large is the path of the largest answer that is always available.
const large = "/_standin/console/vendored/swagger-ui-dist/swagger-ui-bundle.js"

func TestAClientThatReadsNothing(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0", "--write-timeout", brief)
	leave := bystander(t, s)
	connection, ok := reach(t, s).(*net.TCPConn)
	if !ok {
		t.Fatal("it is no connection of TCP")
	}
	_ = connection.SetReadBuffer(4096)
	ask := "GET " + large + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
	fmt.Fprint(connection, strings.Repeat(ask, 200)) // The answers are larger than the buffers of the kernel.
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := connection.Write([]byte("G")); err != nil {
			break // It was reset.
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is not cut off within %s", patience)
		}
	}
	leave()
	if err := s.end(t); err != nil {
		t.Errorf("something was left: %v", err)
	}
}

// Over HTTP/2 such a client blocks a stream but not its connection, on which it goes on sending requests.
func TestAStreamThatIsNotRead(t *testing.T) {
	t.Parallel()
	s, trust := overTLS(t, "--write-timeout", brief)
	const window = 128 << 10
	transport := &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true, HTTP2: &http.HTTP2Config{MaxReceiveBufferPerStream: window}}
	client := &http.Client{Transport: transport, Timeout: patience}
	defer client.CloseIdleConnections()
	unread, err := client.Get("https://" + s.addresses[0] + large)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unread.Body.Close() }()
	if unread.ProtoMajor != 2 {
		t.Fatalf("it is %s", unread.Proto)
	}
	for began := time.Now(); time.Since(began) < 2*time.Second; time.Sleep(10 * time.Millisecond) {
		if status, body := fetch(t, client, "https://"+s.addresses[0]+anonymousPath); status != http.StatusOK {
			t.Fatal(status, body)
		}
	}
	if read, err := io.Copy(io.Discard, unread.Body); err == nil || read > 2*window {
		t.Errorf("it has sent %d bytes, and then %v", read, err)
	}
	if status, body := fetch(t, client, "https://"+s.addresses[0]+large); status != http.StatusOK || len(body) < 1_000_000 {
		t.Errorf("one that reads is answered %d with %d bytes", status, len(body))
	}
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

// Answers that wait or stream may be silent for longer than a client may take to read. They are not cut off.
func TestWhatWaitsIsNotCut(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0", "--write-timeout", "100ms", "--header-timeout", "200ms", "--body-timeout", "200ms", "--idle-timeout", "200ms")
	stream := reach(t, s)
	fmt.Fprint(stream, "GET /_standin/tenants/demo/journal/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	began := time.Now()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	status, body := fetch(t, client, "http://"+s.addresses[0]+"/_standin/tenants/demo/mail?wait=1s&to=nobody@example.com")
	if took := time.Since(began); status != http.StatusOK || took < time.Second {
		t.Errorf("the wait is answered after %s with %d %s", took, status, body)
	}
	fetch(t, client, "http://"+s.addresses[0]+anonymousPath)
	untilEntry(t, stream)
}

func TestAStreamThatWaitsIsNotCut(t *testing.T) {
	t.Parallel()
	s, trust := overTLS(t, "--write-timeout", "100ms")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true}, Timeout: patience}
	defer client.CloseIdleConnections()
	stream, err := client.Get("https://" + s.addresses[0] + "/_standin/tenants/demo/journal/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Body.Close() }()
	time.Sleep(500 * time.Millisecond) // There is nothing to send meanwhile.
	fetch(t, client, "https://"+s.addresses[0]+anonymousPath)
	untilEntry(t, stream.Body)
}

// untilEntry reads a stream until an exchange comes.
func untilEntry(t *testing.T, stream io.Reader) {
	t.Helper()
	reader := bufio.NewReader(stream)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			t.Fatalf("the stream is cut: %v", err)
		}
		if strings.HasPrefix(line, "event: entry") {
			return
		}
	}
}

func TestAHeaderThatIsTooLarge(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0", "--max-header-bytes", "8KiB")
	usual := start(t, "--addr", "127.0.0.1:0")
	bystander(t, s)
	for _, c := range []struct {
		server *served
		size   int
		want   string
	}{
		{s, 8_000, "HTTP/1.1 200 "},
		{s, 8_300, "HTTP/1.1 431 "},
		{usual, 262_000, "HTTP/1.1 200 "},
		{usual, 262_300, "HTTP/1.1 431 "},
	} {
		connection := reach(t, c.server)
		fmt.Fprintf(connection, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Large: %s\r\n\r\n", strings.Repeat("a", c.size))
		if line, err := bufio.NewReader(connection).ReadString('\n'); !strings.HasPrefix(line, c.want) {
			t.Errorf("a header of %d bytes is answered %s, %v", c.size, line, err)
		}
	}
}

func TestLimitsThatNobodyCouldKeep(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, flag := range []string{"--header-timeout", "--body-timeout", "--write-timeout", "--idle-timeout", "--max-connections"} {
		for _, value := range []string{"0", "-1"} {
			if strings.HasSuffix(flag, "timeout") {
				value += "s"
			}
			for _, verb := range [][]string{{"serve", flag + "=" + value}, {"exec", flag + "=" + value, "--", "true"}} {
				code, _, errors := invoke(t, verb...)
				if code != exitUsage || !strings.Contains(errors, flag+" is "+value) || !strings.Contains(errors, "write") {
					t.Errorf("%v exits with %d: %s", verb, code, errors)
				}
			}
		}
	}
}

func TestNumbersOutOfBounds(t *testing.T) {
	t.Chdir(t.TempDir())
	for flag, want := range map[string]string{
		"--max-body=0":                         "--max-body is 0; write at least 1",
		"--max-body=-1":                        `"-1" is not a number of bytes; write for example`,
		"--max-body=1MiBs":                     `"1MiBs" is not a number of bytes; write for example`,
		"--max-header-bytes=1KiB":              "--max-header-bytes is 1KiB, which net/http cannot keep; write at least 8KiB",
		"--max-header-bytes=9EB":               "write at most 1073741824",
		"--max-worlds=0":                       "--max-worlds is 0; write at least 1",
		"--journal-entries=0":                  "--journal-entries is 0; write at least 1",
		"--journal-bytes=0":                    "--journal-bytes is 0; write at least 1",
		"--hash-time=101":                      "--hash-time is 101; write at most 100",
		"--hash-memory=7":                      "--hash-memory is 7; write at least 8",
		"--drain=-5s":                          "--drain is -5s; write for example 10s",
		"--webhook-hosts=http://hooks.test":    `--webhook-hosts "http://hooks.test" is not a host; write only its name or address`,
		"--webhook-hosts=hooks.test:80":        `--webhook-hosts "hooks.test:80" is not a host`,
		"--webhook-hosts=[fd00::1":             `--webhook-hosts "[fd00::1" is not a host`,
		"--control-origin=localhost":           `--control-origin "localhost" is not a valid origin; write for example`,
		"--control-origin=HTTP://LocalHost:80": `--control-origin "HTTP://LocalHost:80" is not how a browser writes it; write http://localhost`,
		"--control-origin=http://a.test:6006/": `--control-origin "http://a.test:6006/" is not how a browser writes it; write http://a.test:6006`,
	} {
		if code, _, errors := invoke(t, "serve", flag); code != exitUsage || !strings.Contains(errors, want) {
			t.Errorf("%s exits with %d: %s", flag, code, errors)
		}
	}
}

func TestWebhookHosts(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"host.docker.internal", "192.0.2.1", "fd00::1", "[fd00::1]"} {
		if err := checkHost(host); err != nil {
			t.Error(err)
		}
	}
}

func TestBytesWithAUnit(t *testing.T) {
	for text, want := range map[string]byteSize{"1048576": 1 << 20, "1MiB": 1 << 20, "512 KiB": 512 << 10, "2MB": 2_000_000} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s is %d, %v", text, got, err)
		}
	}
}
