// Command measure puts the stand-in under load. It compares the stand-in with a minimal Go server and with other servers for
// mocking an API. All run in turn on the same machine, with the same client and the same requests.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// tenant is the tenant of most requests.
const tenant = "demo"

// commands are the commands of the program.
type commands struct {
	Peers    peersCommand    `cmd:"" help:"Measure the stand-in beside other servers, and write a table."`
	Open     openCommand     `cmd:"" help:"Measure at a fixed rate, with many sandboxes."`
	Storm    stormCommand    `cmd:"" help:"Send a million generated requests and check the answers."`
	Soak     soakCommand     `cmd:"" help:"Send requests for ten minutes while tenants are reset, forked and moved in time."`
	Browsers browsersCommand `cmd:"" help:"Let 300 clients in 8 processes work at once, each in its own sandbox."`
	Bare     bareCommand     `cmd:"" help:"Serve the same bytes without any check."`
}

func main() {
	var line commands
	parsed := kong.Parse(&line, kong.Name("measure"), kong.Description("Put the stand-in under load."))
	parsed.FatalIfErrorf(parsed.Run())
}

// inWorkplace calls run with a temporary folder, which it removes afterwards. The context ends when the program is
// interrupted.
func inWorkplace(run func(ctx context.Context, work string) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	work, err := os.MkdirTemp("", "measure")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	return run(ctx, work)
}

// positive returns an error if a flag is not more than 0.
func positive(flags map[string]float64) error {
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if flags[name] <= 0 {
			return fmt.Errorf("--%s must be more than 0", name)
		}
	}
	return nil
}

// peersCommand is measure peers. It measures every peer with every operation.
type peersCommand struct {
	Standin    string        `help:"The binary to measure." type:"existingfile" default:"bin/standin"`
	Modules    string        `help:"Folder with the peers from npm." type:"existingdir" default:"cmd/measure/npm/node_modules"`
	Duration   time.Duration `help:"How long each measurement takes." default:"10s"`
	Rounds     int           `help:"How often everything is measured; the table has the medians." default:"3"`
	Only       []string      `help:"Only these peers; all by default."`
	Operations []string      `help:"Only these operations; all by default."`
	Out        string        `help:"Where the table is written, too." default:"reports/peers.md"`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (r *peersCommand) Validate() error {
	for _, one := range r.Operations {
		if !slices.Contains(operations, one) {
			return fmt.Errorf("--operations %s: it must be one of %s", one, strings.Join(operations, ", "))
		}
	}
	return positive(map[string]float64{"duration": r.Duration.Seconds(), "rounds": float64(r.Rounds)})
}

// Run prints a line for each measurement to standard error, and the table to standard output.
func (r *peersCommand) Run() error { return inWorkplace(r.run) }

// run measures and writes the table.
func (r *peersCommand) run(ctx context.Context, work string) error {
	samples, err := record(ctx, r.Standin, work)
	if err != nil {
		return err
	}
	var results []result
	for _, name := range operations {
		if len(r.Operations) > 0 && !slices.Contains(r.Operations, name) {
			continue
		}
		of, err := r.operation(ctx, work, name, samples)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		results = append(results, of...)
	}
	text := table(results, r.about())
	fmt.Print(text)
	if err := os.MkdirAll(filepath.Dir(r.Out), 0o750); err != nil {
		return err
	}
	return os.WriteFile(r.Out, []byte(text), 0o600)
}

// about returns a line about the date, the machine and the measurement.
func (r *peersCommand) about() string {
	return fmt.Sprintf("%s, %s, `wrk -t2 -c64 -d%s`, medians of %d.", time.Now().Format(time.DateOnly), machine(), r.Duration, r.Rounds)
}

// result contains the measurements of one peer with one operation.
type result struct {
	operation, peer string
	ready           time.Duration // time from the start until the first answer
	peak            int64         // greatest resident memory in bytes
	own             []figures
	bare            []figures // of the bare server, right before and after
}

// operation measures all peers with one operation. It measures the bare server before and after each peer.
func (r *peersCommand) operation(ctx context.Context, work, name string, samples map[string]sample) ([]result, error) {
	peers, err := r.start(ctx, work, samples)
	defer stopAll(peers)
	if err != nil {
		return nil, err
	}
	results := make([]result, len(peers)-1)
	for round := range r.Rounds {
		before, err := r.measure(ctx, peers[0], name, samples[name], round)
		if err != nil {
			return nil, err
		}
		for i, peer := range peers[1:] {
			own, err := r.measure(ctx, peer, name, samples[name], round)
			if err != nil {
				return nil, err
			}
			after, err := r.measure(ctx, peers[0], name, samples[name], round)
			if err != nil {
				return nil, err
			}
			results[i].operation, results[i].peer = name, peer.name
			results[i].own = append(results[i].own, own)
			results[i].bare = append(results[i].bare, before, after)
			before = after
		}
	}
	for i, peer := range peers[1:] {
		results[i].ready, results[i].peak = peer.ready, peer.peak()
	}
	bare := result{operation: name, peer: peers[0].name, ready: peers[0].ready, peak: peers[0].peak()}
	for _, one := range results {
		bare.own = append(bare.own, one.bare...)
	}
	bare.bare = bare.own
	return append([]result{bare}, results...), nil
}

// measure measures a peer once.
func (r *peersCommand) measure(ctx context.Context, peer *process, name string, s sample, round int) (figures, error) {
	got, err := wrk(ctx, peer, s, r.Duration)
	if err != nil {
		return got, fmt.Errorf("%s: %w", peer.name, err)
	}
	fmt.Fprintf(os.Stderr, "round %d %-12s %-18s %8.0f/s %7.1f µs of CPU  p50 %-8s p99 %-8s %s\n", round+1, name, peer.name, got.rate, got.cpu, got.p50, got.p99, strings.Join(got.odd, ", "))
	return got, nil
}
