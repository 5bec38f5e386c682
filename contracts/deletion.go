package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Deletion(s *Suite) {
	Describe("deleteProfile", func() {
		DescribeTable("without a token mails one, and the profile stays", Label("DELETE-ME", "MAIL"),
			func(parts ...Part) {
				w := s.World()
				jane := w.Customer("jane@example.com", H{"customerDetails": H{"firstName": "Jane"}})
				before := w.Profile(jane)
				w.Do("deleteProfile", append(parts, Bearer(jane.Access))...).Must(http.StatusNoContent)
				Expect(w.LastMail("deletion").To).To(Equal("jane@example.com"))
				Expect(w.Profile(jane).Raw).To(MatchJSON(before.Raw))
			},
			Entry("absent"),
			Entry("empty", Query("token", "")),
		)

		It("mails to the login of the session", Label("DELETE-ME", "MAIL"), func() {
			w := s.World()
			w.SignUp("desk@example.com", H{"signup": H{"email": "jane@example.com", "password": Password}})
			w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
				Body(H{"email": "other@example.com", "password": Password})).Must(http.StatusCreated)
			for _, login := range []string{"jane@example.com", "other@example.com"} {
				w.Do("deleteProfile", Bearer(w.LogIn(login).Access)).Must(http.StatusNoContent)
				Expect(w.LastMail("deletion").To).To(Equal(login))
			}
		})

		It("takes the token from any session and login of the customer", Label("DELETE-ME"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
				Body(H{"email": "other@example.com", "password": Password})).Must(http.StatusCreated)
			w.Do("deleteProfile", Bearer(w.LogIn("jane@example.com").Access)).Must(http.StatusNoContent)
			w.Do("deleteProfile", Bearer(w.LogIn("other@example.com").Access), Query("token", w.LastMail("deletion").Token)).Must(http.StatusAccepted)
			for _, login := range []string{"jane@example.com", "other@example.com"} {
				w.TryLogIn(login, Password).MustRefuse(http.StatusUnauthorized, "unauthorized")
			}
		})

		It("with the token keeps no mailed token of the customer", Label("DELETE-ME", "MAIL-TOKEN"), func() {
			s.Need(Sandboxes) // Only there the state can be read.
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.SignUp("joe@example.com")
			janes, joes := w.RequestReset("jane@example.com"), w.RequestReset("joe@example.com")
			mailed := func(token string) string { return "/issued/mailedTokens/" + token + "/token" }
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			Expect(w.Rows()).To(And(HaveKey(mailed(janes)), HaveKey(mailed(joes))))
			w.Do("deleteProfile", Bearer(jane.Access), Query("token", w.LastMail("deletion").Token)).Must(http.StatusAccepted)
			Expect(w.Rows()).To(And(Not(HaveKey(mailed(janes))), HaveKey(mailed(joes))))
		})

		It("with the token answers 202, and all of the customer is gone", Label("DELETE-ME"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			other := w.LogIn("jane@example.com")
			w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com"})).Must(http.StatusNoContent)
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			w.Do("deleteProfile", Bearer(jane.Access), Query("token", w.LastMail("deletion").Token)).Must(http.StatusAccepted)
			w.TryLogIn("jane@example.com", Password).MustRefuse(http.StatusUnauthorized, "unauthorized")
			for _, token := range []Token{jane, other} {
				w.Do("getProfile", Bearer(token.Access)).MustFault(FaultBearer)
				w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", token.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
			}
			w.Do("resetPassword", Bearer(w.Anonymous().Access), Body(H{"token": w.LastMail("password-reset").Token, "password": "another1"})).
				MustRefuse(http.StatusBadRequest, "bad_request")
		})

		It("leaves the e-mail address free for a new customer", Label("DELETE-ME"), func() {
			w := s.World()
			number := w.SignUp("jane@example.com")
			jane := w.LogIn("jane@example.com")
			w.AddAddress(jane, H{})
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			w.Do("deleteProfile", Bearer(jane.Access), Query("token", w.LastMail("deletion").Token)).Must(http.StatusAccepted)
			Expect(w.SignUp("Jane@example.com")).NotTo(Equal(number))
			Expect(w.AddressIDs(w.LogIn("jane@example.com"))).To(BeEmpty())
		})

		It("refuses another's token, and nobody is lost", Label("DELETE-ME"), func() {
			w := s.World()
			jane, joe := w.Customer("jane@example.com"), w.Customer("joe@example.com")
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			token := w.LastMail("deletion").Token
			w.CalledBy("deleteProfile", AnotherCustomer, "")
			w.Do("deleteProfile", Bearer(joe.Access), Query("token", token)).MustRefuse(http.StatusBadRequest, "bad_request")
			w.Profile(jane)
			w.Profile(joe)
			w.Do("deleteProfile", Bearer(jane.Access), Query("token", token)).Must(http.StatusAccepted)
			w.Profile(joe)
		})

		It("refuses an unknown token, a late one, and one of another kind", Label("DELETE-ME", "MAIL-TOKEN"), func() {
			w := s.World()
			w.Freeze()
			jane := w.Customer("jane@example.com")
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com"})).Must(http.StatusNoContent)
			late := w.LastMail("deletion").Token
			for _, token := range []string{"unknown", w.LastMail("password-reset").Token} {
				w.Do("deleteProfile", Bearer(jane.Access), Query("token", token)).MustRefuse(http.StatusBadRequest, "bad_request")
			}
			w.Advance(day)
			w.Do("deleteProfile", Bearer(jane.Access), Query("token", late)).MustRefuse(http.StatusBadRequest, "bad_request")
			w.Profile(jane)
		})

		It("wants a customer", Label("T-KIND", "T-401", Smoke), func() {
			w := s.World()
			w.Do("deleteProfile").MustFault(FaultBearer)
			w.Do("deleteProfile", Bearer(w.Anonymous().Access)).MustRefuse(http.StatusForbidden, "Forbidden")
		})
	})
}
