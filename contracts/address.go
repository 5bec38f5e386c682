package contracts

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// fields returns the words of a text.
func fields(text string) []string { return strings.Fields(text) }

// fullAddress returns an address with every member.
func fullAddress() H {
	return H{
		"contactName": "John Doe", "companyName": "Emporix", "street": "Platz der Republik", "streetNumber": "1",
		"streetAppendix": "B", "extraLine1": "one", "extraLine2": "two", "extraLine3": "three", "extraLine4": "four",
		"zipCode": "11011", "city": "Berlin", "country": "DE", "state": "Berlin", "contactPhone": "123456789",
		"tags": []any{"BILLING", "SHIPPING"}, "metadata": H{"mixins": H{"gift": "https://example.com/gift.json"}},
		"mixins": H{"gift": H{"wrapped": true, "ribbons": []any{"red", 2.5, nil}}},
	}
}

func (specs) Addresses(s *Suite) {
	Describe("addAddress", func() {
		It("answers 201 with the id of an address that is there with all it was given", Label("ADDR-CREATE", "ADDR-GET", "W-EMPTY", Smoke), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			sent := fullAddress()
			sent["extraLine4"] = ""
			id := w.AddAddress(jane, sent)
			stored, _ := w.Address(jane, id).JSON().(H)
			for name, value := range sent {
				if name != "metadata" {
					Expect(stored).To(HaveKeyWithValue(name, Equal(value)))
				}
			}
			Expect(stored).To(HaveKeyWithValue("id", id))
			Expect(stored["metadata"]).To(Equal(H{"version": 1.0, "mixins": H{"gift": "https://example.com/gift.json"}}))
		})

		It("makes the first one the default, whatever the body says", Label("ADDR-CREATE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			first := w.AddAddress(jane, H{"isDefault": false})
			second := w.AddAddress(jane, H{"isDefault": true})
			Expect(w.Address(jane, first).At("isDefault")).To(BeTrue())
			Expect(w.Address(jane, second).At("isDefault")).To(BeFalse())
		})

		DescribeTable("wants a country of two letters, or none", Label("ADDR-CREATE"),
			func(country any, status int) {
				w := s.World()
				jane := w.Customer("jane@example.com")
				answer := w.Do("addAddress", Bearer(jane.Access), Body(H{"country": country})).Must(status)
				if status == http.StatusBadRequest {
					answer.MustNameField("country")
				}
			},
			Entry("two letters", "DE", http.StatusCreated),
			Entry("empty", "", http.StatusCreated),
			Entry("null", nil, http.StatusCreated),
			Entry("three letters", "DEU", http.StatusBadRequest),
			Entry("one", "D", http.StatusBadRequest),
			Entry("digits", "12", http.StatusBadRequest),
		)

		It("asks no more of a company's address than of another one", Label("ADDR-CREATE", "A"), func() {
			w := s.World()
			w.AddAddress(w.Buyer(), H{"city": "Berlin"})
		})

		It("refuses who is not logged in with 401 and who is no customer with 403", Label("T-KIND", "T-401"), func() {
			w := s.World()
			w.Do("addAddress", Body(H{})).MustFault(FaultBearer)
			w.Do("addAddress", Bearer(w.Anonymous().Access), Body(H{})).MustRefuse(http.StatusForbidden, "Forbidden")
		})
	})

	Describe("listAddresses", func() {
		It("answers an empty list when there are none", Label("ADDR-LIST"), func() {
			w := s.World()
			Expect(w.AddressIDs(w.Customer("jane@example.com"))).To(BeEmpty())
		})

		It("answers the default first, then the others as they were added", Label("ADDR-LIST"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			var ids []string
			for range 12 {
				ids = append(ids, w.AddAddress(jane, H{}))
			}
			Expect(w.AddressIDs(jane)).To(Equal(ids))
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", ids[7]), Body(H{"isDefault": true})).Must(http.StatusOK)
			Expect(w.AddressIDs(jane)).To(Equal(slices.Concat(ids[7:8], ids[:7], ids[8:])))
		})

		It("says isDefault of every one", Label("ADDR-LIST"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.AddAddress(jane, H{})
			w.AddAddress(jane, H{})
			list := w.Do("listAddresses", Bearer(jane.Access)).Must(http.StatusOK)
			Expect(list.At(0, "isDefault")).To(BeTrue())
			Expect(list.At(1, "isDefault")).To(BeFalse())
		})

		It("lists nobody else's", Label("ADDR-LIST", "ADDR-OTHER"), func() {
			w := s.World()
			jane, joe := w.Customer("jane@example.com"), w.Customer("joe@example.com")
			w.AddAddress(jane, H{})
			Expect(w.AddressIDs(joe)).To(BeEmpty())
		})
	})

	Describe("getAddress", func() {
		It("answers 404 to an unknown id", Label("ADDR-GET"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Do("getAddress", Bearer(jane.Access), Path("addressId", "0000000000")).MustRefuse(http.StatusNotFound, "resource_not_found")
			id := w.AddAddress(jane, H{})
			for _, like := range []string{" " + id, id + " ", id[1:], id + "0", id + "/", "g" + id[1:]} {
				w.Do("getAddress", Bearer(jane.Access), Path("addressId", like)).MustRefuse(http.StatusNotFound, "resource_not_found")
			}
		})
	})

	It("somebody else's address is as unknown as one that never was", Label("ADDR-OTHER"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		number := w.SignUp("joe@example.com")
		joe := w.LogIn("joe@example.com")
		id := w.AddAddress(jane, fullAddress())
		before := w.Address(jane, id)
		calls := map[string][]Part{
			"getAddress": nil, "updateAddress": {Body(H{"city": "Rome"})}, "replaceAddress": {Body(H{"city": "Rome"})},
			"deleteAddress": nil, "addAddressTags": {Query("tags", "X")}, "deleteAddressTags": {Query("tags", "BILLING")},
		}
		for _, operation := range slices.Sorted(maps.Keys(calls)) {
			w.CalledBy(operation, AnotherCustomer, "")
			for _, unknown := range []string{id, "0123456789", "No Such Ä", strings.ToUpper(id) + "F"} {
				answer := w.Do(operation, append(calls[operation], Bearer(joe.Access), Path("addressId", unknown))...).MustRefuse(http.StatusNotFound, "resource_not_found")
				Expect(answer.At("message")).To(Equal("Address " + unknown + " of customer " + number + " not found."))
			}
		}
		Expect(w.Address(jane, id).Raw).To(MatchJSON(before.Raw))
	})
}
