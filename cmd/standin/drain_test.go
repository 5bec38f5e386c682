//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// kept is a server in a separate process.
type kept struct {
	command *exec.Cmd
	file    string
	origin  string
	said    *bytes.Buffer
}

// keep starts a server as a process. It need not become ready.
func keep(t *testing.T, file string, args ...string) *kept {
	t.Helper()
	k := &kept{file: file, said: &bytes.Buffer{}}
	k.command = exec.CommandContext(t.Context(), os.Args[0], append([]string{"serve", "--no-banner", "--addr-file", file}, args...)...)
	k.command.Env = append(os.Environ(), beStandin+"=yes")
	k.command.Dir = t.TempDir()
	k.command.Stderr = k.said
	if err := k.command.Start(); err != nil {
		t.Fatal(err)
	}
	return k
}

// ready waits until the server is ready.
func (k *kept) ready(t *testing.T) {
	t.Helper()
	if code, _, told := invoke(t, "wait", "--addr-file", k.file); code != exitOK {
		t.Fatalf("it is not ready: %s", told)
	}
	text, err := os.ReadFile(k.file)
	if err != nil {
		t.Fatal(err)
	}
	k.origin = "http://" + strings.Fields(string(text))[0]
}

// ends sends a signal and returns how the process ended.
func (k *kept) ends(t *testing.T, by os.Signal) error {
	t.Helper()
	if err := k.command.Process.Signal(by); err != nil {
		t.Fatal(err)
	}
	return k.command.Wait()
}

// load is a number of clients, each of which sends one request after another until the server is gone.
type load struct {
	answered atomic.Int64
	clients  sync.WaitGroup
	mu       sync.Mutex
	lost     []error
}

// begin starts clients, which pause up to pause between two requests. They send POST, which net/http does not repeat by
// itself, so a lost request is noticed.
func (l *load) begin(origin string, clients int, pause time.Duration) {
	for range clients {
		l.clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
			defer client.CloseIdleConnections()
			for {
				err := l.ask(client, origin)
				if errors.Is(err, syscall.ECONNREFUSED) {
					return
				}
				if err != nil {
					l.mu.Lock()
					l.lost = append(l.lost, err)
					l.mu.Unlock()
					return
				}
				l.answered.Add(1)
				time.Sleep(rand.N(pause))
			}
		})
	}
}

func (l *load) ask(client *http.Client, origin string) error {
	response, err := client.Post(origin+"/customer/demo/login", "application/json", strings.NewReader(`{"email":"john.doe@example.com","password":"x"}`))
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err = io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusUnauthorized {
		return errors.New(response.Status)
	}
	return nil
}

// onceAnswered waits until the clients have received a number of answers.
func (l *load) onceAnswered(t *testing.T, count int64) {
	t.Helper()
	for deadline := time.Now().Add(patience); l.answered.Load() < count; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there are only %d answers", l.answered.Load())
		}
	}
}

// Every request is answered or its connection was refused, whenever the server ends.
func TestEveryRequestIsAnsweredWhenItIsToldToEnd(t *testing.T) {
	t.Parallel()
	k := keep(t, filepath.Join(t.TempDir(), "addr"), "--addr", "127.0.0.1:0", "--log-level", "warn")
	k.ready(t)
	var clients load
	clients.begin(k.origin, 24, 3*time.Millisecond)
	clients.begin(k.origin, 40, lastCall*2/3) // Its connections are idle for most of the time.
	clients.onceAnswered(t, 1_000)
	if err := k.ends(t, syscall.SIGTERM); err != nil {
		t.Errorf("it ends with %v: %s", err, k.said)
	}
	clients.clients.Wait()
	for _, err := range clients.lost {
		t.Errorf("a request was not answered: %v", err)
	}
	t.Logf("%d requests, %d lost", clients.answered.Load(), len(clients.lost))
}

// A draining server is alive and not ready, and each answer is the last on its connection.
func TestAServerThatDrainsSaysSo(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0")
	idle := idlers(t, s, 1)[0]
	busy := reach(t, s)
	fmt.Fprint(busy, "POST /customer/demo/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
	s.stop()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		status, body := fetch(t, client, "http://"+s.addresses[0]+readyPath)
		if status == http.StatusServiceUnavailable && strings.Contains(body, "The server is ending.") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it says %d %s", status, body)
		}
	}
	fmt.Fprint(idle, whole)
	if said := untilCut(t, idle); !strings.HasPrefix(said, "HTTP/1.1 200 ") || !strings.Contains(said, "Connection: close\r\n") {
		t.Errorf("on an idle connection it does not say that it lives, and that this was the last: %s", said)
	}
	fmt.Fprint(busy, "}")
	if line, err := bufio.NewReader(busy).ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 401 ") {
		t.Errorf("a request in flight is told %s, %v", line, err)
	}
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

// The answer to a request that is in flight when the drain begins may not announce that it is the last. The client's next
// request must be answered, too.
func TestAConnectionThatIsIdleLateHasItsLastCall(t *testing.T) {
	t.Parallel()
	s := start(t, "--addr", "127.0.0.1:0")
	late := reach(t, s)
	fmt.Fprint(late, "POST /customer/demo/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
	time.Sleep(50 * time.Millisecond) // Now the request is in progress.
	s.stop()
	time.Sleep(2 * lastCall)
	reader := bufio.NewReader(late)
	answer := func(want int, last bool) {
		t.Helper()
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != want || response.Close != last {
			t.Errorf("the answer is %d, the last: %t, %v", response.StatusCode, response.Close, err)
		}
	}
	fmt.Fprint(late, "}")
	answer(http.StatusUnauthorized, false) // Otherwise the test proves nothing.
	time.Sleep(lastCall / 5)
	fmt.Fprint(late, whole)
	answer(http.StatusOK, true)
	if err := s.end(t); err != nil {
		t.Error(err)
	}
}

// A killed server leaves its file and open connections behind. They must not affect the next server.
func TestTheNextStartAfterAKillIsClean(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "addr")
	first := keep(t, file, "--addr", "127.0.0.1:0", "--log-level", "error")
	first.ready(t)
	var clients load
	clients.begin(first.origin, 16, 3*time.Millisecond)
	clients.onceAnswered(t, 100)
	_ = first.ends(t, syscall.SIGKILL) // It was killed.
	clients.clients.Wait()
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("there is no file that could mislead: %v", err)
	}
	if code, _, told := invoke(t, "wait", "--addr-file", file, "--timeout", "200ms"); code != exitUnreachable {
		t.Errorf("the file of a dead server makes it ready: %d %s", code, told)
	}
	next := keep(t, file, "--addr", strings.TrimPrefix(first.origin, "http://"), "--log-level", "warn")
	next.ready(t)
	if next.origin != first.origin {
		t.Errorf("it is at %s", next.origin)
	}
	if status, body := fetch(t, http.DefaultClient, next.origin+anonymousPath); status != http.StatusOK {
		t.Errorf("it answers %d %s", status, body)
	}
	if err := next.ends(t, syscall.SIGTERM); err != nil || next.said.Len() > 0 {
		t.Errorf("it ends with %v and has said %s", err, next.said)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it leaves its file: %v", err)
	}
}

// While a server starts, the file must not contain the address of the previous server.
func TestAStaleFileIsClearedAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "addr")
	if err := os.WriteFile(file, []byte("127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := settled(t, "--addr", "127.0.0.1:0", "--addr-file", file)
	ctx, stop := context.WithCancel(t.Context())
	stop() // It ends before it is ready, and so has written nothing.
	if err := command.serve(ctx, streams{out: io.Discard, err: io.Discard}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there still is %s, %v", text, err)
	}
}

// Of two servers that start at the same time on one port, one serves. The other fails with a message and changes no file.
func TestTwoAtOnceOnOnePort(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, file := free.Addr().String(), filepath.Join(t.TempDir(), "addr")
	_ = free.Close()
	both := []*kept{keep(t, file, "--addr", address, "--log-level", "warn"), keep(t, file, "--addr", address, "--log-level", "warn")}
	ended := make(chan *kept, 2)
	for _, one := range both {
		go func() { _ = one.command.Wait(); ended <- one }()
	}
	loser := <-ended
	if code := loser.command.ProcessState.ExitCode(); code != exitFailure || !strings.Contains(loser.said.String(), "address already in use; end the other server, or take a free port with --addr :0") {
		t.Errorf("the second exits with %d: %s", code, loser.said)
	}
	winner := both[0]
	if winner == loser {
		winner = both[1]
	}
	winner.ready(t)
	if winner.origin != "http://"+address {
		t.Errorf("the first is at %s", winner.origin)
	}
	if err := winner.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if <-ended; winner.command.ProcessState.ExitCode() != exitOK {
		t.Errorf("the first ends with %s: %s", winner.command.ProcessState, winner.said)
	}
}

// A server that ends does not remove the file of a server that has replaced it.
func TestTheFileOfTheNextServerStays(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "addr")
	first := keep(t, file, "--addr", "127.0.0.1:0", "--log-level", "warn")
	first.ready(t)
	next := keep(t, file, "--addr", "127.0.0.1:0", "--log-level", "warn")
	var theirs []byte
	for deadline := time.Now().Add(patience); len(theirs) == 0 || strings.HasSuffix(first.origin, strings.TrimSpace(string(theirs))); theirs, _ = os.ReadFile(file) {
		if time.Now().After(deadline) {
			t.Fatal("the next is never ready")
		}
		time.Sleep(time.Millisecond)
	}
	if err := first.ends(t, syscall.SIGTERM); err != nil {
		t.Errorf("the first ends with %v: %s", err, first.said)
	}
	if text, err := os.ReadFile(file); err != nil || !bytes.Equal(text, theirs) {
		t.Errorf("the file holds %s, %v", text, err)
	}
	if err := next.ends(t, syscall.SIGTERM); err != nil {
		t.Errorf("the next ends with %v: %s", err, next.said)
	}
}
