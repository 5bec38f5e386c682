package main

import (
	"io"
	"net"
	"testing"
	"time"
)

// turnAway accepts all clients that are connected before, and none after.
func TestNobodyIsShutOutOfTheBacklog(t *testing.T) {
	t.Parallel()
	all, err := listen(t.Context(), []endpoint{{loopback4, "0", false}})
	if err != nil {
		t.Fatal(err)
	}
	listener := all[0]
	const early = 10
	for range early {
		connection, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close() }()
	}
	accepted := make(chan int)
	go func() {
		time.Sleep(5 * handshakes) // It simulates a busy machine.
		count := 0
		for ; ; count++ {
			connection, err := listener.Accept()
			if err != nil {
				accepted <- count
				return
			}
			_ = connection.Close()
			time.Sleep(time.Millisecond)
		}
	}()
	turnAway(listener)
	late, err := net.DialTimeout("tcp", listener.Addr().String(), 5*handshakes)
	if err == nil {
		_, err = io.ReadAll(late)
		t.Errorf("one more was let in, and then %v", err)
	}
	_ = listener.Close()
	if count := <-accepted; count != early {
		t.Errorf("of %d there were %d accepted", early, count)
	}
}
