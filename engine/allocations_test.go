//go:build !race

package engine_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAllocations holds requests to what they allocated when they were last looked at, and the most wanted of all to
// its goal. More than a tenth more is a regression; less means that the table is to be written anew. The race detector
// allocates, too, so `make test` runs this apart.
func TestAllocations(t *testing.T) {
	const goal = 40 // of a validated GET of a profile
	s := demo(t)
	customer, anonymous := mint(t, s, "customer", john), mint(t, s, "anonymous", "")
	for name, test := range map[string]struct {
		method, path, token, body string
		status                    int
		allocations               float64
	}{
		"get profile": {http.MethodGet, "/me", customer, "", http.StatusOK, 29},
		"add address": {http.MethodPost, "/me/addresses", customer, `{"contactName":"John Doe","city":"Berlin","country":"DE","tags":["BILLING"]}`, http.StatusCreated, 114},
		"login":       {http.MethodPost, "/login", anonymous, `{"email":"` + john + `","password":"password123"}`, http.StatusOK, 428},
		"bad address": {http.MethodPost, "/me/addresses", customer, `{"country":"England"}`, http.StatusBadRequest, 92},
	} {
		w, body := &discard{header: http.Header{}}, strings.NewReader("")
		request := httptest.NewRequestWithContext(context.Background(), test.method, "/customer/acme"+test.path, http.NoBody)
		request.Header.Set("Authorization", "Bearer "+test.token)
		request.Header.Set("Content-Type", "application/json")
		if test.body != "" {
			request.Body, request.ContentLength = io.NopCloser(body), int64(len(test.body))
		}
		const runs = 200
		got := testing.AllocsPerRun(runs, func() {
			body.Reset(test.body)
			clear(w.header)
			s.ServeHTTP(w, request)
		})
		t.Logf("%s makes %.0f allocations", name, got)
		if w.status != test.status {
			t.Errorf("%s answered %d", name, w.status)
		}
		if got > test.allocations*1.1 || got < test.allocations*0.9 {
			t.Errorf("%s makes %.0f allocations; they were %.0f", name, got, test.allocations)
		}
		if name == "get profile" && got > goal {
			t.Errorf("%s makes %.0f allocations, more than the goal of %d", name, got, goal)
		}
	}
}
