package console_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestMailIsFilteredReadAndDeleted(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	s.control("POST", "/tenants/demo/reset", "", http.StatusOK)
	x := open(t, s.server)
	x.visit("/mail?tenant=demo")
	all := value[int](x, `document.querySelectorAll("tbody tr").length`)
	x.fill("Filter", "kind", "password-reset")
	x.wait(`document.querySelectorAll("tbody tr").length === 1`)
	x.click("Choose a new password")
	x.sees(".detail", "fred.forgetful@example.com")
	mail := s.control("GET", "/tenants/demo/mail?kind=password-reset", "", http.StatusOK)
	x.sees(".detail pre", s.text(mail, "mails", 0, "token"))
	if link := value[string](x, `document.querySelector(".letter a").href`); link != s.text(mail, "mails", 0, "link") {
		t.Errorf("the link is %s", link)
	}
	x.click("Copy the token")
	x.sees("#told", "Copied")
	x.click("Delete")
	x.sees("main", "No mail")
	x.click("Show all")
	x.wait(`document.querySelectorAll("tbody tr").length > 1`)
	if now := value[int](x, `document.querySelectorAll("tbody tr").length`); now != all-1 {
		t.Errorf("%d mails became %d", all, now)
	}
	x.fill("Filter", "to", "LEA.leaving@example.com\n")
	x.wait(`document.querySelectorAll("tbody tr").length === 1`)
	x.click("Empty")
	x.clickIn("#confirm", "Empty")
	x.sees("main", "No mail")
	if left := s.control("GET", "/tenants/demo/mail", "", http.StatusOK); left.at("mails", 0) != nil {
		t.Errorf("the mailbox is %v", left.body)
	}
}

func TestCustomersAreFoundBecomeMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	s.control("PATCH", "/tenants/demo/settings", `{"storefront":{"origin":"http://localhost:3000","localStorage":{"auth":"{accessToken}"}}}`, http.StatusOK)
	x := open(t, s.server)
	x.visit("/customers?tenant=demo")
	x.fill("Search", "q", "JOHN.doe\n")
	x.wait(`document.querySelectorAll("section[aria-label=x], main > .table-responsive tbody tr").length === 1`)
	x.click("10000001")
	x.sees("main", "Invalidenstrasse")
	x.click("Become")
	x.sees("#being", "curl -s")
	token := value[string](x, `document.querySelector("#being pre").innerText.trim()`)
	if me := s.call("GET", "/customer/demo/me", token, ""); me.status != http.StatusOK || me.at("customerNumber") != "10000001" {
		t.Errorf("the token is good for %d %v", me.status, me.body)
	}
	snippet := value[string](x, `document.querySelector("[aria-label='The snippet']").innerText`)
	if !strings.Contains(snippet, `localStorage.setItem("auth", "`+token+`")`) {
		t.Errorf("the snippet is %s", snippet)
	}

	x.click("Edit")
	x.fill("Edit", "firstName", "Jonathan")
	x.fill("Edit", "more", `{"preferredLanguage":"en_US"}`)
	x.fill("Edit", "status", "inactive")
	x.click("Save")
	x.sees("#told", "changed")
	x.sees("h2", "Jonathan Doe")
	x.sees(".badge", "inactive")
	one := s.control("GET", "/tenants/demo/customers/10000001", "", http.StatusOK)
	if one.at("profile", "firstName") != "Jonathan" || one.at("profile", "lastName") != "Doe" || one.at("profile", "preferredLanguage") != "en_US" || one.at("status") != "inactive" {
		t.Errorf("the customer is %v", one.body)
	}
	x.click("Activate")
	x.sees("#told", "active")
	x.wait(`[...document.querySelectorAll("button")].some((b) => b.innerText === "Become")`)
	x.click("Delete")
	x.clickIn("#confirm", "Delete")
	x.sees("#told", "deleted")
	x.sees("h1", "Customers")
	if gone := s.call("GET", "/_standin/tenants/demo/customers/10000001", "", ""); gone.status != http.StatusNotFound {
		t.Errorf("the customer answers %d", gone.status)
	}

	x.visit("/customers?tenant=demo")
	x.fill("Make customers", "status", "pendingOptIn")
	x.fill("Make customers", "email", "new{n}@example.com")
	x.fill("Make customers", "count", "3")
	x.fill("Make customers", "addresses", "2")
	x.fill("Make customers", "mail", "opt-in")
	x.click("Make")
	x.sees("#told", "3 customers are made")
	x.sees("[aria-label='Make customers']", "new3@example.com")
	made := s.control("GET", "/tenants/demo/customers/new2@example.com", "", http.StatusOK)
	if made.at("status") != "pendingOptIn" || made.at("addresses", 1) == nil || made.at("mailedTokens", 0, "kind") == nil {
		t.Errorf("the customer is %v", made.body)
	}
	x.fill("Make customers", "email", "once@example.com")
	value[bool](x, `[1, 2].forEach(() => document.querySelector("form[aria-label='Make customers']").requestSubmit()) ?? true`) // Two clicks are one.
	x.sees("#told", "is made")
	x.fill("Make customers", "more", "{")
	x.click("Make")
	x.sees("#trouble", "More members is not JSON")

	x.fill("Mint a token", "kind", "service")
	x.fill("Mint a token", "expiresIn", "-1")
	x.click("Mint")
	x.sees("[aria-label='Mint a token'] pre", "accessToken")
}

func TestTimeIsMovedToWhereItMatters(t *testing.T) {
	t.Parallel()
	s := begin(t, "empty")
	s.control("POST", "/tenants", `{"name":"acme","clock":"2030-01-01T00:00:00Z","freeze":true}`, http.StatusCreated)
	x := open(t, s.server)
	x.visit("/time?tenant=acme")
	x.sees("#now", "2030-01-01 00:00:00")
	x.sees("#now", "frozen")
	token := s.anonymous("acme") // For an hour.
	get := func() int {
		return s.call("GET", "/customer/acme/signup/optin/none", token, "").status // 400 as long as the bearer is good.
	}
	x.sees("tbody", "in 1 h")
	now := func() string { return s.text(s.control("GET", "/tenants/acme/clock", "", http.StatusOK), "now") }
	before := `document.querySelector("tbody tr").querySelectorAll("button")`
	x.wait(before + ".length === 2")
	x.clickIn("tbody", value[string](x, before+`[0].getAttribute("aria-label")`))
	x.sees("#told", "It is")
	if at := now(); !strings.HasSuffix(at, "59:59Z") || get() != http.StatusBadRequest {
		t.Errorf("just before the deadline it is %s, and the token answers %d", at, get())
	}
	x.sees("#now", "59:59")
	x.wait(before + ".length === 2")
	x.clickIn("tbody", value[string](x, `[...document.querySelectorAll("tbody button")].find((b) => b.innerText === "Just after").getAttribute("aria-label")`))
	x.sees("#told", "An anonymous access token")
	if get() != http.StatusUnauthorized {
		t.Errorf("just after the deadline the token answers %d", get())
	}
	x.fill("Advance", "by", "1d")
	x.click("Advance")
	x.sees("#now", "2030-01-02")
	x.expects("status of 400")
	x.fill("Advance", "by", "soon")
	x.click("Advance")
	x.sees("#trouble", "must be a duration")
	x.click("Close")
	value[string](x, `document.querySelector("[name=to]").value = "2031-05-06T07:08:00"`)
	x.click("Set")
	x.sees("#now", "2031-05-06 07:08:00")
	x.click("Run")
	x.sees("#now", "running")
	x.wait(`!document.querySelector("#now").innerText.includes("07:08:00")`) // It goes on before one's eyes.
	x.click("Freeze")
	x.sees("#now", "frozen")
}

func TestFaultsAreAddedCountedReleasedAndRemoved(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	x := open(t, s.server)
	x.visit("/faults?tenant=demo")
	x.sees("main", "Nothing goes wrong")
	x.click("Add too-many-requests")
	x.sees("tbody", "answers 429")
	if a := s.call("GET", "/customer/demo/me", "", ""); a.status != http.StatusTooManyRequests {
		t.Errorf("the fault answers %d", a.status)
	}
	x.wait(`document.querySelector("tbody tr").cells[4].innerText === "1"`) // It has struck once.
	x.click("Remove too-many-requests")
	x.sees("main", "Nothing goes wrong")

	x.fill("Add a fault", "operation", "getProfile")
	x.fill("Add a fault", "does", "hold")
	x.fill("Add a fault", "name", "parked")
	x.fill("Add a fault", "times", "1")
	x.clickIn("[aria-label='Add a fault']", "Add")
	x.sees("tbody", "parks the request")
	parked := make(chan int)
	go func() { parked <- s.call("GET", "/customer/demo/me", "", "").status }()
	x.wait(`document.querySelector("tbody tr").cells[5].innerText === "1"`)
	x.click("Release parked")
	x.sees("#told", "1 released")
	if status := <-parked; status != http.StatusUnauthorized {
		t.Errorf("what was parked answers %d", status)
	}
	x.expects("status of 400")
	x.fill("Add a fault", "status", "599")
	x.clickIn("[aria-label='Add a fault']", "Add")
	x.sees("#trouble", "undeclared")
	x.click("Remove all")
	x.clickIn("#confirm", "Remove")
	x.sees("main", "Nothing goes wrong")
}

func TestCoverageIsAHeatMapOfTheTraffic(t *testing.T) {
	t.Parallel()
	s := begin(t, "demo")
	s.control("POST", "/tenants/demo/reset", "", http.StatusOK)
	x := open(t, s.server)
	x.visit("/coverage?tenant=demo")
	x.sees("main", "No answer yet")
	for range 12 {
		s.call("GET", "/customer/demo/me", "", "")
	}
	x.sees("td.heat-2", "12")
	x.sees("main", "1 of ")
	x.click("12 times 401")
	x.wait(`document.querySelectorAll("tbody tr").length === 12`)
}
