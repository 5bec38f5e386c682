package console_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hooked sets webhooks that receive all events.
func (s *shop) hooked(tenant string, urls ...string) {
	s.Helper()
	var hooks []any
	for _, url := range urls {
		hooks = append(hooks, map[string]any{"url": url, "secret": hookSecret})
	}
	s.control("PATCH", "/tenants/"+tenant+"/settings", encoded(s.T, map[string]any{"webhooks": hooks}), http.StatusOK)
}

// backEnd is a receiver of events.
type backEnd struct {
	url    string
	mu     sync.Mutex
	status int
	bodies []string
}

func newBackEnd(t *testing.T, status int) *backEnd {
	t.Helper()
	b := &backEnd{status: status}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL + "/hooks"
	return b
}

func (b *backEnd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bodies = append(b.bodies, string(body))
	w.WriteHeader(b.status)
}

func (b *backEnd) answers(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = status
}

func (b *backEnd) received() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.bodies)
}

// mark marks a box of a form by the keyboard.
func (x *tab) mark(form, name, box string) {
	x.Helper()
	x.wait(`document.querySelector("form[aria-label='` + form + `'] [name=` + name + `][value='` + box + `']")`)
	value[bool](x, `document.querySelector("form[aria-label='`+form+`'] [name=`+name+`][value='`+box+`']").focus() ?? true`)
	x.press(" ")
}

// A person sets a webhook, sees an event fail, repeats it by the clock, sends it again, and removes everything.
func TestAnEventIsFollowedFromTheWebhookToItsDelivery(t *testing.T) {
	t.Parallel()
	s := begin(t, "empty")
	s.control("POST", "/tenants", `{"name":"acme","clock":"2030-01-01T00:00:00Z","freeze":true}`, http.StatusCreated)
	receiver := newBackEnd(t, http.StatusInternalServerError)
	x := open(t, s.server)
	x.visit("/webhooks?tenant=acme")
	x.sees("main", "No webhook yet")
	x.fill("Add a webhook", "url", receiver.url)
	x.fill("Add a webhook", "secret", hookSecret)
	x.mark("Add a webhook", "events", "customer.created")
	x.click("Add")
	x.sees("#told", "The webhook is added")
	x.sees("main", "No event yet")
	x.sees("[aria-label=Webhooks] tbody", receiver.url)
	x.sees("[aria-label=Webhooks] tbody", "customer.created")
	settings := s.control("GET", "/tenants/acme/settings", "", http.StatusOK)
	if settings.at("webhooks", 0, "secret") != hookSecret || settings.at("webhooks", 0, "events", 0) != "customer.created" || settings.at("webhooks", 1) != nil {
		t.Errorf("the settings are %v", settings.body)
	}

	s.signup("acme", "ada@example.com")
	x.sees("[aria-label=Events] tbody", "customer.created") // By itself.
	number := s.text(s.control("GET", "/tenants/acme/customers/ada@example.com", "", http.StatusOK), "customerNumber")
	x.sees("[aria-label=Events] tbody", number)
	x.sees("[aria-label=Events] tbody", "retrying")
	x.sees("#next", "2030-01-01 00:00:05")
	x.click("customer.created")
	x.sees("[aria-label='The payload']", "\n  \"customerNumber\": \""+number+"\"")
	x.sees(".detail", receiver.url)
	x.sees(".detail tbody", "500")
	x.sees(".detail tbody", "2030-01-01 00:00:00")
	x.sees(".detail", "in 5 s")
	x.sees("#next", "Advance the clock")

	receiver.answers(http.StatusNoContent)
	x.click("Advance to the next attempt")
	x.sees("#told", "It is 2030-01-01 00:00:05 now")
	x.sees(".detail .badge", "delivered") // By itself, too.
	x.sees(".detail tbody", "204")
	x.wait(`!document.querySelector("#next")`)
	x.click("Send again")
	x.sees("#told", "It is sent again")
	x.wait(`document.querySelectorAll(".detail tbody tr").length === 3`)
	if n := receiver.received(); n != 3 {
		t.Errorf("%d requests were received", n)
	}
	x.clickIn(".detail", "Customer "+number)
	x.sees("h2", "ada@example.com")

	x.visit("/webhooks?tenant=acme")
	x.fill("Filter", "state", "failed")
	x.sees("main", "None matches the filter")
	x.click("Show all")
	x.fill("Filter", "type", "customer.created")
	x.wait(`document.querySelectorAll("[aria-label=Events] tbody tr").length === 1`)
	x.visit("/webhooks?tenant=acme")
	x.click("Forget all")
	x.clickIn("#confirm", "Forget")
	x.sees("main", "No event yet")
	if left := s.control("GET", "/tenants/acme/webhooks", "", http.StatusOK); left.at("events", 0) != nil {
		t.Errorf("the events are %v", left.body)
	}
	x.click("Remove " + receiver.url)
	x.clickIn("#confirm", "Remove")
	x.sees("main", "No webhook yet")
}

// The control API's refusal of a field is beside the field, which has the focus and keeps its value.
func TestARefusedWebhookIsExplainedAtItsField(t *testing.T) {
	t.Parallel()
	s := begin(t, "empty")
	s.control("POST", "/tenants", `{"name":"acme"}`, http.StatusCreated)
	x := open(t, s.server)
	x.expects("status of 400")
	x.visit("/webhooks?tenant=acme")
	for _, one := range []struct{ url, secret, field, message string }{
		{"http://hooks.example.com/", "", "url", "--webhook-hosts hooks.example.com"},
		{"nowhere", "", "url", "must be a URL such as"},
		{"http://localhost:3000/", "short", "secret", "24 to 64 bytes"},
		{"http://localhost:3000/" + strings.Repeat("x", 2000), "", "url", "2000"},
	} {
		x.fill("Add a webhook", "url", one.url)
		x.fill("Add a webhook", "secret", one.secret)
		x.click("Add")
		x.sees("#wrong-"+one.field, one.message)
		x.wait(`document.activeElement.matches("[name=` + one.field + `][aria-invalid=true][aria-describedby=wrong-` + one.field + `]")`)
		if wrong := value[int](x, `document.querySelectorAll("[aria-invalid=true]").length`); wrong != 1 {
			t.Errorf("%s %s: %d fields are wrong", one.url, one.secret, wrong)
		}
		if kept := value[string](x, `document.querySelector("[name=url]").value`); kept != one.url {
			t.Errorf("%s became %s", one.url, kept)
		}
		if above := value[string](x, `document.querySelector("#trouble").innerText`); above != "" {
			t.Errorf("it is said twice: %s", above)
		}
	}
	x.fill("Add a webhook", "url", "http://localhost:3000/")
	x.click("Add")
	x.sees("#told", "The webhook is added")
	x.wait(`!document.querySelector("[aria-invalid]")`)
	s.control("PATCH", "/tenants/acme/settings", `{"webhooks":[{},{},{},{},{},{},{},{},{},{}]}`, http.StatusOK)
	x.click("Add")
	x.sees("#trouble", "at most 10") // No field of the form is wrong.
}

// Without a URL events are listed and not sent.
func TestAWebhookWithoutURLOnlyLists(t *testing.T) {
	t.Parallel()
	s := begin(t, "empty")
	s.control("POST", "/tenants", `{"name":"acme"}`, http.StatusCreated)
	x := open(t, s.server)
	x.visit("/webhooks?tenant=acme")
	x.click("Add")
	x.sees("[aria-label=Webhooks] tbody", "only lists")
	x.sees("[aria-label=Webhooks] tbody", "all")
	s.signup("acme", "ada@example.com")
	x.sees("[aria-label=Events] tbody", "only listed")
	x.click("customer.created")
	x.sees(".detail", "It is only listed")
	x.click("Send again")
	x.sees("#told", "No webhook with a URL receives customer.created")
	x.click("Close")
	x.click("Remove the one that only lists")
	x.clickIn("#confirm", "Remove")
	x.sees("main", "No webhook, so no event is added") // The events stay.
	x.sees("[aria-label=Events] tbody", "customer.created")
}

// An event whose receiver is not there is repeated attempt by attempt, until it has failed.
func TestTheClockLeadsFromAttemptToAttempt(t *testing.T) {
	t.Parallel()
	s := begin(t, "empty")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s.control("POST", "/tenants", `{"name":"acme","clock":"2030-01-01T00:00:00Z","freeze":true,"settings":{"webhooks":[{"url":"`+gone.URL+`"}]}}`, http.StatusCreated)
	s.signup("acme", "eve@example.com")
	x := open(t, s.server)
	x.visit("/webhooks?tenant=acme")
	x.click("customer.created")
	for attempts := range 7 {
		x.wait(fmt.Sprintf(`document.querySelectorAll(".detail tbody tr").length === %d`, attempts+1))
		x.click("Advance to the next attempt")
	}
	x.sees(".detail .badge", "failed")
	x.sees(".detail", "It is not repeated any more")
	x.sees(".detail tbody", "refused")
	x.wait(`!document.querySelector("#next")`)
	if now := s.text(s.control("GET", "/tenants/acme/clock", "", http.StatusOK), "now"); now != "2030-01-02T03:35:05Z" {
		t.Errorf("the clock is at %s", now)
	}
	x.click("Send again")
	x.sees("#next", "2030-01-02 03:35:10")
	x.sees(".detail", "1 earlier attempt is not shown")
}
