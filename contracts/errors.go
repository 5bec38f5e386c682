package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Errors(s *Suite) {
	Describe("errors", func() {
		It("use the gateway's words", Label("T-401"), func() {
			w := s.World()
			Expect(w.Do("getProfile").MustFault(FaultBearer).At("fault", "faultstring")).To(Equal("Invalid access token"))
			token, err := w.Mint("anonymous", "", nil, -1e9)
			Expect(err).NotTo(HaveOccurred())
			Expect(w.Do("getProfile", Bearer(token.Access)).MustFault(FaultExpired).At("fault", "faultstring")).To(Equal("Access Token expired"))
			Expect(w.Do("anonymousLogin", Query("tenant", w.Tenant)).MustFault(FaultAPIKey).At("fault", "faultstring")).To(Equal("Invalid ApiKey"))
		})

		It("of credentials are the ordinary 401, and the bearer stays good", Label("T-401"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			anonymous := w.Anonymous()
			w.Do("login", Bearer(anonymous.Access), Body(H{"email": "jane@example.com", "password": "wrong-one"})).MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.Do("refreshToken", Bearer(anonymous.Access), Query("refreshToken", "wrong")).MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.Do("getProfile", Bearer(anonymous.Access)).Must(http.StatusOK)
			w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": "wrong-one", "newPassword": "another1"})).MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.Do("requestEmailChange", Bearer(jane.Access), Body(H{"email": "jane@example.com", "password": "wrong-one", "newEmail": "new@example.com"})).MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.Do("getProfile", Bearer(jane.Access)).Must(http.StatusOK)
		})

		It("are type, status and message, with the vendor's literals", Label("T-ERR"), func() {
			w := s.World()
			number := w.SignUp("jane@example.com")
			jane := w.LogIn("jane@example.com")
			missing := w.Do("getAddress", Bearer(jane.Access), Path("addressId", "b05c20e034")).MustRefuse(http.StatusNotFound, "resource_not_found")
			Expect(missing.At("message")).To(Equal("Address b05c20e034 of customer " + number + " not found."))
			forbidden := w.Do("assignAccount", Bearer(jane.Access), Body(H{"email": "a@example.com", "password": Password})).MustRefuse(http.StatusForbidden, "Forbidden")
			Expect(forbidden.At("message")).To(Equal("User not authorized."))
			duplicate := w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com", "password": Password})).MustRefuse(http.StatusConflict, "conflict_resource")
			Expect(duplicate.At("message")).To(Equal("Duplicate account 'jane@example.com' for tenant '" + w.Tenant + "'."))
		})

		It("carry details of field, type and message", Label("T-ERR", Smoke), func() {
			w := s.World()
			answer := w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": 1, "customerAddress": H{"country": "Germany"}})).
				MustRefuse(http.StatusBadRequest, "bad_request")
			details, _ := answer.At("details").([]any)
			Expect(details).To(ConsistOf(
				HaveKeyWithValue("field", "email"), HaveKeyWithValue("field", "password"), HaveKeyWithValue("field", "customerAddress.country"),
			))
			for _, one := range details {
				Expect(one).To(And(HaveKeyWithValue("type", MatchRegexp(`^[a-z_]+$`)), HaveKeyWithValue("message", Not(BeEmpty()))))
			}
		})

		It("come in their order: who calls, whether it may, the media type, the body, the behavior", Label("T-ORDER"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			service := w.MustMint("service", "")
			w.Do("updateAddress", Path("addressId", "x"), Raw("text/plain", []byte("{"))).MustFault(FaultBearer)
			w.Do("updateAddress", Bearer(service.Access), Path("addressId", "x"), Raw("text/plain", []byte("{"))).MustRefuse(http.StatusForbidden, "Forbidden")
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", "x"), Raw("text/plain", []byte("{"))).Must(http.StatusUnsupportedMediaType)
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", "x"), Raw("application/json", []byte("{"))).MustNameField("body")
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", "x"), Body(H{})).MustRefuse(http.StatusNotFound, "resource_not_found")
		})
	})
}
