package console_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"standin/engine"
	"standin/engine/console"
	"standin/engine/control"
	"standin/engine/enginetest"
	"standin/fixtures"
)

// restarting starts a server that can be stopped and started again under the same address.
func restarting(t *testing.T, first http.Handler) (string, func(http.Handler)) {
	t.Helper()
	var running atomic.Pointer[http.Handler]
	running.Store(&first)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler := running.Load()
		if handler == nil {
			panic(http.ErrAbortHandler)
		}
		(*handler).ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL, func(next http.Handler) {
		if next == nil {
			running.Store(nil)
			front.CloseClientConnections()
			return
		}
		running.Store(&next)
	}
}

func TestAServerThatGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	before, after := enginetest.Run(t, enginetest.WithFixture("demo")), enginetest.Run(t, enginetest.WithFixture("b2b"))
	url, become := restarting(t, before.Engine)
	x := open(t, &enginetest.Server{URL: url, Engine: before.Engine})
	for _, part := range []string{"ERR_", "status of 404"} {
		x.expects(part)
	}
	x.visit("/customers?tenant=demo")
	x.sees("tbody", "john.doe@example.com")
	become(nil)
	x.sees("#away", "The server does not answer")
	x.sees("tbody", "john.doe@example.com") // What it said last stays.
	become(after.Engine)
	x.wait(`!document.querySelector("#away")`)
	x.wait(`!document.querySelector("tbody").innerText.includes("john.doe@example.com")`) // It is another one.
	x.sees("footer", "fixture b2b")
	// The stream is open again.
	s := &shop{T: t, server: &enginetest.Server{URL: url}}
	x.visit("/live?tenant=demo")
	s.call("POST", "/customer/demo/login", s.anonymous("demo"), `{"email":"x@example.com","password":"wrong-password"}`)
	x.sees("tbody", "login")
}

func TestATokenIsAskedForAndKept(t *testing.T) {
	t.Parallel()
	demo, err := fixtures.Load(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	api := control.New(control.Options{Fixture: demo, Seed: []byte("x"), Access: control.Access{Token: "sésame ☃"}})
	server, err := engine.New(engine.Config{
		Fixture: api.Home(), Control: api.Handlers(), Guard: api.Guard, Pages: api.Pages(console.Handler("")), Now: time.Now, Seed: []byte("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server)
	t.Cleanup(front.Close)
	x := open(t, &enginetest.Server{URL: front.URL, Engine: server})
	x.expects("status of 401")
	x.run(chromedp.Navigate(front.URL + "/_standin/"))
	x.sees("main", "--control-token")
	for _, one := range []struct{ token, then string }{{"guess ☂", "does not take this token"}, {"sésame ☃", "john.doe@example.com"}} {
		x.wait(`document.querySelector("[name=token]")`)
		value[string](x, `document.querySelector("[name=token]").value = ""`)
		x.run(chromedp.SendKeys(chromedp.CSS("[name=token]"), one.token))
		x.click("Open")
		if one.token == "guess ☂" {
			x.sees("#trouble", one.then)
			continue
		}
		x.settled()
		x.click("Customers")
		x.sees("tbody", one.then)
	}
	x.run(chromedp.Reload()) // It is kept for the tab,
	x.settled()
	x.sees("tbody", "john.doe@example.com")
	x.click("API") // and good for the viewer, too.
	x.sees("#who", "fresh token")
	if cookies := value[string](x, `document.cookie + JSON.stringify(localStorage)`); cookies != "{}" {
		t.Errorf("it is kept elsewhere, too: %s", cookies)
	}
}
