package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// texts are the members of an address or a profile that are texts and may be absent.
//
//nolint:gochecknoglobals // Tables.
var (
	addressTexts = fields("contactName companyName street streetNumber streetAppendix extraLine1 extraLine2 extraLine3 extraLine4 zipCode city country state contactPhone")
	profileTexts = fields("title firstName middleName lastName contactPhone company")
)

// all returns an object with the same value in each of the members.
func all(members []string, value any) H {
	object := H{}
	for _, name := range members {
		object[name] = value
	}
	return object
}

// expectTexts expects that all the members of an object are empty, or that none of them is there.
func expectTexts(object any, members []string, empty bool) {
	GinkgoHelper()
	for _, name := range members {
		if empty {
			Expect(object).To(HaveKeyWithValue(name, ""))
		} else {
			Expect(object).NotTo(HaveKey(name))
		}
	}
}

// expectAddress expects the texts of the only address of a customer, in every answer that has it.
func expectAddress(w *World, customer Token, empty bool) {
	GinkgoHelper()
	id := w.AddressIDs(customer)[0]
	expectTexts(w.Address(customer, id).JSON(), addressTexts, empty)
	expectTexts(w.Do("listAddresses", Bearer(customer.Access)).Must(http.StatusOK).At(0), addressTexts, empty)
	profile := w.Profile(customer)
	expectTexts(profile.At("addresses", 0), addressTexts, empty)
	expectTexts(profile.At("defaultAddress"), addressTexts, empty)
}

func (specs) Empty(s *Suite) {
	Describe("an empty text", func() {
		It("of a new address is answered as it was sent, and what was not sent is not there", Label("W-EMPTY", "ADDR-GET", "ADDR-LIST", "PROFILE-EXPAND"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.AddAddress(jane, all(addressTexts, ""))
			expectAddress(w, jane, true)
			expectTexts(w.Address(jane, w.AddAddress(jane, H{})).JSON(), addressTexts, false)
			expectTexts(w.Address(jane, w.AddAddress(jane, all(addressTexts, nil))).JSON(), addressTexts, false)
		})

		for _, operation := range []string{"updateAddress", "replaceAddress"} {
			It("of an address is stored by "+operation+", and null clears it", Label("W-EMPTY", "ADDR-PATCH"), func() {
				w := s.World()
				jane := w.Customer("jane@example.com")
				id := w.AddAddress(jane, fullAddress())
				change := func(body H) {
					GinkgoHelper()
					w.Do(operation, Bearer(jane.Access), Path("addressId", id), Body(body)).Must(http.StatusOK)
				}
				change(all(addressTexts, ""))
				expectAddress(w, jane, true)
				change(H{"tags": []string{"X"}})
				expectAddress(w, jane, true)
				change(all(addressTexts, nil))
				expectAddress(w, jane, false)
				change(all(addressTexts, ""))
				expectAddress(w, jane, true)
				Expect(w.Address(jane, id).At("metadata", "version")).To(BeEquivalentTo(5))
			})
		}

		It("of a sign-up is answered as it was sent, and what was not sent is not there", Label("W-EMPTY", "SIGNUP"), func() {
			w := s.World()
			address := all(addressTexts[1:], "")
			address["contactName"] = "Jane Doe"
			profile := w.Profile(w.Customer("jane@example.com", H{"customerDetails": all(profileTexts, ""), "customerAddress": address}))
			expectTexts(profile.JSON(), profileTexts, true)
			expectTexts(profile.At("addresses", 0), addressTexts[1:], true)
			bare := w.Profile(w.Customer("joe@example.com", H{"customerAddress": H{"contactName": "Joe"}}))
			expectTexts(bare.JSON(), profileTexts, false)
			expectTexts(bare.At("addresses", 0), addressTexts[1:], false)
		})

		for _, operation := range []string{"updateProfile", "replaceProfile"} {
			It("of a profile is stored by "+operation+", and null clears it", Label("W-EMPTY", "PROFILE-PATCH"), func() {
				w := s.World()
				jane := w.Customer("jane@example.com", H{"customerDetails": H{"title": "MS", "middleName": "M"}})
				changeProfile(w, operation, jane, all(profileTexts, "")).Must(http.StatusOK)
				expectTexts(w.Profile(jane).JSON(), profileTexts, true)
				changeProfile(w, operation, jane, H{"preferredCurrency": "EUR"}).Must(http.StatusOK)
				expectTexts(w.Profile(jane).JSON(), profileTexts, true)
				changeProfile(w, operation, jane, all(profileTexts, nil)).Must(http.StatusOK)
				expectTexts(w.Profile(jane).JSON(), profileTexts, false)
				Expect(w.Profile(jane).At("metadata", "version")).To(BeEquivalentTo(4))
			})
		}

		It("is kept as a language, a site and a company's registration", Label("W-EMPTY", "A"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			body := H{"preferredLanguage": "", "preferredSite": "", "b2b": H{"companyRegistrationId": ""}}
			changeProfile(w, "updateProfile", jane, body).Must(http.StatusOK)
			profile := w.Profile(jane)
			Expect(profile.JSON()).To(And(HaveKeyWithValue("preferredLanguage", ""), HaveKeyWithValue("preferredSite", "")))
			Expect(profile.At("b2b")).To(Equal(H{"companyRegistrationId": "", "legalEntities": []any{}}))
			changeProfile(w, "updateProfile", jane, H{"b2b": H{"companyRegistrationId": nil}}).Must(http.StatusOK)
			Expect(w.Profile(jane).At("b2b")).To(BeNil())
		})

		It("is neither a currency nor an e-mail address", Label("W-EMPTY", "SIGNUP-DEFAULTS", "EMAIL-FORM"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			for _, name := range []string{"preferredCurrency", "contactEmail"} {
				changeProfile(w, "updateProfile", jane, H{name: ""}).MustNameField(name)
			}
		})

		It("is not a name or a company that a registration needs", Label("W-EMPTY", "B2B-RULE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			registration := H{"companyRegistrationId": "123-456-789"}
			for i, name := range []string{"firstName", "lastName", "company"} {
				body := H{"firstName": "Jane", "lastName": "Doe", "company": "Emporix", "b2b": registration}
				body[name] = ""
				changeProfile(w, "updateProfile", jane, body).MustNameField(name)
				email := string(rune('a'+i)) + "@example.com"
				w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": email, "password": Password, "customerDetails": body})).MustNameField("customerDetails." + name)
			}
		})

		It("is no registration, and blanks are one, that needs names and a company", Label("B2B-RULE", "A"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			blank := H{"b2b": H{"companyRegistrationId": " "}}
			changeProfile(w, "updateProfile", jane, blank).MustNameField("company")
			w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": "joe@example.com", "password": Password, "customerDetails": blank})).MustNameField("customerDetails.company")
		})

		It("is the same in a copy of the tenant, as the control API made it", Label("W-EMPTY"), func() {
			s.Need(Sandboxes)
			w := s.World()
			w.Stored("jane@example.com", H{"profile": all(profileTexts, ""), "addresses": []H{all(addressTexts, ""), all(addressTexts, nil)}})
			copied := w.Copy()
			for _, at := range []*World{w, copied} {
				jane := at.LogIn("jane@example.com")
				profile := at.Profile(jane)
				expectTexts(profile.JSON(), profileTexts, true)
				expectTexts(profile.At("addresses", 0), addressTexts, true)
				expectTexts(profile.At("addresses", 1), addressTexts, false)
			}
		})
	})
}
