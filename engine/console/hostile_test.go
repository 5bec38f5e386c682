package console_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// hostile are texts that could break out of markup, make the page wider, or change its direction.
var hostile = []string{
	`<script>alert("script")</script><img src=x onerror=alert("image")>`,
	`"><svg onload=alert('svg')>{{7*7}}${alert("template")}`,
	strings.Repeat("Wolfeschlegelsteinhausen", 417), // 10,008 characters without a space.
	"\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202dgnp.exe",
	"👩‍👩‍👧‍👦🏴‍☠️ Z̸͔̈a̷̛͎l̵̰̋g̴̣̽o̶͉͝",
}

// Names of customers are shown as text: no script runs, no markup comes of them, and no view is wider than its window.
func TestAHostileProfileIsShownAsText(t *testing.T) {
	t.Parallel()
	s := begin(t, "empty")
	s.control("POST", "/tenants", `{"name":"acme","settings":{"links":{"reset":"javascript://localhost/%0aalert(1)//{token}"},"storefront":{"origin":"http://localhost:3000","localStorage":{"</script><script>alert(2)</script>":"{email}"}}}}`, http.StatusCreated)
	s.hooked("acme", newBackEnd(t, http.StatusInternalServerError).url+"?%3Cimg%20src=x%20onerror=alert(6)%3E&"+strings.Repeat("x", 1900))
	var customers, events []string
	for i, text := range hostile {
		address := map[string]any{"contactName": text, "street": text, "city": text, "zipCode": "1", "country": "DE", "tags": []string{"<b>x</b>"}}
		body := map[string]any{
			"email": "ada" + string(rune('a'+i)) + "@example.com", "password": "password123", "addresses": []any{address},
			"profile": map[string]any{"firstName": text, "lastName": text, "company": text, "mixins": map[string]any{"note": map[string]any{"text": text}}},
		}
		made := s.control("POST", "/tenants/acme/customers", encoded(t, body), http.StatusCreated)
		customers = append(customers, s.text(made, "customers", 0, "customerNumber"))
		token := s.login("acme", "ada"+string(rune('a'+i))+"@example.com")
		s.call("PATCH", "/customer/acme/me", token, encoded(t, map[string]any{"firstName": text, "title": text}))
		s.call("POST", "/customer/acme/me/addresses", token, encoded(t, map[string]any{"contactName": text, text: text}))
		s.call("POST", "/customer/acme/password/reset", s.anonymous("acme"), `{"email":"ada`+string(rune('a'+i))+`@example.com"}`)
	}
	s.call("GET", "/customer/acme/%3Cimg%20src=x%20onerror=alert(3)%3E?q=%3Cscript%3Ealert(4)%3C/script%3E", "", "")
	s.control("POST", "/tenants/acme/faults", encoded(t, map[string]any{"operation": "getProfile", "status": 400, "customer": hostile[0], "body": hostile[1]}), http.StatusCreated)
	for _, kind := range []string{"created", "updated", "password-reset"} {
		event := s.control("GET", "/tenants/acme/webhooks?order=newest&type=customer."+kind, "", http.StatusOK)
		for i := 0; event.at("events", i) != nil; i++ {
			events = append(events, "/webhooks/"+s.text(event, "events", i, "id"))
		}
	}
	mail := s.text(s.control("GET", "/tenants/acme/mail?order=newest", "", http.StatusOK), "mails", 0, "id")

	x := open(t, s.server)
	paths := []string{"/live", "/live?of=nobody", "/mail", "/mail/" + mail, "/webhooks", "/customers", "/time", "/worlds", "/faults", "/coverage", "/customers?q=%3Cimg%20src=x%3E"}
	paths = append(paths, events...)
	for _, number := range customers {
		paths = append(paths, "/customers/"+number)
	}
	list := s.control("GET", "/tenants/acme/journal?limit=1000", "", http.StatusOK)
	for i := 0; list.at("entries", i) != nil; i++ {
		if status, _ := list.at("entries", i, "status").(float64); status == http.StatusBadRequest || list.at("entries", i, "operation") == "updateProfile" {
			paths = append(paths, "/live/"+encoded(t, list.at("entries", i, "id")))
		}
	}
	for _, width := range []int64{1280, 390} {
		x.run(x.size(width, 844))
		for _, path := range paths {
			separator := "?"
			if strings.Contains(path, "?") {
				separator = "&"
			}
			x.visit(path + separator + "tenant=acme")
			if strings.HasPrefix(path, "/customers/") {
				x.click("Become")
				x.sees("#being", "curl")
			}
			x.harmless(path, width)
		}
	}
	x.expects("status of 404")
	x.visit("/live?tenant=" + `%3Cimg%20src=x%20onerror=alert(5)%3E`)
	x.sees("main", "<img src=x onerror=alert(5)>")
	x.harmless("a tenant's name", 390)
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// harmless fails the test if the page has elements that no view writes, or is wider than its window. A script that ran would be
// seen by the tab.
func (x *tab) harmless(what string, width int64) {
	x.Helper()
	if foreign := value[[]string](x, `[...document.querySelectorAll("body script, img, iframe, object, b, svg:not(.timeline), [onerror], [onload], a[href^='javascript']")].map((e) => e.outerHTML.slice(0, 200))`); len(foreign) > 0 {
		x.Errorf("%s: these are in the page: %v", what, foreign)
	}
	if wide := value[int64](x, `document.documentElement.scrollWidth`); wide > width {
		x.Errorf("%s: the page is %d wide in a window of %d: %v", what, wide, width,
			value[[]string](x, `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 120)).slice(0, 5)`))
	}
}
