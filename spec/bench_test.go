package spec_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"standin/spec"
)

// routed is a request with its route. With it a benchmark measures the check alone.
func routed(tb testing.TB, method, target string) (spec.Match, *http.Request) {
	tb.Helper()
	request := httptest.NewRequestWithContext(tb.Context(), method, target, http.NoBody)
	m, err := router(tb).Match(request)
	if err != nil {
		tb.Fatal(err)
	}
	return m, request
}

// sampleOf returns the document's example of an operation's answer with a status, or of its request if status is 0.
func sampleOf(tb testing.TB, id string, status int) []byte {
	tb.Helper()
	for _, one := range examples(tb) {
		if one.op.ID == id && one.status == status {
			return []byte(one.body)
		}
	}
	tb.Fatalf("%s %d has no example", id, status)
	return nil
}

func BenchmarkCheckSignup(b *testing.B) {
	m, request := routed(b, http.MethodPost, "/customer/acme/signup")
	body := sampleOf(b, "signup", 0)
	b.ReportAllocs()
	for b.Loop() {
		if checked := m.Operation.Check(m, request, body); len(checked.Problems) > 0 {
			b.Fatal(checked.Problems)
		}
	}
}

func BenchmarkCheckProfile(b *testing.B) {
	m, request := routed(b, http.MethodGet, "/customer/acme/me")
	b.ReportAllocs()
	for b.Loop() {
		if checked := m.Operation.Check(m, request, nil); len(checked.Problems) > 0 {
			b.Fatal(checked.Problems)
		}
	}
}

func BenchmarkSealProfile(b *testing.B) {
	op := operation(b, "getProfile")
	var body any
	if err := json.Unmarshal(sampleOf(b, "getProfile", http.StatusOK), &body); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := op.Seal(spec.Reply{Status: http.StatusOK, Body: body}); err != nil {
			b.Fatal(err)
		}
	}
}
