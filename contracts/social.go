package contracts

import (
	"net/http"

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
