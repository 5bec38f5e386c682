package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
	"standin/spec"
)

// Negatives adds specs that follow from the document. Each sends a body with one fault, and expects the answer that
// the document requires and an unchanged state.
func (specs) Negatives(s *Suite) {
	Describe("bodies with one fault", func() {
		for _, op := range s.Operations() {
			for _, negative := range op.Negatives() {
				It(op.ID+" refuses "+negative.Name, Label("W-INPUT"), func() {
					w := s.World()
					parts := append(goodParts(w, op), Raw(negative.MediaType, negative.Body))
					if negative.Encoding != "" {
						parts = append(parts, Header("Content-Encoding", negative.Encoding))
					}
					before := w.State()
					answer := w.Do(op.ID, parts...)
					switch negative.Status {
					case http.StatusBadRequest:
						answer.MustNameField(negative.Field)
					default:
						answer.Must(negative.Status)
					}
					Expect(w.State()).To(Equal(before), "a refused request has changed something")
				})
			}
		}
	})
}

// goodParts returns the parts of a valid request for an operation, except for the body: a token of the right kind with the
// scopes that the operation needs, and the parameters.
func goodParts(w *World, op *spec.Operation) []Part {
	GinkgoHelper()
	var parts []Part
	switch {
	case op.Accepts(CustomerScheme):
		w.SignUp(janesEmail)
		jane := w.MustMint("customer", janesEmail, op.Scopes...)
		parts = append(parts, Bearer(jane.Access))
		if in, _ := op.Parameter("addressId"); in != "" {
			parts = append(parts, Path("addressId", w.AddAddress(jane, H{"contactName": "Jane"})))
		}
	case op.Accepts(AnonymousScheme):
		anonymous := w.Anonymous()
		parts = append(parts, Bearer(anonymous.Access))
		if in, _ := op.Parameter("session-id"); in != "" {
			parts = append(parts, Header("session-id", anonymous.SessionID))
		}
	}
	return parts
}
