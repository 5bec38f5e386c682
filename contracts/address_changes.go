package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) AddressChanges(s *Suite) {
	for _, operation := range []string{"updateAddress", "replaceAddress"} {
		Describe(operation, func() { describeAddressChange(s, operation) })
	}

	Describe("deleteAddress", func() {
		It("answers 204, and 404 the second time", Label("ADDR-DELETE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			id := w.AddAddress(jane, H{})
			w.Do("deleteAddress", Bearer(jane.Access), Path("addressId", id)).Must(http.StatusNoContent)
			w.Do("getAddress", Bearer(jane.Access), Path("addressId", id)).Must(http.StatusNotFound)
			w.Do("deleteAddress", Bearer(jane.Access), Path("addressId", id)).MustRefuse(http.StatusNotFound, "resource_not_found")
		})

		It("makes the oldest that remains the default", Label("ADDR-DELETE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			first, second, third := w.AddAddress(jane, H{}), w.AddAddress(jane, H{}), w.AddAddress(jane, H{})
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", second), Body(H{"isDefault": true})).Must(http.StatusOK)
			w.Do("deleteAddress", Bearer(jane.Access), Path("addressId", second)).Must(http.StatusNoContent)
			Expect(w.Address(jane, first).At("isDefault")).To(BeTrue())
			Expect(w.Address(jane, third).At("isDefault")).To(BeFalse())
		})

		It("makes the oldest the default, whatever is in it", Label("ADDR-DELETE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			var ids []string
			versions := map[string]int{}
			for _, body := range []H{
				fullAddress(), {}, {"city": "Rome"}, {"contactName": " "}, {"country": "IT", "tags": []string{"SHIPPING"}}, fullAddress(), {"tags": []string{"BILLING"}}, {"isDefault": true}, fullAddress(),
			} {
				id := w.AddAddress(jane, body)
				ids, versions[id] = append(ids, id), 1
			}
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", ids[3]), Body(H{"city": "Oslo"})).Must(http.StatusOK)
			versions[ids[3]]++
			for len(ids) > 1 {
				w.Do("deleteAddress", Bearer(jane.Access), Path("addressId", ids[0])).Must(http.StatusNoContent)
				ids = ids[1:]
				Expect(w.AddressIDs(jane)).To(Equal(ids))
				heir := w.Address(jane, ids[0])
				Expect(heir.At("isDefault")).To(BeTrue())
				Expect(heir.At("metadata", "version")).To(BeEquivalentTo(versions[ids[0]] + 1))
			}
		})

		It("leaves the default where it is when another one goes", Label("ADDR-DELETE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			first, second, third := w.AddAddress(jane, H{}), w.AddAddress(jane, H{}), w.AddAddress(jane, H{})
			w.Do("deleteAddress", Bearer(jane.Access), Path("addressId", second)).Must(http.StatusNoContent)
			Expect(w.AddressIDs(jane)).To(Equal([]string{first, third}))
			Expect(w.Address(jane, first).At("isDefault")).To(BeTrue())
		})

		It("deletes no login", Label("ADDR-DELETE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.Do("deleteAddress", Bearer(jane.Access), Path("addressId", w.AddAddress(jane, H{}))).Must(http.StatusNoContent)
			Expect(w.Profile(w.LogIn("jane@example.com")).At("accounts")).To(HaveLen(1))
		})
	})
}

func describeAddressChange(s *Suite, operation string) {
	change := func(w *World, customer Token, id string, body any) *Answer {
		GinkgoHelper()
		return w.Do(operation, Bearer(customer.Access), Path("addressId", id), Body(body))
	}

	It("answers 200 without a body, and keeps what was not sent", Label("ADDR-PATCH"), smokeOf(operation), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		id := w.AddAddress(jane, fullAddress())
		change(w, jane, id, H{"city": "Potsdam", "mixins": H{"gift": H{"wrapped": nil, "note": "hi"}}}).Must(http.StatusOK)
		stored, _ := w.Address(jane, id).JSON().(H)
		for name, value := range fullAddress() {
			switch name {
			case "city":
				value = "Potsdam"
			case "mixins":
				value = H{"gift": H{"ribbons": []any{"red", 2.5, nil}, "note": "hi"}}
			case "metadata":
				value = H{"version": 2.0, "mixins": H{"gift": "https://example.com/gift.json"}}
			}
			Expect(stored).To(HaveKeyWithValue(name, Equal(value)))
		}
	})

	It("merges objects, and puts a list in the place of another, an empty one too", Label("ADDR-PATCH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		id := w.AddAddress(jane, fullAddress())
		before := w.Address(jane, id)
		for _, body := range []H{{}, {"mixins": H{}}, {"metadata": H{}}, {"metadata": H{"mixins": H{}}}} {
			change(w, jane, id, body).Must(http.StatusOK)
			Expect(w.Address(jane, id).Raw).To(MatchJSON(before.Raw), "%v", body)
		}
		for _, tags := range [][]any{{"SHIPPING"}, {}, {"SHIPPING", "BILLING"}} {
			change(w, jane, id, H{"tags": tags}).Must(http.StatusOK)
			Expect(w.Address(jane, id).At("tags")).To(HaveExactElements(tags...))
		}
	})

	It("clears with null", Label("ADDR-PATCH", "W-LIBERAL"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		id := w.AddAddress(jane, fullAddress())
		change(w, jane, id, H{"city": nil, "tags": nil, "mixins": nil, "metadata": nil, "country": nil}).Must(http.StatusOK)
		stored := w.Address(jane, id)
		Expect(stored.At("city")).To(BeNil())
		Expect(stored.At("country")).To(BeNil())
		Expect(stored.At("tags")).To(BeEmpty())
		Expect(stored.At("mixins")).To(BeEmpty())
		Expect(stored.At("metadata", "mixins")).To(BeEmpty())
		Expect(stored.At("street")).To(Equal("Platz der Republik"))
	})

	It("moves the default, so that there are never two", Label("ADDR-PATCH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		first, second := w.AddAddress(jane, H{}), w.AddAddress(jane, H{})
		change(w, jane, second, H{"isDefault": true}).Must(http.StatusOK)
		Expect(w.Address(jane, first).At("isDefault")).To(BeFalse())
		Expect(w.Address(jane, second).At("isDefault")).To(BeTrue())
		change(w, jane, second, H{"isDefault": true}).Must(http.StatusOK)
		Expect(w.Profile(jane).At("defaultAddress", "id")).To(Equal(second))
	})

	It("does nothing with false on the default", Label("ADDR-PATCH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		first := w.AddAddress(jane, H{})
		w.AddAddress(jane, H{})
		before := w.Address(jane, first)
		change(w, jane, first, H{"isDefault": false}).Must(http.StatusOK)
		Expect(w.Address(jane, first).Raw).To(MatchJSON(before.Raw))
	})

	It("does nothing with false on another one, too", Label("ADDR-PATCH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		first, second := w.AddAddress(jane, H{}), w.AddAddress(jane, H{})
		change(w, jane, second, H{"isDefault": false}).Must(http.StatusOK)
		Expect(w.Address(jane, second).At("isDefault")).To(BeFalse())
		Expect(w.Address(jane, first).At("isDefault")).To(BeTrue())
	})

	It("ignores an id in the body", Label("ADDR-PATCH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		id := w.AddAddress(jane, H{})
		change(w, jane, id, H{"id": "ffffffffff", "city": "Rome"}).Must(http.StatusOK)
		Expect(w.Address(jane, id).At("city")).To(Equal("Rome"))
		Expect(w.AddressIDs(jane)).To(Equal([]string{id}))
	})

	It("takes back what it answered, and changes nothing by it", Label("ADDR-PATCH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		id := w.AddAddress(jane, fullAddress())
		before := w.Address(jane, id)
		change(w, jane, id, before.JSON()).Must(http.StatusOK)
		Expect(w.Address(jane, id).Raw).To(MatchJSON(before.Raw))
	})

	It("keeps a version for each address, and refuses a stale one with 409", Label("PROFILE-VERSION"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		one, other := w.AddAddress(jane, H{}), w.AddAddress(jane, H{})
		change(w, jane, one, H{"city": "Rome", "metadata": H{"version": 1}}).Must(http.StatusOK)
		Expect(w.Address(jane, one).At("metadata", "version")).To(BeEquivalentTo(2))
		Expect(w.Address(jane, other).At("metadata", "version")).To(BeEquivalentTo(1))
		change(w, jane, one, H{"city": "Oslo", "metadata": H{"version": 1}}).MustRefuse(http.StatusConflict, "conflict_resource")
		Expect(w.Address(jane, one).At("city")).To(Equal("Rome"))
		change(w, jane, one, H{"city": "Oslo"}).Must(http.StatusOK)
		Expect(w.Profile(jane).At("metadata", "version")).To(BeEquivalentTo(1))
	})

	It("refuses a country that is not two letters", Label("ADDR-CREATE"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		id := w.AddAddress(jane, H{"country": "DE"})
		change(w, jane, id, H{"country": "Germany"}).MustNameField("country")
		Expect(w.Address(jane, id).At("country")).To(Equal("DE"))
	})

	It("answers 404 to an unknown id", Label("ADDR-GET"), func() {
		w := s.World()
		change(w, w.Customer("jane@example.com"), "0000000000", H{}).MustRefuse(http.StatusNotFound, "resource_not_found")
	})
}
