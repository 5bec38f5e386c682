package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/engine/enginetest"
)

const many = 10_000

// crowded returns a server with very many customers, mails, exchanges and sandboxes.
func crowded(tb testing.TB) *enginetest.Server {
	tb.Helper()
	server := enginetest.Run(tb, enginetest.WithFixture("demo"))
	send := func(method, path, body string) {
		tb.Helper()
		request := httptest.NewRequestWithContext(tb.Context(), method, path, strings.NewReader(body))
		request.Host = "localhost"
		if body != "" {
			request.Header.Set("Content-Type", "application/json")
		}
		recorder := httptest.NewRecorder()
		server.Engine.ServeHTTP(recorder, request)
		if recorder.Code >= http.StatusInternalServerError || recorder.Code == http.StatusBadRequest {
			tb.Fatalf("%s %s answers %d %s", method, path, recorder.Code, recorder.Body)
		}
	}
	send("POST", "/_standin/tenants/demo/reset", "")
	const batches = 20 // One request has 30 seconds, which a busy machine with the race detector may need for all of them.
	for batch := range batches {
		send("POST", "/_standin/tenants/demo/customers", fmt.Sprintf(`{"email":"c%dx{n}@example.com","providerId":"social","count":%d,"mails":[{"kind":"password-reset"}]}`, batch, many/batches))
	}
	send("POST", "/_standin/tenants/demo/customers", `{"email":"roomy@example.com","password":"password123","number":"99999999","addresses":[{"contactName":"A {n}","street":"S","city":"C","zipCode":"1","country":"DE","repeat":1000}]}`)
	for range many {
		send("GET", "/customer/demo/me", "")
	}
	for range 150 {
		send("POST", "/_standin/tenants", `{"from":"empty"}`)
	}
	for i := range 100 {
		send("POST", "/_standin/tenants/demo/faults", `{"operation":"signup","status":409,"name":"f`+fmt.Sprint(i)+`"}`)
	}
	return server
}

// told sends 120 events to as many webhooks as there may be, one of them again and again, and returns its id.
func told(t *testing.T, server *enginetest.Server) string {
	t.Helper()
	s := &shop{T: t, server: server}
	receiver := newBackEnd(t, http.StatusNoContent)
	var urls []string
	for i := range 10 {
		urls = append(urls, fmt.Sprint(receiver.url, "?", i))
	}
	s.hooked("demo", urls...)
	token := s.anonymous("demo")
	for range 120 {
		if a := s.call("POST", "/customer/demo/password/reset", token, `{"email":"john.doe@example.com"}`); a.status != http.StatusNoContent {
			t.Fatalf("the request of a new password answers %d %v", a.status, a.body)
		}
	}
	id := s.text(s.control("GET", "/tenants/demo/webhooks?latest=true", "", http.StatusOK), "events", 0, "id")
	for attempts := range 20 { // The last ones that are kept.
		for {
			a := s.control("GET", "/tenants/demo/webhooks/"+id, "", http.StatusOK)
			done := 0
			for i := range urls {
				if a.at("deliveries", i, "attempts", attempts) != nil {
					done++
				}
			}
			if done == len(urls) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		s.control("POST", "/tenants/demo/webhooks/"+id+"/redeliver", "", http.StatusAccepted)
	}
	return id
}

// A view of a long list shows one page of it.
func TestNoViewHoldsMoreThan200Rows(t *testing.T) {
	t.Parallel()
	server := crowded(t)
	event := told(t, server)
	x := open(t, server)
	for _, path := range []string{"/live", "/mail", "/webhooks", "/webhooks/" + event, "/customers", "/customers/99999999", "/customers?q=c9", "/time", "/worlds", "/faults", "/coverage"} {
		separator := "?"
		if path == "/customers?q=c9" {
			separator = "&"
		}
		x.visit(path + separator + "tenant=demo")
		if rows := value[int](x, `document.querySelectorAll("tr, li, option").length`); rows > 200 {
			t.Errorf("%s holds %d rows", path, rows)
		}
	}
	x.visit("/customers?tenant=demo")
	seen := map[string]bool{}
	for range 3 { // The pages go on where the last one ended, and back again.
		for _, number := range value[[]string](x, `[...document.querySelectorAll("main > .table-responsive tbody tr")].map((r) => r.cells[0].innerText)`) {
			if seen[number] {
				t.Errorf("customer %s is on two pages", number)
			}
			seen[number] = true
		}
		first := value[string](x, `document.querySelector("tbody td").innerText`)
		x.click("Next")
		x.wait(fmt.Sprintf(`document.querySelector("tbody td").innerText !== %q`, first))
	}
	if len(seen) != 150 {
		t.Errorf("three pages hold %d customers", len(seen))
	}
	x.sees("[aria-label=Pages]", "Page 4")
	x.click("Previous")
	x.sees("[aria-label=Pages]", "Page 3")
	x.visit("/live?tenant=demo")
	newest := value[string](x, `document.querySelector("tbody td").innerText`)
	x.click("Older")
	x.sees("[aria-label=Pages]", "Page 2")
	x.wait(fmt.Sprintf(`document.querySelector("tbody td").innerText === String(%s - 100)`, newest))
	x.click("Newer")
	x.wait(fmt.Sprintf(`document.querySelector("tbody td").innerText === %q`, newest))
}

// BenchmarkShown measures how long a view of a tenant with much data takes to its first paint, and to its data.
func BenchmarkShown(b *testing.B) {
	server := crowded(b)
	x := open(b, server)
	for _, view := range []string{"live", "mail", "webhooks", "customers", "time", "worlds", "faults", "coverage"} {
		b.Run(view, func(b *testing.B) {
			var paint, shown float64
			for b.Loop() {
				x.visit("/" + view + "?tenant=demo")
				x.wait(`performance.getEntriesByName("first-contentful-paint").length`)
				paint += value[float64](x, `performance.getEntriesByName("first-contentful-paint")[0].startTime`)
				shown += value[float64](x, `performance.getEntriesByName("shown")[0].startTime`)
			}
			b.ReportMetric(paint/float64(b.N), "ms/paint")
			b.ReportMetric(shown/float64(b.N), "ms/shown")
		})
	}
}
