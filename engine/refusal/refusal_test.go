package refusal

import (
	"net/http"
	"testing"

	"standin/spec"
)

func TestErrorsAreNeverChanged(t *testing.T) {
	t.Parallel()
	before := *Address
	derived := Address.Of("a", "b").With(spec.Detail{Field: "x"}).Because(http.ErrAbortHandler).WithHeader("A", "b")
	if Address.body.Message != before.body.Message || Address.body.Details != nil || Address.cause != nil || Address.header != nil {
		t.Errorf("the declared error became %+v", Address)
	}
	first := derived.With(spec.Detail{Field: "1"})
	second := derived.With(spec.Detail{Field: "2"})
	if first.body.Details[1].Field != "1" || second.body.Details[1].Field != "2" {
		t.Error("two copies share their details")
	}
}
