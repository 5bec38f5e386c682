package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// idlers returns connections that have sent one request and are then idle.
func idlers(t *testing.T, s *served, count int) []net.Conn {
	t.Helper()
	all := make([]net.Conn, count)
	for i := range all {
		connection, err := net.Dial("tcp", s.addresses[0])
		if errors.Is(err, syscall.EMFILE) {
			t.Skipf("this machine allows %d connections only", i)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		_ = connection.SetDeadline(time.Now().Add(patience))
		all[i] = connection
		if answered := asks(connection); answered != nil {
			t.Fatalf("connection %d: %v", i, answered)
		}
	}
	return all
}

// asks sends a request and returns an error if the answer is wrong.
func asks(connection net.Conn) error {
	if _, err := fmt.Fprint(connection, whole); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return err
}

// A server ignores empty lines before a request (RFC 9112, section 2.2), which some clients send.
func TestEmptyLinesBeforeARequest(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0")
	for name, parts := range map[string][]string{
		"one":           {"\r\n" + whole},
		"some":          {"\r\n\n\r\n\r\n" + whole},
		"apart":         {"\r", "\n", "\r\n", whole},
		"none":          {whole},
		"within a word": {whole[:2], whole[2:]},
		"at its end":    {whole[:len(whole)-2], "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := net.Dial("tcp", s.addresses[0])
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = connection.Close() }()
			_ = connection.SetDeadline(time.Now().Add(patience))
			for _, part := range parts {
				if _, err := fmt.Fprint(connection, part); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Millisecond) // So that it comes in a separate packet.
			}
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("it is answered %s", response.Status)
			}
		})
	}
}

func TestTwoThousandIdleConnections(t *testing.T) {
	s := start(t, "--addr", "127.0.0.1:0")
	all := idlers(t, s, 2_000)
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 100 {
		if status, body := fetch(t, client, "http://"+s.addresses[0]+anonymousPath); status != http.StatusOK {
			t.Fatal(status, body)
		}
	}
	for i, connection := range all {
		if err := asks(connection); err != nil {
			t.Fatalf("connection %d was not kept: %v", i, err)
		}
	}
}

func TestIdleConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	const most = 20
	s := start(t, "--addr", "127.0.0.1:0", "--max-connections", fmt.Sprint(most))
	all := idlers(t, s, 1)
	time.Sleep(100 * time.Millisecond) // It must be idle before the others, even on a busy machine.
	all = append(all, idlers(t, s, most-1)...)
	if err := asks(reach(t, s)); err != nil {
		t.Fatalf("others are shut out: %v", err)
	}
	if said := untilCut(t, all[0]); said != "" {
		t.Errorf("the longest idle is told %s", said)
	}
	for i, connection := range all[1:] {
		if err := asks(connection); err != nil {
			t.Errorf("connection %d had to go, too: %v", i+1, err)
		}
	}
}

func TestConnectionsThatAreInUseAreNotClosed(t *testing.T) {
	t.Parallel()
	const most = 3
	s := start(t, "--addr", "127.0.0.1:0", "--max-connections", fmt.Sprint(most))
	const half = "POST /customer/demo/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{"
	busy := make([]net.Conn, most)
	for i := range busy {
		busy[i] = reach(t, s)
		fmt.Fprint(busy[i], half)
	}
	time.Sleep(50 * time.Millisecond) // Now all requests are in progress.
	another := reach(t, s)
	answered := make(chan error, 1)
	go func() { answered <- asks(another) }()
	select {
	case err := <-answered:
		t.Fatalf("there is one more than %d: %v", most, err)
	case <-time.After(3 * spareAfter):
	}
	if log := s.err.String(); strings.Count(log, "--max-connections raises the limit") != 1 {
		t.Errorf("the log does not say once why it waits: %s", log)
	}
	fmt.Fprint(busy[0], "}", whole)
	if said := untilCut(t, busy[0]); !strings.HasPrefix(said, "HTTP/1.1 401 ") || !strings.Contains(said, "HTTP/1.1 200 ") || !strings.Contains(said, "Connection: close\r\n") {
		t.Errorf("the one that makes room is told %s", said)
	}
	if err := <-answered; err != nil {
		t.Errorf("the one that waited: %v", err)
	}
	for _, one := range busy[1:] {
		fmt.Fprint(one, "}")
		if line, err := bufio.NewReader(one).ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 401 ") {
			t.Errorf("one that is in use is told %s, %v", line, err)
		}
	}
}
