package console_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// views are all views of the console, by their names in the address, with one item open where there are items.
var views = []struct{ name, path string }{
	{"live", "/live"},
	{"live-open", "/live/8"},
	{"mail", "/mail"},
	{"mail-open", "/mail/{mail}"},
	{"webhooks", "/webhooks"},
	{"webhooks-open", "/webhooks/{event}"},
	{"webhooks-none", "/webhooks?tenant=checkout"},
	{"customers", "/customers"},
	{"customer", "/customers/10000001"},
	{"time", "/time"},
	{"worlds", "/worlds"},
	{"faults", "/faults"},
	{"coverage", "/coverage"},
}

// lively returns a server with exchanges, mails, events, sandboxes and faults.
func lively(t *testing.T) *shop {
	t.Helper()
	s := begin(t, "demo")
	s.control("PATCH", "/tenants/demo/settings", `{"doubleOptIn":true}`, http.StatusOK)
	s.control("PATCH", "/tenants/demo/settings", `{"webhooks":[{"url":"`+newBackEnd(t, http.StatusNoContent).url+`","secret":"`+hookSecret+`"},
		{"url":"`+newBackEnd(t, http.StatusServiceUnavailable).url+`","events":["customer.created","customer.updated"]},{"events":["customer.deleted"]}]}`, http.StatusOK)
	s.signup("demo", "ada@example.com")
	s.call("POST", "/customer/demo/password/reset", s.anonymous("demo"), `{"email":"john.doe@example.com"}`)
	token := s.login("demo", "john.doe@example.com")
	s.call("GET", "/customer/demo/me", token, "")
	s.call("POST", "/customer/demo/me/addresses", token, `{"contactName":"John","country":"Germany","street":7}`)
	s.call("GET", "/customer/demo/me/addresses", token, "")
	s.call("GET", "/customer/demo/me", "", "")
	s.control("POST", "/tenants", `{"name":"checkout","ttl":"30m","freeze":true}`, http.StatusCreated)
	s.control("POST", "/tenants/demo/snapshots", `{"name":"before"}`, http.StatusCreated)
	s.control("POST", "/tenants/demo/faults", `{"preset":"too-many-requests","operation":"login","times":2}`, http.StatusCreated)
	return s
}

// path returns the path of a view with the id of an item filled in.
func (s *shop) path(path string) string {
	if strings.Contains(path, "{mail}") {
		id, _ := s.control("GET", "/tenants/demo/mail?order=newest", "", http.StatusOK).at("mails", 0, "id").(string)
		path = strings.Replace(path, "{mail}", id, 1)
	}
	if strings.Contains(path, "{event}") {
		id, _ := s.control("GET", "/tenants/demo/webhooks?order=newest&type=customer.created", "", http.StatusOK).at("events", 0, "id").(string)
		path = strings.Replace(path, "{event}", id, 1)
	}
	if strings.Contains(path, "?") {
		return path
	}
	return path + "?tenant=demo"
}

// TestScreenshots writes a picture of every view, when STANDIN_SCREENSHOTS says where: make screenshots does.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("STANDIN_SCREENSHOTS")
	if folder == "" {
		t.Skip("STANDIN_SCREENSHOTS says where; make screenshots sets it")
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	s := lively(t)
	x := open(t, s.server)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390} {
			x.run(x.scheme(scheme), x.size(width, 844))
			for _, view := range views {
				x.visit(s.path(view.path))
				x.save(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", view.name, width, scheme)))
			}
			x.run(chromedp.Navigate(s.server.URL + "/_standin/console/api.html?tenant=demo"))
			x.sees("#who", "fresh token")
			x.save(filepath.Join(folder, fmt.Sprintf("api-%d-%s.png", width, scheme)))
		}
	}
}

func (x *tab) save(file string) {
	x.Helper()
	time.Sleep(100 * time.Millisecond) // What slides in has come to rest.
	picture, err := chromedp.Run(x.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		x.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		x.Fatal(err)
	}
	x.Log(file)
}
