package control_test

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/enginetest"
)

// hooked makes a sandbox with a frozen clock whose events go to a URL.
func (x *tester) hooked(url string, more object) string {
	x.Helper()
	settings := object{"webhooks": []any{object{"url": url, "secret": hookSecret}}}
	maps.Copy(settings, more)
	return x.sandbox(object{"from": "empty", "settings": settings, "clock": "2026-01-01T00:00:00Z", "freeze": true})
}

// delivered waits until the newest event has a delivery in a state.
func (x *tester) delivered(tenant, kind, state string) answer {
	x.Helper()
	return x.do("GET", "/tenants/"+tenant+"/webhooks?latest=true&wait=10s&type="+kind+"&state="+state, nil).is(state, "events", 0, "deliveries", 0, "state")
}

func (x *tester) advance(tenant, by string) {
	x.Helper()
	x.do("POST", "/tenants/"+tenant+"/clock", object{"advance": by}).must(http.StatusOK)
}

func (x *tester) lastMail(tenant, kind string) string {
	x.Helper()
	return x.do("GET", "/tenants/"+tenant+"/mail?latest=true&kind="+kind, nil).text("mails", 0, "token")
}

func TestWebhooksReceiveEveryEvent(t *testing.T) {
	t.Parallel()
	x, r := newTester(t), newReceiver(t)
	name := x.hooked(r.url, object{"doubleOptIn": true})
	api, anonymous := "/customer/"+name, x.anonymous(name)
	customer := ""
	for _, step := range []struct {
		method, path, body string
		want               []string
	}{
		{"POST", "/signup", `{"email":"ada@example.com","password":"password123","customerDetails":{"firstName":"Ada"}}`, []string{"customer.created", "customer.opt-in"}},
		{"POST", "/signup/optin/refresh_token", `{"email":"ada@example.com"}`, []string{"customer.refresh-token", "customer.opt-in"}},
		{"GET", "/signup/optin/{resend}", "", []string{"customer.updated", "customer.logged.in"}},
		{"POST", "/login", `{"email":"ada@example.com","password":"password123"}`, []string{"customer.logged.in"}},
		{"PATCH", "/me", `{"title":"MS"}`, []string{"customer.updated"}},
		{"PATCH", "/me", `{"title":"MS"}`, nil}, // It changes nothing.
		{"POST", "/me/addresses", `{"contactName":"Ada"}`, []string{"customer.updated"}},
		{"POST", "/me/accounts/internal/email/change", `{"email":"ada@example.com","password":"password123","newEmail":"ada@new.example"}`, []string{"customer.email-change-request"}},
		{"POST", "/me/accounts/internal/email/change/confirm", `{"token":"{email-change}"}`, []string{"customer.email-change", "customer.updated"}},
		{"POST", "/password/reset", `{"email":"ada@new.example"}`, []string{"customer.password-reset"}},
		{"DELETE", "/me", "", nil},
		{"DELETE", "/me?token={deletion}", "", []string{"customer.deleted"}},
	} {
		before := len(r.kinds())
		for _, kind := range []string{"resend", "email-change", "deletion"} {
			if strings.Contains(step.path+step.body, "{"+kind+"}") {
				token := x.lastMail(name, kind)
				step.path, step.body = strings.ReplaceAll(step.path, "{"+kind+"}", token), strings.ReplaceAll(step.body, "{"+kind+"}", token)
			}
		}
		token := anonymous
		if strings.HasPrefix(step.path, "/me") && !strings.HasSuffix(step.path, "confirm") {
			token = customer
		}
		a := x.call(step.method, api+step.path, token, step.body)
		if a.status >= 300 {
			t.Fatalf("%s %s: %d %s", step.method, step.path, a.status, a.raw)
		}
		if step.path == "/login" {
			customer = a.text("accessToken")
		}
		eventually(t, func() bool { return len(r.kinds()) >= before+len(step.want) })
		if got := r.kinds()[before:]; !slices.Equal(got, step.want) {
			t.Fatalf("%s %s sent %v, and was to send %v", step.method, step.path, got, step.want)
		}
	}
	x.holdsPayloads(name, r.all())
}

// holdsPayloads checks what was received against what the control API lists, and the payloads against the vendor's members.
func (x *tester) holdsPayloads(tenant string, got []received) {
	x.Helper()
	list := x.do("GET", "/tenants/"+tenant+"/webhooks", nil).must(http.StatusOK)
	if len(list.list("events")) != len(got) {
		x.Errorf("%d events are listed, and %d were received", len(list.list("events")), len(got))
	}
	members := map[string]string{
		"customer.created":              "accounts active contactEmail customerNumber firstName id metadata mixins onHold preferredCurrency preferredLanguage preferredSite tenant",
		"customer.updated":              "accounts active addresses contactEmail customerNumber firstName id metadata mixins onHold preferredCurrency preferredLanguage preferredSite tenant updatedBy",
		"customer.deleted":              "customerNumber email tenant triggeredBy",
		"customer.password-reset":       "email token",
		"customer.refresh-token":        "email tenant",
		"customer.opt-in":               "activateAccountUrl customerNumber token",
		"customer.logged.in":            "customerId sessionId tenant",
		"customer.email-change":         "customerId email newEmail tenant token",
		"customer.email-change-request": "customerId email newEmail tenant token",
	}
	first := map[string]bool{}
	for i, one := range got {
		var payload object
		if err := json.Unmarshal([]byte(one.body), &payload); err != nil {
			x.Errorf("%s: %v", one.body, err)
		}
		list.is(one.id, "events", i, "id").is(one.kind, "events", i, "type").is(payload, "events", i, "payload")
		var names []string
		for name := range payload {
			names = append(names, name)
		}
		slices.Sort(names)
		if want := members[one.kind]; !first[one.kind] && strings.Join(names, " ") != want {
			x.Errorf("%s has %v, and was to have %s", one.kind, names, want)
		}
		first[one.kind] = true
	}
	if len(first) != len(members) {
		x.Errorf("only these were received: %v", first)
	}
}

func TestRefusedRequestsSendNoEvent(t *testing.T) {
	t.Parallel()
	x, r := newTester(t), newReceiver(t)
	name := x.hooked(r.url, nil)
	x.signup(name, "ada@example.com")
	x.delivered(name, "customer.created", "delivered")
	api, anonymous, ada := "/customer/"+name, x.anonymous(name), x.mint(name, "ada@example.com")
	for _, step := range []struct{ method, path, token, body string }{
		{"POST", "/signup", anonymous, `{"email":"ada@example.com","password":"password123"}`},
		{"POST", "/signup", anonymous, `{"email":"bob@example.com","password":"short"}`},
		{"POST", "/signup", ada, `{"email":"bob@example.com","password":"password123"}`},
		{"POST", "/login", anonymous, `{"email":"ada@example.com","password":"wrong-one"}`},
		{"PATCH", "/me", ada, `{"title":1}`},
		{"PATCH", "/me", ada, `{"metadata":{"version":9},"title":"MS"}`},
		{"POST", "/me/addresses", ada, `{"country":"England"}`},
		{"DELETE", "/me?token=none", ada, ""},
		{"POST", "/me/accounts/internal/email/change", ada, `{"email":"ada@example.com","password":"wrong-one","newEmail":"ada@new.example"}`},
		{"GET", "/signup/optin/none", anonymous, ""},
	} {
		if a := x.call(step.method, api+step.path, step.token, step.body); a.status < 400 {
			t.Errorf("%s %s: %d %s", step.method, step.path, a.status, a.raw)
		}
	}
	x.call("POST", api+"/password/reset", anonymous, `{"email":"nobody@example.com"}`).must(http.StatusNoContent)
	x.call("POST", api+"/login", anonymous, `{"email":"ada@example.com","password":"password123"}`).must(http.StatusOK)
	x.delivered(name, "customer.logged.in", "delivered")
	if got := r.kinds(); !slices.Equal(got, []string{"customer.created", "customer.logged.in"}) {
		t.Errorf("received %v", got)
	}
}

func TestFailedDeliveriesAreRepeatedInWorldTime(t *testing.T) {
	t.Parallel()
	x, r := newTester(t), newReceiver(t)
	name := x.hooked(r.url, nil)
	r.answers(http.StatusInternalServerError)
	x.signup(name, "ada@example.com")
	attempts := func(n int) func() bool {
		return func() bool { return len(r.all()) == n }
	}
	eventually(t, attempts(1))
	id := x.delivered(name, "customer.created", "retrying").
		is(500, "events", 0, "deliveries", 0, "attempts", 0, "status").
		is("2026-01-01T00:00:05Z", "events", 0, "deliveries", 0, "next").text("events", 0, "id")
	x.advance(name, "4s")
	r.answers(http.StatusOK)
	x.advance(name, "1s")
	x.delivered(name, "customer.created", "delivered").
		is("2026-01-01T00:00:05Z", "events", 0, "deliveries", 0, "attempts", 1, "at").
		is(200, "events", 0, "deliveries", 0, "attempts", 1, "status").is(nil, "events", 0, "deliveries", 0, "next")
	if got := r.all(); len(got) != 2 || got[0] != got[1] || got[0].id != id {
		t.Errorf("received %v", got)
	}

	r.answers(http.StatusFound) // A redirect is not followed.
	x.do("POST", "/tenants/"+name+"/webhooks/"+id+"/redeliver", nil).must(http.StatusAccepted).is(id, "id")
	eventually(t, attempts(3))
	for n, after := range []string{"5s", "5m", "30m", "2h", "5h", "10h", "10h"} {
		eventually(t, func() bool { // The attempt is listed once it was answered.
			return len(x.do("GET", "/tenants/"+name+"/webhooks/"+id, nil).list("deliveries", 0, "attempts")) == 3+n
		})
		x.advance(name, after)
		eventually(t, attempts(4+n))
	}
	x.delivered(name, "customer.created", "failed").is(302, "events", 0, "deliveries", 0, "attempts", 9, "status")
	x.advance(name, "1y")
	r.answers(http.StatusOK)
	x.do("POST", "/tenants/"+name+"/webhooks/"+id+"/redeliver", nil).must(http.StatusAccepted)
	x.delivered(name, "customer.created", "delivered")
	if !attempts(11)() {
		t.Errorf("there were %d attempts", len(r.all()))
	}
	x.do("GET", "/tenants/"+name+"/webhooks/"+id, nil).must(http.StatusOK).is(id, "id")
	x.do("GET", "/tenants/"+name+"/webhooks/msg_x", nil).refuses(http.StatusNotFound, "msg_x")
	x.do("POST", "/tenants/"+name+"/webhooks/msg_x/redeliver", nil).refuses(http.StatusNotFound, "msg_x")
}

func TestAnEventReachesAReceiverThatWasRestarted(t *testing.T) {
	t.Parallel()
	x, r := newTester(t), newReceiver(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	name := x.hooked("http://"+address+"/hooks?key=1", nil)
	x.signup(name, "ada@example.com")
	refused := x.delivered(name, "customer.created", "retrying").is(nil, "events", 0, "deliveries", 0, "attempts", 0, "status").text("events", 0, "deliveries", 0, "attempts", 0, "error")
	if !strings.Contains(refused, "refused") || strings.Contains(refused, "key=1") {
		t.Error(refused)
	}
	eventually(t, func() bool { // A connection of another test may have the port for a moment.
		listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		return err == nil
	})
	server := &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	x.advance(name, "5s")
	x.delivered(name, "customer.created", "delivered")
}

func TestEventsBelongToTheState(t *testing.T) {
	t.Parallel()
	x, r := newTester(t), newReceiver(t)
	name := x.hooked(r.url, nil)
	path := "/tenants/" + name
	x.signup(name, "ada@example.com")
	cursor := x.delivered(name, "customer.created", "delivered").text("cursor")
	x.do("POST", path+"/snapshots", object{"name": "ada"}).must(http.StatusCreated)
	r.answers(http.StatusServiceUnavailable)
	x.signup(name, "bob@example.com")
	x.delivered(name, "customer.created", "retrying").is("bob@example.com", "events", 0, "payload", "contactEmail")
	x.do("GET", path+"/webhooks?order=newest&limit=1&after="+cursor, nil).is(nil, "events", 0)
	x.do("GET", path+"/webhooks?after="+cursor, nil).is("bob@example.com", "events", 0, "payload", "contactEmail").is(nil, "events", 1)
	x.do("POST", path+"/snapshots/ada/restore", nil).must(http.StatusOK)
	x.do("GET", path+"/webhooks", nil).is("ada@example.com", "events", 0, "payload", "contactEmail").is(nil, "events", 1).is("[]", "events", 0, "deliveries")
	received := len(r.all())
	x.advance(name, "1d")
	fork := x.sandbox(object{"from": "tenant:" + name})
	x.do("GET", "/tenants/"+fork+"/webhooks", nil).is("ada@example.com", "events", 0, "payload", "contactEmail")
	r.answers(http.StatusOK)
	x.signup(fork, "eve@example.com")
	x.delivered(fork, "customer.created", "delivered").is(fork, "events", 0, "payload", "tenant")
	if got := len(r.all()); got != received+1 {
		t.Errorf("%d deliveries came after the restore, and one was to come", got-received)
	}
	x.do("DELETE", "/tenants/"+fork+"/webhooks", nil).must(http.StatusNoContent)
	x.do("GET", "/tenants/"+fork+"/webhooks", nil).is("[]", "events")
	x.do("POST", path+"/reset", nil).must(http.StatusOK)
	x.do("GET", path+"/webhooks", nil).is("[]", "events")
}

func TestEventsAreListedWithoutAReceiver(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty", "settings": object{"webhooks": []any{object{"events": []any{"customer.logged.in"}}}}})
	x.signup(name, "ada@example.com")
	x.do("GET", "/tenants/"+name+"/webhooks", nil).is("[]", "events")
	done := make(chan answer)
	go func() { done <- x.do("GET", "/tenants/"+name+"/webhooks?wait=10s", nil) }()
	x.call("POST", "/customer/"+name+"/login", x.anonymous(name), `{"email":"ada@example.com","password":"password123"}`).must(http.StatusOK)
	(<-done).is("customer.logged.in", "events", 0, "type").is("[]", "events", 0, "deliveries")
	for field, query := range map[string]string{"after": "after=x", "wait": "wait=soon", "type": "type=customer.lost", "state": "state=lost", "form": "form=1"} {
		x.do("GET", "/tenants/"+name+"/webhooks?"+query, nil).refuses(http.StatusBadRequest, `"field":"`+field+`"`)
	}
	x.do("DELETE", "/tenants/"+name+"/webhooks?x=1", nil).refuses(http.StatusBadRequest, "x")
	x.do("GET", "/tenants/"+name+"/webhooks/msg_x?x=1", nil).refuses(http.StatusBadRequest, "x")
	x.do("POST", "/tenants/"+name+"/webhooks/msg_x/redeliver?x=1", nil).refuses(http.StatusBadRequest, "x")
	x.do("GET", "/tenants/nobody/webhooks", nil).must(http.StatusNotFound)
	x.do("DELETE", "/tenants/nobody/webhooks", nil).must(http.StatusNotFound)
}

func TestEventsGoToThisMachineOnly(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	hooks := func(url string) object { return object{"webhooks": []any{object{}, object{"url": url}}} }
	for _, url := range []string{"http://example.com/hooks", "http://10.0.0.1", "http://0.0.0.0:1", "http://localhost.example.com", "https://[fe80::1]/"} {
		x.do("PATCH", "/tenants/"+name+"/settings", hooks(url)).refuses(http.StatusBadRequest, `"field":"webhooks.1.url"`, "--webhook-hosts")
		x.do("POST", "/tenants", object{"settings": hooks(url)}).refuses(http.StatusBadRequest, `"field":"settings.webhooks.1.url"`)
	}
	for _, url := range []string{"http://localhost:1", "https://127.0.0.9/x", "http://[::1]:1/"} {
		x.do("PATCH", "/tenants/"+name+"/settings", hooks(url)).must(http.StatusOK).is(url, "webhooks", 1, "url")
	}
	allowed := newTester(t, enginetest.WithConfig(func(c *engine.Config) { c.WebhookHosts = []string{"Example.com"} }))
	allowed.do("PATCH", "/tenants/demo/settings", hooks("http://example.com/hooks")).must(http.StatusOK)
	allowed.do("POST", "/tenants", object{"settings": hooks("http://example.com/hooks")}).must(http.StatusCreated)
	allowed.do("POST", "/tenants", object{"settings": hooks("http://www.example.com/hooks")}).must(http.StatusBadRequest)

	// A file of a fixture is not refused, since another server may allow its hosts. The delivery says why it fails.
	imported := x.sandbox(object{"from": "empty"})
	x.send("POST", "/_standin/tenants/"+imported+"/import", http.Header{"Content-Type": {"application/yaml"}},
		[]byte("name: hooked\nsettings: {webhooks: [{url: 'http://example.com/hooks'}]}\n")).must(http.StatusOK)
	x.signup(imported, "ada@example.com")
	x.delivered(imported, "customer.created", "retrying").refuses(http.StatusOK, "--webhook-hosts example.com")
	x.do("PATCH", "/tenants/"+imported+"/settings", object{"doubleOptIn": true}).must(http.StatusOK) // It does not add the host.
	x.do("PATCH", "/tenants/"+imported+"/settings", hooks("http://example.com/others")).must(http.StatusBadRequest)
	x.do("POST", "/tenants", object{"from": imported, "settings": object{"doubleOptIn": true}}).must(http.StatusCreated)
}

func TestNoWebhooks(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	x := newTester(t, enginetest.WithConfig(func(c *engine.Config) { c.NoWebhooks = true }))
	name := x.hooked(r.url, nil)
	x.signup(name, "ada@example.com")
	x.do("GET", "/tenants/"+name+"/webhooks", nil).is("customer.created", "events", 0, "type").is("[]", "events", 0, "deliveries")
	if got := r.all(); len(got) > 0 {
		t.Errorf("received %v", got)
	}
}

// A client that asks for delivered events again and again, each time behind the cursor of the last answer, misses none that is
// delivered meanwhile.
func TestTheCursorWaitsForDeliveries(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	for _, query := range []string{"state=delivered", "state=delivered&latest=true"} {
		r := newReceiver(t)
		name := x.hooked(r.url, nil)
		path := "/tenants/" + name + "/webhooks?" + query
		r.answers(http.StatusServiceUnavailable)
		x.signup(name, "ada@example.com")
		x.delivered(name, "customer.created", "retrying")
		cursor := x.do("GET", path+"&wait=1ms", nil).is("[]", "events").text("cursor")
		r.answers(http.StatusOK)
		x.advance(name, "5s")
		x.delivered(name, "customer.created", "delivered")
		cursor = x.do("GET", path+"&after="+cursor, nil).is("customer.created", "events", 0, "type").text("cursor")
		x.do("GET", path+"&after="+cursor, nil).is("[]", "events").is(cursor, "cursor")
	}
}
