package spec_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"standin/spec"
)

// Who may call the vendor's operations, and where the tenant's name stands. Further operations are free.
func TestOperations(t *testing.T) {
	t.Parallel()
	const customer, anonymous, service = "CustomerAccessToken", "AnonymousAccessToken", "ServiceAccessToken"
	want := map[string]string{
		"addAddress": "POST path " + customer, "listAddresses": "GET path " + customer, "updateAddress": "PATCH path " + customer,
		"replaceAddress": "PUT path " + customer, "getAddress": "GET path " + customer, "deleteAddress": "DELETE path " + customer,
		"addAddressTags": "POST path " + customer, "deleteAddressTags": "DELETE path " + customer, "updateProfile": "PATCH path " + customer,
		"replaceProfile": "PUT path " + customer, "getProfile": "GET path " + anonymous + " " + customer, "deleteProfile": "DELETE path " + customer,
		"assignAccount": "POST path " + customer, "signup": "POST path " + anonymous, "login": "POST path " + anonymous,
		"logout": "GET path " + customer, "refreshToken": "GET path " + anonymous + " " + customer, "socialLogin": "POST path " + anonymous,
		"confirmOptIn": "GET path " + anonymous, "resendOptIn": "POST path " + anonymous, "requestEmailChange": "POST path " + customer,
		"confirmEmailChange": "POST path " + anonymous, "requestPasswordReset": "POST path " + anonymous, "resetPassword": "POST path " + anonymous,
		"changePassword": "POST path " + customer,
		"anonymousLogin": "GET query ClientId", "anonymousRefresh": "GET query ClientId", "serviceToken": "POST form",
		"validateToken": "GET path " + anonymous + " " + customer + " " + service, "getScopes": "GET path " + customer,
		"getSessionContext": "GET path " + anonymous + " " + customer, "updateSessionContext": "PATCH path " + anonymous + " " + customer,
		"addContextAttribute": "POST path " + anonymous + " " + customer, "deleteContextAttribute": "DELETE path " + anonymous + " " + customer,
	}
	scopes := map[string]string{"assignAccount": "customer.customer_update customer.customer_manage", "requestEmailChange": "customer.customerprofile_edit"}
	for _, d := range documents(t) {
		for _, op := range d.Operations {
			got := strings.Join(append([]string{op.Method, op.TenantFrom}, op.Security...), " ")
			if expected, ok := want[op.ID]; ok && (got != expected || strings.Join(op.Scopes, " ") != scopes[op.ID] || op.AcceptsExpired != (op.ID == "refreshToken")) {
				t.Errorf("%s is %q, want %q; scopes %v, accepts expired %t", op.ID, got, expected, op.Scopes, op.AcceptsExpired)
			}
			delete(want, op.ID)
			if op.Summary == "" {
				t.Errorf("%s has no summary", op.ID)
			}
			if found, ok := d.Operation(op.ID); !ok || found != op {
				t.Errorf("%s is not found", op.ID)
			}
			if !slices.IsSorted(op.Statuses()) || !op.Documents(400) || op.Documents(500) || !op.Documents(401) {
				t.Errorf("%s documents %v", op.ID, op.Statuses())
			}
		}
	}
	for id := range want {
		t.Errorf("there is no %s", id)
	}
}

func TestParametersOfAnOperation(t *testing.T) {
	t.Parallel()
	for _, want := range []struct{ operation, name, in string }{
		{"anonymousLogin", "client_id", "query"}, {"anonymousLogin", "currency", "query"}, {"login", "client_id", ""}, {"login", "tenant", "path"}, {"login", "nothing", ""},
	} {
		if in, _ := operation(t, want.operation).Parameter(want.name); in != want.in {
			t.Errorf("%s has %s in %q, want %q", want.operation, want.name, in, want.in)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	for _, name := range []string{spec.Customer, spec.Companions, spec.Fixture} {
		d, err := spec.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(source)
		if d.Name != name || d.Hash != hex.EncodeToString(sum[:]) || string(d.Source()) != string(source) {
			t.Errorf("%s is called %s, with the hash %s", name, d.Name, d.Hash)
		}
		if again, err := spec.Load(name); err != nil || again != d {
			t.Errorf("%s is read twice: %v", name, err)
		}
		if _, ok := d.Operation("noSuchOperation"); ok {
			t.Errorf("%s has an operation that it has not", name)
		}
		if _, ok := d.Schema("NoSuchSchema"); ok {
			t.Errorf("%s has a schema that it has not", name)
		}
	}
	for _, name := range []string{"", "rules.yaml", "../go.mod", "CUSTOMER.yaml"} {
		if d, err := spec.Load(name); err == nil {
			t.Errorf("%q is %s", name, d.Name)
		}
	}
}

// A schema that is used by itself finds what is undeclared, through references and allOf as well.
func TestSchemas(t *testing.T) {
	t.Parallel()
	d, err := spec.Load(spec.Fixture)
	if err != nil {
		t.Fatal(err)
	}
	fixture, ok := d.Schema("Fixture")
	if !ok {
		t.Fatal("there is no schema of a fixture")
	}
	customer := func(more string, value any) map[string]any {
		one := map[string]any{"email": "a@example.com", more: value}
		return map[string]any{"customers": []any{one}}
	}
	for name, one := range map[string]struct {
		value any
		want  string
	}{
		"nothing":                          {map[string]any{}, ""},
		"a text":                           {planted, "body"},
		"a member too much":                {map[string]any{"x": planted}, "x"},
		"a customer without an e-mail":     {map[string]any{"customers": []any{map[string]any{}}}, "customers.0.email"},
		"a customer's member too much":     {customer("x", planted), "customers.0.x"},
		"a number of another form":         {customer("number", planted), "customers.0.number"},
		"a status that is none":            {customer("status", planted), "customers.0.status"},
		"a profile of the other document":  {customer("profile", map[string]any{"firstName": "Ada", "mixins": map[string]any{"x": 1.0}}), ""},
		"a profile's member too much":      {customer("profile", map[string]any{"firstNAME": planted}), "customers.0.profile.firstNAME"},
		"an address":                       {customer("addresses", []any{map[string]any{"city": "Berlin", "id": "b05c20e034"}}), ""},
		"an address's member too much":     {customer("addresses", []any{map[string]any{"city": "Berlin", "cities": planted}}), "customers.0.addresses.0.cities"},
		"an address's country too long":    {customer("addresses", []any{map[string]any{"country": planted}}), "customers.0.addresses.0.country"},
		"two members of an address":        {customer("addresses", []any{map[string]any{"country": planted, "city": 1.0}}), "customers.0.addresses.0.city customers.0.addresses.0.country"},
		"a setting too much":               {map[string]any{"settings": map[string]any{"x": planted}}, "settings.x"},
		"a setting beyond its greatest":    {map[string]any{"settings": map[string]any{"passwordMinLength": 73.0}}, "settings.passwordMinLength"},
		"a setting below its least number": {map[string]any{"settings": map[string]any{"passwordMinLength": 0.0}}, "settings.passwordMinLength"},
	} {
		problems := fixture.Check(one.value)
		if got := fields(problems); got != one.want {
			t.Errorf("%s: got %q, want %q: %v", name, got, one.want, problems)
		}
		for _, d := range problems {
			if strings.Contains(d.Type+d.Message, planted) {
				t.Errorf("%s: the value is quoted: %v", name, d)
			}
		}
	}
}

// kin-openapi lets a key pass that stands twice, and the second wins; a browser's viewer refuses the document.
func TestDocumentsRepeatNoKey(t *testing.T) {
	t.Parallel()
	for _, name := range []string{spec.Customer, spec.Companions, spec.Fixture, spec.Control} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if err := yaml.Load(source, &document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
