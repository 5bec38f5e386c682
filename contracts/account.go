package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Accounts(s *Suite) {
	assign := func(w *World, email string, with any) *Answer {
		GinkgoHelper()
		token := w.MustMint("customer", email, "customer.customer_manage")
		return w.Do("assignAccount", Bearer(token.Access), Body(with))
	}

	Describe("assignAccount", func() {
		It("answers 201, and the new login leads to the same profile", Label("ACCOUNT-ASSIGN"), func() {
			w := s.World()
			number := w.SignUp("jane@example.com")
			Expect(assign(w, "jane@example.com", H{"email": "Other@example.com", "password": "another1"}).Must(http.StatusCreated).Text("id")).NotTo(BeEmpty())
			other := w.TokenIn(w.TryLogIn("other@example.com", "another1").Must(http.StatusOK))
			profile := w.Profile(other)
			Expect(profile.At("customerNumber")).To(Equal(number))
			Expect(profile.At("accounts")).To(Equal([]any{H{"id": "jane@example.com"}, H{"id": "Other@example.com"}}))
			w.LogIn("jane@example.com")
		})

		It("answers 409 to an e-mail address that the tenant has", Label("ACCOUNT-ASSIGN", "SIGNUP-DUP"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			w.SignUp("joe@example.com")
			for _, taken := range []string{"JOE@example.com", "jane@example.com"} {
				assign(w, "jane@example.com", H{"email": taken, "password": Password}).MustRefuse(http.StatusConflict, "conflict_resource")
			}
			Expect(w.Profile(w.LogIn("jane@example.com")).At("accounts")).To(HaveLen(1))
		})

		It("wants an e-mail address and a long enough password", Label("EMAIL-FORM", "PASSWORD-LENGTH"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			assign(w, "jane@example.com", H{"email": "no address", "password": Password}).MustNameField("email")
			assign(w, "jane@example.com", H{"email": "other@example.com", "password": "12345"}).MustNameField("password")
			assign(w, "jane@example.com", H{"email": "other@example.com"}).MustNameField("password")
		})

		It("refuses ordinary customers, strangers and nobody", Label("T-SCOPE", "T-KIND", "T-401"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			body := Body(H{"email": "other@example.com", "password": Password})
			w.Do("assignAccount", Bearer(jane.Access), body).MustRefuse(http.StatusForbidden, "Forbidden")
			w.Do("assignAccount", Bearer(w.MustMint("service", "", "customer.customer_manage").Access), body).MustRefuse(http.StatusForbidden, "Forbidden")
			w.Do("assignAccount", body).MustFault(FaultBearer)
		})
	})
}
