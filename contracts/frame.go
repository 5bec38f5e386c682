package contracts

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
	"standin/spec"
)

// frameWorld is a tenant with two of everything: customers, logins, sessions, tokens, addresses and mails, made at one time
// and with the same texts. So a write that changes too much, or the wrong one, is found.
type frameWorld struct {
	*World
	elsewhere *World // another tenant with the same customer

	jane, again, second Token // of Jane's first login, and one of her second login
	joe                 Token
	anonymous, shopper  Token
	target, rest        string   // the ids of Jane's addresses; the first is her default
	names               []string // identities in rows, each before its name
}

// name gives an identity a name in rows.
func (t *frameWorld) name(identity, name string) { t.names = append(t.names, identity, name) }

// named gives a token and its session a name in rows.
func (t *frameWorld) named(name string, token Token) Token {
	t.name(token.Access, name)
	if token.SessionID != "" { // The classic names of a token answer have none.
		t.name(token.SessionID, name)
	}
	return token
}

// mailed sends all kinds of mails to a customer and names their tokens by the customer and the kind.
func (t *frameWorld) mailed(name, email string, token Token) {
	GinkgoHelper()
	t.RequestReset(email)
	t.Do("requestEmailChange", Bearer(token.Access), Body(H{"email": email, "password": Password, "newEmail": "new." + email})).Must(http.StatusNoContent)
	t.Do("deleteProfile", Bearer(token.Access)).Must(http.StatusNoContent)
	for _, kind := range []string{"password-reset", "email-change", "deletion"} {
		t.name(t.LastMail(kind).Token, name+"-"+kind)
	}
}

// shops begins an anonymous session whose shopper has chosen everything and has an attribute.
func (t *frameWorld) shops(name string) Token {
	GinkgoHelper()
	token := t.named(name, t.Anonymous())
	changeContext(t.World, token.Access, H{
		"currency": "EUR", "siteCode": "berlin", "language": "de", "targetLocation": "DE", "context": H{"weather": "rain", "mood": "rain"},
	}).Must(http.StatusNoContent)
	return token
}

func newFrameWorld(s *Suite) *frameWorld {
	GinkgoHelper()
	t := &frameWorld{World: s.World(H{"lockoutAfter": 5}), elsewhere: s.World()}
	t.Freeze()
	profile := H{
		"title": "MS", "firstName": "Jane", "middleName": "Ann", "lastName": "Doe", "contactPhone": "123", "company": "Emporix",
		"preferredLanguage": "de_DE", "preferredCurrency": "EUR", "preferredSite": "berlin", "b2b": H{"companyRegistrationId": "HRB-1"},
		"metadata": H{"mixins": H{"loyalty": "https://example.com/loyalty.json"}}, "mixins": H{"loyalty": H{"points": 7, "tier": "gold"}},
	}
	logins := func(email string) H {
		return H{"profile": profile, "logins": []H{{"email": email, "password": Password}}, "legalEntities": []H{{"id": "5001"}, {"id": LegalEntity}}}
	}
	t.again = t.named("again", t.Stored(janesEmail, logins("second@example.com")))
	t.joe = t.named("joe", t.Stored("joe@example.com", logins("joes@example.com")))
	t.elsewhere.SignUp(janesEmail, H{"customerDetails": profile})
	t.Advance(10 * time.Second) // What was set at the beginning and what a login sets differ.
	t.jane = t.named("jane", t.MustMint("customer", janesEmail, "customer.customer_manage", OrdinaryScope))
	t.second = t.named("second", t.LogIn("second@example.com"))
	t.named("joes", t.LogIn("joe@example.com"))
	for _, email := range []string{janesEmail, "joe@example.com", "second@example.com"} {
		t.TryLogIn(email, "wrong-one").Must(http.StatusUnauthorized)
	}
	t.target, t.rest = t.AddAddress(t.jane, fullAddress()), t.AddAddress(t.jane, fullAddress())
	for range 2 {
		t.AddAddress(t.joe, fullAddress())
	}
	t.mailed("jane", janesEmail, t.jane)
	t.mailed("joe", "joe@example.com", t.joe)
	t.Configure(H{"doubleOptIn": true})
	for _, name := range []string{"petra", "paul"} {
		t.name(t.SignUp(name+"@example.com", H{"customerDetails": profile}), name)
		t.name(t.LastMail("opt-in").Token, name+"-opt-in")
	}
	t.anonymous, t.shopper = t.shops("anonymous"), t.shops("shopper")
	t.name(t.Profile(t.jane).Text("customerNumber"), "jane")
	t.name(t.Profile(t.joe).Text("customerNumber"), "joe")
	t.name(t.target, "target")
	t.name(t.rest, "rest")
	t.Advance(10 * time.Second)
	return t
}

// rows returns the rows of the state before the write, with names. Only the state has the ids of logins, and with the classic names
// of token answers those of sessions.
func (t *frameWorld) rows(state string) Rows {
	GinkgoHelper()
	rows := RowsOf(state)
	for at, value := range rows {
		if id, ok := strings.CutPrefix(at, "/issued/logins/"); ok && strings.HasSuffix(id, "/email") {
			t.name(strings.TrimSuffix(id, "/email"), value)
		}
		if access, ok := strings.CutPrefix(at, "/issued/tokens/"); ok && strings.HasSuffix(access, "/customerNumber") {
			access = strings.TrimSuffix(access, "/customerNumber")
			t.name(access, "spare-"+t.replacer().Replace(value)) // Of two names the first one counts.
			t.name(rows["/issued/tokens/"+access+"/sessionId"], t.replacer().Replace(access))
		}
	}
	return rows.Named(t.replacer())
}

// replacer replaces identities by their names.
func (t *frameWorld) replacer() *strings.Replacer { return strings.NewReplacer(t.names...) }

// token returns the token of a mail of the frame world, by its customer and kind.
func (t *frameWorld) token(name string) string { return t.names[slices.Index(t.names, name)-1] }

// frame is what a write changes in the state.
type frame struct {
	operation, what, rule string // A rule may be followed by a grade.
	send                  func(t *frameWorld) *Answer
	changes               []string // regular expressions; each matches places that change
	may                   string   // a regular expression; the places that may change besides
}

// Frames adds a spec for each write, which fails if the write changes a place outside of its frame or leaves one that it must
// change, and one for each read.
func (specs) Frames(s *Suite) {
	Describe("the frame", func() {
		written := map[string]bool{}
		for _, one := range frames() {
			written[one.operation] = true
			It("of "+one.operation+" "+one.what+": nothing else changes", Label(strings.Fields(one.rule)...), func() {
				t := newFrameWorld(s)
				state, elsewhere := t.State(), t.elsewhere.State()
				before := t.rows(state)
				answer := one.send(t)
				Expect(answer.Status).To(BeNumerically("<", http.StatusBadRequest), answer.String())
				one.compare(before, t.Rows().Named(t.replacer()))
				Expect(t.elsewhere.State()).To(Equal(elsewhere), "another tenant has changed")
			})
		}
		It("of requests that are refused is empty: they use nothing up", Label("T-ORDER", "MAIL-TOKEN"), func() {
			t := newFrameWorld(s)
			state, all := t.State(), refusals()
			for _, operation := range slices.Sorted(maps.Keys(all)) {
				for i, refused := range all[operation] {
					answer := refused(t)
					Expect(answer.Status).To(BeNumerically(">=", http.StatusBadRequest), "%s %d: %s", operation, i, answer)
				}
				Expect(t.State()).To(Equal(state), "%s was refused and has changed something", operation)
			}
		})
		for _, op := range s.Operations() {
			if !written[op.ID] {
				It("of "+op.ID+": it changes nothing", Label(readRule(op)), func() { describeRead(s, op) })
			}
		}
	})
}

// compare compares the state before and after the write.
func (f frame) compare(before, after Rows) {
	GinkgoHelper()
	places := before.Changed(after)
	outside := places
	for _, one := range append([]string{f.may}, f.changes...) {
		within := regexp.MustCompile("^(" + one + ")$")
		if one != f.may {
			Expect(slices.ContainsFunc(places, within.MatchString)).To(BeTrue(), "%s has not changed %s", f.operation, one)
		}
		outside = slices.DeleteFunc(slices.Clone(outside), within.MatchString)
	}
	Expect(outside).To(BeEmpty(), "beside what it was asked for, %s has changed these places", f.operation)
}

// readRule returns the rule of which a read is a part.
func readRule(op *spec.Operation) string {
	for _, rule := range []struct{ operation, id string }{
		{"listAddresses", "ADDR-LIST"},
		{"getAddress", "ADDR-GET"},
		{"getProfile", "PROFILE-GET"},
		{"validateToken", "VALIDATE"},
		{"getScopes", "SCOPES"},
		{"getSessionContext", "CONTEXT"},
	} {
		if rule.operation == op.ID {
			return rule.id
		}
	}
	return "COMPANY"
}

// describeRead sends a read twice and compares the state and the answers.
func describeRead(s *Suite, op *spec.Operation) {
	t := newFrameWorld(s)
	parts := []Part{Bearer(t.jane.Access)}
	for name, value := range map[string]string{"addressId": t.target, "legalEntityId": LegalEntity, "locationId": "7001", "contactAssignmentId": "6001"} {
		if in, _ := op.Parameter(name); in == "path" {
			parts = append(parts, Path(name, value))
		}
	}
	state := t.State()
	first := t.Do(op.ID, parts...)
	Expect(t.Do(op.ID, parts...).Raw).To(MatchJSON(first.Raw), "the second answer differs")
	Expect(t.State()).To(Equal(state), "a read has changed something")
}
