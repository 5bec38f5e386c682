package control_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/enginetest"
	"standin/state"
)

// mark is in every secret that these tests plant, so that one search finds whatever is shown of any.
const mark = "PLANTED"

// planter makes secrets that are told apart: whoever finds one learns where it was planted.
type planter struct{ count int }

// password is one that a person may have chosen.
func (p *planter) password() string {
	p.count++
	return fmt.Sprintf("%s-pass-%04d!", mark, p.count)
}

// token has the form of those that the service issues: 28, 32 or 64 letters and digits.
func (p *planter) token(length int) string {
	p.count++
	return fmt.Sprintf("%s%04d%s", mark, p.count, strings.Repeat("x", length-len(mark)-4))
}

// jwt has the form of a saas token.
func (p *planter) jwt() string {
	p.count++
	return fmt.Sprintf("eyJ%s%04d.eyJzdWIiOiIxMDAwMDAwMSJ9.signature-of-it", mark, p.count)
}

// keeper is a log that can be read while it is written.
type keeper struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *keeper) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *keeper) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}

// Whatever secret a client or a tester sends, and wherever, nothing that the server shows or writes has it: no log, no
// error, no view of a journal, no metric. Given on purpose, and so not searched, are: the answers that are made of
// tokens (logins, refreshes, the anonymous login, POST …/tokens, …/become, personas), the answer of a replay, mails with
// their links, GET …/settings, and GET …/export, which loads again to the same state.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	log := &keeper{}
	x := newTester(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) {
		c.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.Hash = call.HashCost{Memory: 8}
	}))
	p := &planter{}
	x.plantSettings(p, x.sandbox(object{"name": "acme"}))
	x.plantSettings(p, x.sandbox(object{"name": "picky", "settings": object{"strict": true, "lockoutAfter": 1, "doubleOptIn": true}}))
	var shots []planted
	for _, tenant := range []string{"acme", "picky", "unseen"} {
		shots = append(shots, x.shots(p, tenant)...)
	}
	shots = append(shots, x.controls(p)...)
	for _, one := range shots {
		a := x.send(one.method, one.path, one.header, []byte(one.body))
		if a.status >= http.StatusBadRequest || a.status == 0 {
			x.clean("the answer of "+one.method+" "+one.path+" "+one.body, a.raw)
			x.clean("the headers of "+one.method+" "+one.path+" "+one.body, fmt.Append(nil, a.header))
		}
	}
	issued := x.issuedSecrets("acme", "picky")
	if len(issued) < 20 || p.count < 150 {
		t.Errorf("%d secrets were planted and %d issued: that is no test", p.count, len(issued))
	}
	for _, tenant := range []string{"acme", "picky", ""} {
		x.views(tenant, issued)
	}
	for _, path := range []string{"/metrics", "/_standin/info", "/_standin/tenants", "/_standin/tenants/acme/faults", "/_standin/tenants/acme/customers", "/_standin/tenants/acme/clock"} {
		x.clean(path, x.send("GET", path, nil, nil).raw, issued...)
	}
	for i := range 3 { // Else nothing of them was looked for.
		x.do("GET", "/tenants/picky/faults", nil).is(1, "faults", i, "hits")
	}
	x.clean("the log", []byte(log.String()), issued...)
	if lines := strings.Count(log.String(), "\n"); lines < len(shots) {
		t.Errorf("the log has %d lines of %d exchanges", lines, len(shots))
	}
}

// clean fails the test if a text has a secret in it.
func (x *tester) clean(where string, text []byte, secrets ...string) {
	x.Helper()
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		for _, secret := range append([]string{mark}, secrets...) {
			if at := bytes.Index(line, []byte(secret)); at >= 0 {
				x.Errorf("%.300s has a secret: …%.200s", where, line[max(0, at-80):])
				break
			}
		}
	}
}

// views looks at all that a tester may see of what was asked and answered.
func (x *tester) views(tenant string, issued []string) {
	x.Helper()
	base := "/_standin"
	if tenant != "" {
		base += "/tenants/" + tenant
		for _, path := range []string{"/journal/export", "/journal/export?format=curl", "/coverage", "/violations"} {
			x.clean(base+path, x.send("GET", base+path, nil, nil).must(http.StatusOK).raw, issued...)
		}
		x.clean("the stream of "+tenant, x.stream(base), issued...)
	}
	for cursor, ids := "0", []string{}; ; {
		page := x.send("GET", base+"/journal?limit=100&cursor="+cursor, nil, nil).must(http.StatusOK)
		x.clean(base+"/journal", page.raw, issued...)
		entries := page.list("entries")
		if len(entries) == 0 {
			if tenant == "picky" {
				x.replays(base, ids)
			}
			return
		}
		cursor = page.text("cursor")
		for i := range entries {
			id := fmt.Sprint(page.at("entries", i, "id"))
			ids = append(ids, id)
			for _, view := range []string{"", "/explain"} {
				if view != "" && tenant == "acme" {
					continue // The others are refused for the same, and for more.
				}
				x.clean(base+"/journal/"+id+view, x.send("GET", base+"/journal/"+id+view, nil, nil).must(http.StatusOK).raw, issued...)
			}
		}
	}
}

// replays sends every exchange again. Its answer may hold new tokens, but nothing of what was planted.
func (x *tester) replays(base string, ids []string) {
	x.Helper()
	for _, id := range ids {
		x.clean("the replay of "+id, x.send("POST", base+"/journal/"+id+"/replay", http.Header{"Content-Type": {"application/json"}}, []byte(`{}`)).raw)
	}
}

// stream is what a watcher of the journal has seen from its beginning.
func (x *tester) stream(base string) []byte {
	x.Helper()
	last, err := strconv.ParseFloat(fmt.Sprint(x.send("GET", base+"/journal?order=newest&limit=1", nil, nil).at("entries", 0, "id")), 64)
	if err != nil {
		x.Fatal(err)
	}
	ctx, cancel := context.WithCancel(x.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, x.server.URL+base+"/journal/stream", http.NoBody)
	if err != nil {
		x.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", "0")
	response, err := x.client.Do(request)
	if err != nil {
		x.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var seen []byte
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		seen = append(append(seen, lines.Bytes()...), '\n')
		if lines.Text() == "id: "+strconv.Itoa(int(last)) {
			lines.Scan() // The event's name.
			lines.Scan()
			return append(seen, lines.Bytes()...)
		}
	}
	x.Fatal("the stream ended early")
	return nil
}

// secretMember finds what answers hand out on purpose.
var secretMember = regexp.MustCompile(`"(?:access|refresh|saas)_?[tT]oken":"([^"]+)"`)

// issuedSecrets are the tokens that some worlds have issued, mailed ones too, and the hashes of their passwords.
func (x *tester) issuedSecrets(tenants ...string) []string {
	x.Helper()
	var all []string
	for _, tenant := range tenants {
		x.server.Tenant(tenant).World().View(func(txn *state.Txn) {
			txn.EachToken(func(row state.Token) {
				all = append(all, row.Access)
				if row.Refresh != "" {
					all = append(all, row.Refresh)
				}
			})
			txn.EachMailedToken(func(row state.MailedToken) { all = append(all, row.Token) })
			txn.EachCustomer("", func(row state.Customer) bool {
				for _, login := range txn.LoginsOf(row.Number) {
					if login.PasswordHash != "" {
						all = append(all, login.PasswordHash)
					}
				}
				return true
			})
		})
		minted := x.do("POST", "/tenants/"+tenant+"/tokens", object{"kind": "customer", "email": john}).must(http.StatusCreated)
		for _, found := range secretMember.FindAllSubmatch(minted.raw, -1) {
			all = append(all, string(found[1]))
		}
	}
	return all
}
