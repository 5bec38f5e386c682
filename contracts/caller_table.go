package contracts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
	"standin/spec"
)

const janesEmail = "jane@example.com"

// admission is what a caller gets from an operation, whatever the rest of the request is.
type admission string

const (
	admitted  admission = "takes"
	forbidden admission = "answers 403 to"
	refused   admission = "answers the gateway's 401 to"
	expired   admission = "answers that it has expired to"
)

// short returns the admission for the matrix of operations and callers in the HTML report.
func (a admission) short() string {
	return map[admission]string{admitted: "in", forbidden: "403", refused: "401", expired: "late"}[a]
}

// caller is a kind of caller of an operation that asks for a bearer.
type caller struct {
	name    string
	header  func(w *World, op *spec.Operation) string // the header Authorization
	gets    func(op *spec.Operation) admission
	rule    string
	unknown bool // the spec needs no customer for this caller
}

// byKind returns what a valid token of a kind gets, according to the document's security (T-KIND).
func byKind(scheme string) func(*spec.Operation) admission {
	return func(op *spec.Operation) admission {
		switch {
		case op.Accepts(scheme):
			return admitted
		case op.Accepts(CustomerScheme) && op.Documents(http.StatusForbidden):
			return forbidden
		}
		return refused
	}
}

// always returns a function that gives the same for all operations.
func always(a admission) func(*spec.Operation) admission {
	return func(*spec.Operation) admission { return a }
}

// validToken returns a valid token of a kind; that of a customer is Jane's.
func validToken(w *World, kind string) Token {
	GinkgoHelper()
	if kind == "customer" {
		return w.MustMint(kind, janesEmail)
	}
	return w.MustMint(kind, "")
}

// callers returns the kinds of callers of an operation that asks for a bearer.
func callers(s *Suite) []caller {
	as := func(kind string) func(*World, *spec.Operation) string {
		return func(w *World, _ *spec.Operation) string { return "Bearer " + validToken(w, kind).Access }
	}
	expiredOf := func(kind string) func(*World, *spec.Operation) string {
		return func(w *World, _ *spec.Operation) string {
			email := ""
			if kind == "customer" {
				email = janesEmail
			}
			token, err := w.Mint(kind, email, nil, -time.Second)
			Expect(err).NotTo(HaveOccurred())
			return "Bearer " + token.Access
		}
	}
	elsewhere := func(kind string) func(*World, *spec.Operation) string {
		return func(*World, *spec.Operation) string {
			other := s.World()
			other.SignUp(janesEmail)
			return "Bearer " + validToken(other, kind).Access
		}
	}
	return []caller{
		{"an anonymous shopper", as("anonymous"), byKind(AnonymousScheme), "T-KIND", false},
		{"a service", func(w *World, _ *spec.Operation) string {
			return "Bearer " + w.MustMint("service", "", "customer.customer_manage").Access
		}, byKind(ServiceScheme), "T-KIND", false},
		{"an ordinary customer", as("customer"), func(op *spec.Operation) admission {
			if len(op.Scopes) > 0 && !slices.Contains(op.Scopes, OrdinaryScope) {
				return forbidden
			}
			return byKind(CustomerScheme)(op)
		}, "T-SCOPE", false},
		{"a customer with the scopes that it needs", func(w *World, op *spec.Operation) string {
			return "Bearer " + w.MustMint("customer", janesEmail, op.Scopes...).Access
		}, byKind(CustomerScheme), "T-SCOPE", false},
		{"nobody", func(*World, *spec.Operation) string { return "" }, always(refused), "T-401", true},
		{"a bearer without a token", func(*World, *spec.Operation) string { return "Bearer " }, always(refused), "T-401", false},
		{"another scheme", func(w *World, _ *spec.Operation) string { return "Basic " + validToken(w, "customer").Access }, always(refused), "T-401", false},
		{"an unknown token", func(*World, *spec.Operation) string { return "Bearer aYR3Lu3rpsQ9ODhBIR83b3txTr5K" }, always(refused), "T-401", false},
		{"a customer of another tenant", elsewhere("customer"), always(refused), "T-401", false},
		{"a shopper of another tenant", elsewhere("anonymous"), always(refused), "T-401", false},
		{"a refresh token", func(w *World, _ *spec.Operation) string { return "Bearer " + validToken(w, "customer").Refresh }, always(refused), "T-401", false},
		{"a saas token", func(w *World, _ *spec.Operation) string { return "Bearer " + validToken(w, "customer").Saas }, always(refused), "T-401", false},
		{"a forged JWT", func(*World, *spec.Operation) string { return "Bearer " + forged("10000001") }, always(refused), "T-401", false},
		{"a customer who has logged out", func(w *World, _ *spec.Operation) string {
			token := validToken(w, "customer")
			w.Do("logout", Bearer(token.Access), Query("accessToken", token.Access)).Must(http.StatusNoContent)
			return "Bearer " + token.Access
		}, always(refused), "LOGOUT", false},
		{"an expired customer", expiredOf("customer"), func(op *spec.Operation) admission {
			if op.AcceptsExpired {
				return byKind(CustomerScheme)(op)
			}
			return expired
		}, "T-LIFE", false},
		{"an expired shopper", expiredOf("anonymous"), always(expired), "T-LIFE", false},
	}
}

// forged returns a JWT with the claims of a saas token and a wrong signature.
func forged(customerNumber string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	unsigned := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"`+customerNumber+`","iat":1700000000,"exp":4100000000}`)
	mac := hmac.New(sha256.New, []byte("somebody else's"))
	mac.Write([]byte(unsigned))
	return unsigned + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
