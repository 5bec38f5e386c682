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

const (
	loopback4 = "127.0.0.1"
	loopback6 = "::1"
)

// endpoint is an address to listen on. An optional one is left out where the machine does not have it.
type endpoint struct {
	host, port string
	optional   bool
}

// endpoints reads the addresses of --addr. An address without a host is the loopback interface, in both
// families; nothing is opened to the network unless its address is given.
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
	// The same address twice is that address. IPv4 first, otherwise in the order given.
	slices.SortStableFunc(all, func(a, b endpoint) int { return strings.Count(a.host, ":") - strings.Count(b.host, ":") })
	var distinct []endpoint
	for _, e := range all {
		if !slices.ContainsFunc(distinct, func(d endpoint) bool { return d.host == e.host && d.port == e.port }) {
			distinct = append(distinct, e)
		}
	}
	return distinct, nil
}

// freePortTries bounds how often a port that is free for one address and taken for another is given back.
const freePortTries = 20

// listen opens every endpoint. All that ask for a free port get the same one.
func listen(ctx context.Context, all []endpoint) ([]net.Listener, error) {
	for try := 1; ; try++ {
		listeners, err := listenOnce(ctx, all)
		if err == nil {
			return listeners, nil
		}
		for _, l := range listeners {
			_ = l.Close() // It never accepted anything.
		}
		wantsFree := slices.ContainsFunc(all, func(e endpoint) bool { return e.port == "0" })
		if !errors.Is(err, syscall.EADDRINUSE) || !wantsFree || try == freePortTries {
			return nil, err
		}
	}
}

func listenOnce(ctx context.Context, all []endpoint) ([]net.Listener, error) {
	var listeners []net.Listener
	free := "0"
	var config net.ListenConfig
	config.SetMultipathTCP(false) // Its listeners do not let the backlog be emptied; see turnAway.
	for _, e := range all {
		port := e.port
		if port == "0" {
			port = free
		}
		listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(e.host, port))
		switch {
		case err != nil && e.optional && !errors.Is(err, syscall.EADDRINUSE):
			continue // No IPv6 on this machine.
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
