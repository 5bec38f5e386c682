package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Tags(s *Suite) {
	tagged := func(w *World, tags ...any) (Token, string) {
		GinkgoHelper()
		jane := w.Customer("jane@example.com")
		return jane, w.AddAddress(jane, H{"city": "Rome", "tags": tags})
	}

	Describe("addAddressTags", func() {
		It("adds to the set, in the order of first use and with the case kept", Label("ADDR-TAGS"), func() {
			w := s.World()
			jane, id := tagged(w, "B", "A")
			w.Do("addAddressTags", Bearer(jane.Access), Path("addressId", id), Query("tags", "C, b,A,C")).Must(http.StatusNoContent)
			Expect(w.Address(jane, id).At("tags")).To(Equal([]any{"B", "A", "C", "b"}))
			Expect(w.Address(jane, id).At("city")).To(Equal("Rome"))
		})

		It("changes nothing when all are there", Label("ADDR-TAGS"), func() {
			w := s.World()
			jane, id := tagged(w, "B", "A")
			before := w.Address(jane, id)
			w.Do("addAddressTags", Bearer(jane.Access), Path("addressId", id), Query("tags", "A,B")).Must(http.StatusNoContent)
			Expect(w.Address(jane, id).Raw).To(MatchJSON(before.Raw))
		})

		It("keeps one of each in bodies, too", Label("ADDR-TAGS"), func() {
			w := s.World()
			jane, id := tagged(w, "A", "B", "A")
			Expect(w.Address(jane, id).At("tags")).To(Equal([]any{"A", "B"}))
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", id), Body(H{"tags": []string{"C", "C"}})).Must(http.StatusOK)
			Expect(w.Address(jane, id).At("tags")).To(Equal([]any{"C"}))
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", id), Body(H{"tags": []string{" D ", "", "E,F"}})).Must(http.StatusOK)
			Expect(w.Address(jane, id).At("tags")).To(Equal([]any{"D", "E", "F"}))
		})
	})

	Describe("deleteAddressTags", func() {
		It("takes tags off, and does not mind absent ones", Label("ADDR-TAGS"), func() {
			w := s.World()
			jane, id := tagged(w, "A", "B", "C")
			w.Do("deleteAddressTags", Bearer(jane.Access), Path("addressId", id), Query("tags", "A,X,C,a")).Must(http.StatusNoContent)
			Expect(w.Address(jane, id).At("tags")).To(Equal([]any{"B"}))
			w.Do("deleteAddressTags", Bearer(jane.Access), Path("addressId", id), Query("tags", "b")).Must(http.StatusNoContent)
			Expect(w.Address(jane, id).At("tags")).To(Equal([]any{"B"}))
		})

		It("leaves an address without tags as one that never had any", Label("ADDR-TAGS", "PROFILE-VERSION", Smoke), func() {
			w := s.World()
			jane, id := tagged(w, "A")
			w.Do("deleteAddressTags", Bearer(jane.Access), Path("addressId", id), Query("tags", "A")).Must(http.StatusNoContent)
			before := w.Address(jane, id)
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", id), Body(H{"city": before.Text("city")})).Must(http.StatusOK)
			Expect(w.Address(jane, id).Raw).To(MatchJSON(before.Raw))
		})
	})

	for _, operation := range []string{"addAddressTags", "deleteAddressTags"} {
		DescribeTable(operation+" wants at least one tag", Label("ADDR-TAGS"),
			func(parts ...Part) {
				w := s.World()
				jane, id := tagged(w, "A")
				w.Do(operation, append(parts, Bearer(jane.Access), Path("addressId", id))...).MustNameField("tags")
				Expect(w.Address(jane, id).At("tags")).To(Equal([]any{"A"}))
			},
			Entry("missing"),
			Entry("empty", Query("tags", "")),
			Entry("commas only", Query("tags", " , ,")),
		)

		It(operation+" answers 404 to an unknown address", Label("ADDR-GET"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Do(operation, Bearer(jane.Access), Path("addressId", "0000000000"), Query("tags", "A")).MustRefuse(http.StatusNotFound, "resource_not_found")
		})

		It(operation+" wants a customer", Label("T-KIND", "T-401"), func() {
			w := s.World()
			w.Do(operation, Path("addressId", "x"), Query("tags", "A")).MustFault(FaultBearer)
			w.Do(operation, Bearer(w.Anonymous().Access), Path("addressId", "x"), Query("tags", "A")).MustRefuse(http.StatusForbidden, "Forbidden")
		})
	}
}
