package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Location(s *Suite) {
	at := func(country any, tags ...string) H { return H{"country": country, "tags": tags} }
	DescribeTable("the target location of a customer's session", Label("CONTEXT", "A"),
		func(want string, addresses ...H) {
			w := s.World(H{"site": H{"country": "SE"}})
			jane := w.Customer("jane@example.com")
			for _, one := range addresses {
				w.AddAddress(jane, one)
			}
			Expect(context(w, jane.Access).At("targetLocation")).To(Equal(want))
		},
		Entry("without addresses is that of the site", "SE"),
		Entry("is that of the default address", "FR", at("FR"), at("IT")),
		Entry("is not that of another address without a tag", "SE", at(nil), at("IT")),
		Entry("prefers billing to no tag", "IT", at("FR"), at("IT", "billing")),
		Entry("prefers shipping to billing, whichever is older", "GB", at("FR"), at("IT", "billing"), at("GB", "shipping")),
		Entry("prefers shipping to billing, whichever is the default", "GB", at("IT", "BILLING"), at("GB", "home", "Shipping")),
		Entry("takes one address for both", "IT", at("FR"), at("IT", "Billing", "SHIPPING"), at("GB", "billing")),
		Entry("takes the oldest of several", "IT", at("FR"), at("IT", "shipping"), at("GB", "shipping")),
		Entry("takes the next one for shipping if the first has no country", "GB", at("FR"), at(nil, "shipping"), at("GB", "shipping")),
		Entry("takes billing if that for shipping has no country", "IT", at("FR"), at(nil, "shipping"), at("IT", "billing")),
		Entry("takes billing if that for shipping has an empty country", "IT", at("", "shipping"), at("IT", "billing")),
		Entry("takes the default if those with tags have no country", "FR", at("FR"), at("", "shipping"), at("", "billing")),
		Entry("is the country as it was written", "fR", at("fR")),
		Entry("is that of a tag as it was written", "iT", at("FR"), at("iT", "shipping")),
		Entry("knows only whole tags", "FR", at("FR"), at("IT", "shipping2"), at("GB", "no shipping")),
	)

	It("the target location follows the addresses as they change", Label("CONTEXT", "A"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		where := func() any { return context(w, jane.Access).At("targetLocation") }
		w.AddAddress(jane, at("FR"))
		id := w.AddAddress(jane, at("GB", "shipping"))
		Expect(where()).To(Equal("GB"))
		w.Do("updateAddress", Bearer(jane.Access), Path("addressId", id), Body(H{"country": "IE"})).Must(http.StatusOK)
		Expect(where()).To(Equal("IE"))
		w.Do("deleteAddressTags", Bearer(jane.Access), Path("addressId", id), Query("tags", "shipping")).Must(http.StatusNoContent)
		Expect(where()).To(Equal("FR"))
		w.Do("addAddressTags", Bearer(jane.Access), Path("addressId", id), Query("tags", "BILLING")).Must(http.StatusNoContent)
		Expect(where()).To(Equal("IE"))
		w.Do("deleteAddress", Bearer(jane.Access), Path("addressId", id)).Must(http.StatusNoContent)
		Expect(where()).To(Equal("FR"))
		Expect(context(w, jane.Access).At("metadata", "version")).To(BeEquivalentTo(1))
	})
}
