package contracts

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) ProfileChanges(s *Suite) {
	for _, operation := range []string{"updateProfile", "replaceProfile"} {
		Describe(operation, func() {
			describeProfileMerge(s, operation)
			describeProfileLimits(s, operation)
		})
	}
}

func changeProfile(w *World, operation string, customer Token, body any) *Answer {
	GinkgoHelper()
	return w.Do(operation, Bearer(customer.Access), Body(body))
}

func describeProfileMerge(s *Suite, operation string) {
	It("answers 200 without a body, and keeps what was not sent", Label("PROFILE-PATCH", "SIGNUP-DEFAULTS"), smokeOf(operation), func() {
		w := s.World()
		john := w.Customer("john@example.com", H{"customerDetails": fullProfile()})
		before, _ := w.Profile(john).JSON().(H)
		changeProfile(w, operation, john, H{"firstName": "Jack", "mixins": H{"shoes": H{"color": "red"}}}).Must(http.StatusOK)
		after, _ := w.Profile(john).JSON().(H)
		before["firstName"] = "Jack"
		before["mixins"] = H{"loyalty": H{"points": 120.0, "tiers": []any{"gold"}}, "shoes": H{"size": 40.0, "color": "red"}}
		before["metadata"] = H{"version": 2.0, "mixins": H{"loyalty": "https://nowhere.invalid/loyalty.json"}}
		Expect(after).To(Equal(before))
	})

	It("is no change with an empty object", Label("PROFILE-PATCH"), func() {
		w := s.World()
		john := w.Customer("john@example.com", H{"customerDetails": fullProfile()})
		before := w.Profile(john)
		for _, body := range []H{{}, {"b2b": H{}}, {"b2b": H{"legalEntities": []H{}}}, {"mixins": H{}}, {"metadata": H{}}, {"metadata": H{"mixins": H{}}}} {
			changeProfile(w, operation, john, body).Must(http.StatusOK)
			Expect(w.Profile(john).Raw).To(MatchJSON(before.Raw), "%v", body)
		}
	})

	It("does not touch the last login", Label("PROFILE-PATCH", "LOGIN"), func() {
		w := s.World()
		w.Freeze()
		w.SignUp("jane@example.com")
		w.Advance(time.Minute)
		jane := w.LogIn("jane@example.com")
		before := w.Profile(jane).At("lastLogin")
		w.Advance(time.Minute)
		changeProfile(w, operation, jane, H{"firstName": "Jane"}).Must(http.StatusOK)
		Expect(w.Profile(jane).At("lastLogin")).To(Equal(before))
	})

	It("takes a merge patch by its own media type", Label("PROFILE-PATCH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		w.Do(operation, Bearer(jane.Access), Raw("application/merge-patch+json", []byte(`{"firstName":"Jane"}`))).Must(http.StatusOK)
		Expect(w.Profile(jane).At("firstName")).To(Equal("Jane"))
	})

	It("clears with null; language, currency and site fall back to their defaults", Label("PROFILE-PATCH", "W-LIBERAL"), func() {
		w := s.World()
		john := w.Customer("john@example.com", H{"customerDetails": fullProfile()})
		changeProfile(w, operation, john, H{
			"title": nil, "middleName": nil, "contactPhone": nil, "preferredLanguage": nil, "preferredCurrency": nil,
			"preferredSite": nil, "b2b": nil, "mixins": H{"shoes": nil}, "metadata": H{"mixins": H{"loyalty": nil}},
		}).Must(http.StatusOK)
		profile := w.Profile(john)
		for _, name := range []string{"title", "middleName", "contactPhone", "b2b"} {
			Expect(profile.At(name)).To(BeNil(), name)
		}
		Expect(profile.At("preferredLanguage")).To(Equal("en_US"))
		Expect(profile.At("preferredCurrency")).To(Equal("USD"))
		Expect(profile.At("preferredSite")).To(Equal("main"))
		Expect(profile.At("mixins")).To(Equal(H{"loyalty": H{"points": 120.0, "tiers": []any{"gold"}}}))
		Expect(profile.At("metadata", "mixins")).To(BeEmpty())
		Expect(profile.At("businessModel")).To(Equal("B2C"))
		Expect(profile.At("firstName")).To(Equal("John"))
	})

	It("changes contactEmail, but does not clear it", Label("PROFILE-PATCH", "EMAIL-FORM"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		changeProfile(w, operation, jane, H{"contactEmail": "desk@example.com"}).Must(http.StatusOK)
		Expect(w.Profile(jane).At("contactEmail")).To(Equal("desk@example.com"))
		Expect(w.Profile(jane).At("accounts", 0, "id")).To(Equal("jane@example.com"))
		changeProfile(w, operation, jane, H{"contactEmail": nil}).MustNameField("contactEmail")
		changeProfile(w, operation, jane, H{"contactEmail": "no address"}).MustNameField("contactEmail")
		Expect(w.Profile(jane).At("contactEmail")).To(Equal("desk@example.com"))
	})

	It("keeps numbers and structure of mixins as they were sent", Label("PROFILE-PATCH"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		w.Do(operation, Bearer(jane.Access), Raw("application/json", []byte(`{"mixins":{"a":{"big":9007199254740993,"exact":1.10,"list":[null,{"b":null}],"gone":null}}}`))).Must(http.StatusOK)
		decoder := json.NewDecoder(bytes.NewReader(w.Profile(jane).Raw))
		decoder.UseNumber()
		var profile struct {
			Mixins map[string]H `json:"mixins"`
		}
		Expect(decoder.Decode(&profile)).To(Succeed())
		Expect(profile.Mixins["a"]).To(And(
			HaveLen(3),
			HaveKeyWithValue("big", json.Number("9007199254740993")),
			HaveKeyWithValue("exact", BeElementOf(json.Number("1.10"), json.Number("1.1"))),
			HaveKeyWithValue("list", []any{nil, H{"b": nil}}),
		))
	})

	DescribeTable("merges mixins and their links member by member, at any depth", Label("PROFILE-PATCH"),
		func(before, patch, after string) {
			w := s.World()
			jane := w.Customer("jane@example.com")
			send := func(mixins string) {
				GinkgoHelper()
				w.Do(operation, Bearer(jane.Access), Raw("application/json", []byte(`{"mixins":`+mixins+`}`))).Must(http.StatusOK)
			}
			send(before)
			version, _ := w.Profile(jane).At("metadata", "version").(float64)
			send(patch)
			profile := w.Profile(jane)
			var got struct{ Mixins json.RawMessage }
			Expect(json.Unmarshal(profile.Raw, &got)).To(Succeed())
			Expect(string(got.Mixins)).To(MatchJSON(after))
			if before != after {
				version++
			}
			Expect(profile.At("metadata", "version")).To(BeEquivalentTo(version))
		},
		Entry("nothing", `{"a":{"b":1}}`, `{}`, `{"a":{"b":1}}`),
		Entry("nothing further down", `{"a":{"b":1}}`, `{"a":{}}`, `{"a":{"b":1}}`),
		Entry("the same", `{"a":{"b":1}}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`),
		Entry("null", `{"a":{"b":1}}`, `null`, `{}`),
		Entry("an empty object where there is none", `{}`, `{}`, `{}`),
		Entry("the last one away", `{"a":{"b":1}}`, `{"a":null}`, `{}`),
		Entry("the last member of one away", `{"a":{"b":1}}`, `{"a":{"b":null}}`, `{"a":{}}`),
		Entry("null of what is not there", `{"a":{"b":1}}`, `{"c":null,"a":{"d":null}}`, `{"a":{"b":1}}`),
		Entry("three deep", `{"a":{"b":{"c":1,"d":2}}}`, `{"a":{"b":{"c":3,"e":{"f":4}}}}`, `{"a":{"b":{"c":3,"d":2,"e":{"f":4}}}}`),
		Entry("a list takes the place of a list", `{"a":{"b":[1,2,3]}}`, `{"a":{"b":[4]}}`, `{"a":{"b":[4]}}`),
		Entry("an empty list of a list", `{"a":{"b":[1]}}`, `{"a":{"b":[]}}`, `{"a":{"b":[]}}`),
		Entry("a text of an object", `{"a":{"b":{"c":1}}}`, `{"a":{"b":"x"}}`, `{"a":{"b":"x"}}`),
		Entry("an object of a text", `{"a":{"b":"x"}}`, `{"a":{"b":{"c":1,"d":null}}}`, `{"a":{"b":{"c":1}}}`),
		Entry("false, 0 and an empty text", `{"a":{"b":true,"c":1,"d":"x"}}`, `{"a":{"b":false,"c":0,"d":""}}`, `{"a":{"b":false,"c":0,"d":""}}`),
		Entry("members that differ in case", `{"a":{"b":1}}`, `{"A":{"b":2},"a":{"B":3}}`, `{"A":{"b":2},"a":{"b":1,"B":3}}`),
	)

	It("takes back what getProfile answered, and changes nothing by it", Label("PROFILE-PATCH", "W-LIBERAL"), func() {
		w := s.World()
		john := w.Customer("john@example.com", H{"customerDetails": fullProfile()})
		w.AddAddress(john, H{})
		before := w.Profile(john)
		changeProfile(w, operation, john, before.JSON()).Must(http.StatusOK)
		Expect(w.Profile(john).Raw).To(MatchJSON(before.Raw))
	})
}

func describeProfileLimits(s *Suite, operation string) {
	It("counts the version up with every change, but not with a login, an account or an address", Label("PROFILE-VERSION"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		version := func() any { return w.Profile(jane).At("metadata", "version") }
		Expect(version()).To(BeEquivalentTo(1))
		changeProfile(w, operation, jane, H{"firstName": "A"}).Must(http.StatusOK)
		Expect(version()).To(BeEquivalentTo(2))
		changeProfile(w, operation, jane, H{"firstName": "B", "metadata": H{"version": 2}}).Must(http.StatusOK)
		Expect(version()).To(BeEquivalentTo(3))
		w.LogIn("jane@example.com")
		w.AddAddress(jane, H{})
		w.Do("assignAccount", Bearer(w.MustMint("customer", "jane@example.com", "customer.customer_manage").Access),
			Body(H{"email": "other@example.com", "password": Password})).Must(http.StatusCreated)
		Expect(version()).To(BeEquivalentTo(3))
	})

	It("refuses a stale version with 409, and does not check one that was not sent", Label("PROFILE-VERSION"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		changeProfile(w, operation, jane, H{"firstName": "A"}).Must(http.StatusOK)
		before := w.Profile(jane)
		for _, stale := range []int{0, 1, 3} {
			changeProfile(w, operation, jane, H{"firstName": "B", "metadata": H{"version": stale}}).MustRefuse(http.StatusConflict, "conflict_resource")
		}
		Expect(w.Profile(jane).Raw).To(MatchJSON(before.Raw))
		changeProfile(w, operation, jane, H{"firstName": "B", "metadata": H{"version": nil}}).Must(http.StatusOK)
		Expect(w.Profile(jane).At("firstName")).To(Equal("B"))
	})

	It("wants names and a company with a company's registration, in the merged profile", Label("B2B-RULE"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		registration := H{"companyRegistrationId": "123-456-789"}
		changeProfile(w, operation, jane, H{"b2b": registration}).MustNameField("firstName")
		changeProfile(w, operation, jane, H{"b2b": registration, "firstName": "Jane", "lastName": "Doe", "company": " "}).MustNameField("company")
		Expect(w.Profile(jane).At("firstName")).To(BeNil())
		changeProfile(w, operation, jane, H{"firstName": "Jane", "lastName": "Doe", "company": "Emporix"}).Must(http.StatusOK)
		changeProfile(w, operation, jane, H{"b2b": registration}).Must(http.StatusOK)
		changeProfile(w, operation, jane, H{"company": nil}).MustNameField("company")
		Expect(w.Profile(jane).At("company")).To(Equal("Emporix"))
	})

	It("leaves legal entities to whoever manages them", Label("B2B-RULE"), func() {
		w := s.World()
		buyer := w.Buyer()
		changeProfile(w, operation, buyer, H{"b2b": nil}).Must(http.StatusOK)
		Expect(w.Profile(buyer).At("b2b", "legalEntities")).To(ContainElement(HaveKeyWithValue("id", LegalEntity)))
		Expect(w.Profile(buyer).At("b2b", "companyRegistrationId")).To(BeNil())
		jane := w.Customer("jane@example.com")
		changeProfile(w, operation, jane, H{"b2b": H{"legalEntities": []H{{"id": "1"}}}}).Must(http.StatusOK)
		Expect(w.Profile(jane).At("b2b")).To(BeNil())
	})

	It("wants a currency of three letters", Label("SIGNUP-DEFAULTS"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		changeProfile(w, operation, jane, H{"preferredCurrency": "EU"}).MustNameField("preferredCurrency")
	})

	It("wants a currency of capital Latin letters", Label("SIGNUP-DEFAULTS", "A"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		for _, odd := range []string{"€€€", "eur", "U5D", "US "} {
			changeProfile(w, operation, jane, H{"preferredCurrency": odd}).MustNameField("preferredCurrency")
		}
		changeProfile(w, operation, jane, H{"preferredCurrency": "XTS"}).Must(http.StatusOK) // No list of currencies is consulted.
	})

	It("wants a customer", Label("T-KIND", "T-401"), func() {
		w := s.World()
		w.Do(operation, Body(H{})).MustFault(FaultBearer)
		w.Do(operation, Bearer(w.Anonymous().Access), Body(H{})).MustRefuse(http.StatusForbidden, "Forbidden")
	})
}
