package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// stormCommand is measure storm. It sends generated requests as fast as the server answers them.
type stormCommand struct {
	Standin  string `help:"The binary to put under load." type:"existingfile" default:"bin/standin"`
	Requests int    `help:"How many requests are sent." default:"1000000"`
	Tenants  int    `help:"How many sandboxes they go to." default:"20"`
	Clients  int    `help:"How many requests are in flight at once." default:"64"`
}

// soakCommand is measure soak. It sends requests at half the greatest rate of the server while tenants are reset, forked,
// replaced and moved in time.
type soakCommand struct {
	Standin  string        `help:"The binary to put under load." type:"existingfile" default:"bin/standin"`
	Duration time.Duration `help:"How long it lasts." default:"10m"`
	Tenants  int           `help:"How many sandboxes the requests go to." default:"20"`
	Clients  int           `help:"At most this many requests are in flight at once." default:"64"`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (s *stormCommand) Validate() error {
	return positive(map[string]float64{"requests": float64(s.Requests), "tenants": float64(s.Tenants), "clients": float64(s.Clients)})
}

// Validate checks the flags. kong calls it when all flags have their values.
func (s *soakCommand) Validate() error {
	return positive(map[string]float64{"duration": s.Duration.Seconds(), "tenants": float64(s.Tenants), "clients": float64(s.Clients)})
}

// weather is a server under generated load.
type weather struct {
	ctx     context.Context //nolint:containedctx // A weather lasts for one call.
	server  *process
	traffic *traffic
	judge   *judge
	clients int
	client  *http.Client
	before  state // state before the load
}

// Run sends the requests. It returns an error if an answer was wrong or the server has grown.
func (s *stormCommand) Run() error {
	return underLoad(s.Standin, s.Tenants, s.Clients, func(w *weather) error {
		return w.attack(vegeta.ConstantPacer{}, 0, s.Requests, w.judge.hear)
	})
}

// Run sends requests for the duration. It returns an error if an answer was wrong or the server has grown.
func (s *soakCommand) Run() error {
	return underLoad(s.Standin, s.Tenants, s.Clients, func(w *weather) error {
		const tried = 20_000
		began := time.Now()
		if err := w.attack(vegeta.ConstantPacer{}, 0, tried, w.judge.hear); err != nil {
			return err
		}
		half := max(int(tried/time.Since(began).Seconds())/2, 1)
		fmt.Fprintf(os.Stderr, "%d requests per second are half of the greatest rate\n", half)
		stop := make(chan struct{})
		disturbed := make(chan error, 1)
		go func() {
			err := w.disturb(stop)
			if err != nil {
				fmt.Fprintln(os.Stderr, "tenants are not disturbed any more:", err)
			}
			disturbed <- err
		}()
		err := w.attack(vegeta.ConstantPacer{Freq: half, Per: time.Second}, s.Duration, 0, w.judge.hear)
		close(stop)
		return errors.Join(err, <-disturbed)
	})
}

// underLoad starts a server with some tenants, puts it under load, and compares the state of its process before and after.
func underLoad(binary string, tenants, clients int, load func(*weather) error) error {
	return inWorkplace(func(ctx context.Context, work string) error {
		server, err := startStandin(ctx, work, binary)
		if server != nil {
			defer stopAll([]*process{server})
		}
		if err != nil {
			return err
		}
		w := &weather{ctx: ctx, server: server, clients: clients, client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: clients},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       time.Minute,
		}}
		if err := w.prepare(tenants); err != nil {
			return err
		}
		if err := load(w); err != nil {
			return err
		}
		return w.conclude()
	})
}

// prepare makes the tenants, warms the server up, and records its state.
func (w *weather) prepare(tenants int) error {
	var err error
	if w.traffic, err = newTraffic(w.server.url); err != nil {
		return err
	}
	for range tenants {
		p, err := newPool(w.ctx, w.server.url)
		if err != nil {
			return err
		}
		w.traffic.pools = append(w.traffic.pools, p)
	}
	if w.judge, err = newJudge(w.traffic); err != nil {
		return err
	}
	const warm = 30_000 // Enough for rare answers, too, so that caches are filled.
	if err := w.attack(vegeta.ConstantPacer{}, 0, warm, func(*vegeta.Result) {}); err != nil {
		return err
	}
	if err := w.clear(); err != nil {
		return err
	}
	w.before, err = w.settled()
	return err
}

// settled returns the state after the connections of the load are closed, since they are files and goroutines of the server.
func (w *weather) settled() (state, error) {
	w.client.CloseIdleConnections()
	return settled(w.ctx, w.server.url)
}

// clear removes all tenants, makes new ones in place of those in use, and empties the journal of requests without a tenant. It
// does not reset the tenants: a fork would be reset to its origin, and a tenant that was moved in time would read its fixture
// again. It removes all, since a faulty request may have created a tenant by naming it.
func (w *weather) clear() error {
	if err := control(w.ctx, http.MethodDelete, w.server.url+"/_standin/journal", nil, nil); err != nil {
		return err
	}
	all := w.server.url + "/_standin/tenants"
	var there struct {
		Tenants []struct {
			Tenant string `json:"tenant"`
		} `json:"tenants"`
	}
	for len(there.Tenants) != 1 { // The default tenant always exists.
		if err := control(w.ctx, http.MethodGet, all+"?limit=1000", nil, &there); err != nil {
			return err
		}
		for _, one := range there.Tenants {
			if one.Tenant == tenant {
				continue
			}
			if err := control(w.ctx, http.MethodDelete, all+"/"+one.Tenant, nil, nil); err != nil {
				return err
			}
		}
	}
	for _, old := range w.traffic.pools {
		fresh, err := newPool(w.ctx, w.server.url)
		if err != nil {
			return err
		}
		w.traffic.replace(old, fresh)
	}
	return control(w.ctx, http.MethodPost, all+"/"+tenant+"/reset", nil, nil)
}

// attack sends requests at a pace, for a duration or up to a number. It calls hear for each answer and prints the progress.
func (w *weather) attack(pace vegeta.Pacer, d time.Duration, requests int, hear func(*vegeta.Result)) error {
	attacker := vegeta.NewAttacker(
		vegeta.Workers(uint64(w.clients)), vegeta.MaxWorkers(uint64(w.clients)),
		vegeta.Client(w.client),
	)
	results := attacker.Attack(w.traffic.next, pace, d, "storm")
	tick := time.NewTicker(10 * time.Second) //nolint:mnd // It shows that the run goes on.
	defer tick.Stop()
	began, heard := time.Now(), 0
	for {
		select {
		case r, more := <-results:
			if !more {
				return w.ctx.Err()
			}
			hear(r)
			if heard++; heard == requests {
				attacker.Stop()
			}
		case <-tick.C:
			w.progress(time.Since(began), heard)
		case <-w.ctx.Done():
			attacker.Stop()
			return w.ctx.Err()
		}
	}
}

// progress prints the progress and adds the tokens of some mails to the traffic.
func (w *weather) progress(took time.Duration, heard int) {
	fmt.Fprintf(os.Stderr, "%6.0f s  %d requests, %.0f/s, %d without an answer, %d 5xx or undeclared\n", took.Seconds(), heard, float64(heard)/took.Seconds(), w.judge.lost, w.judge.faults)
	for _, p := range w.traffic.pools[:1+len(w.traffic.pools)/4] {
		if err := p.readMails(w.ctx, w.server.url); err != nil {
			fmt.Fprintln(os.Stderr, err) // The tenant may have just been replaced.
		}
	}
}

// tolerance is the factor by which a process may have grown after all tenants were replaced.
const tolerance = 1.10

// conclude replaces all tenants and prints the result. It returns an error if an answer was wrong or the server has grown.
func (w *weather) conclude() error {
	if err := w.clear(); err != nil {
		return err
	}
	after, err := w.settled()
	if err != nil {
		return err
	}
	fmt.Print(w.judge.report())
	var grown []error
	for _, one := range []struct {
		what          string
		before, after float64
		unit          string
		slack         float64 // growth that is not a leak, such as one more connection or buffer
	}{
		{"heap in use", w.before.heap / (1 << 20), after.heap / (1 << 20), " MB", 0.5},
		{"goroutines", w.before.goroutines, after.goroutines, "", 3},
		{"open files", w.before.files, after.files, "", 3},
	} {
		fmt.Printf("%s: %.1f%s before, %.1f%s after, ratio %.2f\n", one.what, one.before, one.unit, one.after, one.unit, one.after/one.before)
		if one.after > one.before*tolerance+one.slack {
			grown = append(grown, fmt.Errorf("%s: %.1f before, %.1f after", one.what, one.before, one.after))
		}
	}
	fmt.Printf("violations: %.0f, peak memory: %d MB\n", after.violations, w.server.peak()>>20)
	switch {
	case w.judge.lost > 0 || w.judge.faults > 0 || after.violations > 0:
		return errors.New("some answers were missing, 5xx or undeclared: see above")
	case len(grown) > 0:
		return fmt.Errorf("the server has grown by more than a tenth: %w", errors.Join(grown...))
	}
	return nil
}

// disturb resets, forks, replaces and moves tenants in time until stop is closed.
func (w *weather) disturb(stop <-chan struct{}) error {
	for {
		select {
		case <-stop:
			return nil
		case <-time.After(100 * time.Millisecond): //nolint:mnd // Ten times a second.
		}
		if err := w.disturbOnce(w.traffic.pool()); err != nil {
			return err
		}
	}
}

// disturbOnce disturbs a tenant in a random way.
func (w *weather) disturbOnce(p *pool) error {
	url := w.server.url + "/_standin/tenants"
	at := url + "/" + p.tenant
	switch rand.IntN(5) {
	case 0:
		if err := control(w.ctx, http.MethodPost, at+"/reset", nil, nil); err != nil {
			return err
		}
		return p.refill(w.ctx, w.server.url)
	case 1: // A fork replaces its origin.
		var made struct {
			Tenant string `json:"tenant"`
		}
		if err := control(w.ctx, http.MethodPost, url, map[string]string{"from": "tenant:" + p.tenant}, &made); err != nil {
			return err
		}
		fork := &pool{tenant: made.Tenant}
		if err := fork.refill(w.ctx, w.server.url); err != nil {
			return err
		}
		w.traffic.replace(p, fork)
		return control(w.ctx, http.MethodDelete, at, nil, nil)
	case 2:
		if err := control(w.ctx, http.MethodPost, at+"/snapshots", map[string]string{"name": "soak"}, nil); err != nil {
			return err
		}
		if err := control(w.ctx, http.MethodPost, at+"/snapshots/soak/restore", nil, nil); err != nil {
			return err
		}
		return control(w.ctx, http.MethodDelete, at+"/snapshots/soak", nil, nil)
	default: // Up to three days, so that tokens expire and are removed.
		by := fmt.Sprintf("%dm", 1+rand.IntN(3*24*60))
		if err := control(w.ctx, http.MethodPost, at+"/clock", map[string]string{"advance": by}, nil); err != nil {
			return err
		}
		return p.refill(w.ctx, w.server.url)
	}
}
