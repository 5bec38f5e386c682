package control_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/enginetest"
)

// number reads a size from the environment: `make check` asks for more than `make test`.
func number(t *testing.T, name string, ordinary int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return ordinary
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// Workers run mixed flows at once, each in its own sandbox, and look for anything that is not theirs.
func TestNobodyMeetsAnybody(t *testing.T) {
	t.Parallel()
	workers, flows := number(t, "STANDIN_WORKERS", 16), number(t, "STANDIN_FLOWS", 10)
	x := newTester(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) { c.JournalBytes = 1 << 30 }))
	// These connections are kept: there are thousands of requests.
	pooled := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			own := &worker{tester: x, client: pooled, n: w}
			own.tenant = own.control("POST", "/tenants", object{"from": "demo", "freeze": true}, http.StatusCreated).text("tenant")
			own.start = own.control("GET", "/tenants/"+own.tenant+"/clock", nil, http.StatusOK).text("now")
			for flow := range flows {
				own.flow(flow)
			}
			own.look(flows)
		})
	}
	all.Wait()
}

type worker struct {
	*tester
	client *http.Client
	n      int
	tenant string
	start  string
	asked  int
}

func (w *worker) control(method, path string, body any, want int) answer {
	w.Helper()
	a := w.through(w.client).do(method, path, body)
	if a.status != want {
		w.Errorf("worker %d: %s %s answers %d %s", w.n, method, path, a.status, a.raw)
	}
	return a
}

func (w *worker) ask(method, path, token, body string, want int) answer {
	w.Helper()
	w.asked++
	a := w.through(w.client).call(method, path, token, body)
	if a.status != want {
		w.Errorf("worker %d: %s %s answers %d %s", w.n, method, path, a.status, a.raw)
	}
	return a
}

// flow is one customer's life, with a mail, a fault and the clock.
func (w *worker) flow(n int) {
	w.Helper()
	api, tenant := "/customer/"+w.tenant, "/tenants/"+w.tenant
	email := fmt.Sprintf("c%d-xw%d@example.com", n, w.n)
	credentials := `{"email":"` + email + `","password":"password123"}`
	shopper := w.ask("GET", "/customerlogin/auth/anonymous/login?client_id=x&tenant="+w.tenant, "", "", http.StatusOK).text("access_token")
	w.ask("POST", api+"/signup", shopper, credentials, http.StatusCreated)
	token := w.ask("POST", api+"/login", shopper, credentials, http.StatusOK).text("accessToken")
	w.ask("POST", api+"/me/addresses", token, fmt.Sprintf(`{"contactName":"worker %d"}`, w.n), http.StatusCreated)
	w.ask("POST", api+"/password/reset", shopper, `{"email":"`+email+`"}`, http.StatusNoContent)
	mail := w.control("GET", tenant+"/mail?wait=1m&to="+email, nil, http.StatusOK)
	w.ask("POST", api+"/password/reset/update", shopper, `{"token":"`+mail.text("mails", 0, "token")+`","password":"password124"}`, http.StatusNoContent)
	w.ask("GET", api+"/me", token, "", http.StatusUnauthorized)
	w.control("PUT", tenant+"/faults", object{"faults": []object{{"name": fmt.Sprint("w", w.n), "operation": "getProfile", "status": 403, "times": 1}}}, http.StatusOK)
	w.ask("GET", api+"/me", shopper, "", http.StatusForbidden)
	w.control("POST", tenant+"/clock", object{"advance": fmt.Sprintf("%ds", w.n+1)}, http.StatusOK)
}

// look finds exactly what the flows have left.
func (w *worker) look(flows int) {
	w.Helper()
	tenant := "/tenants/" + w.tenant
	mine := fmt.Sprintf("-xw%d@example.com", w.n)
	w.control("GET", tenant, nil, http.StatusOK).is(12+flows, "customers")
	found := w.control("GET", tenant+"/customers?limit=1000&q=-xw", nil, http.StatusOK).list("customers")
	for _, one := range found {
		customer, _ := one.(map[string]any)
		if email := fmt.Sprint(customer["email"]); !strings.HasSuffix(email, mine) {
			w.Errorf("worker %d meets %s", w.n, email)
		}
	}
	if len(found) != flows {
		w.Errorf("worker %d finds %d customers", w.n, len(found))
	}
	for _, one := range w.control("GET", tenant+"/mail?limit=1000&kind=password-reset", nil, http.StatusOK).list("mails") {
		mail, _ := one.(map[string]any)
		if to := fmt.Sprint(mail["to"]); !strings.HasSuffix(to, mine) && to != "fred.forgetful@example.com" {
			w.Errorf("worker %d has a mail to %s", w.n, to)
		}
	}
	w.control("GET", tenant+"/faults", nil, http.StatusOK).is(fmt.Sprint("w", w.n), "faults", 0, "name").is(1, "faults", 0, "hits")
	journal := w.control("GET", tenant+"/journal?limit=1000", nil, http.StatusOK)
	for i, one := range journal.list("entries") {
		entry, _ := one.(map[string]any)
		if !strings.Contains(fmt.Sprint(entry["path"]), w.tenant) || entry["id"] != float64(i+1) {
			w.Errorf("worker %d has the entry %v", w.n, entry)
		}
	}
	if got := len(journal.list("entries")); got != min(w.asked, 1000) {
		w.Errorf("worker %d has asked %d times, and %d are in its journal", w.n, w.asked, got)
	}
	begun, err := time.Parse(time.RFC3339, w.start)
	now, failed := time.Parse(time.RFC3339, w.control("GET", tenant+"/clock", nil, http.StatusOK).text("now"))
	if want := time.Duration(flows*(w.n+1)) * time.Second; now.Sub(begun) != want {
		w.Errorf("worker %d's clock has moved by %s, and was to move by %s (%v)", w.n, now.Sub(begun), want, errors.Join(err, failed))
	}
}

// A reset is seen whole or not at all: whoever reads a profile meanwhile sees the fixture's, or one writer's.
func TestAResetShowsNoMixture(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	const token = "demoOrdinaryAccess0000000001" // Good in the fixture, so good after each reset.
	pooled := x.through(&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 80}})
	var stop, all sync.WaitGroup
	quit := make(chan struct{})
	seen := map[string]int{}
	var mu sync.Mutex
	for i := range 64 {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-quit:
					return
				default:
				}
				mark := fmt.Sprintf("%d-%d", i, n)
				pooled.call("PATCH", "/customer/"+name+"/me", token, `{"firstName":"`+mark+`","lastName":"`+mark+`","company":"`+mark+`"}`).must(http.StatusOK)
			}
		})
	}
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
				}
				a := pooled.call("GET", "/customer/"+name+"/me", token, "").must(http.StatusOK)
				first, last, company := a.text("firstName"), a.text("lastName"), a.at("company")
				fixture := first == "John" && last == "Doe" && company == nil
				if !fixture && (first != last || company != first) {
					t.Errorf("a mixture: %s", a.raw)
				}
				mu.Lock()
				seen[strconv.FormatBool(fixture)]++
				mu.Unlock()
			}
		})
	}
	stop.Go(func() {
		for range 30 {
			pooled.do("POST", "/tenants/"+name+"/reset", nil).must(http.StatusOK)
		}
		close(quit)
	})
	stop.Wait()
	all.Wait()
	if seen["false"] == 0 {
		t.Errorf("nothing was seen between the resets: %v", seen)
	}
}

// The same name, seed, frozen clock and requests give the same bytes, in another process and on any number of
// processors.
func TestTheSameBytes(t *testing.T) { //nolint:paralleltest // It sets the number of processors.
	run := func(processors int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		x := newTester(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) {
			c.Seed = []byte(fmt.Sprint("of the server ", processors))
		}))
		made := x.do("POST", "/tenants", object{"name": "same", "seed": 7, "clock": "2026-01-01T00:00:00Z", "freeze": true, "settings": object{"doubleOptIn": true}})
		var all strings.Builder
		note := func(a answer) answer {
			names := make([]string, 0, len(a.header))
			for header := range a.header {
				names = append(names, header)
			}
			slices.Sort(names)
			fmt.Fprintln(&all, a.status)
			for _, header := range names {
				fmt.Fprintln(&all, header, a.header[header])
			}
			fmt.Fprintln(&all, string(a.raw))
			return a
		}
		note(x.call("GET", "/customer/same/me", made.text("personas", 0, "tokens", "accessToken"), ""))
		shopper := note(x.call("GET", "/customerlogin/auth/anonymous/login?client_id=x&tenant=same", "", "")).text("access_token")
		for i := range 5 {
			note(x.call("POST", "/customer/same/signup", shopper, fmt.Sprintf(`{"email":"a%d@example.com","password":"password123","customerAddress":{"contactName":"A"}}`, i)))
			if processors > 1 {
				x.mint("same", john) // A control request changes no later token.
			}
			token := x.do("GET", "/tenants/same/mail?limit=1000", nil).text("mails", 4+i, "token")
			login := note(x.call("GET", "/customer/same/signup/optin/"+token, shopper, ""))
			note(x.call("POST", "/customer/same/me/addresses", login.text("accessToken"), `{"contactName":"B"}`))
			note(x.call("GET", "/customer/same/me?expand=addresses", login.text("accessToken"), ""))
			note(x.call("GET", "/customer/same/refreshauthtoken?refreshToken="+login.text("refreshToken"), shopper, ""))
			note(x.call("GET", "/customer/same/me", "wrong", ""))
		}
		return all.String()
	}
	first := run(1)
	if second := run(2); second != first {
		at := 0
		for at < min(len(first), len(second)) && first[at] == second[at] {
			at++
		}
		t.Errorf("they differ from here on:\n%.300s\n---\n%.300s", first[max(0, at-100):], second[max(0, at-100):])
	}
}
