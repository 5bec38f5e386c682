package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// describeExisting has a customer who was there before, and whom the specs only read: on a server that others use, one
// that it was told of, which costs no new customer.
func (s *suite) describeExisting() {
	It("logs an existing customer in, answers the profile, the addresses and new tokens, and logs out", Label("LOGIN", "PROFILE-GET", "ADDR-LIST", "REFRESH", "LOGOUT", smoke), func() {
		w := s.world()
		who := s.target.Customer
		if who.Name == "" || !s.target.Foreign() {
			who = Credentials{Name: jane, Secret: password}
			w.SignUp(jane)
		} else {
			w.namespace = nil // It is known by its own name.
		}
		one := w.tokenIn(w.TryLogIn(who.Name, who.Secret).Must(http.StatusOK))
		profile := w.Profile(one)
		Expect(profile.At("id")).To(Equal(profile.At("customerNumber")))
		Expect(profile.At("accounts")).To(ContainElement(HaveKeyWithValue("id", Not(BeEmpty()))))
		w.addressIDs(one)
		other := w.tokenIn(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", one.Refresh)).Must(http.StatusOK))
		w.Do("logout", Bearer(other.Access), Query("accessToken", other.Access)).Must(http.StatusNoContent)
		w.Do("getProfile", Bearer(other.Access)).MustFault(FaultBearer)
	})
}
