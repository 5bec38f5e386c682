package console_test

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// violation is a rule of axe-core that a page breaks, with the elements.
type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Where []string `json:"where"`
}

// check runs axe-core on a part of the page.
func (x *tab) check(source, part string) []violation {
	x.Helper()
	value[bool](x, "globalThis.axe ? true : (() => {"+source+"; return true})()")
	found, err := chromedp.Run(x.ctx, chromedp.Evaluate[[]violation](`axe.run(`+part+`, {resultTypes: ["violations"]}).then(({violations}) => violations.map((v) =>
		({id: v.id, help: v.help, where: v.nodes.map((n) => n.html.slice(0, 200) + " " + (n.failureSummary ?? ""))})))`, chromedp.EvalAwaitPromise))
	if err != nil {
		x.Fatal(err)
	}
	return found
}

// TestAccessibility runs axe-core on every view, light and dark, wide and narrow, empty and full.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/vendored/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	s := lively(t)
	x := open(t, s.server)
	x.expects("status of 404")
	x.expects("status of 400")
	for _, screen := range []struct {
		scheme string
		width  int64
	}{{"light", 1280}, {"light", 390}, {"dark", 1280}} {
		x.run(x.scheme(screen.scheme), x.size(screen.width, 844))
		tell := func(view string) {
			for _, v := range x.check(string(source), "document") {
				t.Errorf("%s, %d wide, %s: %s: %s\n%v", screen.scheme, screen.width, view, v.ID, v.Help, v.Where[0])
			}
		}
		for _, view := range views {
			x.visit(s.path(view.path))
			tell(view.name)
		}
		x.visit("/worlds?tenant=nobody7")
		tell("a tenant that is not there")
		x.visit("/mail?to=nobody&tenant=demo")
		tell("an empty list")
		x.visit("/webhooks?tenant=checkout")
		x.fill("Add a webhook", "url", "nowhere")
		x.click("Add")
		x.sees("#wrong-url", "must be a URL")
		tell("a refused field")
		x.visit("/customers/10000001?tenant=demo")
		x.click("Become")
		x.sees("#being", "curl")
		value[string](x, `document.querySelectorAll("details").forEach((d) => { d.open = true; }) ?? ""`)
		tell("become, and everything unfolded")
		x.click("Delete")
		tell("a dialog")
		x.clickIn("#confirm", "Cancel")
		x.run(chromedp.Navigate(s.server.URL + "/_standin/console/api.html?tenant=demo"))
		x.sees("#who", "fresh token")
		for _, v := range x.check(string(source), `"header"`) { // The rest of the page is not ours.
			t.Errorf("%s, %d wide, the viewer: %s: %s\n%v", screen.scheme, screen.width, v.ID, v.Help, v.Where[0])
		}
	}
}
