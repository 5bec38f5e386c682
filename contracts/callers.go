package contracts

import (
	"fmt"
	"net/http"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// ordinaryScopes returns the scopes of a customer without further roles, except for that of the tenant (T-SCOPE).
func ordinaryScopes() []string {
	return []string{
		"approval.approval_manage_own", "approval.approval_read_own", "coupon.coupon_redeem",
		"customer.consent_manage", "customer.consent_view", "customer.customer_manage_own", "customer.customer_read_own",
		"customer.customerprofile_edit", "customer.customerprofile_view",
		"customermanagement.legalentity_read_own", "customersegment.segment_read_own",
		"iam.assignment_create_own", "iam.assignment_delete_own", "iam.group_read_own", "iam.scope_read_own", "iam.user_read_own",
		"order.history_view", "order.order_readascustomer", "order.order_updateascustomer",
		"quote.quote_manage_own", "quote.quote_read_own", "returns.returns_manage_own", "returns.returns_read_own",
	}
}

func (specs) Callers(s *Suite) {
	Describe("who may call", func() {
		describeMatrix(s)

		It("gives every customer the ordinary scopes", Label("T-SCOPE", "SCOPES", Smoke), func() {
			w := s.World()
			number := w.SignUp("jane@example.com")
			answer := w.Do("getScopes", Bearer(w.LogIn("jane@example.com").Access)).Must(http.StatusOK)
			Expect(answer.At("userId")).To(Equal(number))
			Expect(fields(answer.Text("scopes"))).To(ConsistOf(append(ordinaryScopes(), "tenant="+w.Tenant)))
		})

		DescribeTable("assigns an account with either of two scopes only", Label("T-SCOPE", "ACCOUNT-ASSIGN"),
			func(scope string, status int) {
				w := s.World()
				w.SignUp("jane@example.com")
				token := w.MustMint("customer", "jane@example.com", scope)
				w.Do("assignAccount", Bearer(token.Access), Body(H{"email": "other@example.com", "password": Password})).Must(status)
			},
			Entry("the first", "customer.customer_update", http.StatusCreated),
			Entry("the second", "customer.customer_manage", http.StatusCreated),
			Entry("another", "customer.customer_manage_all", http.StatusForbidden),
		)

		It("asks for an e-mail change with the scope that ordinary customers have", Label("T-SCOPE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Do("requestEmailChange", Bearer(jane.Access), Body(H{"email": "jane@example.com", "password": Password, "newEmail": "new@example.com"})).Must(http.StatusNoContent)
		})
	})
}

// describeMatrix adds a spec for each operation that asks for a bearer and each caller. What the caller gets follows from
// the security and the scopes of the document. The rest of the request does not matter, because the caller is checked first
// (T-ORDER).
func describeMatrix(s *Suite) {
	for _, op := range s.Operations() {
		if !AsksForBearer(op) {
			continue
		}
		for _, one := range callers(s) {
			gets := one.gets(op)
			labels := Label(one.rule)
			if one.unknown && slices.Contains(s.Document().Operations, op) && op.Method != http.MethodPut {
				labels = Label(one.rule, Smoke)
			}
			It(fmt.Sprintf("%s %s %s", op.ID, gets, one.name), labels, func() {
				w := s.World()
				if !one.unknown {
					w.SignUp(janesEmail)
				}
				w.CalledBy(op.ID, one.name, gets.short())
				header := one.header(w, op)
				before := w.State()
				answer := w.Do(op.ID, append(anyPath(op), Header("Authorization", header))...)
				if gets != admitted {
					Expect(w.State()).To(Equal(before), "a refused request has changed something")
				}
				switch gets {
				case forbidden:
					answer.MustForbid()
				case refused:
					answer.MustFault(FaultBearer)
				case expired:
					answer.MustFault(FaultExpired)
				case admitted:
					Expect(answer.Status).NotTo(Equal(http.StatusForbidden), answer.String())
					Expect(string(answer.Raw)).NotTo(ContainSubstring("faultstring"))
				}
			})
		}
	}
}
