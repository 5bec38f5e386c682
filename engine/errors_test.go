package engine

import (
	"net/http"
	"testing"

	"standin/spec"
)

func TestErrorsAreNeverChanged(t *testing.T) {
	t.Parallel()
	before := *errAddress
	derived := errAddress.of("a", "b").with(spec.Detail{Field: "x"}).because(http.ErrAbortHandler).withHeader("A", "b")
	if errAddress.body.Message != before.body.Message || errAddress.body.Details != nil || errAddress.cause != nil || errAddress.header != nil {
		t.Errorf("the declared error became %+v", errAddress)
	}
	first := derived.with(spec.Detail{Field: "1"})
	second := derived.with(spec.Detail{Field: "2"})
	if first.body.Details[1].Field != "1" || second.body.Details[1].Field != "2" {
		t.Error("two copies share their details")
	}
}
