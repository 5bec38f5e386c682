package contracts

import (
	"net/http"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// frameWorld is a tenant with several customers that have addresses, tokens and mails, so that a write which changes too
// much is found.
type frameWorld struct {
	*World
	elsewhere *World // another tenant with the same customer

	jane, joe    Token
	anonymous    Token
	target, rest string            // the ids of Jane's addresses; the first is her default
	rowNames     *strings.Replacer // replaces the identity of a row by a name
}

func newFrameWorld(s *Suite) *frameWorld {
	GinkgoHelper()
	t := &frameWorld{World: s.World(), elsewhere: s.World()}
	t.Freeze()
	details := H{"customerDetails": H{
		"title": "MS", "firstName": "Jane", "middleName": "Ann", "lastName": "Doe", "contactPhone": "123", "company": "Emporix",
		"preferredLanguage": "de_DE", "preferredCurrency": "EUR", "preferredSite": "berlin",
		"metadata": H{"mixins": H{"loyalty": "https://example.com/loyalty.json"}}, "mixins": H{"loyalty": H{"points": 7, "tier": "gold"}},
	}}
	janes := t.SignUp(janesEmail, details)
	joes := t.SignUp("joe@example.com", details)
	t.elsewhere.SignUp(janesEmail, details)
	t.Configure(H{"doubleOptIn": true})
	pending := t.SignUp("petra@example.com", details)
	t.jane, t.joe = t.MustMint("customer", janesEmail, "customer.customer_manage", OrdinaryScope), t.LogIn("joe@example.com")
	t.target, t.rest = t.AddAddress(t.jane, fullAddress()), t.AddAddress(t.jane, fullAddress())
	t.AddAddress(t.joe, fullAddress())
	t.anonymous = t.Anonymous()
	t.rowNames = strings.NewReplacer(janes, "jane", janesEmail, "jane", joes, "joe", "joe@example.com", "joe", t.joe.Access, "joe", t.joe.SessionID, "joe",
		pending, "petra", t.target, "target", t.rest, "rest")
	return t
}

// frame is the places of the state that a write may change.
type frame struct {
	operation, what, rule string
	send                  func(t *frameWorld) *Answer
	prepare               func(t *frameWorld) // runs before the write; may be nil
	may                   string              // a regular expression that matches the places
}

// Frames adds a spec for each write, which fails if the write changes a place outside of its frame.
func (specs) Frames(s *Suite) {
	Describe("the frame", func() {
		for _, one := range frames() {
			It("of "+one.operation+" "+one.what+": nothing else changes", Label(one.rule), func() {
				t := newFrameWorld(s)
				if one.prepare != nil {
					one.prepare(t)
				}
				before, elsewhere := t.Rows(t.rowNames), t.elsewhere.Rows(t.rowNames)
				answer := one.send(t)
				Expect(answer.Status).To(BeNumerically("<", http.StatusBadRequest), answer.String())
				may := regexp.MustCompile("^(" + one.may + ")$")
				var much []string
				places := before.Changed(t.Rows(t.rowNames))
				for _, at := range places {
					if !may.MatchString(at) || strings.Contains(at, "/joe/") {
						much = append(much, at)
					}
				}
				Expect(much).To(BeEmpty(), "beside what it was asked for, %s has changed these places", one.operation)
				Expect(places).NotTo(BeEmpty(), "%s has changed nothing", one.operation)
				Expect(t.elsewhere.Rows(t.rowNames)).To(Equal(elsewhere), "another tenant has changed")
			})
		}
	})
}
