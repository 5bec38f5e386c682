package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"standin/spec"
)

// describeNegatives makes specs from the document itself: one fault in each body, with the verdict that the document
// has on it, and a state that is the same afterwards.
func (s *suite) describeNegatives() {
	Describe("bodies with one fault", func() {
		for _, id := range sortedKeys(s.operations) {
			op := s.operations[id]
			for _, negative := range op.Negatives() {
				It(id+" refuses "+negative.Name, Label("W-INPUT"), func() {
					w := s.world()
					parts := append(w.callerOf(op), Raw(negative.MediaType, negative.Body))
					if negative.Encoding != "" {
						parts = append(parts, Header("Content-Encoding", negative.Encoding))
					}
					before := w.state()
					answer := w.Do(id, parts...)
					switch negative.Status {
					case http.StatusBadRequest:
						answer.MustNameField(negative.Field)
					default:
						answer.Must(negative.Status)
					}
					Expect(w.state()).To(Equal(before), "a refused request has changed something")
				})
			}
		}
	})
}

// callerOf is what a good request of an operation has beside its body: a token of the right kind with the scopes that
// it needs, and the things that its path names.
func (w *World) callerOf(op *spec.Operation) []Part {
	GinkgoHelper()
	const email = "jane@example.com"
	var parts []Part
	switch {
	case op.Accepts("CustomerAccessToken"):
		w.SignUp(email)
		jane := w.MustMint("customer", email, op.Scopes...)
		parts = append(parts, Bearer(jane.Access))
		if in, _ := op.Parameter("addressId"); in != "" {
			parts = append(parts, Path("addressId", w.AddAddress(jane, H{"contactName": "Jane"})))
		}
	case op.Accepts("AnonymousAccessToken"):
		shopper := w.Anonymous()
		parts = append(parts, Bearer(shopper.Access))
		if in, _ := op.Parameter("session-id"); in != "" {
			parts = append(parts, Header("session-id", shopper.SessionID))
		}
	}
	return parts
}

// state is all that the tenant holds, as a file. A server without a control plane does not say it.
func (w *World) state() string {
	GinkgoHelper()
	if w.suite.target.Foreign() {
		return ""
	}
	return string(w.steer(http.MethodGet, "/export", nil))
}
