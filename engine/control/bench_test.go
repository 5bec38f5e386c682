package control_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/enginetest"
	"standin/engine/service"
	"standin/engine/world"
	"standin/state"
)

// crowd is a world of many customers, each with a login and an address.
func crowd(b *testing.B, s *engine.Server, n int) *world.World {
	b.Helper()
	w, err := s.Worlds().Make(world.Sandbox{Name: "crowd", Fixture: s.Config().Fixture})
	if err != nil {
		b.Fatal(err)
	}
	err = s.Change(w, func(in *call.Call) error {
		for i := range n {
			number := fmt.Sprint(10_000_000 + i)
			in.Txn.PutCustomer(state.Customer{Number: number, Status: state.Active, Version: 1})
			in.Txn.PutLogin(state.Login{ID: number, CustomerNumber: number, Email: number + "@example.com"})
			in.Txn.PutAddress(state.Address{CustomerNumber: number, ID: number, IsDefault: true, Version: 1})
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return w
}

// A fork costs the same whatever its size: making a sandbox from a tenant of a hundred thousand customers.
func BenchmarkForkOfHundredThousand(b *testing.B) {
	s := enginetest.New(b)
	origin := crowd(b, s, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		w, err := s.Worlds().Make(world.Sandbox{Origin: origin})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Mint(w, service.Mint{Kind: "anonymous"}); err != nil { // Its first write.
			b.Fatal(err)
		}
		s.Worlds().Remove(w)
	}
}

// send sends one control request to a handler.
func send(b *testing.B, s http.Handler, method, path, body string, want int) {
	b.Helper()
	request := httptest.NewRequestWithContext(b.Context(), method, path, strings.NewReader(body))
	request.Host = "localhost"
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	if answer.Code != want {
		b.Fatalf("%s %s answers %d %s", method, path, answer.Code, answer.Body)
	}
}

// A sandbox of the demo made and deleted over the API, twelve personas with tokens included.
func BenchmarkSandbox(b *testing.B) {
	s := enginetest.New(b, enginetest.WithFixture("demo"))
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		send(b, s, "POST", "/_standin/tenants", `{"name":"bench"}`, http.StatusCreated)
		send(b, s, "DELETE", "/_standin/tenants/bench", "", http.StatusNoContent)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms/p99")
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What an untouched sandbox of the demo takes in the heap, and what ten thousand leave behind that are gone.
func BenchmarkSandboxMemory(b *testing.B) {
	s := enginetest.New(b, enginetest.WithFixture("demo"))
	make1000 := func() {
		for range 1000 {
			send(b, s, "POST", "/_standin/tenants", `{}`, http.StatusCreated)
		}
	}
	remove := func() {
		for _, w := range s.Worlds().All() {
			s.Worlds().Remove(w)
		}
	}
	make1000() // What is made once for all is there.
	remove()
	for b.Loop() {
		before := heap()
		make1000()
		b.ReportMetric(float64(heap()-before)/1000, "B/sandbox")
		remove()
		for range 9 {
			make1000()
			remove()
		}
		after := heap()
		b.ReportMetric(float64(after)/float64(before), "after/before")
	}
}
