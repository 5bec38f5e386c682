package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Hosts are the names or addresses of hosts to which events may be sent, besides this machine. An IPv6 address may have brackets.
type Hosts []string

// Check returns an error if events may not be sent to a URL.
func (hosts Hosts) Check(to string) error {
	if err := CheckURL(to); err != nil {
		return err
	}
	if u, _ := url.Parse(to); !local(u.Hostname()) && !hosts.named(u.Hostname()) {
		return fmt.Errorf("leads to %s, and events are sent to this machine only; start the server with --webhook-hosts %s to allow it", u.Hostname(), u.Hostname())
	}
	return nil
}

func (hosts Hosts) named(host string) bool {
	address, err := netip.ParseAddr(host)
	return slices.ContainsFunc(hosts, func(one string) bool {
		allowed, other := netip.ParseAddr(strings.Trim(one, "[]"))
		return strings.EqualFold(one, host) || err == nil && other == nil && allowed == address
	})
}

// local reports whether a host is this machine, without asking a name server.
func local(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.IsLoopback()
}

// CheckURL returns an error if no event can be sent to a URL, whatever its host is.
func CheckURL(to string) error {
	u, err := url.Parse(to)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must be a URL such as http://localhost:3000/webhooks")
	case u.User != nil:
		return errors.New("must not hold a user and a password")
	case u.Port() != "":
		if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return errors.New("has a port that does not exist; ports are 1 to 65535")
		}
	}
	return nil
}

// The bounds of the key of a secret, in bytes, as Standard Webhooks has them.
const (
	shortestKey = 24
	longestKey  = 64
)

// CheckSecret returns an error if no request can be signed with a secret. An empty one is for no signature.
func CheckSecret(secret string) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if secret != "" && (err != nil || len(key) < shortestKey || len(key) > longestKey) {
		return errors.New("must be 24 to 64 bytes in base64, with or without whsec_ before them; openssl rand -base64 32 makes one")
	}
	return nil
}
