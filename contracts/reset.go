package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func (s *suite) describePasswords() {
	Describe("requestPasswordReset", func() { s.describeResetRequest() })
	Describe("resetPassword", func() { s.describeReset() })
	Describe("changePassword", func() { s.describePasswordChange() })
}

// requestReset asks for a reset and answers the token that was mailed.
func (w *World) requestReset(email string) string {
	GinkgoHelper()
	w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": email})).Must(http.StatusNoContent)
	return w.LastMail("password-reset").Token
}

func (w *World) reset(token, password string) *Answer {
	GinkgoHelper()
	return w.Do("resetPassword", Bearer(w.Anonymous().Access), Body(H{"token": token, "password": password}))
}

func (s *suite) describeResetRequest() {
	It("mails a token to the login e-mail address, and changes nothing", Label("RESET", "MAIL"), func() {
		w := s.world()
		w.SignUp("desk@example.com", H{"signup": H{"email": "jane@example.com", "password": password}})
		w.requestReset("JANE@example.com")
		Expect(w.LastMail("password-reset").To).To(Equal("jane@example.com"))
		w.LogIn("jane@example.com")
	})

	It("answers the same for an unknown e-mail address, and mails nothing", Label("RESET"), func() {
		w := s.world()
		for _, email := range []string{"nobody@example.com", "", "no address"} {
			w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": email})).Must(http.StatusNoContent)
		}
		Expect(w.Mails()).To(BeEmpty())
	})

	It("refuses an unknown one where the tenant wants it", Label("RESET"), func() {
		w := s.world(H{"resetUnknown": "reject"})
		w.SignUp("jane@example.com")
		w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": "nobody@example.com"})).MustRefuse(http.StatusBadRequest, "bad_request")
		w.requestReset("jane@example.com")
	})

	It("wants an e-mail address and an anonymous caller", Label("W-INPUT", "T-401", "T-KIND"), func() {
		w := s.world()
		w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{})).MustNameField("email")
		w.Do("requestPasswordReset", Body(H{"email": "jane@example.com"})).MustFault(FaultBearer)
		w.Do("requestPasswordReset", Bearer(w.Customer("jane@example.com").Access), Body(H{"email": "jane@example.com"})).MustFault(FaultBearer)
	})
}

func (s *suite) describeReset() {
	It("sets the new password, and the old one is dead", Label("RESET-UPDATE"), func() {
		w := s.world()
		w.SignUp("jane@example.com")
		w.reset(w.requestReset("jane@example.com"), "another1").Must(http.StatusNoContent)
		w.TryLogIn("jane@example.com", password).Must(http.StatusUnauthorized)
		w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
	})

	It("ends all sessions of the customer", Label("RESET-UPDATE", "A"), func() {
		w := s.world()
		jane, joe := w.Customer("jane@example.com"), w.Customer("joe@example.com")
		w.reset(w.requestReset("jane@example.com"), "another1").Must(http.StatusNoContent)
		w.Do("getProfile", Bearer(jane.Access)).MustFault(FaultBearer)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		w.Profile(joe)
	})

	It("changes only the login that was mailed to", Label("RESET-UPDATE"), func() {
		w := s.world()
		w.SignUp("jane@example.com")
		w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
			Body(H{"email": "other@example.com", "password": "another1"})).Must(http.StatusCreated)
		w.reset(w.requestReset("jane@example.com"), "another2").Must(http.StatusNoContent)
		w.TryLogIn("other@example.com", "another1").Must(http.StatusOK)
		w.TryLogIn("jane@example.com", "another2").Must(http.StatusOK)
		w.reset(w.requestReset("other@example.com"), "another3").Must(http.StatusNoContent)
		w.TryLogIn("other@example.com", "another3").Must(http.StatusOK)
		w.TryLogIn("jane@example.com", "another2").Must(http.StatusOK)
	})

	It("says invalid token of a used, an older, a late or an unknown one, or one of another kind", Label("RESET-UPDATE", "MAIL-TOKEN"), func() {
		w := s.world()
		w.Freeze()
		jane := w.Customer("jane@example.com")
		w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
		older := w.requestReset("jane@example.com")
		newer := w.requestReset("jane@example.com")
		refused := func(token string) {
			GinkgoHelper()
			Expect(w.reset(token, "another1").MustRefuse(http.StatusBadRequest, "bad_request").At("message")).To(ContainSubstring("invalid token"))
		}
		refused(older)
		refused("unknown")
		refused(w.LastMail("deletion").Token)
		w.reset(newer, "another2").Must(http.StatusNoContent)
		refused(newer)
		late := w.requestReset("jane@example.com")
		w.Advance(day)
		refused(late)
		w.TryLogIn("jane@example.com", "another2").Must(http.StatusOK)
	})

	It("wants a long enough password, and does not use the token up by it", Label("PASSWORD-LENGTH", "MAIL-TOKEN"), func() {
		w := s.world()
		w.SignUp("jane@example.com")
		token := w.requestReset("jane@example.com")
		w.reset(token, "12345").MustNameField("password")
		w.reset(token, "another1").Must(http.StatusNoContent)
	})

	It("keeps customers' other mailed tokens apart", Label("MAIL-TOKEN"), func() {
		w := s.world()
		w.SignUp("jane@example.com")
		w.SignUp("joe@example.com")
		jane := w.requestReset("jane@example.com")
		w.requestReset("joe@example.com")
		w.reset(jane, "another1").Must(http.StatusNoContent)
		w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
		w.LogIn("joe@example.com")
	})

	It("wants both members and an anonymous caller", Label("W-INPUT", "T-401", "T-KIND"), func() {
		w := s.world()
		w.Do("resetPassword", Bearer(w.Anonymous().Access), Body(H{"password": password})).MustNameField("token")
		w.Do("resetPassword", Bearer(w.Anonymous().Access), Body(H{"token": "x"})).MustNameField("password")
		w.Do("resetPassword", Body(H{"token": "x", "password": password})).MustFault(FaultBearer)
		w.Do("resetPassword", Bearer(w.Customer("jane@example.com").Access), Body(H{"token": "x", "password": password})).MustFault(FaultBearer)
	})
}

func (s *suite) describePasswordChange() {
	change := func(w *World, customer Token, current, next string) *Answer {
		GinkgoHelper()
		return w.Do("changePassword", Bearer(customer.Access), Body(H{"currentPassword": current, "newPassword": next}))
	}

	It("sets the new password, and the old one is dead", Label("PASSWORD-CHANGE"), func() {
		w := s.world()
		jane := w.Customer("jane@example.com")
		change(w, jane, password, "another1").Must(http.StatusNoContent)
		w.TryLogIn("jane@example.com", password).Must(http.StatusUnauthorized)
		w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
	})

	It("leaves this session alive and ends the others", Label("PASSWORD-CHANGE", "A"), func() {
		w := s.world()
		jane, joe := w.Customer("jane@example.com"), w.Customer("joe@example.com")
		other := w.LogIn("jane@example.com")
		renewed := w.tokenIn(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK))
		change(w, renewed, password, "another1").Must(http.StatusNoContent)
		w.Profile(jane)
		w.Profile(renewed)
		w.Profile(joe)
		w.Do("getProfile", Bearer(other.Access)).MustFault(FaultBearer)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", other.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", renewed.Refresh)).Must(http.StatusOK)
	})

	It("ends a session that was opened from the same anonymous one, too", Label("PASSWORD-CHANGE", "A"), func() {
		w := s.world()
		w.SignUp("jane@example.com")
		anonymous := w.Anonymous()
		logIn := func() Token {
			return w.tokenIn(w.Do("login", Bearer(anonymous.Access), Body(H{"email": "jane@example.com", "password": password})).Must(http.StatusOK))
		}
		one, other := logIn(), logIn()
		change(w, one, password, "another1").Must(http.StatusNoContent)
		w.Profile(one)
		w.Do("getProfile", Bearer(other.Access)).MustFault(FaultBearer)
	})

	It("answers 401 to a wrong current password, and the bearer stays good", Label("PASSWORD-CHANGE"), func() {
		w := s.world()
		jane := w.Customer("jane@example.com")
		other := w.LogIn("jane@example.com")
		change(w, jane, "wrong-one", "another1").MustRefuse(http.StatusUnauthorized, "unauthorized")
		w.Profile(jane)
		w.Profile(other)
		w.LogIn("jane@example.com")
	})

	It("changes the login that the session came from", Label("PASSWORD-CHANGE"), func() {
		w := s.world()
		w.SignUp("jane@example.com")
		w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
			Body(H{"email": "other@example.com", "password": "another1"})).Must(http.StatusCreated)
		other := w.tokenIn(w.TryLogIn("other@example.com", "another1").Must(http.StatusOK))
		change(w, other, password, "another2").Must(http.StatusUnauthorized)
		change(w, other, "another1", "another2").Must(http.StatusNoContent)
		w.TryLogIn("other@example.com", "another2").Must(http.StatusOK)
		w.LogIn("jane@example.com")
	})

	It("wants a long enough password", Label("PASSWORD-LENGTH"), func() {
		w := s.world()
		jane := w.Customer("jane@example.com")
		change(w, jane, password, "12345").MustNameField("newPassword")
		w.LogIn("jane@example.com")
	})

	It("wants both members and a customer", Label("W-INPUT", "T-401", "T-KIND"), func() {
		w := s.world()
		jane := w.Customer("jane@example.com")
		w.Do("changePassword", Bearer(jane.Access), Body(H{"newPassword": "another1"})).MustNameField("currentPassword")
		w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": password})).MustNameField("newPassword")
		change(w, Token{}, password, "another1").MustFault(FaultBearer)
		change(w, w.Anonymous(), password, "another1").MustRefuse(http.StatusForbidden, "Forbidden")
	})
}
