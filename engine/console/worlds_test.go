package console_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestWorldsAreMadeForkedKeptAndDeleted(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	s.control("POST", "/tenants/demo/reset", "", http.StatusOK)
	x := open(t, s.server)
	x.visit("/worlds?tenant=demo")
	x.fill("Make a sandbox", "from", "fixture:b2b")
	x.fill("Make a sandbox", "name", "trade")
	x.fill("Make a sandbox", "ttl", "30m")
	x.run(chromedp.Click(chromedp.CSS("[name=freeze]")))
	x.click("Make")
	x.sees("#inside h2", "trade")
	made := s.control("GET", "/tenants/trade", "", http.StatusOK)
	if made.at("fixture") != "b2b" || made.at("ttl") != "30m" || made.at("frozen") != true {
		t.Errorf("the sandbox is %v", made.body)
	}
	x.sees("tbody", "in 29 min")

	x.fill("Take a snapshot", "name", "clean")
	x.click("Take a snapshot")
	x.sees("[aria-label=Snapshots]", "clean")
	customers := made.at("customers")
	s.signup("trade", "ada@example.com")
	x.click("Restore clean")
	x.sees("#told", "as it was at clean")
	if now := s.control("GET", "/tenants/trade", "", http.StatusOK).at("customers"); now != customers {
		t.Errorf("%v customers became %v", customers, now)
	}
	x.click("Settings")
	x.fill("Settings", "change", `{"doubleOptIn":true}`)
	x.click("Change")
	x.sees("#told", "until the next reset")
	if s.control("GET", "/tenants/trade/settings", "", http.StatusOK).at("doubleOptIn") != true {
		t.Error("the setting is not changed")
	}
	x.expects("status of 400")
	x.fill("Settings", "change", `{"doubleOptin":true}`)
	x.click("Change")
	x.sees("#trouble", "doubleOptin")
	x.click("Close")

	x.fill("Reset", "to", "empty")
	x.click("Reset")
	x.clickIn("#confirm", "Reset")
	x.sees("#told", "reset")
	if now := s.control("GET", "/tenants/trade", "", http.StatusOK); now.at("fixture") != "empty" || now.at("customers") != 0.0 {
		t.Errorf("the tenant is %v", now.body)
	}

	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, []byte("name: mine\ncustomers: [{email: imported@example.com, password: password123}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x.run(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{file}))
	x.sees("#told", "fixture now")
	s.control("GET", "/tenants/trade/customers/imported@example.com", "", http.StatusOK)

	x.click("Export")
	x.sees("#told", "The fixture is saved")
	x.click("Fork trade")
	x.sees("#told", "is a fork of trade")
	fork := strings.Fields(value[string](x, `document.querySelector("#told").innerText`))[0]
	s.control("GET", "/tenants/"+fork+"/customers/imported@example.com", "", http.StatusOK)
	x.sees("#inside h2", fork)
	x.expects("status of 404")
	x.click("Delete " + fork)
	x.clickIn("#confirm", "Delete")
	x.sees("#told", "is gone")
	x.sees("#inside h2", "demo")
	if gone := s.call("GET", "/_standin/tenants/"+fork, "", ""); gone.status != http.StatusNotFound {
		t.Errorf("the fork answers %d", gone.status)
	}

	x.expects("status of 409")
	x.fill("Make a sandbox", "name", "shadow")
	x.fill("Make a sandbox", "as", "trade")
	x.click("Make")
	x.sees("#trouble", "cuts off a tenant")
	x.click("Close")
	x.run(chromedp.Click(chromedp.CSS("[name=overshadow]")))
	x.click("Make")
	x.sees("#told", "Requests to trade that name no sandbox are refused now")
	x.sees("tbody", "overshadowed")

	x.visit("/live?tenant=nobody7")
	x.sees("main", "There is no tenant nobody7")
	x.clickIn("main", "Worlds")
	x.sees("tbody", "demo")
}

// The viewer sends requests to the chosen tenant, with a valid token.
func TestTheViewerTriesOutWithAGoodToken(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	s.control("POST", "/tenants", `{"name":"acme"}`, http.StatusCreated)
	x := open(t, s.server)
	x.visit("/live?tenant=acme")
	x.click("API")
	x.sees("#who", "fresh token")
	x.run(chromedp.Click(chromedp.CSS("[id$=getProfile] button.opblock-summary-control")))
	x.run(chromedp.Click(chromedp.CSS("[id$=getProfile] button.execute")))
	x.sees("[id$=getProfile] .live-responses-table .response-col_status", "200")
	x.sees("[id$=getProfile] .live-responses-table", "John")
	if last := s.control("GET", "/tenants/acme/journal?order=newest&limit=1", "", http.StatusOK); last.at("entries", 0, "operation") != "getProfile" || last.at("entries", 0, "caller", "customerNumber") != "10000001" {
		t.Errorf("the journal is %v", last.body)
	}
	x.run(chromedp.SetValue(chromedp.CSS("[name=document]"), "control.yaml"))
	value[bool](x, `document.querySelector("[name=document]").dispatchEvent(new Event("change"))`)
	x.sees("#viewer", "/_standin/info")
	x.click("Back to the console")
	x.sees("h1", "Live")
	x.wait(`location.hash.includes("tenant=acme")`)
}
