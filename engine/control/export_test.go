package control_test

import (
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"standin/engine"
	"standin/engine/enginetest"
)

// An export is sent entry by entry: readers that are slow hold no copy of the journal.
func TestSlowReadersOfAnExportHoldNothing(t *testing.T) {
	const bound, readers = 8 << 20, 20
	x := newTester(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) { c.JournalBytes = bound }))
	name := x.sandbox(object{})
	token := x.mint(name, john)
	for range 2 * bound / (60 << 10) {
		x.call("PATCH", "/customer/"+name+"/me", token, `{"firstName":"`+strings.Repeat("x", 60<<10)+`"}`).must(http.StatusOK)
	}
	before := held()
	for range readers {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.server.URL+"/_standin/tenants/"+name+"/journal/export", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		if _, err := io.ReadFull(response.Body, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if grown := held() - before; grown > readers*bound/4 { // Copies would be readers*bound and more.
		t.Errorf("%d readers of a journal of %d bytes hold %d bytes", readers, bound, grown)
	}
	var archive struct {
		Log struct{ Entries []any }
	}
	whole := x.do("GET", "/tenants/"+name+"/journal/export", nil).must(http.StatusOK)
	if err := json.Unmarshal(whole.raw, &archive); err != nil || len(archive.Log.Entries) < bound/(70<<10) {
		t.Errorf("the archive has %d entries (%v)", len(archive.Log.Entries), err)
	}
}

// held is what the heap holds after a collection.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
