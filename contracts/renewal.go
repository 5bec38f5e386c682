package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Renewal(s *Suite) {
	// with creates a customer with a second login and a contact address of its own, and logs in with that login.
	with := func() (*World, Token) {
		GinkgoHelper()
		w := s.World()
		w.SignUp("desk@example.com", H{"signup": H{"email": "jane@example.com", "password": Password}})
		manager := w.MustMint("customer", "jane@example.com", "customer.customer_manage")
		w.Do("assignAccount", Bearer(manager.Access), Body(H{"email": "Other@example.com", "password": "another1"})).Must(http.StatusCreated)
		return w, w.TokenIn(w.TryLogIn("other@example.com", "another1").Must(http.StatusOK))
	}
	refresh := func(w *World, token Token) Token {
		GinkgoHelper()
		return w.TokenIn(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", token.Refresh)).Must(http.StatusOK))
	}
	valid := func(w *World, access string) H {
		GinkgoHelper()
		all, _ := w.Do("validateToken", Bearer(access)).Must(http.StatusOK).JSON().(H)
		delete(all, "expires_in")
		return all
	}

	Describe("a refreshed token", func() {
		It("has the login, the session and the scopes of the first", Label("VALIDATE", "T-SESSION", "T-SCOPE", "REFRESH"), func() {
			w, other := with()
			Expect(valid(w, other.Access)).To(And(HaveKeyWithValue("email", "Other@example.com"), HaveKeyWithValue("sessionId", other.SessionID)))
			first := refresh(w, other)
			second := refresh(w, first)
			for _, token := range []Token{first, second} {
				Expect(valid(w, token.Access)).To(Equal(valid(w, other.Access)))
			}
			manager := w.MustMint("customer", "jane@example.com", "customer.customer_manage")
			renewed := refresh(w, manager)
			Expect(fields(w.Do("getScopes", Bearer(renewed.Access)).Must(http.StatusOK).Text("scopes"))).
				To(ConsistOf(append(ordinaryScopes(), "customer.customer_manage", "tenant="+w.Tenant)))
			w.Do("assignAccount", Bearer(renewed.Access), Body(H{"email": "third@example.com", "password": Password})).Must(http.StatusCreated)
		})

		It("changes the password of the first one's login, and deletes by its mail", Label("PASSWORD-CHANGE", "DELETE-ME"), func() {
			w, other := with()
			renewed := refresh(w, other)
			w.Do("deleteProfile", Bearer(renewed.Access)).Must(http.StatusNoContent)
			Expect(w.LastMail("deletion").To).To(Equal("Other@example.com"))
			w.Do("changePassword", Bearer(renewed.Access), Body(H{"currentPassword": "another1", "newPassword": "another2"})).Must(http.StatusNoContent)
			w.TryLogIn("other@example.com", "another2").Must(http.StatusOK)
			w.LogIn("jane@example.com")
			Expect(valid(w, renewed.Access)).To(HaveKeyWithValue("email", "Other@example.com"))
		})

		It("follows an e-mail change of its login, and no other", Label("VALIDATE", "EMAIL-CHANGE", "EMAIL-CONFIRM"), func() {
			w, other := with()
			jane := w.LogIn("jane@example.com")
			renewed := refresh(w, other)
			w.Do("requestEmailChange", Bearer(jane.Access), Body(H{"email": "OTHER@example.com", "password": "another1", "newEmail": "New@example.com"})).Must(http.StatusNoContent)
			w.Do("confirmEmailChange", Bearer(w.Anonymous().Access), Body(H{"token": w.LastMail("email-change").Token})).Must(http.StatusNoContent)
			Expect(valid(w, renewed.Access)).To(HaveKeyWithValue("email", "New@example.com"))
			Expect(valid(w, jane.Access)).To(HaveKeyWithValue("email", "jane@example.com"))
			profile := w.Profile(jane)
			Expect(profile.At("accounts")).To(Equal([]any{H{"id": "jane@example.com"}, H{"id": "New@example.com"}}))
			Expect(profile.At("contactEmail")).To(Equal("desk@example.com"))
		})

		It("ends with all sessions, and so does the access token before it", Label("RESET-UPDATE", "A"), func() {
			w, other := with()
			renewed := refresh(w, other)
			again := refresh(w, renewed)
			jane := w.LogIn("jane@example.com")
			w.ResetPassword(w.RequestReset("other@example.com"), "another2").Must(http.StatusNoContent)
			for _, token := range []Token{other, renewed, again, jane} {
				w.Do("getProfile", Bearer(token.Access)).MustFault(FaultBearer)
				w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", token.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
			}
		})
	})
}
