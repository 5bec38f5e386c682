package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// Existing adds a spec that only reads a customer. On a server without a control API it is the existing customer of
// the target, so that no new one is needed.
func (specs) Existing(s *Suite) {
	It("logs an existing customer in, answers the profile, the addresses and new tokens, and logs out", Label("LOGIN", "PROFILE-GET", "ADDR-LIST", "REFRESH", "LOGOUT", Smoke), func() {
		w := s.World()
		who := s.Target.Customer
		if who.Name == "" || !s.Target.Foreign() {
			who = Credentials{Name: janesEmail, Secret: Password}
			w.SignUp(janesEmail)
		} else {
			w.KeepCredentials()
		}
		one := w.TokenIn(w.TryLogIn(who.Name, who.Secret).Must(http.StatusOK))
		profile := w.Profile(one)
		Expect(profile.At("id")).To(Equal(profile.At("customerNumber")))
		Expect(profile.At("accounts")).To(ContainElement(HaveKeyWithValue("id", Not(BeEmpty()))))
		w.AddressIDs(one)
		other := w.TokenIn(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", one.Refresh)).Must(http.StatusOK))
		w.Do("logout", Bearer(other.Access), Query("accessToken", other.Access)).Must(http.StatusNoContent)
		w.Do("getProfile", Bearer(other.Access)).MustFault(FaultBearer)
	})
}
