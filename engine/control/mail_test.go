package control_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/enginetest"
	"standin/engine/world"
	"standin/state"
)

func (x *tester) reset(tenant, email string) {
	x.Helper()
	x.call("POST", "/customer/"+tenant+"/password/reset", x.anonymous(tenant), `{"email":"`+email+`"}`).must(http.StatusNoContent)
}

func TestMailsAreReadFromACursorOn(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	path := "/tenants/" + name + "/mail"
	x.signup(name, "ada@example.com")
	x.signup(name, "bob@example.com")
	start := x.do("GET", path, nil).must(http.StatusOK).text("cursor")
	x.reset(name, "ada@example.com")
	x.reset(name, "bob@example.com")
	all := x.do("GET", path+"?after="+start, nil).is("ada@example.com", "mails", 0, "to").is("bob@example.com", "mails", 1, "to")
	x.do("GET", path+"?to=BOB@example.com", nil).is("bob@example.com", "mails", 0, "to").is(nil, "mails", 1)
	x.do("GET", path+"?kind=opt-in", nil).is(nil, "mails", 0)
	last := x.do("GET", path+"?order=newest&limit=1", nil).is("bob@example.com", "mails", 0, "to").is(nil, "mails", 1).text("cursor")
	last = x.do("GET", path+"?order=newest&after="+last, nil).is("ada@example.com", "mails", 0, "to").is(nil, "mails", 1).text("cursor")
	x.do("GET", path+"?order=newest&after="+last, nil).is(nil, "mails", 0).is(last, "cursor")
	x.do("GET", path+"?order=newest&to=ADA@example.com", nil).is("ada@example.com", "mails", 0, "to").is(nil, "mails", 1)
	x.do("GET", path+"?order=newest&after=7.1", nil).is("bob@example.com", "mails", 0, "to") // Of another mailbox.
	first := x.do("GET", path+"?limit=1", nil).is(nil, "mails", 1).text("cursor")
	x.do("GET", path+"?after="+first, nil).is("bob@example.com", "mails", 0, "to")

	id := all.text("mails", 1, "id")
	x.do("GET", path+"/"+id, nil).must(http.StatusOK).is("password-reset", "kind")
	page := x.do("GET", path+"/"+id+"/preview", nil).must(http.StatusOK)
	if !strings.Contains(string(page.raw), "Choose a new password") || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("the page is %v %s", page.header, page.raw)
	}
	x.do("DELETE", path+"/"+id, nil).must(http.StatusNoContent)
	x.do("GET", path+"/"+id, nil).refuses(http.StatusNotFound, id)
	x.do("DELETE", path+"/"+id, nil).must(http.StatusNotFound)
	x.do("GET", path+"/"+id+"/preview", nil).must(http.StatusNotFound)
	x.reset(name, "ada@example.com") // Its place is not the deleted one's.
	x.do("GET", path+"?after="+all.text("cursor"), nil).is("ada@example.com", "mails", 0, "to")
	x.do("DELETE", path, nil).must(http.StatusNoContent)
	x.do("GET", path, nil).is(nil, "mails", 0)

	for field, query := range map[string]string{"after": "after=x", "wait": "wait=soon", "kind": "kind=spam", "limit": "limit=0", "order": "order=up", "form": "form=1"} {
		x.do("GET", path+"?"+query, nil).refuses(http.StatusBadRequest, `"field":"`+field+`"`)
	}
	x.do("GET", path+"?wait=1s&order=newest&after="+all.text("cursor"), nil).refuses(http.StatusBadRequest, `"field":"wait"`)
	x.do("GET", path+"?wait=6m", nil).refuses(http.StatusBadRequest, `"field":"wait"`)
}

// The link of a mail names the tenant that the storefront knows: the public name of a sandbox that has one.
func TestALinkNamesItsTenant(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	links := object{"links": object{"reset": "https://{tenant}.shop.example/r/{token}"}}
	for _, order := range []object{{"settings": links}, {"settings": links, "as": "acme"}} {
		made := x.do("POST", "/tenants", order).must(http.StatusCreated)
		name := made.text("tenant")
		shown := name
		if order["as"] != nil {
			shown = "acme"
		}
		x.reset(name, john)
		mail := x.do("GET", "/tenants/"+name+"/mail?kind=password-reset&to="+john, nil)
		if want := "https://" + shown + ".shop.example/r/" + mail.text("mails", 0, "token"); mail.text("mails", 0, "link") != want {
			t.Errorf("the link is %s and not %s", mail.text("mails", 0, "link"), want)
		}
	}
	// A mail of a fixture names the tenant that is made from it.
	file := []byte("settings: {links: {reset: 'https://shop.example/{tenant}?t={token}'}}\ncustomers:\n  - email: ada@example.com\n    password: x\n    mails: [{kind: password-reset}]\n")
	one := x.sandbox(object{})
	x.send("POST", "/_standin/tenants/"+one+"/import", http.Header{"Content-Type": {"application/yaml"}}, file).must(http.StatusOK)
	other := x.sandbox(object{"from": "tenant:" + one})
	for _, name := range []string{one, other} {
		if link := x.do("GET", "/tenants/"+name+"/mail", nil).text("mails", 0, "link"); !strings.HasPrefix(link, "https://shop.example/"+name+"?t=") {
			t.Errorf("in %s the link is %s", name, link)
		}
	}
}

func TestAHostileMailIsShownAsText(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty", "settings": object{"links": object{"reset": `https://shop.example/"><script>alert(1)</script>{token}`}}})
	x.signup(name, "ada@example.com")
	x.reset(name, "ada@example.com")
	id := x.do("GET", "/tenants/"+name+"/mail", nil).text("mails", 0, "id")
	if page := x.do("GET", "/tenants/"+name+"/mail/"+id+"/preview", nil); strings.Contains(string(page.raw), "<script") {
		t.Errorf("it runs %s", page.raw)
	}
}

func TestAWaitEndsWithItsMail(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	path := "/tenants/" + name + "/mail"
	x.signup(name, "ada@example.com")
	x.signup(name, "bob@example.com")
	answered := make(chan answer)
	go func() { answered <- x.do("GET", path+"?to=ada@example.com&wait=1m", nil) }()
	x.reset(name, "bob@example.com")
	select {
	case a := <-answered:
		t.Fatalf("somebody else's mail ended the wait: %s", a.raw)
	default:
	}
	x.reset(name, "ada@example.com")
	(<-answered).must(http.StatusOK).is("ada@example.com", "mails", 0, "to")
	x.do("GET", path+"?wait=1m&to=ada@example.com", nil).is("ada@example.com", "mails", 0, "to") // It is there already.
	cursor := x.do("GET", path, nil).text("cursor")
	x.do("GET", path+"?wait=1ms&after="+cursor, nil).must(http.StatusOK).is(nil, "mails", 0).is(cursor, "cursor")

	// A reset makes another mailbox, in which the old cursor is the beginning.
	x.do("POST", "/tenants/"+name+"/reset", nil).must(http.StatusOK)
	go func() { answered <- x.do("GET", path+"?wait=1m&after="+cursor, nil) }()
	x.signup(name, "cid@example.com")
	x.reset(name, "cid@example.com")
	(<-answered).is("cid@example.com", "mails", 0, "to")

	// A reset brings mails, too, to whoever waits for them.
	cursor = x.do("GET", path, nil).text("cursor")
	go func() { answered <- x.do("GET", path+"?wait=1m&kind=deletion&after="+cursor, nil) }()
	eventually(t, func() bool { return waiting() > 0 })
	x.do("POST", "/tenants/"+name+"/reset?to=demo", nil).must(http.StatusOK)
	(<-answered).is("lea.leaving@example.com", "mails", 0, "to")

	// With its tenant, a wait ends too.
	cursor = x.do("GET", path, nil).text("cursor")
	go func() { answered <- x.do("GET", path+"?wait=1m&after="+cursor, nil) }()
	x.do("DELETE", "/tenants/"+name, nil).must(http.StatusNoContent)
	if a := <-answered; a.status != http.StatusOK && a.status != http.StatusNotFound {
		t.Errorf("the wait ended with %d %s", a.status, a.raw)
	}
}

// With latest the newest match is answered alone: what a test wants of a tenant that has mailed before.
func TestTheLatestMailIsAnsweredAlone(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	path := "/tenants/" + name + "/mail"
	x.signup(name, "ada@example.com")
	x.signup(name, "bob@example.com")
	x.do("GET", path+"?latest=true", nil).must(http.StatusOK).is(nil, "mails", 0)
	start := x.do("GET", path, nil).text("cursor")
	for _, email := range []string{"ada@example.com", "ada@example.com", "bob@example.com"} {
		x.reset(name, email)
	}
	all := x.do("GET", path, nil)
	x.do("GET", path+"?latest=true", nil).is(all.text("mails", 2, "id"), "mails", 0, "id").is(nil, "mails", 1).is(all.text("cursor"), "cursor")
	ada := x.do("GET", path+"?latest=true&to=ada@example.com&after="+start, nil).is(all.text("mails", 1, "id"), "mails", 0, "id").is(nil, "mails", 1)
	x.do("GET", path+"?latest=true&order=newest&limit=5&to=ada@example.com", nil).is(all.text("mails", 1, "id"), "mails", 0, "id").is(nil, "mails", 1)
	x.do("GET", path+"?latest=false", nil).is(all.text("mails", 0, "id"), "mails", 0, "id")
	// Its cursor is the end of the mailbox, behind which the next one is found.
	next := path + "?latest=true&to=ada@example.com&after=" + ada.text("cursor")
	x.do("GET", next, nil).is(nil, "mails", 0).is(ada.text("cursor"), "cursor")
	x.do("GET", next+"&wait=1ms", nil).is(nil, "mails", 0).is(ada.text("cursor"), "cursor")
	answered := make(chan answer)
	go func() { answered <- x.do("GET", next+"&wait=1m", nil) }()
	x.reset(name, "bob@example.com")
	x.reset(name, "ada@example.com")
	later := (<-answered).must(http.StatusOK).is("ada@example.com", "mails", 0, "to").is(nil, "mails", 1)
	if later.text("mails", 0, "id") == ada.text("mails", 0, "id") {
		t.Errorf("it is the same as before: %s", later.raw)
	}
	x.do("GET", path+"?latest=maybe", nil).refuses(http.StatusBadRequest, `"field":"latest"`)
}

func TestTheNewestIsWaitedFor(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	path := "/tenants/" + name + "/mail?order=newest&kind=password-reset"
	x.signup(name, "ada@example.com")
	answered := make(chan answer)
	go func() { answered <- x.do("GET", path+"&wait=1m", nil) }()
	x.reset(name, "ada@example.com")
	first := (<-answered).must(http.StatusOK).is("ada@example.com", "mails", 0, "to")
	x.reset(name, "ada@example.com")
	second := x.do("GET", path+"&wait=1m", nil).must(http.StatusOK).is(first.text("mails", 0, "id"), "mails", 1, "id") // They are there already.
	if second.text("mails", 0, "id") == first.text("mails", 0, "id") {
		t.Errorf("the newest is not first: %s", second.raw)
	}
	x.do("GET", path+"&to=nobody@example.com&wait=1ms", nil).must(http.StatusOK).is(nil, "mails", 0)
}

// A plus sign in a query is a blank, so an address with one is never found: the refusal says how to write it.
func TestAPlusSignInAnAddressIsToBeEncoded(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	path := "/tenants/" + name + "/mail?to="
	x.signup(name, "ada+shop@example.com")
	x.reset(name, "ada+shop@example.com")
	x.do("GET", path+"ada%2Bshop@example.com", nil).is("ada+shop@example.com", "mails", 0, "to")
	x.do("GET", path+"ada+shop@example.com", nil).refuses(http.StatusBadRequest, `"field":"to"`, "write %2B")
	x.do("GET", path+"ada%20shop@example.com&wait=1m", nil).refuses(http.StatusBadRequest, `"field":"to"`)
	x.do("GET", path+"%22ada+shop%22@example.com", nil).must(http.StatusOK).is(nil, "mails", 0)
	x.do("GET", path+"nobody", nil).must(http.StatusOK).is(nil, "mails", 0)
}

// A thousand wait, each for its own mail, and a mail is committed every millisecond: each is woken by its own commit.
// The figure is logged, and held only to what no busy machine could break; the benchmark measures it.
func TestAThousandWaiters(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t)
	w, err := s.Worlds().Make(world.Sandbox{Fixture: s.Config().Fixture})
	if err != nil {
		t.Fatal(err)
	}
	late := thousandWaiters(t, s, w)
	slices.Sort(late)
	t.Logf("woken after %s (median), %s (99th percentile)", late[len(late)/2], late[len(late)*99/100])
	if p99 := late[len(late)*99/100]; p99 > time.Second {
		t.Errorf("the 99th percentile is %s", p99)
	}
}

func thousandWaiters(tb testing.TB, s *engine.Server, w *world.World) []time.Duration {
	tb.Helper()
	const n = 1000
	var mu sync.Mutex
	sent := make([]time.Time, n)
	var late []time.Duration
	var ready, done sync.WaitGroup
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			mails, _ := w.Mails(world.MailFilter{To: fmt.Sprint("w", i)}).Read(context.Background(), world.Query{Most: 1, Wait: time.Minute})
			at := time.Now()
			mu.Lock()
			defer mu.Unlock()
			if len(mails) != 1 {
				tb.Errorf("waiter %d got %d mails", i, len(mails))
				return
			}
			late = append(late, at.Sub(sent[i]))
		})
	}
	ready.Wait()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := range n {
		<-tick.C
		mu.Lock()
		sent[i] = time.Now()
		mu.Unlock()
		err := s.Change(w, func(in *call.Call) error {
			in.Txn.PutMail(state.Mail{ID: fmt.Sprint(i), To: fmt.Sprint("w", i)})
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	done.Wait()
	return late
}

func BenchmarkAThousandWaiters(b *testing.B) {
	s := enginetest.New(b)
	var worst time.Duration
	for b.Loop() {
		w, err := s.Worlds().Make(world.Sandbox{Fixture: s.Config().Fixture})
		if err != nil {
			b.Fatal(err)
		}
		late := thousandWaiters(b, s, w)
		slices.Sort(late)
		worst = max(worst, late[len(late)*99/100])
		s.Worlds().Remove(w)
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "ms/p99")
}

// A cursor of a tenant that was deleted is the beginning for the next one of its name.
func TestCursorsOfADeletedTenant(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	order := object{"name": "again", "from": "empty", "settings": object{"doubleOptIn": true, "webhooks": []any{object{}}}}
	x.sandbox(order)
	x.signup("again", "ada@example.com")
	mail := x.do("GET", "/tenants/again/mail", nil).is("opt-in", "mails", 0, "kind").text("cursor")
	event := x.do("GET", "/tenants/again/webhooks", nil).is("customer.created", "events", 0, "type").text("cursor")
	x.do("DELETE", "/tenants/again", nil).must(http.StatusNoContent)
	x.sandbox(order)
	x.signup("again", "bob@example.com")
	x.do("GET", "/tenants/again/mail?after="+mail, nil).is("bob@example.com", "mails", 0, "to")
	x.do("GET", "/tenants/again/webhooks?after="+event, nil).is("customer.created", "events", 0, "type")
}
