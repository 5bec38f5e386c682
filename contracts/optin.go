package contracts

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) OptIn(s *Suite) {
	confirm := func(w *World, token string) *Answer {
		GinkgoHelper()
		return w.Do("confirmOptIn", Bearer(w.Anonymous().Access), Path("token", token))
	}
	resend := func(w *World, email string) {
		GinkgoHelper()
		w.Do("resendOptIn", Bearer(w.Anonymous().Access), Body(H{"email": email})).Must(http.StatusAccepted)
	}

	Describe("confirmOptIn", func() {
		It("activates the account and logs its customer in, once", Label("OPTIN", "MAIL-TOKEN"), func() {
			w := s.World(H{"doubleOptIn": true})
			number := w.SignUp("jane@example.com")
			w.TryLogIn("jane@example.com", Password).MustRefuse(http.StatusUnauthorized, "unauthorized")
			mail := w.LastMail("opt-in")
			Expect(mail.To).To(Equal("jane@example.com"))
			anonymous := w.Anonymous()
			jane := w.TokenIn(w.Do("confirmOptIn", Bearer(anonymous.Access), Path("token", mail.Token)).Must(http.StatusOK))
			Expect(jane.SessionID).To(Equal(anonymous.SessionID))
			Expect(w.Profile(jane).At("customerNumber")).To(Equal(number))
			w.LogIn("jane@example.com")
			confirm(w, mail.Token).MustRefuse(http.StatusBadRequest, "bad_request")
		})

		It("is the customer's last login, and a new password does not take its place", Label("OPTIN", "PROFILE-GET", "RESET-UPDATE", "A"), func() {
			w := s.World(H{"doubleOptIn": true})
			w.Freeze()
			w.SignUp("jane@example.com")
			w.ResetPassword(w.RequestReset("jane@example.com"), "another1").Must(http.StatusNoContent)
			w.TryLogIn("jane@example.com", "another1").MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.Advance(time.Minute)
			jane := w.TokenIn(confirm(w, w.LastMail("opt-in").Token).Must(http.StatusOK))
			Expect(w.Profile(jane).At("lastLogin")).To(Equal(w.Now().UTC().Format(time.RFC3339)))
			w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
		})

		It("activates an account that a provider vouched for within the same second", Label("OPTIN", "SOCIAL", "A"), func() {
			w := s.World(H{"doubleOptIn": true})
			w.Freeze()
			w.SignUp("jane@example.com")
			anonymous := w.Anonymous()
			w.Do("socialLogin", Bearer(anonymous.Access), Header("session-id", anonymous.SessionID), Body(H{"email": "jane@example.com"})).Must(http.StatusOK)
			confirm(w, w.LastMail("opt-in").Token).Must(http.StatusOK)
			w.LogIn("jane@example.com")
		})

		It("is not needed where double opt-in is off", Label("OPTIN"), func() {
			w := s.World(H{"doubleOptIn": false})
			w.Customer("jane@example.com")
			Expect(w.Mails()).To(BeEmpty())
		})

		It("is not needed unless the tenant wants it", Label("OPTIN", "A"), func() {
			w := s.World(H{"doubleOptIn": nil})
			w.Customer("jane@example.com")
			Expect(w.Mails()).To(BeEmpty())
		})

		It("mails to the login e-mail address", Label("OPTIN", "MAIL"), func() {
			w := s.World(H{"doubleOptIn": true})
			w.SignUp("desk@example.com", H{"signup": H{"email": "jane@example.com", "password": Password}})
			Expect(w.LastMail("opt-in").To).To(Equal("jane@example.com"))
		})

		It("refuses an unknown token, a late one, and one of another kind", Label("OPTIN", "MAIL-TOKEN"), func() {
			w := s.World(H{"doubleOptIn": true})
			w.Freeze()
			w.SignUp("jane@example.com")
			w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com"})).Must(http.StatusNoContent)
			for _, token := range []string{"unknown", w.LastMail("password-reset").Token} {
				confirm(w, token).MustRefuse(http.StatusBadRequest, "bad_request")
			}
			w.Advance(day)
			confirm(w, w.LastMail("opt-in").Token).MustRefuse(http.StatusBadRequest, "bad_request")
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
		})

		It("is good to the last second of the token's lifetime", Label("MAIL-TOKEN", "T-LIFE"), func() {
			w := s.World(H{"doubleOptIn": true, "lifetimes": H{"mailed": "2h"}})
			w.Freeze()
			w.SignUp("jane@example.com")
			w.Advance(2*time.Hour - time.Second)
			confirm(w, w.LastMail("opt-in").Token).Must(http.StatusOK)
		})

		It("wants an anonymous token", Label("T-401", "T-KIND"), func() {
			w := s.World(H{"doubleOptIn": true})
			w.SignUp("jane@example.com")
			token := w.LastMail("opt-in").Token
			w.Do("confirmOptIn", Path("token", token)).MustFault(FaultBearer)
			w.Do("confirmOptIn", Bearer(w.MustMint("customer", "jane@example.com").Access), Path("token", token)).MustFault(FaultBearer)
			confirm(w, token).Must(http.StatusOK)
		})
	})

	Describe("resendOptIn", func() {
		It("answers 202, kills the old token and mails a new one", Label("OPTIN-RESEND", "MAIL-TOKEN"), func() {
			w := s.World(H{"doubleOptIn": true})
			w.SignUp("jane@example.com")
			old := w.LastMail("opt-in").Token
			resend(w, "JANE@example.com")
			mail := w.LastMail("resend")
			Expect(mail.To).To(Equal("jane@example.com"))
			Expect(mail.Token).NotTo(Equal(old))
			confirm(w, old).MustRefuse(http.StatusBadRequest, "bad_request")
			confirm(w, mail.Token).Must(http.StatusOK)
		})

		It("mails to the login e-mail address, not to the contact", Label("OPTIN-RESEND", "MAIL"), func() {
			w := s.World(H{"doubleOptIn": true})
			w.SignUp("desk@example.com", H{"signup": H{"email": "jane@example.com", "password": Password}})
			resend(w, "desk@example.com")
			Expect(w.MailsOf("resend")).To(BeEmpty())
			resend(w, "jane@example.com")
			Expect(w.LastMail("resend").To).To(Equal("jane@example.com"))
		})

		It("answers the same for an unknown and for an active e-mail address, and mails nothing", Label("OPTIN-RESEND"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			for _, email := range []string{"jane@example.com", "nobody@example.com", "", "no address"} {
				resend(w, email)
			}
			Expect(w.Mails()).To(BeEmpty())
		})

		It("answers the same for an account that is not active, and mails nothing", Label("OPTIN-RESEND"), func() {
			w := s.World(H{"activeOnSignup": false})
			w.SignUp("jane@example.com")
			resend(w, "jane@example.com")
			Expect(w.Mails()).To(BeEmpty())
		})

		It("wants an e-mail address and an anonymous token", Label("W-INPUT", "T-401"), func() {
			w := s.World()
			w.Do("resendOptIn", Bearer(w.Anonymous().Access), Body(H{})).MustNameField("email")
			w.Do("resendOptIn", Body(H{"email": "jane@example.com"})).MustFault(FaultBearer)
		})
	})
}
