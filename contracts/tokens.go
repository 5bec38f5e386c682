package contracts

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

const (
	day   = 24 * time.Hour
	month = 30 * day
)

func (specs) Tokens(s *Suite) {
	Describe("tokens", func() {
		It("say how many seconds they have left, minus one", Label("T-LIFE"), func() {
			w := s.World()
			w.Freeze()
			w.SignUp("jane@example.com")
			anonymous := w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID)).Must(http.StatusOK)
			Expect(anonymous.At("expires_in")).To(BeEquivalentTo(3599))
			Expect(anonymous.At("refresh_token_expires_in")).To(BeEquivalentTo(86399))
			login := w.TryLogIn("jane@example.com", Password).Must(http.StatusOK)
			Expect(login.At("expiresIn")).To(BeEquivalentTo(2591999))
			Expect(login.At("refreshTokenExpiresIn")).To(BeEquivalentTo(86399))
		})

		It("of a customer are good for 30 days to the second", Label("T-LIFE"), func() {
			w := s.World()
			w.Freeze()
			jane := w.Customer("jane@example.com")
			w.Advance(month - time.Second)
			w.Do("getProfile", Bearer(jane.Access)).Must(http.StatusOK)
			w.Advance(time.Second)
			w.Do("getProfile", Bearer(jane.Access)).MustFault(FaultExpired)
		})

		It("of an anonymous shopper are good for an hour to the second", Label("T-LIFE"), func() {
			w := s.World()
			w.Freeze()
			anonymous := w.Anonymous()
			w.Advance(time.Hour - time.Second)
			w.Do("getProfile", Bearer(anonymous.Access)).Must(http.StatusOK)
			w.Advance(time.Second)
			w.Do("getProfile", Bearer(anonymous.Access)).MustFault(FaultExpired)
		})

		It("refresh a customer for 24 hours to the second", Label("T-LIFE", "REFRESH-BAD"), func() {
			w := s.World()
			w.Freeze()
			w.SignUp("jane@example.com")
			one, other := w.LogIn("jane@example.com"), w.LogIn("jane@example.com")
			w.Advance(day - time.Second)
			w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", one.Refresh)).Must(http.StatusOK)
			w.Advance(time.Second)
			w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", other.Refresh)).MustRefuse(http.StatusUnauthorized, "unauthorized")
		})

		It("refresh an anonymous shopper for 24 hours to the second", Label("T-LIFE", "ANON-REFRESH"), func() {
			w := s.World()
			w.Freeze()
			anonymous := w.Anonymous()
			w.Advance(day - time.Second)
			w.AnonymousRefresh(anonymous.Refresh).Must(http.StatusOK)
			w.Advance(time.Second)
			w.AnonymousRefresh(anonymous.Refresh).MustFault(FaultBearer)
		})

		It("live as long as the tenant wants", Label("T-LIFE"), func() {
			w := s.World(H{"lifetimes": H{"customerAccess": "90s", "customerRefresh": "10m", "anonymousAccess": "60s", "anonymousRefresh": "5m"}})
			w.Freeze()
			w.SignUp("jane@example.com")
			login := w.TryLogIn("jane@example.com", Password).Must(http.StatusOK)
			Expect(login.At("expiresIn")).To(BeEquivalentTo(89))
			Expect(login.At("refreshTokenExpiresIn")).To(BeEquivalentTo(599))
			anonymous := w.Anonymous()
			w.Advance(60 * time.Second)
			w.Do("getProfile", Bearer(anonymous.Access)).MustFault(FaultExpired)
			w.Do("getProfile", Bearer(login.Text("accessToken"))).Must(http.StatusOK)
			w.Advance(30 * time.Second)
			w.Do("getProfile", Bearer(login.Text("accessToken"))).MustFault(FaultExpired)
		})

		It("are called expired for a day after their end", Label("T-LIFE", "T-401", "A"), func() {
			w := s.World(H{"lifetimes": H{"anonymousAccess": "60s", "anonymousRefresh": "60s"}})
			w.Freeze()
			dead := w.Anonymous()
			w.Advance(60*time.Second + day)
			w.Anonymous() // A write removes what has been dead for long.
			w.Do("getProfile", Bearer(dead.Access)).MustFault(FaultExpired)
		})

		It("carry the time of their world in the Date header", Label("T-LIFE"), func() {
			w := s.World()
			w.Freeze()
			w.Advance(400 * day)
			answer := w.Do("getProfile", Bearer(w.Anonymous().Access)).Must(http.StatusOK)
			Expect(answer.Header.Get("Date")).To(Equal(w.Now().UTC().Format(http.TimeFormat)))
		})

		It("keep the session of the anonymous login", Label("T-SESSION"), func() {
			s.NeedNames(Current) // The classic names have no session.
			w := s.World()
			w.SignUp("jane@example.com")
			anonymous, another := w.Anonymous(), w.Anonymous()
			Expect(anonymous.SessionID).NotTo(Equal(another.SessionID))
			jane := w.TokenIn(w.Do("login", Bearer(anonymous.Access), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusOK))
			Expect(jane.SessionID).To(Equal(anonymous.SessionID))
			again := w.TokenIn(w.Do("refreshToken", Bearer(another.Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK))
			Expect(again.SessionID).To(Equal(anonymous.SessionID))
			third := w.TokenIn(w.Do("refreshToken", Bearer(another.Access), Query("refreshToken", again.Refresh)).Must(http.StatusOK))
			Expect(w.Do("validateToken", Bearer(third.Access)).Must(http.StatusOK).At("sessionId")).To(Equal(anonymous.SessionID))
		})
	})
}
