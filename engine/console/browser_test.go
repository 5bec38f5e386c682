package console_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"standin/engine/enginetest"
)

// The tests here click and type in a real browser. A message on the browser's console, or a load that the policy of a page refuses,
// fails the test.

// chromium returns the path of the browser: the variable CHROMIUM, else the first of the usual names that exists.
func chromium() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	return ""
}

// process is the one browser of all tests.
type process struct {
	once sync.Once
	ctx  context.Context
	end  []func()
	err  error
}

var browser process

func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range browser.end {
		end()
	}
	os.Exit(code)
}

// start starts the browser. It connects only to the servers of the tests.
func (p *process) start(path string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], // A copy: its capacity is its length.
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"))
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(allocator)
	p.ctx, p.end = ctx, []func(){endBrowser, endAllocator}
	p.err = chromedp.Do(ctx)
}

// tab is a tab of the browser at a server that no other test uses.
type tab struct {
	testing.TB
	server *enginetest.Server
	ctx    context.Context

	mu       sync.Mutex
	trouble  []string
	expected []string
}

// patience is the longest time that a page may take to show its data, on a busy machine.
const patience = 60 * time.Second

// open opens a tab at a server with a fixture. Without a browser it skips the test, unless a browser is required.
func open(tb testing.TB, server *enginetest.Server) *tab {
	tb.Helper()
	path := chromium()
	if path == "" && os.Getenv("STANDIN_REQUIRE_BROWSER") != "" {
		tb.Fatal("STANDIN_REQUIRE_BROWSER is set, and there is no browser; install Chromium, or say in CHROMIUM where it is")
	}
	if path == "" {
		tb.Skip("there is no Chromium")
	}
	browser.once.Do(func() { browser.start(path) })
	if browser.err != nil {
		tb.Fatalf("%s does not start: %v", path, browser.err)
	}
	x := &tab{TB: tb, server: server}
	ctx, end := chromedp.NewContext(browser.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(x.hear))
	tb.Cleanup(end)
	x.ctx = ctx
	if err := chromedp.Do(ctx, asks(network.Enable, network.EnableParams{}), asks(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}), x.size(1280, 800)); err != nil { // Without a deadline: it makes the tab.
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		for _, one := range x.trouble {
			tb.Errorf("the page complains: %s", one)
		}
	})
	return x
}

// hear records the errors of a page, unless the test expects them.
func (x *tab) hear(event any) {
	var said string
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		said = event.ExceptionDetails.Text
		if event.ExceptionDetails.Exception != nil {
			said += " " + event.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if event.Type != runtime.ConsoleAPICalledTypeError && event.Type != runtime.ConsoleAPICalledTypeWarning {
			return
		}
		for _, one := range event.Args {
			said += string(one.Value) + one.Description + " "
		}
	case *cdplog.EventEntryAdded:
		if event.Entry.Level != cdplog.EntryLevelError && event.Entry.Source != cdplog.EntrySourceSecurity {
			return
		}
		said = event.Entry.Text + " " + event.Entry.URL
	case *network.EventRequestWillBeSent:
		if url := event.Request.URL; strings.HasPrefix(url, x.server.URL) || strings.HasPrefix(url, "data:") || strings.HasPrefix(url, "blob:") {
			return
		}
		said = "it asks " + event.Request.URL
	case *page.EventJavascriptDialogOpening:
		said = "something ran: " + event.Message
		go func() {
			_ = chromedp.Do(x.ctx, asks(page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}))
		}()
	default:
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, expected := range x.expected {
		if strings.Contains(said, expected) {
			return
		}
	}
	x.trouble = append(x.trouble, said)
}

// expects allows an error of the page that the test provokes.
func (x *tab) expects(part string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.expected = append(x.expected, part)
}

// asks returns an action for a command of the browser's protocol that has no result.
func asks[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

func (x *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	x.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		x.Fatalf("%v\nThe page shows:\n%s", err, x.shown())
	}
}

func (x *tab) size(width, height int64) chromedp.Action[chromedp.Void] {
	return chromedp.EmulateViewport(width, height)
}

func (x *tab) scheme(scheme string) chromedp.Action[chromedp.Void] {
	return asks(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}, // Colors do not fade in.
	}})
}

// shown returns the text of the page, for the message of a failure.
func (x *tab) shown() string {
	ctx, cancel := context.WithTimeout(x.ctx, time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 3000)`))
	return text
}

// visit goes to a view of the console, such as /live?tenant=demo, and waits until it shows its data.
func (x *tab) visit(view string) {
	x.Helper()
	x.run(chromedp.Navigate("about:blank"), chromedp.Navigate(x.server.URL+"/_standin/#"+view))
	x.settled()
}

// settled waits until the view shows its data.
func (x *tab) settled() {
	x.Helper()
	x.wait(`document.querySelector("main")?.getAttribute("aria-busy") === "false"`)
}

// wait waits until an expression is true.
func (x *tab) wait(expression string) {
	x.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	for {
		came, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		switch {
		case err == nil && came:
			return
		case ctx.Err() != nil:
			x.Fatalf("this never came true: %s\nThe page shows:\n%s", expression, x.shown())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// sees waits until an element, by its selector, shows a text.
func (x *tab) sees(selector, text string) {
	x.Helper()
	x.wait(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => (e.innerText ?? e.textContent).includes(%q))`, selector, text))
}

// value returns the value of an expression.
func value[T any](x *tab, expression string) T {
	x.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		x.Fatalf("%s: %v", expression, err)
	}
	return out
}

// click activates the button or link of a name, which is its text or its label. It uses the keyboard, since a click at a point
// misses when the page moves.
func (x *tab) click(name string) {
	x.Helper()
	x.clickIn("body", name)
}

// clickIn is click within a part of the page.
func (x *tab) clickIn(selector, name string) {
	x.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%q)].flatMap((part) => [...part.querySelectorAll("a, button, summary")])
		.find((e) => e.checkVisibility() && (e.getAttribute("aria-label") ?? e.innerText).trim() === %q)`, selector, name)
	x.wait(find)
	value[bool](x, "("+find+").focus(), true")
	x.press("\r")
}

// fill types into a field of a form, or chooses an option there. The form is found by its label, the field by its name.
func (x *tab) fill(form, name, text string) {
	x.Helper()
	selector := fmt.Sprintf(`form[aria-label=%q] [name=%q]`, form, name)
	x.wait(fmt.Sprintf("document.querySelector(%q)", selector))
	if value[string](x, fmt.Sprintf("document.querySelector(%q).tagName", selector)) == "SELECT" {
		x.run(chromedp.SetValue(chromedp.CSS(selector), text))
		value[bool](x, fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new Event("change", {bubbles: true}))`, selector))
		return
	}
	value[string](x, fmt.Sprintf(`document.querySelector(%q).value = ""`, selector))
	x.run(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// press types keys into the element that has the focus.
func (x *tab) press(keys string) {
	x.Helper()
	x.run(chromedp.KeyEvent(keys))
}
