package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/console"
	"standin/engine/control"
	"standin/engine/world"
	"standin/fixtures"
)

// serveCommand is standin serve.
type serveCommand struct {
	Addr     []string `default:"${addr}" placeholder:"HOST:PORT" help:"Listen here; repeatable. Without a host: loopback only, IPv4 and IPv6; 0.0.0.0:3676 is every address of the machine. Port 0: a free one, the same on all."`
	AddrFile string   `type:"path" placeholder:"FILE" help:"Write the addresses to this file once ready, a host:port per line, IPv4 first."`
	TLSCert  string   `type:"path" placeholder:"FILE" help:"Serve HTTPS with this certificate (PEM); needs --tls-key."`
	TLSKey   string   `type:"path" placeholder:"FILE" help:"The certificate's private key (PEM)."`

	Tenant    []string `placeholder:"NAME" help:"Serve only this tenant; repeatable. By default every valid tenant name is served."`
	Fixture   string   `default:"demo" placeholder:"NAME|FILE" help:"What an unseen tenant starts from: demo, empty, b2b, short, or a YAML file."`
	Seed      string   `placeholder:"TEXT" help:"Derive all tokens and ids from this text, so that they repeat. For tests only."`
	MaxWorlds int      `default:"20000" help:"How many tenants may have their own state."`
	MaxBody   byteSize `default:"1MiB" help:"The largest body of a request to the service."`

	controlFlags `embed:""`
	limitFlags   `embed:""`

	HashTime   uint32 `default:"4" help:"Passes of argon2id over its memory, per password hash."`
	HashMemory uint32 `default:"128" help:"Memory of argon2id in KiB, per password hash."`

	LogFormat    string        `enum:"text,json" default:"text" help:"text or json."`
	LogLevel     string        `enum:"debug,info,warn,error" default:"${level}" help:"debug, info, warn or error."`
	LogMailLinks string        `enum:"auto,on,off" default:"auto" help:"Log a mail with its link: on a terminal only (auto), on or off."`
	Banner       bool          `default:"true" negatable:"" help:"Greet with addresses, personas and three curl lines."`
	Drain        time.Duration `default:"10s" help:"How long requests in flight may take to end after SIGTERM, SIGINT or SIGHUP."`

	certificate tls.Certificate
	tenantFrom  string        // source of the tenants, for messages
	whenReady   func(running) // called when the server is ready; may be nil
	written     os.FileInfo   // info of the file of addresses; nil until it is written
}

// Help returns the text of --help after the flags.
func (serveCommand) Help() string {
	return `Every flag is also an environment variable (--log-format is STANDIN_LOG_FORMAT) and a key of
standin.yaml (log-format). A flag wins over the environment, and the environment over the file.

Examples:
  standin serve
  standin serve --addr :0 --addr-file /tmp/standin.addr
  standin serve --fixture short --tenant acme
  standin serve --fixture ./shop.yaml --log-format json
  standin serve --addr 127.0.0.1:8443 --tls-cert cert.pem --tls-key key.pem

Exit codes: 0 ended by a signal, 1 failure, 2 usage, configuration or fixture.`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (s *serveCommand) Validate(parsed *kong.Context) error {
	for _, one := range parsed.Path {
		// A restriction that is empty by mistake must not allow every tenant.
		if flag := one.Flag; flag != nil && flag.Name == "tenant" && len(s.Tenant) == 0 {
			return errors.New("--tenant is empty")
		}
	}
	s.tenantFrom = sourceOf(parsed, "tenant")
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	err := errors.Join(
		within("--max-worlds", int64(s.MaxWorlds), 1, math.MaxInt),
		within("--max-body", int64(s.MaxBody), 1, math.MaxInt64),
		within("--hash-time", int64(s.HashTime), 1, mostHashTime),
		within("--hash-memory", int64(s.HashMemory), 8, mostHashMemory),
	)
	if err != nil {
		return err
	}
	if s.Drain < 0 {
		return fmt.Errorf("--drain is %s; write for example 10s, or 0s to cut off what is in flight", s.Drain)
	}
	if err := world.CheckTenants(s.Tenant...); err != nil {
		return fmt.Errorf("--tenant: %w", err)
	}
	if _, err := endpoints(s.Addr); err != nil {
		return err
	}
	if err := s.limitFlags.check(); err != nil {
		return err
	}
	return s.controlFlags.check(s.Addr)
}

// The greatest cost of a password hash. With more, a login takes seconds or uses up the memory.
const (
	mostHashTime   = 100
	mostHashMemory = 1 << 20 // KiB
)

// Run runs the server until a signal ends it.
func (s *serveCommand) Run(to streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals()...)
	defer stop()
	context.AfterFunc(ctx, stop) // A second signal ends the process at once.
	return s.serve(ctx, to)
}

// serve runs the server until ctx ends.
func (s *serveCommand) serve(ctx context.Context, to streams) error {
	log := s.logger(to.err)
	fixture, err := fixtures.Load(context.WithoutCancel(ctx), s.Fixture) // A first signal only drains the server, and it is not running yet.
	if err != nil {
		return usageError{err}
	}
	if s.TLSCert != "" { // A mistake must be found before the server listens.
		if s.certificate, err = tls.LoadX509KeyPair(s.TLSCert, s.TLSKey); err != nil {
			return usageError{fmt.Errorf("--tls-cert, --tls-key: %w", err)}
		}
	}
	on, err := s.listen(ctx)
	if err != nil {
		return err
	}
	if s.AddrFile != "" {
		if err := clearAddresses(s.AddrFile); err != nil { // Only now: if the port is taken, the file may belong to the other server.
			on.close()
			return usageError{fmt.Errorf("--addr-file: %w", err)}
		}
		defer func() { removeAddresses(s.AddrFile, s.written) }()
	}
	build := func() (*engine.Server, error) { return engine.New(s.config(fixture, log, to.err, on)) }
	return s.run(ctx, to, log, build, fixture, on)
}

// listeners are the listeners of the server.
type listeners struct {
	service []net.Listener
	control []net.Listener // listeners of the control API; empty if it shares those of the service
}

// ofControl returns the listeners of the control API.
func (l listeners) ofControl() []net.Listener {
	if len(l.control) > 0 {
		return l.control
	}
	return l.service
}

// close closes the listeners. They have not accepted connections.
func (l listeners) close() {
	for _, one := range slices.Concat(l.service, l.control) {
		_ = one.Close()
	}
}

// listen opens the listeners.
func (s *serveCommand) listen(ctx context.Context) (listeners, error) {
	var on listeners
	open := func(addresses []string) ([]net.Listener, error) {
		all, err := endpoints(addresses)
		if err != nil {
			return nil, usageError{err}
		}
		opened, err := listen(ctx, all)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("%w; end the other server, or take a free port with --addr :0", err)
		}
		return opened, err
	}
	var err error
	if on.service, err = open(s.Addr); err != nil || s.ControlAddr == "" || !s.Control {
		return on, err
	}
	if on.control, err = open([]string{s.ControlAddr}); err != nil {
		on.close()
	}
	return on, err
}

// config returns the configuration of the engine.
func (s *serveCommand) config(fixture *fixtures.Fixture, log *slog.Logger, terminal any, on listeners) engine.Config {
	seed := []byte(s.Seed)
	if len(seed) == 0 {
		seed = make([]byte, 32)
		_, _ = rand.Read(seed) // Read never fails.
	}
	cost := call.HashCost{Time: s.HashTime, Memory: s.HashMemory}
	options := control.Options{
		Fixture: fixture, Seed: seed, Hash: cost, Version: version, Commit: builtFrom(), Access: s.access(),
	}
	controlOrigin := ""
	if len(on.control) > 0 {
		options.APIOrigin, controlOrigin = s.origin(on.service), s.origin(on.control)
	}
	api := control.New(options)
	var pages http.Handler
	if s.Control {
		pages = api.Pages(console.Handler(options.APIOrigin))
	}
	return engine.Config{
		Fixture:        api.Home(),
		Now:            time.Now,
		Seed:           seed,
		Tenants:        s.Tenant,
		MaxWorlds:      s.MaxWorlds,
		MaxBody:        int64(s.MaxBody),
		Hash:           cost,
		Log:            log,
		Sent:           s.mailLogger(log, terminal),
		NoWebhooks:     !s.Webhooks,
		WebhookHosts:   s.WebhookHosts,
		Control:        api.Handlers(),
		Guard:          api.Guard,
		Observe:        api.Observe,
		Pages:          pages,
		TrustedOrigins: options.Access.Origins,
		ControlOrigin:  controlOrigin,
		NoJournal:      !s.Control,
		JournalEntries: s.JournalEntries,
		JournalBytes:   int64(s.JournalBytes),
		SnapshotBytes:  int64(s.SnapshotBytes),
	}
}

// run builds the engine, answers requests until ctx ends, and drains the server.
func (s *serveCommand) run(ctx context.Context, to streams, log *slog.Logger, build func() (*engine.Server, error), fixture *fixtures.Fixture, on listeners) error {
	start := newStartup(startPatience)
	ended := make(chan error, len(on.service)+len(on.control))
	all := s.openAll(start, on, log, ended)
	built, err := await(ctx, build, ended)
	switch {
	case errors.Is(err, errEndedEarly):
		return s.drain(context.WithoutCancel(ctx), start, all)
	case err != nil:
		return errors.Join(err, all.close())
	}
	start.finish(built)
	if err := s.announce(to, log, fixture, on); err != nil {
		return errors.Join(err, all.close())
	}
	if s.whenReady != nil {
		s.whenReady(s.running(built, fixture, on))
	}
	if err := s.tend(ctx, built, ended); err != nil {
		return errors.Join(err, all.close())
	}
	log.Info("draining", "atMost", s.Drain.String())
	removeAddresses(s.AddrFile, s.written) // The file must name only a server that is ready.
	return s.drain(context.WithoutCancel(ctx), start, all)
}

// openAll starts a server on the listeners of the service and, if the control API has its own address, another on those of the
// control API.
func (s *serveCommand) openAll(start *startup, on listeners, log *slog.Logger, ended chan<- error) doors {
	service := gate{start: start, handler: func(e *engine.Server) http.Handler { return e }}
	if len(on.control) == 0 {
		return doors{s.open(on.service, service, log, ended)}
	}
	service.handler = (*engine.Server).API
	guarded := gate{start: start, handler: (*engine.Server).Control}
	return doors{s.open(on.service, service, log, ended), s.open(on.control, guarded, log, ended)}
}

// sweepEvery is the interval at which unused sandboxes are removed.
const sweepEvery = 10 * time.Second

// tend waits until ctx ends or a listener fails. Meanwhile it removes expired sandboxes.
func (s *serveCommand) tend(ctx context.Context, running *engine.Server, failed <-chan error) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return nil
		case <-tick.C:
			running.Worlds().Expire()
		}
	}
}

// announce makes it known that the server is ready: in the banner, the file of addresses and the log.
func (s *serveCommand) announce(to streams, log *slog.Logger, fixture *fixtures.Fixture, on listeners) error {
	if s.Banner {
		s.greet(to.out, fixture, on)
	}
	if s.AddrFile != "" {
		var err error
		if s.written, err = writeAddresses(s.AddrFile, on.service); err != nil {
			return fmt.Errorf("--addr-file: %w; name a file in a folder that can be written to", err)
		}
	}
	about := []any{"addresses", fmt.Sprint(addressesOf(on.service)), "fixture", s.Fixture}
	if len(s.Tenant) > 0 {
		about = append(about, "tenants", fmt.Sprint(s.Tenant), "tenantsFrom", s.tenantFrom)
	}
	if len(on.control) > 0 {
		about = append(about, "control", s.origin(on.control)+controlPath)
	}
	log.Info("ready", about...)
	tuneMemory()
	return nil
}

// addressesOf returns the addresses of listeners.
func addressesOf(listeners []net.Listener) []string {
	all := make([]string, len(listeners))
	for i, l := range listeners {
		all[i] = l.Addr().String()
	}
	return all
}

// tuneMemory makes the garbage collector run less often, since password hashes allocate much memory. A greater percentage
// would cost more in page faults than it saves. GOGC in the environment takes precedence. tuneMemory also returns the memory
// of the start to the system.
func tuneMemory() {
	const percent = 200
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	runtime.GC() // FreeOSMemory collects once more, and two runs empty the pools.
	debug.FreeOSMemory()
}
