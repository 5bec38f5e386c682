package control_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"standin/engine"
	"standin/engine/enginetest"
)

// Snapshots are bounded by what they hold, all tenants together: those of a state that has hardly changed are free.
func TestSnapshotsAreBoundedByBytes(t *testing.T) {
	const bound, profile = 8 << 20, 512 << 10
	x := newTester(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) { c.SnapshotBytes = bound }))
	name, other := x.sandbox(object{}), x.sandbox(object{})
	token := x.mint(name, john)
	grow := func(i int) {
		x.call("PATCH", "/customer/"+name+"/me", token, fmt.Sprintf(`{"mixins":{"a":{"b":"%d%s"}}}`, i, strings.Repeat("x", profile))).must(http.StatusOK)
	}
	take := func(tenant string, i int) answer {
		return x.do("POST", "/tenants/"+tenant+"/snapshots", object{"name": fmt.Sprintf("s%d", i)})
	}
	for i := range 30 { // They share all that there is.
		take(other, i).must(http.StatusCreated)
	}
	before, taken := held(), 0
	for ; taken < 100; taken++ {
		grow(taken)
		if take(name, taken).status != http.StatusCreated {
			break
		}
	}
	if taken < 10 || taken > 16 {
		t.Errorf("%d snapshots of %d bytes each fit into %d bytes", taken, profile, bound)
	}
	if grown := held() - before; grown > 2*bound {
		t.Errorf("the snapshots hold %d bytes, and may hold %d", grown, bound)
	}
	take(name, 200).refuses(http.StatusConflict, "--snapshot-bytes", fmt.Sprint(bound))

	// One that others were made from leaves them what they share; what nobody holds any more is free.
	x.do("DELETE", "/tenants/"+name+"/snapshots/s3", nil).must(http.StatusNoContent)
	take(name, 201).must(http.StatusCreated)
	x.do("POST", "/tenants/"+name+"/snapshots/s5/restore", nil).must(http.StatusOK)
	x.do("DELETE", "/tenants/"+name, nil).must(http.StatusNoContent)
	if left := x.server.Engine.Worlds().SnapshotBytes(); left > 1<<20 {
		t.Errorf("%d bytes are still counted", left)
	}
	x.do("DELETE", "/tenants/"+other, nil).must(http.StatusNoContent)
	if left := x.server.Engine.Worlds().SnapshotBytes(); left != 0 {
		t.Errorf("%d bytes are counted, and no snapshot is left", left)
	}

	// What a fork shares with a tenant that is deleted is held by the fork's snapshot alone.
	for taken = 0; taken < 100; taken++ {
		origin := x.sandbox(object{"from": "empty"})
		x.do("POST", "/tenants/"+origin+"/customers", object{"email": "a@example.com", "password": "password123", "profile": object{"mixins": object{"a": object{"b": strings.Repeat("z", profile)}}}}).must(http.StatusCreated)
		fork := x.sandbox(object{"from": "tenant:" + origin})
		status := take(fork, taken).status
		x.do("DELETE", "/tenants/"+origin, nil).must(http.StatusNoContent)
		x.do("POST", "/tenants/"+fork+"/reset?to=empty", nil).must(http.StatusOK)
		if status != http.StatusCreated {
			break
		}
	}
	if taken < 10 || taken > 16 {
		t.Errorf("%d snapshots of forks of %d bytes each fit into %d bytes", taken, profile, bound)
	}
	for _, tenant := range x.do("GET", "/tenants", nil).list("tenants") {
		one, _ := tenant.(map[string]any)
		if one["tenant"] != "demo" {
			x.do("DELETE", fmt.Sprint("/tenants/", one["tenant"]), nil).must(http.StatusNoContent)
		}
	}

	// A state that an import has replaced is held by its snapshot alone.
	last := x.sandbox(object{"from": "empty"})
	file := []byte("customers: [{email: a@example.com, password: password123, profile: {mixins: {a: {b: " + strings.Repeat("y", profile) + "}}}}]")
	for taken = 0; taken < 100; taken++ {
		x.send("POST", "/_standin/tenants/"+last+"/import", http.Header{"Content-Type": {"application/yaml"}}, file).must(http.StatusOK)
		if take(last, taken).status != http.StatusCreated {
			break
		}
	}
	if taken < 10 || taken > 16 {
		t.Errorf("%d snapshots of imports of %d bytes each fit into %d bytes", taken, profile, bound)
	}
}
