package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// openCommand is measure open. It sends requests at a fixed rate that does not depend on the answers, as a server that several
// test suites share gets them. It measures the bare server in the same way.
type openCommand struct {
	Standin   string        `help:"The binary to measure." type:"existingfile" default:"bin/standin"`
	Rate      int           `help:"Requests per second." default:"5000"`
	Sandboxes int           `help:"How many sandboxes they go to, in turn; one of ten adds an address, the others read the profile." default:"300"`
	Duration  time.Duration `help:"How long each measurement takes." default:"10s"`
	Rounds    int           `help:"How often both are measured; the table has the medians." default:"3"`
	Out       string        `help:"Where the table is written, too." default:"reports/open.md"`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (o *openCommand) Validate() error {
	return positive(map[string]float64{"rate": float64(o.Rate), "sandboxes": float64(o.Sandboxes), "duration": o.Duration.Seconds(), "rounds": float64(o.Rounds)})
}

// Run prints a line for each measurement to standard error, and the table to standard output.
func (o *openCommand) Run() error { return inWorkplace(o.run) }

// run measures and writes the table.
func (o *openCommand) run(ctx context.Context, work string) error {
	samples, err := record(ctx, o.Standin, work)
	if err != nil {
		return err
	}
	servers, err := (&peersCommand{Standin: o.Standin, Only: []string{"standin"}}).start(ctx, work, samples)
	defer stopAll(servers)
	if err != nil {
		return err
	}
	bare, standin := servers[0], servers[1]
	toBare := o.targets(bare, []string{tenant}, map[string]string{}, samples)
	toStandin, err := o.sandboxes(ctx, standin, samples)
	if err != nil {
		return err
	}
	found := map[*process][]vegeta.Metrics{}
	for range o.Rounds {
		for _, one := range []struct {
			server  *process
			targets []vegeta.Target
		}{{bare, toBare}, {standin, toStandin}} {
			m := o.attack(one.targets)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			found[one.server] = append(found[one.server], m)
			fmt.Fprintf(os.Stderr, "%-10s %6.0f/s  p50 %-8s p99 %-8s max %-8s success %.4f\n", one.server.name, m.Rate, short(m.Latencies.P50), short(m.Latencies.P99), short(m.Latencies.Max), m.Success)
		}
	}
	for _, m := range slices.Concat(found[bare], found[standin]) {
		const kept = 0.99
		if m.Success < 1 || m.Throughput < kept*float64(o.Rate) {
			return fmt.Errorf("this machine cannot keep the rate, so the figures would be meaningless: %.0f of %d requests per second, of which %.1f%% succeeded, %v; let nothing else run on it, or give a lower --rate", m.Throughput, o.Rate, 100*m.Success, m.StatusCodes)
		}
	}
	return o.write(found[bare], found[standin])
}

// sandboxes makes the sandboxes, each with its own token, and returns the requests to them.
func (o *openCommand) sandboxes(ctx context.Context, standin *process, samples map[string]sample) ([]vegeta.Target, error) {
	var names []string
	tokens := map[string]string{}
	for i := range o.Sandboxes {
		name := fmt.Sprintf("open%d", i)
		if err := control(ctx, http.MethodPost, standin.url+"/_standin/tenants", map[string]string{"name": name, "from": "demo"}, nil); err != nil {
			return nil, err
		}
		token, err := mint(ctx, standin.url, name, customer, shopper)
		if err != nil {
			return nil, err
		}
		names, tokens[name] = append(names, name), token
	}
	return o.targets(standin, names, tokens, samples), nil
}

// targets returns requests to tenants. One of ten adds an address, and the others read the profile.
func (o *openCommand) targets(server *process, tenants []string, tokens map[string]string, samples map[string]sample) []vegeta.Target {
	const tenth = 10
	var all []vegeta.Target
	for i := range tenth * len(tenants) {
		one := samples["get profile"]
		if i%tenth == 0 {
			one = samples["add address"]
		}
		name := tenants[i%len(tenants)]
		header := http.Header{"Authorization": {"Bearer " + tokens[name]}}
		for key, value := range one.Headers {
			header.Set(key, value)
		}
		all = append(all, vegeta.Target{Method: one.Method, URL: server.url + server.prefix + "/" + name + one.Path, Body: []byte(one.Send), Header: header})
	}
	return all
}

// attack sends requests in turn at the rate and returns the metrics.
func (o *openCommand) attack(targets []vegeta.Target) vegeta.Metrics {
	const connections = 256
	attacker := vegeta.NewAttacker(vegeta.Connections(connections), vegeta.Workers(connections), vegeta.MaxWorkers(10*connections))
	var m vegeta.Metrics
	for result := range attacker.Attack(vegeta.NewStaticTargeter(targets...), vegeta.ConstantPacer{Freq: o.Rate, Per: time.Second}, o.Duration, "open") {
		m.Add(result)
	}
	m.Close()
	return m
}

// write prints the table and writes it to the file.
func (o *openCommand) write(bare, standin []vegeta.Metrics) error {
	of := func(all []vegeta.Metrics, what func(vegeta.Metrics) time.Duration) time.Duration {
		values := make([]time.Duration, len(all))
		for i, m := range all {
			values[i] = what(m)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s, %s, %d requests/s for %s from an open-loop generator on the same machine, %d sandboxes, medians of %d.\n\n", time.Now().Format(time.DateOnly), machine(), o.Rate, o.Duration, o.Sandboxes, o.Rounds)
	out.WriteString("| Latency | bare net/http | standin | ratio |\n|---|--:|--:|--:|\n")
	for _, one := range []struct {
		name string
		of   func(vegeta.Metrics) time.Duration
	}{
		{"p50", func(m vegeta.Metrics) time.Duration { return m.Latencies.P50 }},
		{"p95", func(m vegeta.Metrics) time.Duration { return m.Latencies.P95 }},
		{"p99", func(m vegeta.Metrics) time.Duration { return m.Latencies.P99 }},
	} {
		mine, theirs := of(standin, one.of), of(bare, one.of)
		fmt.Fprintf(&out, "| %s | %s | %s | %.2f |\n", one.name, short(theirs), short(mine), float64(mine)/float64(theirs))
	}
	fmt.Print(out.String())
	if err := os.MkdirAll(filepath.Dir(o.Out), 0o750); err != nil {
		return err
	}
	return os.WriteFile(o.Out, []byte(out.String()), 0o600)
}
