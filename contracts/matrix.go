package contracts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/spec"
)

// The security schemes of the documents.
const (
	forCustomers = "CustomerAccessToken"
	forAnonymous = "AnonymousAccessToken"
	forServices  = "ServiceAccessToken"
)

// verdict is what a caller gets from an operation, whatever else it asks.
type verdict string

const (
	welcome   verdict = "takes"
	forbidden verdict = "answers 403 to"
	bad       verdict = "answers the gateway's 401 to"
	expired   verdict = "answers that it has expired to"
)

// short is the verdict in a cell of the matrix.
func (v verdict) short() string {
	return map[verdict]string{welcome: "in", forbidden: "403", bad: "401", expired: "late"}[v]
}

// caller is one column of the matrix of operations and callers.
type caller struct {
	name   string
	bearer func(w *World, op *spec.Operation) string // of the header Authorization
	gets   func(op *spec.Operation) verdict
	rule   string
	alone  bool // the caller needs no customer
}

// byKind is the verdict on a live token of a kind: the document's security says it (T-KIND).
func byKind(scheme string) func(*spec.Operation) verdict {
	return func(op *spec.Operation) verdict {
		switch {
		case op.Accepts(scheme):
			return welcome
		case op.Accepts(forCustomers) && op.Documents(http.StatusForbidden):
			return forbidden
		}
		return bad
	}
}

func always(v verdict) func(*spec.Operation) verdict {
	return func(*spec.Operation) verdict { return v }
}

// ordinary is the one scope of those that operations ask for that every customer has (T-SCOPE).
const ordinary = "customer.customerprofile_edit"

const jane = "jane@example.com"

// whoMayCome names the callers whom every operation that asks for a bearer must have met. It stands apart from the
// specs, so that a caller who is taken out there is missed here.
func whoMayCome() []string {
	return []string{
		"an anonymous shopper", "a service", "an ordinary customer", "a customer with the scopes that it needs", "nobody", "a bearer without a token",
		"another scheme", "an unknown token", "a customer of another tenant", "a shopper of another tenant", "a refresh token", "a saas token",
		"a forged JWT", "a customer who has logged out", "an expired customer", "an expired shopper", anotherCustomer,
	}
}

// anotherCustomer comes to what belongs to somebody else.
const anotherCustomer = "another customer"

// namesThings says whether an operation names something that may be another customer's.
func namesThings(op *spec.Operation) bool {
	for _, name := range []string{"addressId", "accessToken", "token"} {
		if in, _ := op.Parameter(name); in != "" && op.Accepts(forCustomers) {
			return true
		}
	}
	return false
}

func asksForBearer(op *spec.Operation) bool {
	return op.Accepts(forCustomers) || op.Accepts(forAnonymous) || op.Accepts(forServices)
}

// callers are all who may come to an operation that asks for a bearer.
func callers() []caller {
	as := func(kind string) func(*World, *spec.Operation) string {
		return func(w *World, _ *spec.Operation) string { return "Bearer " + w.caller(kind).Access }
	}
	dead := func(kind string) func(*World, *spec.Operation) string {
		return func(w *World, _ *spec.Operation) string {
			email := ""
			if kind == "customer" {
				email = jane
			}
			token, err := w.Mint(kind, email, nil, -1e9)
			Expect(err).NotTo(HaveOccurred())
			return "Bearer " + token.Access
		}
	}
	elsewhere := func(kind string) func(*World, *spec.Operation) string {
		return func(w *World, _ *spec.Operation) string {
			other := w.suite.world()
			other.SignUp(jane)
			return "Bearer " + other.caller(kind).Access
		}
	}
	return []caller{
		{"an anonymous shopper", as("anonymous"), byKind(forAnonymous), "T-KIND", false},
		{"a service", func(w *World, _ *spec.Operation) string {
			return "Bearer " + w.MustMint("service", "", "customer.customer_manage").Access
		}, byKind(forServices), "T-KIND", false},
		{"an ordinary customer", as("customer"), func(op *spec.Operation) verdict {
			if len(op.Scopes) > 0 && !slices.Contains(op.Scopes, ordinary) {
				return forbidden
			}
			return byKind(forCustomers)(op)
		}, "T-SCOPE", false},
		{"a customer with the scopes that it needs", func(w *World, op *spec.Operation) string {
			return "Bearer " + w.MustMint("customer", jane, op.Scopes...).Access
		}, byKind(forCustomers), "T-SCOPE", false},
		{"nobody", func(*World, *spec.Operation) string { return "" }, always(bad), "T-401", true},
		{"a bearer without a token", func(*World, *spec.Operation) string { return "Bearer " }, always(bad), "T-401", false},
		{"another scheme", func(w *World, _ *spec.Operation) string { return "Basic " + w.caller("customer").Access }, always(bad), "T-401", false},
		{"an unknown token", func(*World, *spec.Operation) string { return "Bearer aYR3Lu3rpsQ9ODhBIR83b3txTr5K" }, always(bad), "T-401", false},
		{"a customer of another tenant", elsewhere("customer"), always(bad), "T-401", false},
		{"a shopper of another tenant", elsewhere("anonymous"), always(bad), "T-401", false},
		{"a refresh token", func(w *World, _ *spec.Operation) string { return "Bearer " + w.caller("customer").Refresh }, always(bad), "T-401", false},
		{"a saas token", func(w *World, _ *spec.Operation) string { return "Bearer " + w.caller("customer").Saas }, always(bad), "T-401", false},
		{"a forged JWT", func(*World, *spec.Operation) string { return "Bearer " + forged("10000001") }, always(bad), "T-401", false},
		{"a customer who has logged out", func(w *World, _ *spec.Operation) string {
			token := w.caller("customer")
			w.Do("logout", Bearer(token.Access), Query("accessToken", token.Access)).Must(http.StatusNoContent)
			return "Bearer " + token.Access
		}, always(bad), "LOGOUT", false},
		{"an expired customer", dead("customer"), func(op *spec.Operation) verdict {
			if op.AcceptsExpired {
				return byKind(forCustomers)(op)
			}
			return expired
		}, "T-LIFE", false},
		{"an expired shopper", dead("anonymous"), always(expired), "T-LIFE", false},
	}
}

// caller is a live token of a kind.
func (w *World) caller(kind string) Token {
	GinkgoHelper()
	if kind == "customer" {
		return w.MustMint(kind, jane)
	}
	return w.MustMint(kind, "")
}

// describeMatrix has a spec for every operation that asks for a bearer and every caller: what each gets follows from
// the document's security and scopes. What else the request says does not matter: who calls is asked first (T-ORDER).
func (s *suite) describeMatrix() {
	for _, id := range sortedKeys(s.operations) {
		op := s.operations[id]
		if !asksForBearer(op) {
			continue // It asks for a client, or for nobody.
		}
		for _, one := range callers() {
			gets := one.gets(op)
			labels := Label(one.rule)
			if one.alone {
				labels = Label(one.rule, smoke)
			}
			It(fmt.Sprintf("%s %s %s", id, gets, one.name), labels, func() {
				w := s.world()
				if !one.alone {
					w.SignUp(jane)
				}
				w.report(came(id, one.name), ReportEntryVisibilityNever)
				bearer := one.bearer(w, op)
				before := w.state()
				answer := w.Do(id, Header("Authorization", bearer), Path("addressId", "b05c20e034"), Path("token", "x"))
				if gets != welcome {
					Expect(w.state()).To(Equal(before), "a refused request has changed something")
				}
				switch gets {
				case forbidden:
					answer.MustRefuse(http.StatusForbidden, "Forbidden")
				case bad:
					answer.MustFault(FaultBearer)
				case expired:
					answer.MustFault(FaultExpired)
				case welcome:
					Expect(answer.Status).NotTo(Equal(http.StatusForbidden), "the answer was %s", answer.Raw)
					Expect(string(answer.Raw)).NotTo(ContainSubstring("faultstring"))
				}
			})
		}
	}
}

// forged is a JWT that says all that a saas token does, signed by somebody else.
func forged(customerNumber string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	unsigned := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"`+customerNumber+`","iat":1700000000,"exp":4100000000}`)
	mac := hmac.New(sha256.New, []byte("somebody else's"))
	mac.Write([]byte(unsigned))
	return unsigned + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
