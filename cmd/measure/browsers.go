package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// browsersCommand is measure browsers. It runs many clients at once, each in its own sandbox, like browsers that test a
// storefront.
type browsersCommand struct {
	Standin   string `help:"The binary to put under load." type:"existingfile" default:"bin/standin"`
	Clients   int    `help:"How many clients there are." default:"300"`
	Processes int    `help:"In how many processes." default:"8"`
	Visits    int    `help:"How many visits each client makes." default:"3"`

	URL  string `hidden:"" help:"Be one of the processes, against this server."`
	From int    `hidden:"" help:"The number of the first client."`
}

// Validate checks the flags. kong calls it when all flags have their values.
func (b *browsersCommand) Validate() error {
	return positive(map[string]float64{"clients": float64(b.Clients), "processes": float64(b.Processes), "visits": float64(b.Visits)})
}

// Run starts the processes, or is one of them. It returns an error if a client got the data of another client or a wrong
// answer. It repeats no request.
func (b *browsersCommand) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if b.URL != "" {
		return b.work(ctx)
	}
	work, err := os.MkdirTemp("", "browsers")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	server, err := startStandin(ctx, work, b.Standin)
	if server != nil {
		defer stopAll([]*process{server})
	}
	if err != nil {
		return err
	}
	began := time.Now()
	if err := b.spread(ctx, server.url); err != nil {
		return err
	}
	after, err := stateOf(ctx, server.url)
	if err != nil {
		return err
	}
	if after.violations > 0 {
		return fmt.Errorf("the server violated its document %.0f times", after.violations)
	}
	fmt.Printf("%d clients in %d processes, %d visits each, in %s: no answer was another client's, none was wrong, no request was repeated\n", b.Clients, b.Processes, b.Visits, time.Since(began).Round(time.Millisecond))
	return nil
}

// spread runs processes of this program and returns their errors.
func (b *browsersCommand) spread(ctx context.Context, url string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	failures := make([]error, b.Processes)
	var all sync.WaitGroup
	for n := range b.Processes {
		from, to := b.Clients*n/b.Processes, b.Clients*(n+1)/b.Processes
		all.Go(func() {
			line := exec.CommandContext(ctx, self, "browsers", "--url", url, "--from", strconv.Itoa(from), "--clients", strconv.Itoa(to-from), "--visits", strconv.Itoa(b.Visits), "--standin", b.Standin)
			if said, err := line.CombinedOutput(); err != nil {
				failures[n] = fmt.Errorf("process %d: %w\n%s", n, err, said)
			}
		})
	}
	all.Wait()
	return errors.Join(failures...)
}

// work runs the clients of one process.
func (b *browsersCommand) work(ctx context.Context) error {
	failures := make([]error, b.Clients)
	var all sync.WaitGroup
	for n := range b.Clients {
		all.Go(func() { failures[n] = b.client(ctx, b.From+n) })
	}
	all.Wait()
	return errors.Join(failures...)
}

// browser is a client with its own connections: six, as in a browser.
type browser struct {
	ctx    context.Context //nolint:containedctx // A client lasts for one run.
	client http.Client
	url    string
	tenant string
}

// client makes a sandbox, makes the visits of a client in it, and removes it.
func (b *browsersCommand) client(ctx context.Context, number int) error {
	const connections = 6
	x := &browser{ctx: ctx, url: b.URL, client: http.Client{Transport: &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}, Timeout: time.Minute}}
	defer x.client.CloseIdleConnections()
	var made struct {
		Tenant string `json:"tenant"`
	}
	if err := control(ctx, http.MethodPost, b.URL+"/_standin/tenants", map[string]any{"from": "demo", "ttl": "5m"}, &made); err != nil {
		return err
	}
	x.tenant = made.Tenant
	for visit := range b.Visits {
		if err := x.visit(fmt.Sprintf("c%dv%d", number, visit)); err != nil {
			return fmt.Errorf("client %d in %s: %w", number, x.tenant, err)
		}
	}
	return control(ctx, http.MethodDelete, b.URL+"/_standin/tenants/"+made.Tenant, nil, nil)
}

// visit signs up a customer with a unique name and makes the requests of a visit, from login to logout.
func (x *browser) visit(name string) error {
	tokens, err := x.ask(http.MethodGet, "/customerlogin/auth/anonymous/login?client_id=storefront&tenant="+x.tenant, "", nil, http.StatusOK)
	if err != nil {
		return err
	}
	shop, stranger, email := "/customer/"+x.tenant, text(tokens["access_token"]), name+"@example.com"
	credentials := map[string]any{"email": email, "password": "password-" + name}
	signup := map[string]any{"email": email, "password": "password-" + name, "customerDetails": map[string]any{"firstName": name}}
	if _, err := x.ask(http.MethodPost, shop+"/signup", stranger, signup, http.StatusCreated); err != nil {
		return err
	}
	tokens, err = x.ask(http.MethodPost, shop+"/login", stranger, credentials, http.StatusOK)
	if err != nil {
		return err
	}
	bearer := text(tokens["accessToken"])
	if err := x.shopAround(shop, bearer, name); err != nil {
		return err
	}
	fresh, err := x.ask(http.MethodGet, shop+"/refreshauthtoken?refreshToken="+text(tokens["refreshToken"]), stranger, nil, http.StatusOK)
	if err != nil {
		return err
	}
	profile, err := x.ask(http.MethodGet, shop+"/me?expand=addresses", text(fresh["accessToken"]), nil, http.StatusOK)
	if err != nil {
		return err
	}
	if list, _ := profile["addresses"].([]any); text(profile["firstName"]) != name || len(list) != parallel {
		return fmt.Errorf("%s has found the profile of %v with %d addresses", name, profile["firstName"], len(list))
	}
	if _, err := x.ask(http.MethodGet, shop+"/logout?accessToken="+bearer, bearer, nil, http.StatusNoContent); err != nil {
		return err
	}
	_, err = x.ask(http.MethodGet, shop+"/me", bearer, nil, http.StatusUnauthorized)
	return err
}

// parallel is the number of addresses that are added at once.
const parallel = 4

// shopAround adds addresses and reads the profile, all at once, like a page.
func (x *browser) shopAround(shop, bearer, name string) error {
	failures := make([]error, 2*parallel)
	var all sync.WaitGroup
	for n := range parallel {
		all.Go(func() {
			_, failures[n] = x.ask(http.MethodPost, shop+"/me/addresses", bearer, map[string]any{"contactName": name, "city": strconv.Itoa(n)}, http.StatusCreated)
		})
		all.Go(func() {
			profile, err := x.ask(http.MethodGet, shop+"/me", bearer, nil, http.StatusOK)
			if err == nil && text(profile["firstName"]) != name {
				err = fmt.Errorf("%s has found the profile of %v", name, profile["firstName"])
			}
			failures[parallel+n] = err
		})
	}
	all.Wait()
	return errors.Join(failures...)
}

// ask sends a request like a page of another origin: with a preflight, unless the request is a simple one.
func (x *browser) ask(method, path, bearer string, body map[string]any, want int) (map[string]any, error) {
	header := http.Header{"Origin": {"http://localhost:3000"}}
	if bearer != "" {
		preflight := http.Header{"Access-Control-Request-Method": {method}, "Access-Control-Request-Headers": {"authorization,content-type"}}
		preflight.Set("Origin", "http://localhost:3000")
		if _, err := x.send(http.MethodOptions, path, preflight, nil, http.StatusNoContent); err != nil {
			return nil, err
		}
		header.Set("Authorization", "Bearer "+bearer)
	}
	return x.send(method, path, header, body, want)
}

// send sends a request and returns the body of the answer. It returns an error if the status is not want.
func (x *browser) send(method, path string, header http.Header, body map[string]any, want int) (map[string]any, error) {
	var out io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		out = strings.NewReader(string(encoded))
		header.Set("Content-Type", "application/json")
	}
	request, err := http.NewRequestWithContext(x.ctx, method, x.url+path, out)
	if err != nil {
		return nil, err
	}
	request.Header = header
	response, err := x.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != want || response.Header.Get("Access-Control-Allow-Origin") != header.Get("Origin") {
		return nil, fmt.Errorf("%s %s answered %s with %v: %s", method, path, response.Status, response.Header, said)
	}
	if len(said) == 0 {
		return nil, nil //nolint:nilnil // An answer without a body.
	}
	var answer map[string]any
	return answer, json.Unmarshal(said, &answer)
}
