package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLiveFiltersPausesAndReplays(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	s.control("POST", "/tenants/demo/reset", "", http.StatusOK)
	bad := s.call("POST", "/customer/demo/login", s.anonymous("demo"), `{"email":"john.doe@example.com","password":"wrong-password"}`)
	if bad.status != http.StatusUnauthorized {
		t.Fatalf("the login answers %d", bad.status)
	}
	s.call("GET", "/customer/demo/me", "", "")
	x := open(t, s.server)
	x.visit("/live?tenant=demo")
	x.sees("tbody", "getProfile")
	x.fill("Filter", "status", "4xx")
	x.wait(`document.querySelectorAll("tbody tr").length === 2`)
	x.fill("Filter", "operation", "login\n")
	x.wait(`document.querySelectorAll("tbody tr").length === 1`)
	x.wait(`location.hash.includes("operation=login")`)

	x.click("login")
	x.sees("#why", "LOGIN-BAD")
	x.sees("[aria-label='Replay']", "/password was never stored")
	x.fill("Replay", "body /password", "password123")
	x.click("Replay")
	x.sees("#told", "It answers 200 now.")
	x.sees(".detail h2", "200")
	x.click("Copy as curl")
	x.sees("#told", "Copied")

	x.visit("/live?tenant=demo")
	rows := value[int](x, `document.querySelectorAll("tbody tr").length`)
	x.click("Pause")
	s.call("GET", "/customer/demo/me", "", "")
	x.wait(`document.querySelector("[aria-pressed=true]")`)
	time.Sleep(800 * time.Millisecond) // Longer than it takes to show an exchange.
	if now := value[int](x, `document.querySelectorAll("tbody tr").length`); now != rows {
		t.Errorf("while it was paused, %d rows became %d", rows, now)
	}
	x.click("Go on")
	x.wait(fmt.Sprintf(`document.querySelectorAll("tbody tr").length === %d`, rows+1))

	s.call("GET", "/nowhere", "", "")
	x.fill("Filter", "of", "nobody")
	x.sees("tbody", "/nowhere")
	x.click("GET /nowhere")
	x.sees("#why", "No operation has this path")

	x.visit("/live?tenant=demo")
	x.click("HAR")
	x.sees("#told", "The HTTP archive is saved")
	x.click("curl")
	x.sees("#told", "The curl lines are saved")
	x.click("Clear")
	x.clickIn("#confirm", "Cancel")
	x.sees("tbody", "getProfile")
	x.click("Clear")
	x.clickIn("#confirm", "Clear")
	x.sees("main", "No exchange yet")
	if list := s.control("GET", "/tenants/demo/journal", "", http.StatusOK); list.at("entries", 0) != nil {
		t.Errorf("the journal is %v", list.body)
	}
}

func TestABadRequestIsExplainedWhereItIsWrong(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	s.call("POST", "/customer/demo/me/addresses", s.login("demo", "john.doe@example.com"), `{"contactName":"John","street":7}`)
	x := open(t, s.server)
	x.visit("/live?tenant=demo")
	x.click("addAddress")
	x.sees("#why tbody", "/street")
	x.sees("#why tbody", "7")
	x.sees("#why", "A request that succeeds")
	// The corrected request succeeds.
	line := value[string](x, `document.querySelector("#why pre").innerText`)
	if !strings.Contains(line, "/customer/demo/me/addresses") || !strings.Contains(line, "Bearer ") {
		t.Errorf("the corrected request is %s", line)
	}
	x.sees("[aria-label='Request'] pre", `"street": 7`)
	// Looking at it has minted no token. A button does that.
	sessions := func() int {
		list, _ := s.control("GET", "/tenants/demo/customers/10000001/sessions", "", http.StatusOK).at("sessions").([]any)
		return len(list)
	}
	before := sessions()
	x.click("Copy with a new token")
	x.sees("#told", "Copied, with a new token.")
	if after := sessions(); after != before+1 {
		t.Errorf("there were %d sessions, and there are %d", before, after)
	}
}

func TestEverythingIsReachedByKeyboard(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	s.control("POST", "/tenants/demo/reset", "", http.StatusOK)
	s.call("GET", "/customer/demo/me", "", "")
	x := open(t, s.server)
	x.visit("/live?tenant=demo")
	x.sees("tbody", "getProfile")
	x.press("\t")
	if name := value[string](x, `document.activeElement.innerText`); name != "Skip to the content" {
		t.Errorf("the first stop is %s", name)
	}
	x.press("\r")
	x.wait(`document.activeElement.matches("h1")`)
	for range 30 {
		x.press("\t")
		if value[bool](x, `document.activeElement.innerText === "getProfile"`) {
			break
		}
	}
	x.press("\r")
	x.sees(".detail h2", "401")
	x.wait(`document.activeElement.matches("h1")`) // Where the new view begins.
	// The keyboard reaches everything that a mouse can press.
	if left := value[[]string](x, `[...document.querySelectorAll("*")].filter((e) => e.onclick && !e.matches("a, button, input, select, summary")).map((e) => e.outerHTML)`); len(left) > 0 {
		t.Errorf("the keyboard does not reach %v", left)
	}
}
