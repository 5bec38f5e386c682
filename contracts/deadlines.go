package contracts

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// The lifetimes of these specs all differ, so that none can take the place of another.
const (
	customerAccess   = 70 * time.Second
	customerRefresh  = 110 * time.Second
	anonymousAccess  = 130 * time.Second
	anonymousRefresh = 170 * time.Second
	mailedLife       = 230 * time.Second
)

// differentLifetimes returns the settings of a tenant with these lifetimes.
func differentLifetimes() H {
	return H{"doubleOptIn": true, "lifetimes": H{
		"customerAccess": "70s", "customerRefresh": "110s", "anonymousAccess": "130s", "anonymousRefresh": "170s", "mailed": "230s",
	}}
}

func (specs) Deadlines(s *Suite) {
	Describe("deadlines", func() {
		It("have each its own lifetime, in every answer", Label("T-LIFE", "T-ROTATE", "ANON-REFRESH", "OPTIN"), func() { expectSecondsLeft(s) })
		describeTokenDeadlines(s)
		describeMailedDeadlines(s)
		describeSessionEnd(s)
	})
}

func expectSecondsLeft(s *Suite) {
	w := s.World(differentLifetimes())
	w.Freeze()
	seconds := func(answer *Answer, access, refresh time.Duration, names ...string) {
		GinkgoHelper()
		for i, life := range []time.Duration{access, refresh} {
			Expect(answer.Must(http.StatusOK).At(names[i])).To(BeEquivalentTo(life/time.Second-1), names[i])
		}
	}
	ofCustomer := func(answer *Answer, access, refresh time.Duration) {
		GinkgoHelper()
		seconds(answer, access, refresh, "expiresIn", "refreshTokenExpiresIn")
		seconds(answer, access, refresh, "expires_in", "refresh_token_expires_in")
	}
	anonymous := w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID))
	seconds(anonymous, anonymousAccess, anonymousRefresh, "expires_in", "refresh_token_expires_in")
	w.SignUp("jane@example.com")
	ofCustomer(w.Do("confirmOptIn", Bearer(anonymous.Text("access_token")), Path("token", w.LastMail("opt-in").Token)), customerAccess, customerRefresh)
	login := w.TryLogIn("jane@example.com", Password)
	ofCustomer(login, customerAccess, customerRefresh)
	const wait = 10 * time.Second
	w.Advance(wait)
	seconds(w.AnonymousRefresh(anonymous.Text("refresh_token")), anonymousAccess, anonymousRefresh-wait, "expires_in", "refresh_token_expires_in")
	ofCustomer(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", login.Text("refreshToken"))), customerAccess, customerRefresh-wait)
}

func describeTokenDeadlines(s *Suite) {
	It("are those of the tenant to the second, for each kind of token", Label("T-LIFE", "REFRESH-BAD", "ANON-REFRESH"), func() {
		w := s.World(differentLifetimes(), H{"doubleOptIn": false})
		w.Freeze()
		w.SignUp("jane@example.com")
		anonymous, jane, other := w.Anonymous(), w.LogIn("jane@example.com"), w.LogIn("jane@example.com")
		began := w.Now()
		until := func(life time.Duration) { w.Advance(life - w.Now().Sub(began)) }
		until(customerAccess - time.Second)
		w.Profile(jane)
		until(customerAccess)
		w.Do("getProfile", Bearer(jane.Access)).MustFault(FaultExpired)
		until(customerRefresh - time.Second)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK)
		until(customerRefresh)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", other.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		until(anonymousAccess - time.Second)
		w.Do("getProfile", Bearer(anonymous.Access)).Must(http.StatusOK)
		until(anonymousAccess)
		w.Do("getProfile", Bearer(anonymous.Access)).MustFault(FaultExpired)
		until(anonymousRefresh - time.Second)
		w.AnonymousRefresh(anonymous.Refresh).Must(http.StatusOK)
		until(anonymousRefresh)
		w.AnonymousRefresh(anonymous.Refresh).MustFault(FaultBearer)
	})

	It("of a renewed access token are as far as those of the first", Label("T-LIFE", "T-ROTATE"), func() {
		w := s.World(differentLifetimes(), H{"doubleOptIn": false})
		w.Freeze()
		jane := w.Customer("jane@example.com")
		w.Advance(customerRefresh - time.Second)
		renewed := w.TokenIn(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK))
		w.Advance(time.Second)
		w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", renewed.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		w.Advance(customerAccess - 2*time.Second)
		w.Profile(renewed)
		w.Advance(time.Second)
		w.Do("getProfile", Bearer(renewed.Access)).MustFault(FaultExpired)
	})

	It("of the token that a logout names are to the second", Label("LOGOUT", "T-LIFE", "A"), func() {
		w := s.World(H{"lifetimes": H{"customerAccess": "70s", "customerRefresh": "60s"}})
		w.Freeze()
		w.SignUp("jane@example.com")
		one, other := w.LogIn("jane@example.com"), w.LogIn("jane@example.com")
		w.Advance(customerAccess - time.Second)
		jane := w.LogIn("jane@example.com")
		w.Do("logout", Bearer(jane.Access), Query("accessToken", one.Access)).Must(http.StatusNoContent)
		w.Advance(time.Second)
		w.Do("logout", Bearer(jane.Access), Query("accessToken", other.Access)).MustRefuse(http.StatusBadRequest, "bad_request")
	})

	It("are answered by validateToken as the seconds that are left", Label("VALIDATE", "A"), func() {
		w := s.World(differentLifetimes(), H{"doubleOptIn": false})
		w.Freeze()
		jane, anonymous := w.Customer("jane@example.com"), w.Anonymous()
		service := w.MustMint("service", "")
		w.Advance(10 * time.Second)
		for access, left := range map[string]time.Duration{
			jane.Access: customerAccess - 10*time.Second, anonymous.Access: anonymousAccess - 10*time.Second, service.Access: 4*time.Hour - 10*time.Second,
		} {
			Expect(w.Do("validateToken", Bearer(access)).Must(http.StatusOK).At("expires_in")).To(BeEquivalentTo(left / time.Second))
		}
	})
}

func describeMailedDeadlines(s *Suite) {
	anonymously := func(w *World, operation string, part Part) *Answer {
		GinkgoHelper()
		return w.Do(operation, Bearer(w.Anonymous().Access), part)
	}
	DescribeTable("of mailed tokens are to the second, whatever they are for", Label("MAIL-TOKEN", "T-LIFE"),
		func(kind string, send func(w *World), use func(w *World, token string) *Answer) {
			for _, late := range []bool{false, true} {
				w := s.World(differentLifetimes())
				w.Freeze()
				w.SignUp("jane@example.com")
				if kind != "opt-in" && kind != "resend" {
					w.Configure(H{"doubleOptIn": false})
					anonymously(w, "confirmOptIn", Path("token", w.LastMail("opt-in").Token)).Must(http.StatusOK)
				}
				send(w)
				token := w.LastMail(kind).Token
				if !late {
					w.Advance(mailedLife - time.Second)
					Expect(use(w, token).Status).To(BeNumerically("<", http.StatusMultipleChoices))
					continue
				}
				w.Advance(mailedLife)
				use(w, token).MustRefuse(http.StatusBadRequest, "bad_request")
			}
		},
		Entry("an opt-in", "opt-in", func(*World) {}, func(w *World, token string) *Answer {
			return anonymously(w, "confirmOptIn", Path("token", token))
		}),
		Entry("a resent opt-in", "resend", func(w *World) {
			w.Advance(10 * time.Second)
			anonymously(w, "resendOptIn", Body(H{"email": "jane@example.com"})).Must(http.StatusAccepted)
		}, func(w *World, token string) *Answer { return anonymously(w, "confirmOptIn", Path("token", token)) }),
		Entry("a reset", "password-reset", func(w *World) { w.RequestReset("jane@example.com") },
			func(w *World, token string) *Answer { return w.ResetPassword(token, "another1") }),
		Entry("an e-mail change", "email-change", func(w *World) {
			w.Do("requestEmailChange", Bearer(w.LogIn("jane@example.com").Access),
				Body(H{"email": "jane@example.com", "password": Password, "newEmail": "new@example.com"})).Must(http.StatusNoContent)
		}, func(w *World, token string) *Answer {
			return anonymously(w, "confirmEmailChange", Body(H{"token": token}))
		}),
		Entry("a deletion", "deletion", func(w *World) {
			w.Do("deleteProfile", Bearer(w.LogIn("jane@example.com").Access)).Must(http.StatusNoContent)
		}, func(w *World, token string) *Answer {
			return w.Do("deleteProfile", Bearer(w.LogIn("jane@example.com").Access), Query("token", token))
		}),
	)
}

func describeSessionEnd(s *Suite) {
	It("of a session is that of its last token", Label("T-SESSION", "SOCIAL"), func() {
		s.NeedNames(Current)
		w := s.World(H{"lifetimes": H{"customerAccess": "3h", "customerRefresh": "4h", "anonymousAccess": "1h", "anonymousRefresh": "2h"}})
		w.Freeze()
		w.SignUp("jane@example.com")
		jane := w.LogIn("jane@example.com")
		come := func() *Answer {
			GinkgoHelper()
			return w.Do("socialLogin", Bearer(w.Anonymous().Access), Header("session-id", jane.SessionID), Body(H{"email": "joe@example.com"}))
		}
		w.Advance(4*time.Hour - time.Second)
		come().Must(http.StatusOK)
		w.Advance(time.Second)
		come().MustRefuse(http.StatusBadRequest, "bad_request")
	})

	It("of a session's context is that of its customer's token, long after the shopper's", Label("CONTEXT", "T-SESSION"), func() {
		w := s.World(H{"lifetimes": H{"anonymousAccess": "60s", "anonymousRefresh": "60s"}})
		w.Freeze()
		jane := w.Customer("jane@example.com")
		changeContext(w, jane.Access, H{"currency": "CHF"}).Must(http.StatusNoContent)
		w.Advance(3 * day)
		w.Anonymous() // A write removes what has been dead for long.
		Expect(context(w, jane.Access).At("currency")).To(Equal("CHF"))
	})
}
