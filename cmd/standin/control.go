package main

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"strings"

	"standin/engine/control"
)

// controlFlags are the flags of the control API under /_standin.
type controlFlags struct {
	Control        bool     `default:"true" negatable:"" help:"Serve the control API under /_standin."`
	ControlAddr    string   `placeholder:"HOST:PORT" help:"Serve the control API on this address instead of the service's."`
	ControlToken   string   `placeholder:"TEXT" help:"Requests to the control API must carry this token: Authorization: Bearer TEXT."`
	ControlOpen    bool     `help:"Let every client that reaches the control API use it, under any name of this machine."`
	ControlOrigin  []string `placeholder:"URL" help:"Let pages of this origin use the control API in a browser, for example a Storybook at http://localhost:6006; repeatable."`
	JournalEntries int      `default:"10000" help:"How many exchanges the journal of a tenant keeps."`
	JournalBytes   byteSize `default:"64MiB" help:"About how much memory all journals may take together."`
	SnapshotBytes  byteSize `default:"256MiB" help:"About how much memory all snapshots may take together."`
	Webhooks       bool     `default:"true" negatable:"" help:"Send the events of a tenant to the webhooks in its settings, on this machine."`
	WebhookHosts   []string `placeholder:"HOST" help:"Send events to this host, too, for example host.docker.internal; repeatable."`
}

// check returns an error if the flags contradict each other or would give other machines access by mistake.
func (c controlFlags) check(addresses []string) error {
	err := errors.Join(
		within("--journal-entries", int64(c.JournalEntries), 1, math.MaxInt),
		within("--journal-bytes", int64(c.JournalBytes), 1, math.MaxInt64),
		within("--snapshot-bytes", int64(c.SnapshotBytes), 1, math.MaxInt64),
	)
	if err != nil {
		return err
	}
	switch {
	case c.ControlAddr != "" && !c.Control:
		return errors.New("--control-addr and --no-control exclude each other: give one of them")
	case c.ControlToken != "" && c.ControlOpen:
		return errors.New("--control-token and --control-open exclude each other: with a token, the control API accepts any name of this machine")
	}
	if err := c.checkWebhooks(); err != nil {
		return err
	}
	for _, origin := range c.ControlOrigin {
		if err := checkOrigin(origin); err != nil {
			return err
		}
	}
	if c.ControlAddr != "" {
		addresses = []string{c.ControlAddr}
	}
	if !c.Control || c.ControlToken != "" || c.ControlOpen {
		return nil
	}
	all, err := endpoints(addresses)
	if err != nil {
		return err
	}
	for _, one := range all {
		if !one.local() {
			return errors.New("on " + one.host + " others could use the control API of this server: give --control-token, --control-open, --no-control, or --control-addr on loopback")
		}
	}
	return nil
}

// checkWebhooks returns an error if the flags of webhooks contradict each other, or name what is not a host.
func (c controlFlags) checkWebhooks() error {
	if len(c.WebhookHosts) > 0 && !c.Webhooks {
		return errors.New("--webhook-hosts and --no-webhooks exclude each other: give one of them")
	}
	for _, host := range c.WebhookHosts {
		if err := checkHost(host); err != nil {
			return err
		}
	}
	return nil
}

// checkHost returns an error if a host is not the name or the address of one.
func checkHost(host string) error {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	u, err := url.Parse("http://" + host)
	if host == "" || err != nil || u.Hostname() != strings.Trim(host, "[]") || u.Host != host {
		return fmt.Errorf("--webhook-hosts %q is not a host; write only its name or address, such as host.docker.internal", host)
	}
	return nil
}

// checkOrigin returns an error if no browser sends origin as an origin.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil {
		return noOrigin("--control-origin", origin, "http://localhost:6006")
	}
	if sent := browserOrigin(u); origin != sent {
		return fmt.Errorf("--control-origin %q is not how a browser writes it; write %s", origin, sent)
	}
	return nil
}

// browserOrigin returns the origin of a URL as a browser sends it: in lower case, without the scheme's own port and without a path.
func browserOrigin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if port := map[string]string{"http": "80", "https": "443"}[u.Scheme]; u.Port() == port {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host
}

// local reports whether an endpoint can be reached from this machine only.
func (e endpoint) local() bool {
	if strings.EqualFold(e.host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(e.host)
	return err == nil && address.IsLoopback()
}

// access returns the rules of access to the control API.
func (c controlFlags) access() control.Access {
	return control.Access{Off: !c.Control, Token: c.ControlToken, AnyHost: c.ControlOpen, Origins: c.ControlOrigin}
}
