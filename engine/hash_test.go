package engine

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strings"
	"testing"
	"time"

	"standin/engine/call"
	"standin/engine/service"
	"standin/spec"
	"standin/state"
)

// An attacker with a clock learns nothing: whatever is wrong with a login, the same hash is computed, and once. Hashes
// are counted, since a test that measures time would tell of the machine.
func TestEveryBadLoginCostsOneHash(t *testing.T) {
	t.Parallel()
	s := server(t)
	bearer := anonymous(t, s)
	if got := post(t, s, "/customer/acme/signup", bearer, signupBodyText); got.Code != http.StatusCreated {
		t.Fatal(got.Code, got.Body)
	}
	var hashes []string
	plant(s, "login", func(op service.Operation) service.Operation {
		handle := op.Handle
		op.Handle = func(c *call.Call) (spec.Reply, error) {
			reply, err := handle(c)
			if !errors.Is(err, call.ErrUnrehearsed) {
				hashes = append(hashes, c.Hashes.Computed()...)
			}
			return reply, err
		}
		return op
	})
	change := func(what func(*state.Login, *state.Customer)) {
		err := acme(t, s).Change(func(txn *state.Txn) (bool, error) {
			login, _ := txn.LoginByEmail("jane@example.com")
			customer, _ := txn.CustomerByNumber(login.CustomerNumber)
			what(&login, &customer)
			settings := txn.Settings()
			settings.LockoutAfter = 5
			txn.PutCustomer(customer)
			txn.PutLogin(login)
			txn.PutSettings(settings)
			return true, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, one := range map[string]struct {
		email  string
		change func(*state.Login, *state.Customer)
	}{
		"an unknown address":  {"nobody@example.com", func(*state.Login, *state.Customer) {}},
		"a wrong password":    {"jane@example.com", func(*state.Login, *state.Customer) {}},
		"a locked login":      {"jane@example.com", func(l *state.Login, _ *state.Customer) { l.LockedUntil = time.Now().Add(time.Hour) }},
		"an inactive account": {"jane@example.com", func(_ *state.Login, c *state.Customer) { c.Status = state.Inactive }},
		"no password at all":  {"jane@example.com", func(l *state.Login, _ *state.Customer) { l.PasswordHash = "" }},
	} {
		change(one.change)
		hashes = nil
		got := post(t, s, "/customer/acme/login", bearer, `{"email":"`+one.email+`","password":"wrong"}`)
		if got.Code != http.StatusUnauthorized || len(hashes) != 1 {
			t.Errorf("%s answers %d and costs %d hashes", name, got.Code, len(hashes))
		}
		for _, hash := range hashes {
			if parameters := "$argon2id$v=19$m=128,t=4,p=1$"; !strings.HasPrefix(hash, parameters) {
				t.Errorf("%s costs another hash than all others: %s", name, hash)
			}
		}
	}
}

// Secrets that a client shows are compared in constant time. Tokens are looked up by an index instead: see DESIGN.md.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	t.Parallel()
	for place, function := range map[string]string{"call/password.go": "VerifyPassword", "service/backend.go": "serviceToken", "control/access.go": "shows"} {
		file, err := parser.ParseFile(token.NewFileSet(), place, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		ast.Inspect(file, func(n ast.Node) bool {
			declared, ok := n.(*ast.FuncDecl)
			if !ok || declared.Name.Name != function {
				return true
			}
			ast.Inspect(declared, func(n ast.Node) bool {
				call, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				of, _ := call.X.(*ast.Ident)
				found = found || of != nil && of.Name == "subtle" && call.Sel.Name == "ConstantTimeCompare"
				return true
			})
			return false
		})
		if !found {
			t.Errorf("%s in %s compares without crypto/subtle", function, place)
		}
	}
}
