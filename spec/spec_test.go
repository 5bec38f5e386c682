package spec_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"standin/spec"
)

// The statuses of the operations in the vendor's printed reference, and where this project adds to them. Further operations
// are free.
func TestStatuses(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"addAddress": "201 400 401 403", "listAddresses": "200 400 401 403", "updateAddress": "200 400 401 403 404 409",
		"replaceAddress": "200 400 401 403 404 409", "getAddress": "200 400 401 403 404", "deleteAddress": "204 400 401 403 404",
		"addAddressTags": "204 400 401 403 404", "deleteAddressTags": "204 400 401 403 404", "updateProfile": "200 400 401 403 409",
		"replaceProfile": "200 400 401 403 409", "getProfile": "200 400 401 403", "deleteProfile": "202 204 400 401 403",
		"assignAccount": "201 400 401 403 409", "signup": "201 400 401 403 409", "login": "200 400 401", "logout": "204 400 401",
		"refreshToken": "200 400 401", "socialLogin": "200 400 401", "confirmOptIn": "200 400 401", "resendOptIn": "202 400 401",
		"requestEmailChange": "204 400 401 403", "confirmEmailChange": "204 400 401 403", "requestPasswordReset": "204 400 401 403",
		"resetPassword": "204 400 401 403", "changePassword": "204 400 401 403",
	}
	d := documents(t)[0]
	for id := range want {
		op, ok := d.Operation(id)
		if !ok {
			t.Errorf("there is no %s", id)
			continue
		}
		var all []string
		for _, status := range op.Statuses() {
			all = append(all, strconv.Itoa(status))
		}
		if got := strings.Join(all, " "); got != want[op.ID] {
			t.Errorf("%s has %s", op.ID, got)
		}
		if op.Compatibility != strings.HasPrefix(op.ID, "replace") {
			t.Errorf("%s is marked %t", op.ID, op.Compatibility)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	rules, err := spec.Rules()
	if err != nil {
		t.Fatal(err)
	}
	divergences, err := os.ReadFile("DIVERGENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	var ids, operations []string
	for _, d := range documents(t) {
		for _, op := range d.Operations {
			operations = append(operations, op.ID)
		}
	}
	for _, rule := range rules {
		if slices.Contains(ids, rule.ID) || rule.Statement == "" || !strings.Contains("SDOA", rule.Grade) || len(rule.Grade) != 1 {
			t.Errorf("the rule is %+v", rule)
		}
		ids = append(ids, rule.ID)
		for _, id := range rule.Operations {
			if !slices.Contains(operations, id) {
				t.Errorf("the rule %s names the operation %s, which no document declares", rule.ID, id)
			}
		}
		if rule.Grade == "A" && !strings.Contains(string(divergences), rule.ID) {
			t.Errorf("the assumption %s is not in DIVERGENCES.md", rule.ID)
		}
	}
	if len(ids) < 60 {
		t.Errorf("there are %d rules", len(ids))
	}
}

// A row that was rewritten replaces the one before. A merge may leave both, and they begin alike.
func TestNoDivergenceStandsTwice(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("DIVERGENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		start := line[:min(len(line), 60)]
		if seen[start] {
			t.Errorf("two rows begin with %s", start)
		}
		seen[start] = true
	}
	if len(seen) < 90 {
		t.Errorf("there are %d rows", len(seen))
	}
}
