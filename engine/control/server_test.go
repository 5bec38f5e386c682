package control_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestHealthInfoAndMetrics(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	for _, path := range []string{"/livez", "/readyz"} {
		x.send("GET", path, nil, nil).must(http.StatusOK).is("ok", "status")
		x.send("GET", path+"?x=1", nil, nil).must(http.StatusBadRequest)
		x.send("POST", path, nil, nil).must(http.StatusMethodNotAllowed)
	}
	x.do("GET", "/info", nil).must(http.StatusOK).is("standin", "name").is("demo", "tenant").is("storefront", "clientId").is(0, "violations").
		is(x.doc.Hash, "documents", "control.yaml")
	x.anonymous("demo")
	x.call("GET", "/customer/demo/me", "", "").must(http.StatusUnauthorized)
	metrics := string(x.send("GET", "/metrics", nil, nil).must(http.StatusOK).raw)
	for _, line := range []string{
		`standin_requests_total{operation="getProfile",status="401"} 1`, `standin_request_seconds_count{operation="anonymousLogin"} 1`,
		"standin_worlds 1", "standin_violations 0", "standin_journal_bytes ",
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics do not have %s:\n%s", line, metrics)
		}
	}
	if document := x.do("GET", "/documents/customer.yaml", nil).must(http.StatusOK); !strings.HasPrefix(string(document.raw), "openapi: 3.0.3") {
		t.Errorf("the document is %s", document.raw[:50])
	}
	x.do("GET", "/documents/other.yaml", nil).refuses(http.StatusNotFound, "customer.yaml")
	x.do("GET", "/nothing", nil).refuses(http.StatusNotFound, "/_standin/tenants/{tenant}")
}

// Members and parameters that nobody reads are refused everywhere.
func TestNothingIsOverlooked(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	x.do("POST", "/tenants/"+name+"/snapshots", object{"name": "s"}).must(http.StatusCreated)
	mail := x.do("GET", "/tenants/"+name+"/mail", nil).text("mails", 0, "id")
	for _, op := range x.doc.Operations {
		if op.ID == "deleteTenant" {
			continue // It comes last.
		}
		path := strings.NewReplacer("{tenant}", name, "{entry}", "1", "{customer}", "10000001", "{snapshot}", "s", "{mail}", mail,
			"{document}", "customer.yaml", "{persona}", "ordinary", "{fault}", "f", "{session}", "s").Replace(op.Path)
		a := x.send(op.Method, path+"?overlooked=1", http.Header{"Content-Type": {"application/json"}}, []byte(`{}`))
		if a.status != http.StatusBadRequest || !strings.Contains(string(a.raw), "overlooked") {
			t.Errorf("%s answers %d %s", op.ID, a.status, a.raw)
		}
	}
	x.do("DELETE", "/tenants/"+name+"?overlooked=1", nil).must(http.StatusBadRequest)
	x.do("POST", "/tenants/"+name+"/import", []byte(strings.Repeat(" ", 10<<20))).must(http.StatusRequestEntityTooLarge)
	x.send("POST", "/_standin/tenants/"+name+"/clock", http.Header{"Content-Type": {"text/html"}}, []byte(`{"freeze":true}`)).must(http.StatusUnsupportedMediaType)
	x.send("POST", "/_standin/tenants/"+name+"/clock", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(`{"freeze":true}`)).must(http.StatusOK)
	x.send("POST", "/_standin/tenants/"+name+"/clock", nil, []byte(`{"freeze":true}`)).must(http.StatusOK)
}

// HEAD answers what GET does, without the body (RFC 9110, section 9.3.2), wherever there is a GET: tools such as wait-on ask so.
func TestHEADAnswersAsGET(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/_standin/info", "/_standin/tenants", "/_standin/tenants/demo/mail", "/_standin/", "/_standin/tenants/nosuch", "/_standin/nothing"} {
		get, head := x.send("GET", path, nil, nil), x.send("HEAD", path, nil, nil)
		if head.status != get.status || head.header.Get("Content-Type") != get.header.Get("Content-Type") || len(head.raw) > 0 {
			t.Errorf("HEAD %s answers %d %v with %d bytes, and GET %d %v", path, head.status, head.header, len(head.raw), get.status, get.header)
		}
	}
	stream := x.send("HEAD", "/_standin/tenants/demo/journal/stream", nil, nil).must(http.StatusOK) // It ends at once.
	if got := stream.header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("the stream is %s", got)
	}
	for _, method := range []string{"HEAD", "PUT"} {
		if a := x.send(method, "/_standin/tenants/demo/snapshots/x/restore", nil, nil).must(http.StatusMethodNotAllowed); a.header.Get("Allow") != "POST" {
			t.Errorf("%s may be %s", method, a.header.Get("Allow"))
		}
	}
	if a := x.send("PUT", "/readyz", nil, nil).must(http.StatusMethodNotAllowed); a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("a readiness may be %s", a.header.Get("Allow"))
	}
	x.send("HEAD", "/customer/demo/me", nil, nil).must(http.StatusMethodNotAllowed) // The service has none (W-METHOD).
}
