package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"standin/engine"
	"standin/engine/control"
	"standin/engine/enginetest"
	"standin/fixtures"
)

// blank returns the URL of an empty page of another origin.
func blank(t *testing.T) string {
	t.Helper()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>A page</title><link rel=icon href=data:,>"))
	}))
	t.Cleanup(page.Close)
	return page.URL
}

// fetched returns the status that fetch gives a page, or "refused" if the browser hides the answer from the page.
func (x *tab) fetched(url, options string) string {
	x.Helper()
	asked := fmt.Sprintf(`fetch(%q, %s).then((answer) => String(answer.status), () => "refused")`, url, options)
	got, err := chromedp.Run(x.ctx, chromedp.Evaluate[string](asked, chromedp.EvalAwaitPromise))
	if err != nil {
		x.Fatal(err)
	}
	return got
}

// TestPagesOfOtherOriginsInABrowser has pages of two origins call the service and the control API. One of the origins is trusted.
func TestPagesOfOtherOriginsInABrowser(t *testing.T) {
	t.Parallel()
	demo, err := fixtures.Load(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	trusted, other := blank(t), blank(t)
	access := control.Access{Origins: []string{trusted}}
	api := control.New(control.Options{Fixture: demo, Seed: []byte("x"), Access: access})
	server, err := engine.New(engine.Config{
		Fixture: api.Home(), Control: api.Handlers(), Guard: api.Guard, TrustedOrigins: access.Origins, Now: time.Now, Seed: []byte("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server)
	t.Cleanup(front.Close)
	const (
		include = `{credentials: "include", headers: {Authorization: "Bearer x"}}`
		order   = `{method: "POST", credentials: "include", headers: {"Content-Type": "application/json"}, body: '{"advance": "1h"}'}`
		text    = `{method: "POST", body: '{"advance": "1h"}'}` // No preflight comes before it.
	)
	tabs := map[string]*tab{}
	for _, page := range []string{trusted, other} {
		x := open(t, &enginetest.Server{URL: page, Engine: server})
		for _, part := range []string{"it asks " + front.URL, "CORS", "ERR_FAILED", "status of 40"} {
			x.expects(part)
		}
		x.run(chromedp.Navigate(page))
		tabs[page] = x
	}
	for _, one := range []struct{ page, path, options, want string }{
		{trusted, "/customer/demo/me", include, "401"},
		{other, "/customer/demo/me", include, "401"},
		{trusted, "/_standin/info", "{}", "200"},
		{trusted, "/_standin/tenants/demo/clock", order, "200"},
		{trusted, "/_standin/tenants/demo/clock", text, "200"},
		{other, "/_standin/info", "{}", "refused"},
		{other, "/_standin/tenants/demo/clock", order, "refused"},
		{other, "/_standin/tenants/demo/clock", text, "refused"},
	} {
		before := clockOf(t, server)
		if got := tabs[one.page].fetched(front.URL+one.path, one.options); got != one.want {
			t.Errorf("a page of %s fetches %s with %s: %s, and was to be %s", one.page, one.path, one.options, got, one.want)
		}
		if moved := clockOf(t, server).Sub(before) > time.Minute; moved != (one.want == "200" && one.options != "{}") {
			t.Errorf("after a page of %s fetched %s with %s, the clock has moved: %t", one.page, one.path, one.options, moved)
		}
	}
}

func clockOf(t *testing.T, server *engine.Server) time.Time {
	t.Helper()
	world, ok := server.Worlds().Named("demo")
	if !ok {
		t.Fatal("there is no tenant demo")
	}
	return world.Clock().Now()
}
