package spec_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The check refuses every negative with the negative's status and field, and accepts the example from which it was made.
func TestNegatives(t *testing.T) {
	t.Parallel()
	total, routes := 0, router(t)
	for _, d := range documents(t) {
		for _, op := range d.Operations {
			for _, negative := range op.Negatives() {
				total++
				path := strings.NewReplacer("{tenant}", "acme", "{addressId}", "a000000001").Replace(op.Templates()[0])
				r := httptest.NewRequestWithContext(t.Context(), op.Method, path, strings.NewReader(string(negative.Body)))
				r.Header.Set("Content-Type", negative.MediaType)
				if negative.Encoding != "" {
					r.Header.Set("Content-Encoding", negative.Encoding)
				}
				if in, example := op.Parameter("session-id"); in != "" {
					r.Header.Set("session-id", example)
				}
				match, err := routes.Match(r)
				if err != nil {
					t.Fatal(err)
				}
				checked := op.Check(match, r, negative.Body)
				switch negative.Status {
				case http.StatusBadRequest:
					if len(checked.Problems) == 0 || checked.Problems[0].Field != negative.Field {
						t.Errorf("%s %s: %v", op.ID, negative.Name, checked.Problems)
					}
				case http.StatusUnsupportedMediaType:
					if checked.Unsupported == "" {
						t.Errorf("%s %s is taken", op.ID, negative.Name)
					}
				}
			}
		}
	}
	if total < 450 {
		t.Errorf("there are only %d", total)
	}
}
