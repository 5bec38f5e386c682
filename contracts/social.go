package contracts

import (
	"net/http"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Social(s *Suite) {
	socialLogin := func(w *World, session Token, body any) *Answer {
		GinkgoHelper()
		return w.Do("socialLogin", Bearer(session.Access), Header("session-id", session.SessionID), Body(body))
	}

	Describe("socialLogin", func() {
		It("makes a customer of an unknown e-mail address, whose account names the provider", Label("SOCIAL"), func() {
			w := s.World()
			s.Need(Tokens) // The customer has no password, so only a minted token can read the profile.
			number := socialLogin(w, w.Anonymous(), H{"email": "jane@example.com", "name": "Jane van Doe", "provider": "google", "picture": "https://example.com/jane.png"}).
				Must(http.StatusOK).Text("customerNumber")
			profile := w.Profile(w.MustMint("customer", "jane@example.com"))
			Expect(profile.At("customerNumber")).To(Equal(number))
			Expect(profile.At("accounts")).To(Equal([]any{H{"id": "jane@example.com", "providerId": "google"}}))
			Expect(profile.At("firstName")).To(Equal("Jane"))
			Expect(profile.At("lastName")).To(Equal("van Doe"))
			Expect(profile.At("contactEmail")).To(Equal("jane@example.com"))
			Expect(socialLogin(w, w.Anonymous(), H{"email": "JANE@example.com", "provider": "google"}).Must(http.StatusOK).Text("customerNumber")).To(Equal(number))
		})

		It("has no password that logs in", Label("SOCIAL", "LOGIN-BAD"), func() {
			w := s.World()
			socialLogin(w, w.Anonymous(), H{"email": "jane@example.com", "provider": "google"}).Must(http.StatusOK)
			for _, guess := range []string{"", Password} {
				w.TryLogIn("jane@example.com", guess).MustRefuse(http.StatusUnauthorized, "unauthorized")
			}
		})

		It("makes a customer who is active, with double opt-in too", Label("SOCIAL", "OPTIN", "A"), func() {
			w := s.World(H{"doubleOptIn": true})
			socialLogin(w, w.Anonymous(), H{"email": "jane@example.com", "provider": "google"}).Must(http.StatusOK)
			Expect(w.Mails()).To(BeEmpty())
			w.ResetPassword(w.RequestReset("jane@example.com"), "another1").Must(http.StatusNoContent)
			w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
		})

		It("ties a known login to the provider, and keeps its password and its profile", Label("SOCIAL"), func() {
			w := s.World()
			number := w.SignUp("jane@example.com", H{"customerDetails": H{"firstName": "Jane"}})
			Expect(socialLogin(w, w.Anonymous(), H{"email": "jane@example.com", "name": "Somebody Else", "provider": "google"}).
				Must(http.StatusOK).Text("customerNumber")).To(Equal(number))
			profile := w.Profile(w.LogIn("jane@example.com"))
			Expect(profile.At("accounts")).To(Equal([]any{H{"id": "jane@example.com", "providerId": "google"}}))
			Expect(profile.At("firstName")).To(Equal("Jane"))
		})

		It("names nobody who is known, and takes any session of the tenant", Label("SOCIAL", "A"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			for _, session := range []string{w.Anonymous().SessionID, w.Anonymous().SessionID} {
				w.Do("socialLogin", Bearer(w.Anonymous().Access), Header("session-id", session), Body(H{"email": "jane@example.com", "name": "Somebody Else"})).Must(http.StatusOK)
			}
			Expect(w.Profile(jane).JSON()).NotTo(Or(HaveKey("firstName"), HaveKey("lastName")))
		})

		It("gives each new customer a login of its own", Label("SOCIAL", "A"), func() {
			s.Need(Sandboxes) // Only their state has the ids of logins.
			w := s.World()
			emails := []string{"jane@example.com", "joe@example.com"}
			for _, email := range emails {
				socialLogin(w, w.Anonymous(), H{"email": email}).Must(http.StatusOK)
			}
			for at, value := range w.Rows() {
				if id, ok := strings.CutPrefix(at, "/issued/logins/"); ok && strings.HasSuffix(id, "/email") {
					emails = slices.DeleteFunc(emails, func(one string) bool { return one == value })
				}
			}
			Expect(emails).To(BeEmpty())
		})

		It("keeps the status of a known login", Label("SOCIAL", "LOGIN-INACTIVE", "OPTIN", "A"), func() {
			w := s.World(H{"activeOnSignup": false})
			w.SignUp("jane@example.com")
			w.Configure(H{"doubleOptIn": true})
			w.SignUp("joe@example.com")
			for _, email := range []string{"jane@example.com", "joe@example.com"} {
				before := w.TryLogIn(email, Password).MustRefuse(http.StatusUnauthorized, "unauthorized")
				socialLogin(w, w.Anonymous(), H{"email": email, "provider": "google"}).Must(http.StatusOK)
				Expect(w.TryLogIn(email, Password).MustRefuse(http.StatusUnauthorized, "unauthorized").Raw).To(MatchJSON(before.Raw))
			}
			w.Do("confirmOptIn", Bearer(w.Anonymous().Access), Path("token", w.LastMail("opt-in").Token)).Must(http.StatusOK)
			Expect(w.Profile(w.LogIn("joe@example.com")).At("accounts", 0, "providerId")).To(Equal("google"))
		})

		It("is the last login of a customer, known or new", Label("SOCIAL", "PROFILE-GET", "A"), func() {
			s.Need(Tokens)
			w := s.World()
			w.Freeze()
			w.Customer("jane@example.com")
			for range 2 {
				w.Advance(time.Hour)
				for _, email := range []string{"jane@example.com", "sofia@example.com"} {
					socialLogin(w, w.Anonymous(), H{"email": email}).Must(http.StatusOK)
					Expect(w.Profile(w.MustMint("customer", email)).At("lastLogin")).To(Equal(w.Now().UTC().Format(time.RFC3339)))
				}
			}
		})

		It("gives the provider to its own login, and the latest one takes the place of another", Label("SOCIAL", "A"), func() {
			w := s.World()
			w.SignUp("jane@example.com", H{"customerDetails": H{"contactEmail": "jane@example.com"}})
			w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
				Body(H{"email": "Other@Example.com", "password": Password})).Must(http.StatusCreated)
			accounts := func() any { return w.Profile(w.LogIn("jane@example.com")).At("accounts") }
			for _, one := range []struct{ sent, want any }{{"google", "google"}, {"Face Book", "Face Book"}, {nil, "auth0"}} {
				socialLogin(w, w.Anonymous(), H{"email": "OTHER@example.com", "provider": one.sent}).Must(http.StatusOK)
				Expect(accounts()).To(Equal([]any{H{"id": "jane@example.com"}, H{"id": "Other@Example.com", "providerId": one.want}}))
			}
			profile := w.Profile(w.LogIn("other@example.com"))
			Expect(profile.At("contactEmail")).To(Equal("jane@example.com"))
			Expect(profile.At("metadata", "version")).To(BeEquivalentTo(1))
		})

		DescribeTable("splits the name of a new customer at its first blank", Label("SOCIAL", "A"),
			func(name, first, last any) {
				s.Need(Tokens)
				w := s.World()
				socialLogin(w, w.Anonymous(), H{"email": "Sofia@Example.com", "name": name}).Must(http.StatusOK)
				profile := w.Profile(w.MustMint("customer", "sofia@example.com"))
				Expect([]any{profile.At("firstName"), profile.At("lastName")}).To(Equal([]any{first, last}))
				Expect(profile.At("accounts")).To(Equal([]any{H{"id": "Sofia@Example.com", "providerId": "auth0"}}))
				Expect(profile.At("contactEmail")).To(Equal("Sofia@Example.com"))
				Expect([]any{profile.At("preferredLanguage"), profile.At("preferredCurrency"), profile.At("preferredSite")}).To(Equal([]any{"en_US", "USD", "main"}))
				Expect(profile.At("metadata", "version")).To(BeEquivalentTo(1))
			},
			Entry("one word", "Sofia", "Sofia", nil),
			Entry("three", "Sofia De La Cruz", "Sofia", "De La Cruz"),
			Entry("blanks around it", "  Sofia Social ", "Sofia", "Social"),
			Entry("none", nil, nil, nil),
			Entry("blank", " ", nil, nil),
		)

		It("wants the session of an anonymous shopper of this tenant", Label("SOCIAL"), func() {
			w, elsewhere := s.World(), s.World()
			anonymous := w.Anonymous()
			for _, session := range []string{"unknown", elsewhere.Anonymous().SessionID} {
				w.Do("socialLogin", Bearer(anonymous.Access), Header("session-id", session), Body(H{"email": "jane@example.com"})).
					MustRefuse(http.StatusBadRequest, "bad_request")
			}
			w.Do("socialLogin", Bearer(anonymous.Access), Body(H{"email": "jane@example.com"})).MustNameField("session-id")
			_, err := w.Mint("customer", "jane@example.com", nil, 0)
			Expect(err).To(HaveOccurred(), "nobody was made")
		})

		It("does not take a session whose last token has died", Label("SOCIAL"), func() {
			w := s.World()
			w.Freeze()
			dead := w.Anonymous()
			w.Advance(day)
			w.Do("socialLogin", Bearer(w.Anonymous().Access), Header("session-id", dead.SessionID), Body(H{"email": "jane@example.com"})).
				MustRefuse(http.StatusBadRequest, "bad_request")
		})

		It("wants an e-mail address", Label("SOCIAL", "EMAIL-FORM"), func() {
			w := s.World()
			for _, body := range []H{{}, {"email": nil}, {"email": ""}, {"email": "no address"}} {
				socialLogin(w, w.Anonymous(), body).MustNameField("email")
			}
		})

		It("wants an anonymous token", Label("T-KIND", "T-401"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			socialLogin(w, jane, H{"email": "joe@example.com"}).MustFault(FaultBearer)
			w.Do("socialLogin", Header("session-id", jane.SessionID), Body(H{"email": "joe@example.com"})).MustFault(FaultBearer)
		})
	})
}
