package contracts

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Passwords(s *Suite) {
	Describe("requestPasswordReset", func() { describeResetRequest(s) })
	Describe("resetPassword", func() { describeReset(s) })
	Describe("changePassword", func() { describePasswordChange(s) })
	Describe("a new password", func() { describeDormantSessions(s) })
}

func describeDormantSessions(s *Suite) {
	DescribeTable("ends a session whose access token has expired, but not its refresh token", Label("T-LIFE", "A"),
		func(renew func(w *World)) {
			w := s.World(H{"lifetimes": H{"customerAccess": "60s"}})
			w.Freeze()
			dormant := w.Customer("jane@example.com")
			w.Advance(60 * time.Second)
			renew(w)
			w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", dormant.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		},
		Entry("of a reset", Label("RESET-UPDATE"), func(w *World) {
			w.ResetPassword(w.RequestReset("jane@example.com"), "another1").Must(http.StatusNoContent)
		}),
		Entry("of a change", Label("PASSWORD-CHANGE"), func(w *World) {
			w.Do("changePassword", Bearer(w.LogIn("jane@example.com").Access), Body(H{"currentPassword": Password, "newPassword": "another1"})).Must(http.StatusNoContent)
		}),
	)

	It("leaves its own session alive, also where an access token of it has expired", Label("PASSWORD-CHANGE", "T-LIFE", "A"), func() {
		w := s.World(H{"lifetimes": H{"customerAccess": "60s"}})
		w.Freeze()
		jane := w.Customer("jane@example.com")
		w.Advance(60 * time.Second)
		renewed := w.TokenIn(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK))
		w.Do("changePassword", Bearer(renewed.Access), Body(H{"currentPassword": Password, "newPassword": "another1"})).Must(http.StatusNoContent)
		w.Profile(renewed)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", renewed.Refresh)).Must(http.StatusOK)
	})
}

func describeResetRequest(s *Suite) {
	It("mails a token to the login e-mail address, and changes nothing", Label("RESET", "MAIL"), func() {
		w := s.World()
		w.SignUp("desk@example.com", H{"signup": H{"email": "jane@example.com", "password": Password}})
		w.RequestReset("JANE@example.com")
		Expect(w.LastMail("password-reset").To).To(Equal("jane@example.com"))
		w.LogIn("jane@example.com")
	})

	It("keeps the site that the request names with the mail, and names no other", Label("RESET", "W-LIBERAL"), func() {
		w := s.World(H{"strict": true})
		w.SignUp("jane@example.com")
		for _, one := range []struct {
			site any
			kept string
		}{{"berlin", "berlin"}, {" Ä Site  B-1 ", " Ä Site  B-1 "}, {nil, ""}, {"", ""}, {" ", " "}} {
			w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com", "site": one.site})).Must(http.StatusNoContent)
			Expect(w.LastMail("password-reset").Site).To(Equal(one.kept))
		}
		w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com", "site": 5})).MustNameField("site")
		w.Configure(H{"doubleOptIn": true})
		w.SignUp("petra@example.com")
		Expect(w.LastMail("opt-in").Site).To(BeEmpty())
	})

	It("answers the same for an unknown e-mail address, and mails nothing", Label("RESET"), func() {
		w := s.World()
		for _, email := range []string{"nobody@example.com", "", "no address"} {
			w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": email})).Must(http.StatusNoContent)
		}
		Expect(w.Mails()).To(BeEmpty())
	})

	It("refuses an unknown one where the tenant wants it", Label("RESET"), func() {
		w := s.World(H{"resetUnknown": "reject"})
		w.SignUp("jane@example.com")
		w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": "nobody@example.com"})).MustRefuse(http.StatusBadRequest, "bad_request")
		w.RequestReset("jane@example.com")
	})

	It("wants an e-mail address and an anonymous caller", Label("W-INPUT", "T-401", "T-KIND"), func() {
		w := s.World()
		w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{})).MustNameField("email")
		w.Do("requestPasswordReset", Body(H{"email": "jane@example.com"})).MustFault(FaultBearer)
		w.Do("requestPasswordReset", Bearer(w.Customer("jane@example.com").Access), Body(H{"email": "jane@example.com"})).MustFault(FaultBearer)
	})
}

func describeReset(s *Suite) {
	It("sets the new password, and the old one is dead", Label("RESET-UPDATE"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		w.ResetPassword(w.RequestReset("jane@example.com"), "another1").Must(http.StatusNoContent)
		w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
		w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
	})

	It("ends all sessions of the customer", Label("RESET-UPDATE", "A"), func() {
		w := s.World()
		jane, joe := w.Customer("jane@example.com"), w.Customer("joe@example.com")
		w.ResetPassword(w.RequestReset("jane@example.com"), "another1").Must(http.StatusNoContent)
		w.Do("getProfile", Bearer(jane.Access)).MustFault(FaultBearer)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		w.Profile(joe)
	})

	It("changes only the login that was mailed to", Label("RESET-UPDATE"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
			Body(H{"email": "other@example.com", "password": "another1"})).Must(http.StatusCreated)
		w.ResetPassword(w.RequestReset("jane@example.com"), "another2").Must(http.StatusNoContent)
		w.TryLogIn("other@example.com", "another1").Must(http.StatusOK)
		w.TryLogIn("jane@example.com", "another2").Must(http.StatusOK)
		w.ResetPassword(w.RequestReset("other@example.com"), "another3").Must(http.StatusNoContent)
		w.TryLogIn("other@example.com", "another3").Must(http.StatusOK)
		w.TryLogIn("jane@example.com", "another2").Must(http.StatusOK)
	})

	It("says invalid token of a used, an older, a late or an unknown one, or one of another kind", Label("RESET-UPDATE", "MAIL-TOKEN"), func() {
		w := s.World()
		w.Freeze()
		jane := w.Customer("jane@example.com")
		w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
		older := w.RequestReset("jane@example.com")
		newer := w.RequestReset("jane@example.com")
		refused := func(token string) {
			GinkgoHelper()
			Expect(w.ResetPassword(token, "another1").MustRefuse(http.StatusBadRequest, "bad_request").At("message")).To(ContainSubstring("invalid token"))
		}
		refused(older)
		refused("unknown")
		refused(w.LastMail("deletion").Token)
		w.ResetPassword(newer, "another2").Must(http.StatusNoContent)
		refused(newer)
		late := w.RequestReset("jane@example.com")
		w.Advance(day)
		refused(late)
		w.TryLogIn("jane@example.com", "another2").Must(http.StatusOK)
	})

	It("wants a long enough password, and does not use the token up by it", Label("PASSWORD-LENGTH", "MAIL-TOKEN"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		token := w.RequestReset("jane@example.com")
		w.ResetPassword(token, "12345").MustNameField("password")
		w.ResetPassword(token, "another1").Must(http.StatusNoContent)
	})

	It("keeps customers' other mailed tokens apart", Label("MAIL-TOKEN"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		w.SignUp("joe@example.com")
		jane := w.RequestReset("jane@example.com")
		w.RequestReset("joe@example.com")
		w.ResetPassword(jane, "another1").Must(http.StatusNoContent)
		w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
		w.LogIn("joe@example.com")
	})

	It("wants both members and an anonymous caller", Label("W-INPUT", "T-401", "T-KIND"), func() {
		w := s.World()
		w.Do("resetPassword", Bearer(w.Anonymous().Access), Body(H{"password": Password})).MustNameField("token")
		w.Do("resetPassword", Bearer(w.Anonymous().Access), Body(H{"token": "x"})).MustNameField("password")
		w.Do("resetPassword", Body(H{"token": "x", "password": Password})).MustFault(FaultBearer)
		w.Do("resetPassword", Bearer(w.Customer("jane@example.com").Access), Body(H{"token": "x", "password": Password})).MustFault(FaultBearer)
	})
}

func describePasswordChange(s *Suite) {
	change := func(w *World, customer Token, current, next string) *Answer {
		GinkgoHelper()
		return w.Do("changePassword", Bearer(customer.Access), Body(H{"currentPassword": current, "newPassword": next}))
	}

	It("sets the new password, and the old one is dead", Label("PASSWORD-CHANGE"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		change(w, jane, Password, "another1").Must(http.StatusNoContent)
		w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
		w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
	})

	It("leaves this session alive and ends the others", Label("PASSWORD-CHANGE", "A"), func() {
		w := s.World()
		jane, joe := w.Customer("jane@example.com"), w.Customer("joe@example.com")
		other := w.LogIn("jane@example.com")
		renewed := w.TokenIn(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK))
		change(w, renewed, Password, "another1").Must(http.StatusNoContent)
		w.Profile(jane)
		w.Profile(renewed)
		w.Profile(joe)
		w.Do("getProfile", Bearer(other.Access)).MustFault(FaultBearer)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", other.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", renewed.Refresh)).Must(http.StatusOK)
	})

	It("ends a session that was opened from the same anonymous one, too", Label("PASSWORD-CHANGE", "A"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		anonymous := w.Anonymous()
		logIn := func() Token {
			return w.TokenIn(w.Do("login", Bearer(anonymous.Access), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusOK))
		}
		one, other := logIn(), logIn()
		change(w, one, Password, "another1").Must(http.StatusNoContent)
		w.Profile(one)
		w.Do("getProfile", Bearer(other.Access)).MustFault(FaultBearer)
	})

	It("answers 401 to a wrong current password, and the bearer stays good", Label("PASSWORD-CHANGE"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		other := w.LogIn("jane@example.com")
		change(w, jane, "wrong-one", "another1").MustRefuse(http.StatusUnauthorized, "unauthorized")
		w.Profile(jane)
		w.Profile(other)
		w.LogIn("jane@example.com")
	})

	It("changes the login that the session came from", Label("PASSWORD-CHANGE"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
			Body(H{"email": "other@example.com", "password": "another1"})).Must(http.StatusCreated)
		other := w.TokenIn(w.TryLogIn("other@example.com", "another1").Must(http.StatusOK))
		change(w, other, Password, "another2").Must(http.StatusUnauthorized)
		change(w, other, "another1", "another2").Must(http.StatusNoContent)
		w.TryLogIn("other@example.com", "another2").Must(http.StatusOK)
		w.LogIn("jane@example.com")
	})

	It("wants a long enough password", Label("PASSWORD-LENGTH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		change(w, jane, Password, "12345").MustNameField("newPassword")
		w.LogIn("jane@example.com")
	})

	It("wants both members and a customer", Label("W-INPUT", "T-401", "T-KIND"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		w.Do("changePassword", Bearer(jane.Access), Body(H{"newPassword": "another1"})).MustNameField("currentPassword")
		w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": Password})).MustNameField("newPassword")
		change(w, Token{}, Password, "another1").MustFault(FaultBearer)
		change(w, w.Anonymous(), Password, "another1").MustRefuse(http.StatusForbidden, "Forbidden")
	})
}
