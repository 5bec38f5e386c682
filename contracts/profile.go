package contracts

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// fullProfile returns a profile with every member that a customer may set.
func fullProfile() H {
	return H{
		"title": "MR", "firstName": "John", "middleName": "M", "lastName": "Doe", "contactPhone": "123456789",
		"company": "Emporix", "preferredLanguage": "de_DE", "preferredCurrency": "EUR", "preferredSite": "berlin",
		"b2b":      H{"companyRegistrationId": "123-456-789"},
		"metadata": H{"mixins": H{"loyalty": "https://nowhere.invalid/loyalty.json"}},
		"mixins":   H{"loyalty": H{"points": 120.0, "tiers": []any{"gold"}}, "shoes": H{"size": 40.0}},
	}
}

func (specs) Profile(s *Suite) {
	Describe("getProfile", func() {
		It("answers all that is known of the customer", Label("PROFILE-GET", "SIGNUP"), func() {
			w := s.World()
			number := w.SignUp("John.Doe@example.com", H{"customerDetails": fullProfile()})
			profile, _ := w.Do("getProfile", Bearer(w.LogIn("john.doe@example.com").Access)).Must(http.StatusOK).JSON().(H)
			for _, name := range []string{"title", "firstName", "middleName", "lastName", "contactPhone", "company", "preferredLanguage", "preferredCurrency", "preferredSite"} {
				Expect(profile).To(HaveKeyWithValue(name, fullProfile()[name]))
			}
			Expect(profile).To(HaveKeyWithValue("contactEmail", "John.Doe@example.com"))
			Expect(profile).To(HaveKeyWithValue("customerNumber", number))
			Expect(profile).To(HaveKeyWithValue("id", number))
			Expect(profile).To(HaveKeyWithValue("accounts", []any{H{"id": "John.Doe@example.com"}}))
			Expect(profile).To(HaveKeyWithValue("b2b", H{"companyRegistrationId": "123-456-789", "legalEntities": []any{}}))
			Expect(profile).To(HaveKeyWithValue("metadata", H{"version": 1.0, "mixins": H{"loyalty": "https://nowhere.invalid/loyalty.json"}}))
			Expect(profile).NotTo(HaveKey("addresses"))
			Expect(profile).NotTo(HaveKey("defaultAddress"))
		})

		It("says B2C of a customer who is assigned to no company", Label("PROFILE-GET"), func() {
			w := s.World()
			profile := w.Profile(w.Customer("jane@example.com"))
			Expect(profile.At("businessModel")).To(Equal("B2C"))
			Expect(profile.At("b2b")).To(BeNil())
			registered := w.Profile(w.Customer("john@example.com", H{"customerDetails": fullProfile()}))
			Expect(registered.At("businessModel")).To(Equal("B2C"))
			Expect(registered.At("b2b", "companyRegistrationId")).To(Equal("123-456-789"))
		})

		It("says B2B of a customer who is assigned to a company without a registration", Label("PROFILE-GET"), func() {
			w := s.World()
			profile := w.Profile(w.Stored("buyer@example.com", H{"legalEntities": []H{{"id": LegalEntity}}}))
			Expect(profile.At("businessModel")).To(Equal("B2B"))
			Expect(profile.At("b2b", "legalEntities")).To(Equal([]any{H{"id": LegalEntity}}))
		})

		It("answers the legal entities of a buyer", Label("PROFILE-GET"), func() {
			w := s.World()
			profile := w.Profile(w.Buyer())
			Expect(profile.At("businessModel")).To(Equal("B2B"))
			Expect(profile.At("b2b", "legalEntities")).To(ContainElement(HaveKeyWithValue("id", LegalEntity)))
		})

		It("says when the customer last logged in, in whole seconds", Label("PROFILE-GET", "LOGIN", "T-LIFE"), func() {
			w := s.World()
			w.Freeze()
			w.SignUp("jane@example.com")
			first := w.LogIn("jane@example.com")
			Expect(w.Profile(first).At("lastLogin")).To(Equal(w.Now().UTC().Format(time.RFC3339)))
			w.Advance(time.Hour)
			w.LogIn("jane@example.com")
			Expect(w.Profile(first).At("lastLogin")).To(Equal(w.Now().UTC().Format(time.RFC3339)))
		})

		It("says null of the last login of a customer who has never logged in", Label("PROFILE-GET"), func() {
			w := s.World()
			s.Need(Tokens) // A login would set it.
			w.SignUp("jane@example.com")
			Expect(w.Profile(w.MustMint("customer", "jane@example.com")).JSON()).To(HaveKeyWithValue("lastLogin", BeNil()))
		})

		It("says nothing of the last login of an anonymous caller", Label("ME-ANONYMOUS", "A", Smoke), func() {
			w := s.World()
			Expect(w.Do("getProfile", Bearer(w.Anonymous().Access)).Must(http.StatusOK).JSON()).NotTo(HaveKey("lastLogin"))
		})

		It("answers addresses only if they are asked for", Label("PROFILE-EXPAND"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			empty := w.Do("getProfile", Bearer(jane.Access), Query("expand", "addresses")).Must(http.StatusOK)
			Expect(empty.At("addresses")).To(Equal([]any{}))
			Expect(empty.At("defaultAddress")).To(BeNil())
			first, second := w.AddAddress(jane, H{}), w.AddAddress(jane, H{})
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", second), Body(H{"isDefault": true})).Must(http.StatusOK)
			expanded := w.Do("getProfile", Bearer(jane.Access), Query("expand", "nonsense, addresses")).Must(http.StatusOK)
			Expect(expanded.At("addresses", 0, "id")).To(Equal(second))
			Expect(expanded.At("addresses", 1, "id")).To(Equal(first))
			Expect(expanded.At("defaultAddress", "id")).To(Equal(second))
			Expect(expanded.At("mixins")).To(BeEmpty())
		})

		DescribeTable("answers the values of mixins only if they are asked for", Label("PROFILE-EXPAND"),
			func(expand string, names ...string) {
				w := s.World()
				w.SignUp("john@example.com", H{"customerDetails": fullProfile(), "customerAddress": fullAddress()})
				profile := w.Do("getProfile", Bearer(w.LogIn("john@example.com").Access), Query("expand", expand)).Must(http.StatusOK)
				want := H{}
				all, _ := fullProfile()["mixins"].(H)
				for _, name := range names {
					want[name] = all[name]
				}
				Expect(profile.At("mixins")).To(Equal(want))
				Expect(profile.JSON()).NotTo(Or(HaveKey("addresses"), HaveKey("defaultAddress")))
			},
			Entry("nothing", ""),
			Entry("an unknown one", "mixin:nobody"),
			Entry("the name alone", "loyalty"),
			Entry("an empty name", "mixin:"),
			Entry("names in another case", "mixin:SHOES,MIXIN:shoes,Addresses,ADDRESSES"),
			Entry("parts of names", "mixin:shoe,mixin:s*,mixin,shoes,address,addresses.id"),
			Entry("one", "mixin:shoes", "shoes"),
			Entry("two", Label(Smoke), "mixin:shoes,mixin:loyalty", "shoes", "loyalty"),
			Entry("all", "mixin:*", "shoes", "loyalty"),
			Entry("one before all", "mixin:shoes,mixin:*", "shoes", "loyalty"),
			Entry("an unknown one beside another", "mixin:nobody,mixin:loyalty", "loyalty"),
			Entry("blanks around it", " mixin:shoes , nonsense", "shoes"),
		)

		It("answers a profile of nobody to an anonymous caller", Label("ME-ANONYMOUS"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			profile := w.Do("getProfile", Bearer(w.Anonymous().Access), Query("expand", "addresses,mixin:*")).Must(http.StatusOK)
			nobody := H{"firstName": "Anonymous", "lastName": "Anonymous", "preferredSite": "default", "customerNumber": "00000000", "id": "00000000", "accounts": []any{}}
			for name, value := range nobody {
				Expect(profile.At(name)).To(Equal(value), name)
			}
			Expect(profile.At("contactEmail")).To(BeNil())
			Expect(profile.At("addresses")).To(BeNil())
		})
	})
}
