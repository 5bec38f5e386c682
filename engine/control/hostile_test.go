package control_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// hostile are values that no member expects, or that are at its edge.
var hostile = []string{
	`null`, `0`, `-1`, `1.5`, `1e400`, `-9007199254740993`, `1e308`, `99999999999999999999`, `""`, `"x"`, `"\u0000"`, `"\ud800"`, `"` + strings.Repeat("x", 70_000) + `"`,
	`true`, `[]`, `[null]`, `{}`, `{"a":{"b":[]}}`, `"0s"`, `"-0s"`, `"1y1y"`, `"99999999y"`, `"2199-12-31T23:59:59Z"`, `"1970-01-01T00:00:00Z"`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59Z"`,
	`"../../etc/passwd"`, `"fixture:"`, `"snapshot:/"`, `"tenant:"`, `"{n}"`, `"\r\nX: y"`, `"customer"`, `"demo"`, `[` + strings.Repeat(`[`, 200) + strings.Repeat(`]`, 200) + `]`,
}

// members are the members that a body of an operation may have: those of its example and those that the document's
// schema would take in tests of the operation itself.
var members = map[string][]string{
	"createTenant":    {"from", "name", "ttl", "seed", "clock", "freeze", "settings", "as"},
	"createSnapshot":  {"name"},
	"setClock":        {"set", "advance", "freeze", "run", "allowBackwards"},
	"createCustomers": {"persona", "count", "email", "password", "number", "status", "profile", "addresses", "logins", "mails", "sessions", "legalEntities", "createdAt", "version"},
	"updateCustomer":  {"status", "password", "profile"},
	"updateSettings":  {"wire", "passwordMinLength", "lifetimes", "links", "clientIds", "serviceClients", "saasSecret", "strict", "storefront", "lockoutAfter", "site"},
	"mintToken":       {"kind", "email", "customerNumber", "scopes", "expiresIn"},
	"verifyJournal":   {"operation", "status", "path", "customerNumber", "times", "atLeast", "atMost"},
	"replayEntry":     {"body", "query"},
	"importTenant":    {"name", "settings", "customers", "anonymous", "issued"},
	"putFaults":       {"faults"},
	"createFault":     {"name", "preset", "operation", "customer", "status", "headers", "body", "latency", "drop", "when", "times", "skip", "probability", "undeclared"},
}

// Whatever is sent, no answer is a fault of our own and none breaks the document; what is refused changes nothing but
// the journal of nobody.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"name": "hostile", "freeze": true})
	x.do("POST", "/tenants/hostile/snapshots", object{"name": "s"}).must(http.StatusCreated)
	x.call("GET", "/customer/hostile/me", "", "")
	for _, op := range x.doc.Operations {
		names, ok := members[op.ID]
		if !ok {
			if op.TakesBody() {
				t.Errorf("%s takes a body that this test does not know", op.ID)
			}
			continue
		}
		path := strings.NewReplacer("{tenant}", name, "{entry}", "1", "{customer}", "10000002").Replace(op.Path)
		example, _ := op.RequestExample().(map[string]any)
		for _, member := range names {
			for _, value := range hostile {
				x.hostileBody(op.ID, op.Method, path, example, member, value)
			}
		}
		for _, body := range []string{"", "{", "null", "[]", `"x"`, "\xff\xfe", `{"a":1,"a":2}`, `{} {}`, strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)} {
			x.send(op.Method, path, http.Header{"Content-Type": {"application/json"}}, []byte(body))
		}
	}
	for _, fault := range []string{
		`{"status":204,"body":"x"}`, `{"status":304,"body":{"a":1}}`, `{"status":200,"headers":{"Content-Length":"1"}}`, `{"status":200,"headers":{"Transfer-Encoding":"chunked"}}`,
		`{"status":200,"headers":{"A":"b\r\nC: d"}}`, `{"status":200,"headers":{"a b":"c"}}`, `{"status":200,"headers":{"Date":"never"}}`, `{"status":200,"body":null}`, `{"status":599,"undeclared":true}`,
		`{"latency":"0s"}`, `{"probability":1e-300,"drop":true}`, `{"hold":true,"times":1,"customer":"` + strings.Repeat("x", 5000) + `"}`,
	} {
		a := x.send("PUT", "/_standin/tenants/hostile/faults", http.Header{"Content-Type": {"application/json"}}, []byte(`{"faults":[`+fault+`]}`))
		if a.status == http.StatusOK && !strings.Contains(fault, "hold") {
			x.call("GET", "/customer/hostile/me", "", "") // Whatever comes, the server lives.
		}
	}
	x.do("DELETE", "/tenants/hostile/faults", nil).must(http.StatusNoContent)
	x.do("GET", "/tenants/hostile", nil).must(http.StatusOK)
}

func (x *tester) hostileBody(id, method, path string, example map[string]any, member, value string) {
	x.Helper()
	body := map[string]json.RawMessage{}
	for name, one := range example {
		encoded, err := json.Marshal(one)
		if err != nil {
			x.Fatal(err)
		}
		body[name] = encoded
	}
	delete(body, member)
	parts := []string{fmt.Sprintf("%q:%s", member, value)}
	for name, one := range body {
		parts = append(parts, fmt.Sprintf("%q:%s", name, one))
	}
	slices.Sort(parts)
	a := x.send(method, path, http.Header{"Content-Type": {"application/json"}}, []byte("{"+strings.Join(parts, ",")+"}"))
	if a.status >= http.StatusInternalServerError || a.status == 0 {
		x.Errorf("%s with %s %.60s answers %d %s", id, member, value, a.status, a.raw)
	}
	if a.status < http.StatusMultipleChoices && path == "/_standin/tenants" { // What was made goes.
		x.do("DELETE", "/tenants/"+a.text("tenant"), nil)
	}
	if a.status < http.StatusMultipleChoices && (id == "setClock" || id == "updateSettings" || id == "importTenant") {
		x.do("POST", "/tenants/hostile/snapshots/s/restore", nil).must(http.StatusOK)
	}
}

func TestHostileParameters(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	x.call("GET", "/customer/"+name+"/me", "", "")
	r := rand.New(rand.NewPCG(1, 1))
	values := []string{"", "0", "-1", "1", "x", "%00", "..", "%2e%2e", "%2f", "a%2Fb", "%ff", "99999999999999999999", strings.Repeat("x", 3000), "demo", url.QueryEscape(`"<script>`), "4xx", "2026-01-01T00:00:00Z", "1h", "true", "{n}", "😀"}
	for _, op := range x.doc.Operations {
		if op.ID == "streamJournal" || op.ID == "deleteTenant" {
			continue
		}
		for range 60 {
			path := op.Path
			for _, parameter := range []string{"entry", "customer", "snapshot", "mail", "document", "persona", "fault", "session"} {
				path = strings.ReplaceAll(path, "{"+parameter+"}", values[r.IntN(len(values))])
			}
			path = strings.ReplaceAll(path, "{tenant}", []string{name, name, name, values[r.IntN(len(values))]}[r.IntN(4)])
			path = strings.NewReplacer(" ", "%20", `"`, "%22", "<", "%3C", ">", "%3E").Replace(path)
			query := url.Values{}
			for _, parameter := range []string{"to", "kind", "after", "limit", "cursor", "q", "operation", "status", "path", "since", "format"} {
				if r.IntN(5) == 0 {
					query.Set(parameter, values[r.IntN(len(values))])
				}
			}
			if op.ID == "resetTenant" {
				query = url.Values{"to": {values[r.IntN(len(values))]}}
			}
			if a := x.send(op.Method, path+"?"+query.Encode(), nil, nil); a.status >= http.StatusInternalServerError {
				t.Errorf("%s %s?%s answers %d %s", op.Method, path, query.Encode(), a.status, a.raw)
			}
		}
	}
}
