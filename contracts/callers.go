package contracts

import (
	"net/http"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func (s *suite) describeCallers() {
	Describe("who may call", func() {
		s.describeMatrix()

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
