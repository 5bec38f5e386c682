package control_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"standin/engine"
	"standin/engine/enginetest"
)

// TestReadsChangeNothing reads everything that there is to read of a tenant. Its state is the same afterwards, and so is
// what the next control request draws: a twin in which nothing was read draws the same.
func TestReadsChangeNothing(t *testing.T) {
	t.Parallel()
	life := func(read bool) (string, string) { // The state at its end, and what the last steps have drawn.
		x := newTester(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) { c.Seed = []byte("the same for both") }))
		x.do("POST", "/tenants", object{
			"name": "twin", "clock": "2026-01-01T00:00:00Z", "freeze": true, "settings": object{"webhooks": []any{object{}}},
		}).must(http.StatusCreated)
		path, api := "/tenants/twin", "/customer/twin"
		token, shopper := x.mint("twin", john), x.anonymous("twin")
		x.do("POST", path+"/snapshots", object{"name": "before"}).must(http.StatusCreated)
		x.call("POST", api+"/password/reset", shopper, `{"email":"`+john+`"}`).must(http.StatusNoContent)
		x.call("GET", api+"/me", "", "").must(http.StatusUnauthorized)
		x.call("POST", api+"/me/addresses", token, `{"country":"England"}`).must(http.StatusBadRequest)
		x.call("POST", api+"/signup", "", `{"email":"x"}`).must(http.StatusUnauthorized)
		x.call("POST", api+"/me/accounts/internal", token, `{"email":"second@example.com","password":"password123"}`).must(http.StatusForbidden)
		x.do("PUT", path+"/faults", object{"faults": []object{{"name": "late", "operation": "getScopes", "status": 401}}}).must(http.StatusOK)
		mail, event := x.do("GET", path+"/mail", nil).text("mails", 0, "id"), x.do("GET", path+"/webhooks", nil).text("events", 0, "id")
		if read {
			before := string(x.do("GET", path+"/export", nil).must(http.StatusOK).raw)
			x.readAll(path, mail, event)
			if after := string(x.do("GET", path+"/export", nil).raw); after != before {
				t.Errorf("reading has changed\n%s\ninto\n%s", before, after)
			}
		}
		minted := x.do("POST", path+"/tokens", object{"kind": "customer", "email": john}).must(http.StatusCreated)
		made := x.do("POST", path+"/customers", object{"password": "password123"}).must(http.StatusCreated)
		return string(x.do("GET", path+"/export", nil).raw), string(minted.raw) + string(made.raw)
	}
	state, drawn := life(false)
	readState, readDrawn := life(true)
	if state != readState || drawn != readDrawn {
		t.Errorf("after everything was read, the next steps draw\n%s\nand not\n%s", readDrawn, drawn)
	}
}

// readAll reads all that the document lets be read of a tenant.
func (x *tester) readAll(tenant, mail, event string) {
	x.Helper()
	for _, op := range x.doc.Operations {
		path, below := strings.CutPrefix(op.Path, "/_standin/tenants/{tenant}")
		if op.Method != http.MethodGet || !below || op.ID == "streamJournal" {
			continue
		}
		for entry := 1; entry <= 5; entry++ {
			filled := strings.NewReplacer("{entry}", fmt.Sprint(entry), "{mail}", mail, "{event}", event, "{customer}", "10000001", "{persona}", "ordinary", "{snapshot}", "before").Replace(path)
			if a := x.do("GET", tenant+filled, nil); a.status != http.StatusOK {
				x.Errorf("%s answers %d %s", op.ID, a.status, a.raw)
			}
			if filled == path {
				break
			}
		}
	}
}
