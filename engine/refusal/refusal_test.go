package refusal

import (
	"errors"
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

func TestErrorsTellTheLogTheirCause(t *testing.T) {
	t.Parallel()
	caused := Address.Of("a", "b").Because(http.ErrAbortHandler)
	if !errors.Is(caused, http.ErrAbortHandler) {
		t.Error("the cause is not wrapped")
	}
	for want, err := range map[string]error{
		"404 resource_not_found: Address a of customer b not found.":                                  Address.Of("a", "b"),
		"404 resource_not_found: Address a of customer b not found.: " + http.ErrAbortHandler.Error(): caused,
		"401 Access Token expired": Expired,
	} {
		if err.Error() != want {
			t.Errorf("got %s, want %s", err, want)
		}
	}
}

func TestRepliesHaveTheirHeaders(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]spec.Reply{
		"a refusal": Address.WithHeader("Allow", "GET").Reply(),
		"a fault":   Expired.WithHeader("Allow", "GET").Reply(),
		"platform":  Address.WithHeader("Allow", "GET").PlatformReply(),
	} {
		if got := reply.Header.Get("Allow"); got != "GET" {
			t.Errorf("%s has Allow: %q", name, got)
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "abc": "abc", "abcd": "abc…"} {
		if got := Short(text, 3); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}
