package contracts

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"go.yaml.in/yaml/v4"
)

// tableau is a tenant in which everybody has something, so that a change that goes too far is seen.
type tableau struct {
	*World
	elsewhere *World // a tenant with the same customer

	jane, joe    Token
	target, rest string // Jane's addresses; the first is her default
	shopper      Token  // an anonymous one
	names        *strings.Replacer
}

func (s *suite) tableau() *tableau {
	GinkgoHelper()
	t := &tableau{World: s.world(), elsewhere: s.world()}
	t.Freeze()
	details := H{"customerDetails": H{
		"title": "MS", "firstName": "Jane", "middleName": "Ann", "lastName": "Doe", "contactPhone": "123", "company": "Emporix",
		"preferredLanguage": "de_DE", "preferredCurrency": "EUR", "preferredSite": "berlin",
		"metadata": H{"mixins": H{"loyalty": "https://example.com/loyalty.json"}}, "mixins": H{"loyalty": H{"points": 7, "tier": "gold"}},
	}}
	janes := t.SignUp(jane, details)
	joes := t.SignUp("joe@example.com", details)
	t.elsewhere.SignUp(jane, details)
	t.Configure(H{"doubleOptIn": true})
	pending := t.SignUp("petra@example.com", details)
	t.jane, t.joe = t.MustMint("customer", jane, "customer.customer_manage", ordinary), t.LogIn("joe@example.com")
	t.target, t.rest = t.AddAddress(t.jane, fullAddress()), t.AddAddress(t.jane, fullAddress())
	t.AddAddress(t.joe, fullAddress())
	t.shopper = t.Anonymous()
	t.names = strings.NewReplacer(janes, "jane", jane, "jane", joes, "joe", "joe@example.com", "joe", t.joe.Access, "joe", t.joe.SessionID, "joe",
		pending, "petra", t.target, "target", t.rest, "rest")
	return t
}

// rows are all values of a tenant, by their places: a row of a list is named by what identifies it.
func (t *tableau) rows(w *World) map[string]string {
	GinkgoHelper()
	var all any
	Expect(yaml.Load([]byte(w.state()), &all)).To(Succeed())
	found := map[string]string{}
	flatten(t.names, "", all, found)
	return found
}

func flatten(names *strings.Replacer, at string, value any, into map[string]string) {
	switch value := value.(type) {
	case map[string]any:
		for name, one := range value {
			flatten(names, at+"/"+name, one, into)
		}
	case []any:
		for i, one := range value {
			name := strconv.Itoa(i)
			if object, ok := one.(map[string]any); ok {
				name = names.Replace(identity(object, name))
			}
			flatten(names, at+"/"+name, one, into)
		}
	default:
		into[at] = names.Replace(fmt.Sprint(value))
	}
}

// identity is what tells a row of a list from the others.
func identity(row map[string]any, otherwise string) string {
	for _, name := range []string{"number", "token", "access", "accessToken", "email", "id", "sessionId"} {
		if value, ok := row[name]; ok {
			return fmt.Sprint(value)
		}
	}
	return otherwise
}

// changed lists the places that differ, sorted.
func changed(before, after map[string]string) []string {
	places := map[string]bool{}
	for at, value := range before {
		if now, ok := after[at]; !ok || now != value {
			places[at] = true
		}
	}
	for at := range after {
		if _, ok := before[at]; !ok {
			places[at] = true
		}
	}
	return sortedKeys(places)
}

// A write has a frame: the places that it may change, by the rows' names. Whatever else changes is too much.
type frame struct {
	operation, what, rule string
	send                  func(t *tableau) *Answer
	prepare               func(t *tableau) // what goes before; may be nil
	may                   string           // a regular expression over places
}

// describeFrames has a spec for every operation that writes: what it was not asked to change is as it was.
func (s *suite) describeFrames() {
	Describe("the frame", func() {
		for _, one := range frames() {
			It("of "+one.operation+" "+one.what+": nothing else changes", Label(one.rule), func() {
				t := s.tableau()
				if one.prepare != nil {
					one.prepare(t)
				}
				before, elsewhere := t.rows(t.World), t.rows(t.elsewhere)
				answer := one.send(t)
				Expect(answer.Status).To(BeNumerically("<", http.StatusBadRequest), answer.said())
				may := regexp.MustCompile("^(" + one.may + ")$")
				var much []string
				places := changed(before, t.rows(t.World))
				for _, at := range places {
					if !may.MatchString(at) || strings.Contains(at, "/joe/") {
						much = append(much, at)
					}
				}
				Expect(much).To(BeEmpty(), "beside what it was asked for, %s has changed these places", one.operation)
				Expect(places).NotTo(BeEmpty(), "%s has changed nothing", one.operation)
				Expect(t.rows(t.elsewhere)).To(Equal(elsewhere), "another tenant has changed")
			})
		}
	})
}
