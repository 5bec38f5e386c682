package session

import (
	"net/http"
	"slices"
	"testing"
)

// profile is a good step.
var profile = Step{Name: "the profile", Send: "GET /customer/acme/me", Want: http.StatusOK}

func TestSession(t *testing.T) {
	t.Parallel()
	acts, err := Acts()
	if err != nil {
		t.Fatal(err)
	}
	const atLeast = 250
	if n := len(slices.DeleteFunc(slices.Clone(acts[0].Steps), func(one Step) bool { return one.Generated })); n < atLeast {
		t.Errorf("%d steps are written down", n)
	}
	for _, bad := range [][]Step{
		{profile, profile}, {{Name: "x"}}, {{Name: "x", Joins: "y"}}, {{Name: "x", Send: "GET /", Starts: "y"}},
	} {
		if check(bad) == nil {
			t.Errorf("takes %v", bad)
		}
	}
}
