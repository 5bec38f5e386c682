package control_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Testers and storefronts do everything to one tenant at once, and it is deleted and made again meanwhile. No answer is
// a fault of our own, nothing hangs, and nobody is left behind.
func TestEverythingAtOnce(t *testing.T) { //nolint:paralleltest // It counts what waits in the whole process.
	x := newTester(t)
	pooled := x.through(&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: 30 * time.Second})
	const path = "/tenants/arena"
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader([]int{http.StatusOK, http.StatusServiceUnavailable}[time.Now().UnixNano()/1000%2])
	}))
	t.Cleanup(receiver.Close)
	hooks := object{"webhooks": []any{object{"url": receiver.URL}, object{"url": receiver.URL + "/too"}, object{"url": "http://localhost:1"}}}
	x.sandbox(object{"name": "arena"})
	rounds := 40
	var all sync.WaitGroup
	repeat := func(step func(i int)) {
		for range 2 {
			all.Go(func() {
				for i := range rounds {
					step(i)
				}
			})
		}
	}
	fine := func(a answer) {
		if a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable {
			t.Errorf("it answers %d %s", a.status, a.raw)
		}
	}
	for _, one := range []struct {
		method, path string
		body         any
	}{
		{"POST", path + "/reset", nil},
		{"POST", path + "/reset?to=b2b", nil},
		{"POST", path + "/snapshots/s/restore", nil},
		{"DELETE", path + "/snapshots/s", nil},
		{"POST", path + "/snapshots", object{"name": "s"}},
		{"GET", path + "/export", nil},
		{"POST", path + "/import", object{"customers": []object{{"email": "a@example.com", "password": "x"}}}},
		{"POST", path + "/clock", object{"advance": "1h"}},
		{"POST", path + "/clock", object{"freeze": true}},
		{"POST", path + "/clock", object{"run": true}},
		{"GET", path + "/clock", nil},
		{"PUT", path + "/faults", object{"faults": []object{{"hold": true, "operation": "getScopes"}, {"probability": 0.3, "status": 503, "undeclared": true}}}},
		{"DELETE", path + "/faults", nil},
		{"POST", path + "/faults/fault-1/release", nil},
		{"GET", path + "/mail?wait=20ms", nil},
		{"DELETE", path + "/mail", nil},
		{"POST", path + "/customers", object{"persona": "ordinary", "count": 3}},
		{"GET", path + "/customers?q=a", nil},
		{"POST", path + "/tokens", object{"kind": "anonymous"}},
		{"POST", path + "/personas/ordinary/become", nil},
		{"GET", path + "/journal", nil},
		{"GET", path + "/journal/1/explain", nil},
		{"POST", path + "/journal/1/replay", nil},
		{"DELETE", path + "/journal", nil},
		{"POST", "/tenants", object{"from": "arena", "ttl": "1ms", "as": "public"}},
		{"GET", "/tenants", nil},
		{"POST", "/tenants", object{"from": "snapshot:arena/s"}},
		{"PATCH", path + "/settings", object{"doubleOptIn": true}},
		{"PATCH", path + "/settings", hooks},
		{"POST", path + "/clock", object{"advance": "-1h"}},
		{"GET", path + "/webhooks?state=delivered&wait=20ms", nil},
		{"DELETE", path + "/webhooks", nil},
		{"GET", path + "/coverage", nil},
		{"GET", "/journal", nil},
	} {
		repeat(func(int) { fine(pooled.do(one.method, one.path, one.body)) })
	}
	repeat(func(i int) {
		if i%10 == 9 {
			fine(pooled.do("DELETE", path, nil))
		}
		fine(pooled.do("POST", "/tenants", object{"name": "arena"}))
	})
	repeat(func(int) {
		if events := pooled.do("GET", path+"/webhooks?order=newest", nil); events.status == http.StatusOK && len(events.list("events")) > 0 {
			fine(pooled.do("POST", path+"/webhooks/"+events.text("events", 0, "id")+"/redeliver", nil))
		}
	})
	repeat(func(i int) {
		a := pooled.call("GET", "/customerlogin/auth/anonymous/login?client_id=x&tenant=arena", "", "")
		fine(a)
		if a.status != http.StatusOK {
			return
		}
		token := a.text("access_token")
		fine(pooled.call("POST", "/customer/arena/signup", token, fmt.Sprintf(`{"email":"a%d@example.com","password":"password123"}`, i)))
		fine(pooled.call("POST", "/customer/arena/password/reset", token, `{"email":"`+john+`"}`))
		fine(pooled.call("GET", "/customer/arena/me", "demoOrdinaryAccess0000000001", ""))
		fine(pooled.call("GET", "/customer/public/me", token, "", "Standin-Sandbox", "arena"))
	})
	repeat(func(int) { // Whoever is held goes away after a while.
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		for _, url := range []string{"/iam/arena/users/me/scopes", "/_standin" + path + "/journal/stream"} {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, x.server.URL+url, http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			if response, err := client.Do(request); err == nil {
				_ = response.Body.Close()
			}
		}
	})
	all.Wait()
	for _, w := range x.server.Engine.Worlds().All() {
		x.server.Engine.Worlds().Remove(w)
	}
	pooled.client.CloseIdleConnections()
	eventually(t, func() bool { return waiting() == 0 })
}

// waiting counts the goroutines that wait within the engine.
func waiting() int {
	stacks := make([]byte, 1<<22)
	stacks = stacks[:runtime.Stack(stacks, true)]
	n := 0
	for _, name := range []string{"(*Faults).park", "Feed[...].Read", "(*Journal).Await", "(*World).send"} {
		n += strings.Count(string(stacks), name)
	}
	return n
}
