package contracts

import (
	"net/http"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	forCustomers = "CustomerAccessToken"
	forAnonymous = "AnonymousAccessToken"
)

func (s *suite) describeCallers() {
	Describe("who may call", func() {
		It("is a customer and nobody else, where the document says so", Label("T-KIND"), func() {
			w := s.world()
			strangers := []Token{w.Anonymous(), w.MustMint("service", "", "customer.customer_manage")}
			for _, op := range s.customer.Operations {
				for _, token := range strangers {
					if !op.Accepts(forCustomers) || op.Accepts(forAnonymous) {
						continue
					}
					answer := w.Do(op.ID, Bearer(token.Access), Path("addressId", "x"))
					if op.Documents(http.StatusForbidden) {
						answer.MustRefuse(http.StatusForbidden, "Forbidden")
						continue
					}
					answer.MustFault(FaultBearer)
				}
			}
		})

		It("is an anonymous shopper and nobody else, where the document says so", Label("T-KIND"), func() {
			w := s.world()
			strangers := []Token{w.Customer("jane@example.com"), w.MustMint("service", "")}
			for _, op := range s.customer.Operations {
				for _, token := range strangers {
					if op.Accepts(forAnonymous) && !op.Accepts(forCustomers) {
						w.Do(op.ID, Bearer(token.Access), Path("token", "x")).MustFault(FaultBearer)
					}
				}
			}
		})

		It("reads a profile as a customer or anonymously, but not as a service", Label("T-KIND"), func() {
			w := s.world()
			w.Do("getProfile", Bearer(w.Customer("jane@example.com").Access)).Must(http.StatusOK)
			w.Do("getProfile", Bearer(w.Anonymous().Access)).Must(http.StatusOK)
			w.Do("getProfile", Bearer(w.MustMint("service", "").Access)).MustRefuse(http.StatusForbidden, "Forbidden")
		})

		It("gives every customer the ordinary scopes", Label("T-SCOPE", "SCOPES"), func() {
			w := s.world()
			number := w.SignUp("jane@example.com")
			answer := w.Do("getScopes", Bearer(w.LogIn("jane@example.com").Access)).Must(http.StatusOK)
			Expect(answer.At("userId")).To(Equal(number))
			scopes := fields(answer.Text("scopes"))
			Expect(scopes).To(ContainElements("customer.customerprofile_edit", "customer.customer_read_own", "iam.assignment_delete_own", "tenant="+w.Tenant))
			Expect(scopes).To(HaveLen(24))
			Expect(scopes).NotTo(ContainElements("customer.customer_update", "customer.customer_manage"))
			Expect(slices.Compact(slices.Sorted(slices.Values(scopes)))).To(HaveLen(24))
		})

		DescribeTable("assigns an account with either of two scopes only", Label("T-SCOPE", "ACCOUNT-ASSIGN"),
			func(scope string, status int) {
				w := s.world()
				w.SignUp("jane@example.com")
				token := w.MustMint("customer", "jane@example.com", scope)
				w.Do("assignAccount", Bearer(token.Access), Body(H{"email": "other@example.com", "password": password})).Must(status)
			},
			Entry("the first", "customer.customer_update", http.StatusCreated),
			Entry("the second", "customer.customer_manage", http.StatusCreated),
			Entry("another", "customer.customer_manage_all", http.StatusForbidden),
		)

		It("asks for an e-mail change with the scope that ordinary customers have", Label("T-SCOPE"), func() {
			w := s.world()
			jane := w.Customer("jane@example.com")
			w.Do("requestEmailChange", Bearer(jane.Access), Body(H{"email": "jane@example.com", "password": password, "newEmail": "new@example.com"})).Must(http.StatusNoContent)
		})
	})
}
