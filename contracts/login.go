package contracts

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Login(s *Suite) {
	Describe("login", func() {
		It("answers tokens to the right password", Label("LOGIN"), func() {
			w := s.World()
			number := w.SignUp("jane@example.com")
			jane := w.TokenIn(w.TryLogIn("JANE@example.com", Password).Must(http.StatusOK))
			Expect(w.Profile(jane).At("customerNumber")).To(Equal(number))
			Expect(w.LogIn("jane@example.com").Access).NotTo(Equal(jane.Access))
			w.Profile(jane)
		})

		It("answers the very same to an unknown e-mail address and to a wrong password", Label("LOGIN-BAD", Smoke), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			wrong := w.TryLogIn("jane@example.com", "wrong-one").MustRefuse(http.StatusUnauthorized, "unauthorized")
			unknown := w.TryLogIn("nobody@example.com", "wrong-one").MustRefuse(http.StatusUnauthorized, "unauthorized")
			Expect(unknown.Raw).To(MatchJSON(wrong.Raw))
		})

		It("answers the very same to empty credentials and to a blank too many", Label("LOGIN-BAD"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			wrong := w.TryLogIn("jane@example.com", "wrong-one").MustRefuse(http.StatusUnauthorized, "unauthorized")
			for _, answer := range []*Answer{
				w.TryLogIn("", ""), w.TryLogIn("jane@example.com", ""), w.TryLogIn("jane@example.com", Password+" "),
			} {
				Expect(answer.Status).To(Equal(wrong.Status))
				Expect(answer.Raw).To(MatchJSON(wrong.Raw))
			}
		})

		It("names no field of what was wrong", Label("LOGIN-BAD", "A"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			Expect(w.TryLogIn("jane@example.com", "wrong-one").Must(http.StatusUnauthorized).At("details")).To(BeNil())
		})

		Describe("initialPassword", func() { describeInitialPassword(s) })

		It("is never refused for the length of a password", Label("PASSWORD-LENGTH"), func() {
			w := s.World(H{"passwordMinLength": 3})
			w.SignUp("jane@example.com", H{"password": "abc"})
			w.Configure(H{"passwordMinLength": 20})
			w.TryLogIn("jane@example.com", "abc").Must(http.StatusOK)
			w.TryLogIn("jane@example.com", "ab").Must(http.StatusUnauthorized)
		})

		It("says to the right password that the account is not active, and to a wrong one nothing", Label("LOGIN-INACTIVE"), func() {
			w := s.World(H{"activeOnSignup": false})
			w.SignUp("jane@example.com")
			w.Configure(H{"doubleOptIn": true})
			w.SignUp("joe@example.com")
			bad := w.TryLogIn("nobody@example.com", "wrong-one")
			for _, email := range []string{"jane@example.com", "joe@example.com"} {
				right := w.TryLogIn(email, Password).MustRefuse(http.StatusUnauthorized, "unauthorized")
				Expect(right.At("message")).To(MatchRegexp("(?i)activ|confirm"))
				Expect(w.TryLogIn(email, "wrong-one").Raw).To(MatchJSON(bad.Raw))
			}
		})

		It("wants an anonymous token, and both members", Label("T-401", "W-INPUT"), func() {
			w := s.World()
			w.Do("login", Body(H{"email": "jane@example.com", "password": Password})).MustFault(FaultBearer)
			w.Do("login", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com"})).MustNameField("password")
			w.Do("login", Bearer(w.Anonymous().Access), Body(H{"password": Password})).MustNameField("email")
		})
	})

	Describe("the lock-out", func() { describeLockOut(s) })
}

func describeInitialPassword(s *Suite) {
	initial := func(w *World, email, password string) bool {
		GinkgoHelper()
		answer := w.TryLogIn(email, password).Must(http.StatusOK)
		Expect(answer.At("initialPassword")).To(BeAssignableToTypeOf(true))
		return answer.At("initialPassword") == true
	}

	It("is false where the customer chose the password", Label("LOGIN-INITIAL", Smoke), func() {
		s.NeedNames(Current)
		w := s.World()
		w.SignUp("jane@example.com")
		Expect(initial(w, "jane@example.com", Password)).To(BeFalse())
	})

	It("is false of a login that the customer has added", Label("LOGIN-INITIAL", "A"), func() {
		s.NeedNames(Current)
		w := s.World()
		w.Stored("jane@example.com", nil)
		token := w.MustMint("customer", "jane@example.com", "customer.customer_manage")
		w.Do("assignAccount", Bearer(token.Access), Body(H{"email": "other@example.com", "password": Password})).Must(http.StatusCreated)
		Expect(initial(w, "other@example.com", Password)).To(BeFalse())
		Expect(initial(w, "jane@example.com", Password)).To(BeTrue())
	})

	DescribeTable("is true where somebody else chose it, until there is a new one", Label("LOGIN-INITIAL"),
		func(renew func(w *World, jane Token, password string)) {
			s.NeedNames(Current)
			w := s.World()
			jane := w.Stored("jane@example.com", nil)
			Expect(initial(w, "jane@example.com", Password)).To(BeTrue())
			Expect(initial(w.Copy(), "jane@example.com", Password)).To(BeTrue())
			renew(w, jane, "another1")
			Expect(initial(w, "jane@example.com", "another1")).To(BeFalse())
		},
		Entry("of a change", func(w *World, jane Token, password string) {
			w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": Password, "newPassword": password})).Must(http.StatusNoContent)
		}),
		Entry("of a reset", func(w *World, _ Token, password string) {
			w.ResetPassword(w.RequestReset("jane@example.com"), password).Must(http.StatusNoContent)
		}),
	)

	It("is what the control API says, for each login", Label("LOGIN-INITIAL"), func() {
		s.NeedNames(Current)
		w := s.World()
		w.Stored("jane@example.com", H{"initialPassword": false, "logins": []H{
			{"email": "desk@example.com", "password": Password}, {"email": "home@example.com", "password": Password, "initialPassword": false},
		}})
		Expect(initial(w, "jane@example.com", Password)).To(BeFalse())
		Expect(initial(w, "desk@example.com", Password)).To(BeTrue())
		Expect(initial(w, "home@example.com", Password)).To(BeFalse())
	})
}

func describeLockOut(s *Suite) {
	const locked = 5 * time.Minute
	fail := func(w *World, times int) {
		GinkgoHelper()
		for range times {
			w.TryLogIn("jane@example.com", "wrong-one").Must(http.StatusUnauthorized)
		}
	}

	It("is off by default", Label("LOGIN-LOCK"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		fail(w, 12)
		w.LogIn("jane@example.com")
		fail(w, 12)
		w.Configure(H{"lockoutAfter": 2}) // It begins to count.
		fail(w, 1)
		w.LogIn("jane@example.com")
	})

	It("answers the same 401 for five minutes, even to the right password", Label("LOGIN-LOCK"), func() {
		w := s.World(H{"lockoutAfter": 3})
		w.Freeze()
		w.SignUp("jane@example.com")
		w.SignUp("joe@example.com")
		bad := w.TryLogIn("nobody@example.com", "wrong-one")
		fail(w, 2)
		w.LogIn("jane@example.com")
		fail(w, 3)
		Expect(w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized).Raw).To(MatchJSON(bad.Raw))
		w.LogIn("joe@example.com")
		w.Advance(locked - time.Second)
		w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
		w.Advance(time.Second)
		w.LogIn("jane@example.com")
	})

	DescribeTable("ends with a new password", Label("LOGIN-UNLOCK"),
		func(renew func(w *World, jane Token, password string)) {
			w := s.World(H{"lockoutAfter": 3})
			jane := w.Customer("jane@example.com")
			fail(w, 3)
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
			renew(w, jane, "another1")
			w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
		},
		Entry("of a reset", func(w *World, _ Token, password string) {
			w.ResetPassword(w.RequestReset("jane@example.com"), password).Must(http.StatusNoContent)
		}),
		Entry("of a change", func(w *World, jane Token, password string) {
			w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": Password, "newPassword": password})).Must(http.StatusNoContent)
		}),
	)

	It("counts from zero after a new password", Label("LOGIN-UNLOCK"), func() {
		w := s.World(H{"lockoutAfter": 3})
		w.SignUp("jane@example.com")
		fail(w, 2)
		w.ResetPassword(w.RequestReset("jane@example.com"), "another1").Must(http.StatusNoContent)
		fail(w, 2)
		w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
	})

	It("counts bad logins in a row only", Label("LOGIN-LOCK"), func() {
		w := s.World(H{"lockoutAfter": 2})
		w.SignUp("jane@example.com")
		for range 3 {
			fail(w, 1)
			w.LogIn("jane@example.com")
		}
	})

	It("is not lengthened by logins meanwhile, and then counts from zero", Label("LOGIN-LOCK"), func() {
		w := s.World(H{"lockoutAfter": 3})
		w.Freeze()
		w.SignUp("jane@example.com")
		fail(w, 3)
		for range 3 {
			w.Advance(time.Minute)
			fail(w, 4)
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
		}
		w.Advance(2*time.Minute - time.Second)
		fail(w, 4)
		w.Advance(time.Second)
		w.LogIn("jane@example.com")
		fail(w, 3)
		w.Advance(locked)
		fail(w, 2)
		w.LogIn("jane@example.com")
		fail(w, 3)
		w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
	})

	It("is for one login, and for logins only", Label("LOGIN-LOCK"), func() {
		w := s.World(H{"lockoutAfter": 1})
		jane := w.Customer("jane@example.com")
		w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
			Body(H{"email": "other@example.com", "password": Password})).Must(http.StatusCreated)
		w.TryLogIn("JANE@example.com", "wrong-one").Must(http.StatusUnauthorized)
		w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
		w.LogIn("other@example.com")
		w.Profile(jane)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK)
		w.Do("requestEmailChange", Bearer(jane.Access), Body(H{"email": "jane@example.com", "password": Password, "newEmail": "new@example.com"})).Must(http.StatusNoContent)
	})

	It("counts as a repetition only the same password, with another token of the same session", Label("LOGIN-LOCK"), func() {
		for _, again := range []func(w *World, session Token) (bearer, wrong string){
			func(_ *World, session Token) (string, string) { return session.Access, "wrong-one" },
			func(w *World, session Token) (string, string) {
				return w.AnonymousRefresh(session.Refresh).Must(http.StatusOK).Text("access_token"), "wrong-two"
			},
			func(w *World, _ Token) (string, string) { return w.Anonymous().Access, "wrong-one" },
		} {
			w := s.World(H{"lockoutAfter": 2})
			w.SignUp("jane@example.com")
			session := w.Anonymous()
			bearer, wrong := again(w, session)
			w.Do("login", Bearer(session.Access), Body(H{"email": "jane@example.com", "password": "wrong-one"})).Must(http.StatusUnauthorized)
			w.Do("login", Bearer(bearer), Body(H{"email": "jane@example.com", "password": wrong})).Must(http.StatusUnauthorized)
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
		}
	})

	It("counts a third one again, and forgets what came before a good login", Label("LOGIN-LOCK"), func() {
		w := s.World(H{"lockoutAfter": 3})
		w.SignUp("jane@example.com")
		session := w.Anonymous()
		refreshed := w.AnonymousRefresh(session.Refresh).Must(http.StatusOK).Text("access_token")
		try := func(bearer, password string) *Answer {
			GinkgoHelper()
			return w.Do("login", Bearer(bearer), Body(H{"email": "jane@example.com", "password": password}))
		}
		for range 2 { // Two failures, each with its repetition.
			try(session.Access, "wrong-one").Must(http.StatusUnauthorized)
			try(refreshed, "wrong-one").Must(http.StatusUnauthorized)
		}
		try(session.Access, Password).Must(http.StatusOK)
		try(session.Access, "wrong-one").Must(http.StatusUnauthorized)
		w.LogIn("jane@example.com")
		try(refreshed, "wrong-one").Must(http.StatusUnauthorized) // It repeats nothing.
		fail(w, 2)
		try(session.Access, Password).Must(http.StatusUnauthorized)
		w.ResetPassword(w.RequestReset("jane@example.com"), Password).Must(http.StatusNoContent)
		for range 2 {
			try(session.Access, "wrong-one").Must(http.StatusUnauthorized)
			try(refreshed, "wrong-one").Must(http.StatusUnauthorized)
		}
		try(session.Access, "wrong-one").Must(http.StatusUnauthorized)
		try(session.Access, Password).Must(http.StatusUnauthorized)
	})

	It("counts a repetition with a refreshed anonymous token as the same failure", Label("LOGIN-LOCK"), func() {
		w := s.World(H{"lockoutAfter": 3})
		w.SignUp("jane@example.com")
		session := w.Anonymous()
		try := func(bearer, wrong string) {
			w.Do("login", Bearer(bearer), Body(H{"email": "jane@example.com", "password": wrong})).Must(http.StatusUnauthorized)
		}
		refreshed := w.AnonymousRefresh(session.Refresh).Must(http.StatusOK).Text("access_token")
		try(session.Access, "wrong-one")
		try(refreshed, "wrong-one")
		try(session.Access, "wrong-two")
		try(refreshed, "wrong-two")
		w.LogIn("jane@example.com")
		try(session.Access, "wrong-one")
		try(session.Access, "wrong-one")
		try(session.Access, "wrong-one")
		w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
	})
}

func (specs) Logout(s *Suite) {
	Describe("logout", func() {
		It("ends the named token and its refresh token, and nothing else", Label("LOGOUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			other, joe := w.LogIn("jane@example.com"), w.Customer("joe@example.com")
			w.Do("logout", Bearer(jane.Access), Query("accessToken", jane.Access)).Must(http.StatusNoContent)
			w.Do("getProfile", Bearer(jane.Access)).MustFault(FaultBearer)
			w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.Profile(other)
			w.Profile(joe)
			w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", other.Refresh)).Must(http.StatusOK)
		})

		It("ends another session of the same customer", Label("LOGOUT"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			other := w.LogIn("jane@example.com")
			w.Do("logout", Bearer(jane.Access), Query("accessToken", other.Access)).Must(http.StatusNoContent)
			w.Do("getProfile", Bearer(other.Access)).MustFault(FaultBearer)
			w.Profile(jane)
		})

		It("answers 400 to what is no live access token of the caller, and ends nothing", Label("LOGOUT", "A"), func() {
			w := s.World()
			w.Freeze()
			jane, joe := w.Customer("jane@example.com"), w.Customer("joe@example.com")
			expired, err := w.Mint("customer", "jane@example.com", nil, time.Minute)
			Expect(err).NotTo(HaveOccurred())
			w.Advance(time.Minute)
			w.CalledBy("logout", AnotherCustomer, "")
			for _, token := range []string{joe.Access, jane.Refresh, jane.Saas, "unknown", "", w.Anonymous().Access, expired.Access} {
				w.Do("logout", Bearer(jane.Access), Query("accessToken", token)).MustRefuse(http.StatusBadRequest, "bad_request")
			}
			w.Profile(jane)
			w.Profile(joe)
			w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK)
		})

		It("wants the token, and a customer", Label("LOGOUT", "T-KIND"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Do("logout", Bearer(jane.Access)).MustNameField("accessToken")
			w.Do("logout", Bearer(w.Anonymous().Access), Query("accessToken", jane.Access)).MustFault(FaultBearer)
			w.Do("logout", Query("accessToken", jane.Access)).MustFault(FaultBearer)
			w.Profile(jane)
		})
	})
}
