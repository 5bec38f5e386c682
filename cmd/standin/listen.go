package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// The addresses of the loopback interface.
const (
	loopback4 = "127.0.0.1"
	loopback6 = "::1"
)

// endpoint is an address to listen on. An optional one is skipped if the machine does not have it.
type endpoint struct {
	host, port string
	optional   bool
}

// endpoints returns the endpoints for the addresses of --addr. An address without a host is the loopback interface, over IPv4
// and IPv6, so that the server is not open to the network by default.
func endpoints(addresses []string) ([]endpoint, error) {
	var all []endpoint
	for _, address := range addresses {
		host, port, err := net.SplitHostPort(address)
		if strings.Contains(address, "@") {
			return nil, noOrigin("--addr", address, "127.0.0.1:3676")
		}
		if err != nil {
			return nil, fmt.Errorf("--addr %s: %w; write host:port, for example 127.0.0.1:3676 or :0", address, err)
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return nil, fmt.Errorf("--addr %s: %q is not a valid port", address, port)
		}
		if host == "" {
			all = append(all, endpoint{loopback4, port, false}, endpoint{loopback6, port, true})
			continue
		}
		all = append(all, endpoint{host, port, false})
	}
	if len(all) == 0 {
		return nil, errors.New("--addr is empty; write host:port, for example 127.0.0.1:3676 or :0")
	}
	// IPv4 comes first, otherwise the order stays. An address that is given twice counts once.
	slices.SortStableFunc(all, func(a, b endpoint) int { return strings.Count(a.host, ":") - strings.Count(b.host, ":") })
	var distinct []endpoint
	for _, e := range all {
		if !slices.ContainsFunc(distinct, func(d endpoint) bool { return d.host == e.host && d.port == e.port }) {
			distinct = append(distinct, e)
		}
	}
	return distinct, nil
}

// freePortTries is the number of attempts to find a port that is free for all addresses.
const freePortTries = 20

// listen opens a listener for every endpoint. All endpoints with port 0 get the same free port.
func listen(ctx context.Context, all []endpoint) ([]net.Listener, error) {
	for try := 1; ; try++ {
		listeners, err := listenOnce(ctx, all)
		if err == nil {
			return listeners, nil
		}
		for _, l := range listeners {
			_ = l.Close() // It has not accepted a connection.
		}
		wantsFree := slices.ContainsFunc(all, func(e endpoint) bool { return e.port == "0" })
		if !errors.Is(err, syscall.EADDRINUSE) || !wantsFree || try == freePortTries {
			return nil, err
		}
	}
}

// listenOnce opens a listener for every endpoint. It also returns those opened before an error.
func listenOnce(ctx context.Context, all []endpoint) ([]net.Listener, error) {
	var listeners []net.Listener
	free := "0"
	var config net.ListenConfig
	config.SetMultipathTCP(false) // turnAway cannot empty the backlog of a multipath listener.
	for _, e := range all {
		port := e.port
		if port == "0" {
			port = free
		}
		listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(e.host, port))
		switch {
		case err != nil && e.optional && !errors.Is(err, syscall.EADDRINUSE):
			continue // The machine has no IPv6.
		case err != nil:
			return listeners, err
		}
		listeners = append(listeners, listener)
		if e.port == "0" {
			_, free, _ = net.SplitHostPort(listener.Addr().String())
		}
	}
	return listeners, nil
}
