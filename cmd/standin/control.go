package main

import (
	"errors"
	"net/netip"
	"strings"

	"standin/engine/control"
)

// controlFlags are about the tester's handle under /_standin.
type controlFlags struct {
	Control        bool     `default:"true" negatable:"" help:"Serve the tester's handle under /_standin."`
	ControlAddr    string   `placeholder:"HOST:PORT" help:"Serve the handle here instead, on a listener of its own."`
	ControlToken   string   `placeholder:"TEXT" help:"Who uses the handle must show this: Authorization: Bearer TEXT."`
	ControlOpen    bool     `help:"Let anybody who reaches the handle use it, under any name of this machine."`
	ControlOrigin  []string `placeholder:"URL" help:"Pages of this origin may use the handle, too; repeatable."`
	JournalEntries int      `default:"10000" help:"How many exchanges the journal of a tenant keeps."`
	JournalBytes   int64    `default:"67108864" placeholder:"BYTES" help:"About how much memory all journals may take together."`
}

// check refuses flags that would let others in, or that make no sense.
func (c controlFlags) check(addresses []string) error {
	if c.JournalEntries < 1 || c.JournalBytes < 1 {
		return errors.New("--journal-entries and --journal-bytes must be at least 1")
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
			return errors.New("on " + one.host + " others could steer this server: give --control-token, --control-open, --no-control, or --control-addr on loopback")
		}
	}
	return nil
}

// local says whether an endpoint is reached from this machine only.
func (e endpoint) local() bool {
	if strings.EqualFold(e.host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(e.host)
	return err == nil && address.IsLoopback()
}

// access says who may steer.
func (c controlFlags) access() control.Access {
	return control.Access{Off: !c.Control, Token: c.ControlToken, AnyHost: c.ControlOpen, Origins: c.ControlOrigin}
}
