package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// log is a buffer to which a running server writes.
type log struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// served is a server that runs in this process until the test ends it.
type served struct {
	addresses []string
	out, err  *log
	stop      context.CancelFunc
	ended     chan error
}

func start(t *testing.T, args ...string) *served {
	t.Helper()
	file := filepath.Join(t.TempDir(), "addr")
	if err := os.WriteFile(file, []byte("stale\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := settled(t, append([]string{"--addr-file", file}, args...)...)
	ctx, stop := context.WithCancel(context.Background())
	s := &served{out: &log{}, err: &log{}, stop: stop, ended: make(chan error, 1)}
	go func() { s.ended <- command.serve(ctx, streams{out: s.out, err: s.err}) }()
	t.Cleanup(stop)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if text, err := os.ReadFile(file); err == nil && string(text) != "stale\n" {
			s.addresses = strings.Fields(string(text))
			return s
		}
		select {
		case err := <-s.ended:
			t.Fatalf("it ended before it was ready: %v\n%s", err, s.err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is not ready:\n%s", s.err)
		}
	}
}

func (s *served) end(t *testing.T) error {
	t.Helper()
	s.stop()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
		return nil
	}
}

func fetch(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

const anonymousPath = "/customerlogin/auth/anonymous/login?tenant=demo&client_id=x"

func TestAFreePortIsTheSameOnBoth(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", ":0")
	if len(s.addresses) == 0 || !strings.HasPrefix(s.addresses[0], "127.0.0.1:") {
		t.Fatalf("it listens on %v", s.addresses)
	}
	port := strings.TrimPrefix(s.addresses[0], "127.0.0.1")
	for _, address := range s.addresses {
		if !strings.HasSuffix(address, port) {
			t.Errorf("it listens on %v", s.addresses)
		}
		if status, body := fetch(t, http.DefaultClient, "http://"+address+anonymousPath); status != http.StatusOK {
			t.Errorf("%s answers %d %s", address, status, body)
		}
	}
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

func TestIPv4GoesFirst(t *testing.T) {
	t.Parallel()
	all, err := endpoints([]string{"[::1]:80", ":81", "localhost:82"})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(all); got != "[{127.0.0.1 81 false} {localhost 82 false} {::1 80 false} {::1 81 true}]" {
		t.Errorf("the endpoints are %s", got)
	}
}

func TestAnAddressThatTheMachineLacks(t *testing.T) {
	t.Parallel()
	const absent = "2001:db8::1" // The address is reserved for documentation, so no machine has it.
	listeners, err := listen(t.Context(), []endpoint{{loopback4, "0", false}, {absent, "0", true}})
	if err != nil || len(listeners) != 1 {
		t.Fatal(listeners, err)
	}
	defer func() { _ = listeners[0].Close() }()
	if _, err := listen(t.Context(), []endpoint{{absent, "0", false}}); err == nil {
		t.Error("an address that was asked for may not be left out")
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	t.Chdir(t.TempDir())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	code, _, errors := invoke(t, "serve", "--addr", taken.Addr().String())
	if code != exitFailure || !strings.Contains(errors, "--addr :0") {
		t.Errorf("it exits with %d: %s", code, errors)
	}
}

func TestRequestsInFlightAreAnswered(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0")
	connection, err := net.Dial("tcp", s.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	fmt.Fprintf(connection, "POST /customer/demo/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
	reader := bufio.NewReader(connection)
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatal(line, err) // From here on, the handler is reading the body.
	}
	s.stop()
	select {
	case err := <-s.ended:
		t.Fatalf("it ended with a request in flight: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	fmt.Fprint(connection, "{}")
	rest, _ := io.ReadAll(reader)
	if !strings.Contains(string(rest), "401 Unauthorized") {
		t.Errorf("the answer is %s", rest)
	}
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

func TestAConnectionThatSaysNothingDelaysNoEnd(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--drain", "3s")
	connection, err := net.Dial("tcp", s.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if status, _ := fetch(t, http.DefaultClient, "http://"+s.addresses[0]+anonymousPath); status != http.StatusOK {
		t.Fatal(status) // By now the silent connection has been accepted, too.
	}
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

func TestARequestThatNeverEnds(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--drain", "50ms")
	connection, err := net.Dial("tcp", s.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	fmt.Fprintf(connection, "POST /customer/demo/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
	if _, err := bufio.NewReader(connection).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := s.end(t); err == nil || !strings.Contains(err.Error(), "still in flight") {
		t.Errorf("the error is %v", err)
	}
}

// overTLS starts a server with a certificate and returns the certificates that its clients trust.
func overTLS(t *testing.T, args ...string) (*served, *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: certificate}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	parsed, _ := x509.ParseCertificate(certificate)
	roots.AddCert(parsed)
	s := start(t, append([]string{"--addr", "127.0.0.1:0", "--tls-cert", certFile, "--tls-key", keyFile}, args...)...)
	return s, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func TestTLS(t *testing.T) {
	t.Chdir(t.TempDir())
	s, trust := overTLS(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}
	defer client.CloseIdleConnections()
	if status, body := fetch(t, client, "https://"+s.addresses[0]+anonymousPath); status != http.StatusOK {
		t.Errorf("it answers %d %s", status, body)
	}
	if !strings.Contains(s.out.String(), "https://127.0.0.1") {
		t.Errorf("the banner is\n%s", s.out)
	}
}

func TestTheBannersLinesWork(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the lines need %s", tool)
		}
	}
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--tenant", "acme")
	lines := regexp.MustCompile(`(?m)^  (TOKEN|curl).*$`).FindAllString(s.out.String(), -1)
	if len(lines) != 3 || !strings.Contains(s.out.String(), "collector") || !strings.Contains(s.out.String(), "http://"+s.addresses[0]) {
		t.Fatalf("the banner is\n%s", s.out)
	}
	output, err := exec.CommandContext(t.Context(), "bash", "-c", strings.Join(lines, "\n")).Output()
	if err != nil || !strings.Contains(string(output), `"firstName":"John"`) || !strings.Contains(string(output), `"addresses":[`) {
		t.Errorf("they show %s, %v", output, err)
	}
	if quiet := start(t, "--addr", "127.0.0.1:0", "--no-banner"); quiet.out.String() != "" {
		t.Errorf("without a banner it says %s", quiet.out)
	}
}

func TestMailLinksInTheLog(t *testing.T) {
	t.Chdir(t.TempDir())
	const reset = "/customer/demo/password/reset"
	for setting, shown := range map[string]bool{"auto": false, "off": false, "on": true} {
		for _, format := range []string{"text", "json"} {
			s := start(t, "--addr", "127.0.0.1:0", "--log-mail-links", setting, "--log-format", format)
			_, body := fetch(t, http.DefaultClient, "http://"+s.addresses[0]+anonymousPath)
			token := regexp.MustCompile(`"access_token":"(\w+)"`).FindStringSubmatch(body)[1]
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addresses[0]+reset, strings.NewReader(`{"email":"john.doe@example.com"}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+token)
			response, err := http.DefaultClient.Do(request)
			if err != nil || response.StatusCode != http.StatusNoContent {
				t.Fatal(response, err)
			}
			_ = response.Body.Close()
			if err := s.end(t); err != nil {
				t.Error(err)
			}
			text := s.err.String()
			if strings.Contains(text, "reset-password?token=") != shown || !strings.Contains(text, "password-reset") || strings.Contains(text, token) {
				t.Errorf("with %s the log is\n%s", setting, text)
			}
			if json := strings.HasPrefix(text, "{"); json != (format == "json") {
				t.Errorf("as %s the log is\n%s", format, text)
			}
		}
	}
}
