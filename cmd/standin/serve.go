package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"standin/engine"
	"standin/fixtures"
	"standin/state"
)

type serveCommand struct {
	Addr     []string `default:"${addr}" placeholder:"HOST:PORT" help:"Listen here; repeatable. Without a host: loopback, IPv4 and IPv6. Port 0: a free one, the same on all."`
	AddrFile string   `type:"path" placeholder:"FILE" help:"Write the addresses to this file once ready, a host:port per line, IPv4 first."`
	TLSCert  string   `type:"path" placeholder:"FILE" help:"Serve HTTPS with this certificate (PEM); needs --tls-key."`
	TLSKey   string   `type:"path" placeholder:"FILE" help:"The certificate's private key (PEM)."`

	Tenant    []string `placeholder:"NAME" help:"Serve only this tenant; repeatable. By default any well-formed name is one."`
	Fixture   string   `default:"demo" placeholder:"NAME|FILE" help:"What an unseen tenant starts from: demo, empty, b2b, short, or a YAML file."`
	Seed      string   `placeholder:"TEXT" help:"Draw all tokens and ids from this text, so that they repeat. For tests only."`
	MaxWorlds int      `default:"20000" help:"How many tenants may have a world of their own."`
	MaxBody   int64    `default:"1048576" placeholder:"BYTES" help:"The largest body of a request."`

	HashTime   uint32 `default:"1" help:"Passes of argon2id over its memory, per password hash."`
	HashMemory uint32 `default:"512" placeholder:"KIB" help:"Memory of argon2id, per password hash."`

	LogFormat    string        `enum:"text,json" default:"text" help:"text or json."`
	LogLevel     string        `enum:"debug,info,warn,error" default:"${level}" help:"debug, info, warn or error."`
	LogMailLinks string        `enum:"auto,on,off" default:"auto" help:"Log a mail with its link: on a terminal only (auto), on or off."`
	Banner       bool          `default:"true" negatable:"" help:"Greet with addresses, personas and three curl lines."`
	Drain        time.Duration `default:"10s" help:"How long requests in flight may take to end after SIGTERM or SIGINT."`

	certificate tls.Certificate
	whenReady   func(running) // told once it is ready; it may be nil
}

// Help shows examples.
func (serveCommand) Help() string {
	return `Every flag is also an environment variable (--log-format is STANDIN_LOG_FORMAT) and a key of
standin.yaml (log-format). The command line goes before the environment, that before the file.

Examples:
  standin serve
  standin serve --addr :0 --addr-file /tmp/standin.addr
  standin serve --fixture short --tenant acme
  standin serve --fixture ./shop.yaml --log-format json
  standin serve --addr 127.0.0.1:8443 --tls-cert cert.pem --tls-key key.pem

Exit codes: 0 ended by a signal, 1 failure, 2 usage, configuration or fixture.`
}

// Validate is called by kong once all flags have their values.
func (s *serveCommand) Validate(parsed *kong.Context) error {
	for _, one := range parsed.Path {
		// A restriction that is empty by mistake must not fail open.
		if flag := one.Flag; flag != nil && flag.Name == "tenant" && len(s.Tenant) == 0 {
			return errors.New("--tenant is empty")
		}
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if s.MaxWorlds < 1 || s.MaxBody < 1 {
		return errors.New("--max-worlds and --max-body must be at least 1")
	}
	if s.HashTime < 1 || s.HashTime > mostHashTime || s.HashMemory < 8 || s.HashMemory > mostHashMemory {
		return fmt.Errorf("--hash-time must be from 1 to %d, --hash-memory from 8 to %d", mostHashTime, mostHashMemory)
	}
	if s.Drain < 0 {
		return errors.New("--drain must not be negative")
	}
	if err := tenantNames(s.Tenant); err != nil {
		return err
	}
	_, err := endpoints(s.Addr)
	return err
}

// The most that a password hash may cost: beyond it a login takes seconds, or the machine's memory.
const (
	mostHashTime   = 100
	mostHashMemory = 1 << 20 // KiB
)

// Run serves until a signal ends it.
func (s *serveCommand) Run(to streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // A second signal ends the process at once.
	return s.serve(ctx, to)
}

func (s *serveCommand) serve(ctx context.Context, to streams) error {
	log := s.logger(to.err)
	fixture, err := fixtures.Load(s.Fixture)
	if err != nil {
		return usageError{err}
	}
	if s.TLSCert != "" { // Found before it listens.
		if s.certificate, err = tls.LoadX509KeyPair(s.TLSCert, s.TLSKey); err != nil {
			return usageError{fmt.Errorf("--tls-cert, --tls-key: %w", err)}
		}
	}
	if s.AddrFile != "" {
		if err := removeFile(s.AddrFile); err != nil {
			return usageError{fmt.Errorf("--addr-file: %w", err)}
		}
		defer func() { _ = removeFile(s.AddrFile) }() // Nobody listens there any more.
	}
	all, err := endpoints(s.Addr)
	if err != nil {
		return usageError{err}
	}
	listeners, err := listen(ctx, all)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; end the other server, or take a free port with --addr :0", err)
	}
	if err != nil {
		return err
	}
	build := func() (*engine.Server, error) { return engine.New(s.config(fixture, log, to.err)) }
	return s.run(ctx, to, log, build, fixture, listeners)
}

// config wires the engine to the clock, the entropy and the fixtures of this process.
func (s *serveCommand) config(fixture *fixtures.Fixture, log *slog.Logger, terminal any) engine.Config {
	seed := []byte(s.Seed)
	if len(seed) == 0 {
		seed = make([]byte, 32)
		_, _ = rand.Read(seed) // It never fails.
	}
	cost := engine.HashCost{Time: s.HashTime, Memory: s.HashMemory}
	return engine.Config{
		Load: func(_ string, at time.Time) (*state.DB, error) {
			random := engine.Entropy(seed, "fixture")
			return fixture.Build(fixtures.Options{
				Now:    at,
				Random: random,
				Hash:   func(password string) (string, error) { return cost.Hash(random, password) },
				Scopes: engine.OrdinaryScopes(),
			})
		},
		Fixture:   s.Fixture,
		Now:       time.Now,
		Seed:      seed,
		Tenants:   s.Tenant,
		MaxWorlds: s.MaxWorlds,
		MaxBody:   s.MaxBody,
		Hash:      cost,
		Log:       log,
		Sent:      s.mailLogger(log, terminal),
	}
}

// The limits of a connection: generous to a person with a debugger, too short to be held open for nothing.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 60 * time.Second
	idleTimeout   = 2 * time.Minute
)

func (s *serveCommand) run(ctx context.Context, to streams, log *slog.Logger, build func() (*engine.Server, error), fixture *fixtures.Fixture, listeners []net.Listener) error {
	fresh, entry := &freshConnections{}, &gate{}
	server := &http.Server{
		Handler:           entry,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ConnState:         fresh.note,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{s.certificate}, MinVersion: tls.VersionTLS12},
	}
	failed := make(chan error, len(listeners))
	for _, listener := range listeners {
		go func() {
			if s.TLSCert != "" {
				failed <- server.ServeTLS(listener, "", "")
				return
			}
			failed <- server.Serve(listener)
		}()
	}
	built, err := await(ctx, build, failed)
	switch {
	case errors.Is(err, errEndedEarly):
		return server.Close()
	case err != nil:
		return errors.Join(err, server.Close())
	}
	entry.engine.Store(built)
	if err := s.announce(to, log, fixture, listeners); err != nil {
		return errors.Join(err, server.Close())
	}
	if s.whenReady != nil {
		s.whenReady(s.running(built, fixture, listeners))
	}
	select {
	case err := <-failed:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	log.Info("draining", "atMost", s.Drain.String())
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Drain)
	defer cancel()
	defer time.AfterFunc(freshGrace, fresh.close).Stop()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("requests were still in flight after %s: %w", s.Drain, err), server.Close())
	}
	return nil
}

// announce says that the server is ready, to all who wait for it.
func (s *serveCommand) announce(to streams, log *slog.Logger, fixture *fixtures.Fixture, listeners []net.Listener) error {
	if s.Banner {
		s.greet(to.out, fixture, listeners)
	}
	tuneMemory()
	if s.AddrFile != "" {
		if err := writeAddresses(s.AddrFile, listeners); err != nil {
			return fmt.Errorf("--addr-file: %w", err)
		}
	}
	log.Info("ready", "addresses", fmt.Sprint(addressesOf(listeners)), "fixture", s.Fixture)
	return nil
}

func addressesOf(listeners []net.Listener) []string {
	all := make([]string, len(listeners))
	for i, l := range listeners {
		all[i] = l.Addr().String()
	}
	return all
}

// tuneMemory trades memory under load for speed: a password hash allocates half a megabyte, so the collector would
// run every few logins and take a third of the time. What the start has left behind is given back. GOGC in the
// environment goes before it.
func tuneMemory() {
	const percent = 400
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	debug.FreeOSMemory()
}
