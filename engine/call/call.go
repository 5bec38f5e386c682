package call

import (
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"standin/engine/entropy"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// Call is one request as its operation sees it. A handler that is run twice on the same state gives the same answer.
type Call struct {
	Operation string    // the operationId
	Tenant    string    // the name that the client sees
	Issuer    string    // the name under which tokens are issued: the tenant's own, also where clients see another one
	Now       time.Time // world time, in whole seconds; the same for everything that the call does
	Request   *spec.Request
	Settings  state.Settings
	Txn       *state.Txn
	Caller    state.Token // the bearer token, even if it is refused; zero if the operation requires none

	Entropy entropy.Stream // of the call
	Hashes  *Hashes        // nil unless the operation hashes passwords
}

// Param returns a parameter that was sent, or "".
func (c *Call) Param(name string) string { return c.Request.Params[name] }

// IssuedHere reports whether a token of that issuer is valid in this tenant: its own tokens are, and those of its fixture,
// which name no issuer. Tokens that a fork has copied from its origin are not.
func (c *Call) IssuedHere(issuer string) bool { return issuer == "" || issuer == c.Issuer }

// Body decodes the checked body into the handler's own type. A value that the type cannot hold, such as an integer out of
// range, is refused like any other wrong value.
func Body[T any](request *spec.Request) (T, error) {
	var in T
	if request.Raw == nil {
		return in, nil
	}
	if err := Decode(request.Raw, &in); err != nil {
		field := "body"
		var semantic *json.SemanticError
		if errors.As(err, &semantic) && semantic.JSONPointer != "" {
			field = strings.ReplaceAll(string(semantic.JSONPointer[1:]), "/", ".")
		}
		return in, refusal.Field(field, "type", "has a value that cannot be used")
	}
	return in, nil
}

// Answer returns a reply with a body.
func Answer(status int, view any) (spec.Reply, error) {
	return spec.Reply{Status: status, Body: view}, nil
}

// Done returns a reply without a body.
func Done(status int) (spec.Reply, error) {
	return spec.Reply{Status: status}, nil
}
