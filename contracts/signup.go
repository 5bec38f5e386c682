package contracts

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Signup(s *Suite) {
	trySignUp := func(w *World, body H) *Answer {
		GinkgoHelper()
		return w.Do("signup", Bearer(w.Anonymous().Access), Body(body))
	}

	Describe("signup", func() {
		It("answers 201 with the number and no token, and logs nobody in", Label("SIGNUP", Smoke), func() {
			w := s.World()
			anonymous := w.Anonymous()
			answer := w.Do("signup", Bearer(anonymous.Access), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusCreated)
			for _, member := range []string{"accessToken", "access_token", "refreshToken", "refresh_token", "saasToken", "saas_token"} {
				answer.MustHave(member, false)
			}
			Expect(w.Do("getProfile", Bearer(anonymous.Access)).Must(http.StatusOK).At("customerNumber")).To(Equal("00000000"))
		})

		DescribeTable("answers 409 to an e-mail address that the tenant has", Label("SIGNUP-DUP"),
			func(optIn bool, email string) {
				w := s.World()
				if optIn {
					w.Configure(H{"doubleOptIn": true})
				}
				w.SignUp("jane@example.com")
				trySignUp(w, H{"email": email, "password": "another1"}).MustRefuse(http.StatusConflict, "conflict_resource")
				w.TryLogIn("jane@example.com", "another1").Must(http.StatusUnauthorized)
			},
			Entry("the same", Label(Smoke), false, "jane@example.com"),
			Entry("other case", false, "JANE@Example.com"),
			Entry("pending opt-in", true, "jane@example.com"),
		)

		It("keeps the e-mail address as it was typed", Label("SIGNUP-DUP"), func() {
			w := s.World()
			jane := w.Customer("Jane.Doe@Example.com")
			Expect(w.Profile(jane).At("accounts", 0, "id")).To(Equal("Jane.Doe@Example.com"))
			Expect(w.Profile(jane).At("contactEmail")).To(Equal("Jane.Doe@Example.com"))
			w.LogIn("jane.doe@example.com")
		})

		It("takes addresses that only look the same as different ones", Label("SIGNUP-DUP", "A"), func() {
			s.Need(Settings) // In a shared tenant, only addresses of one domain are kept apart from others.
			w := s.World()
			for _, alike := range [][]string{
				{"jos\u00e9@example.com", "jose\u0301@example.com"},        // Unicode normalization
				{"jane@b\u00fccher.example", "jane@xn--bcher-kva.example"}, // an internationalized domain
			} {
				for _, email := range alike {
					w.SignUp(email)
				}
				for _, email := range alike {
					Expect(w.Profile(w.LogIn(email)).At("accounts", 0, "id")).To(Equal(email))
				}
			}
		})

		It("takes addresses that differ in the case of any script as the same", Label("SIGNUP-DUP", "A"), func() {
			s.Need(Settings)
			w := s.World()
			w.SignUp("νίκος@example.com")
			trySignUp(w, H{"email": "ΝΊΚΟΣ@example.com", "password": Password}).MustRefuse(http.StatusConflict, "conflict_resource")
			w.LogIn("Νίκοσ@example.com")
		})

		It("takes 64 octets before the @ of an e-mail address", Label("EMAIL-FORM", "A"), func() {
			s.Need(Settings)
			w := s.World()
			w.LogIn(w.Profile(w.Customer(strings.Repeat("\u00e9", 32) + "@example.com")).Text("contactEmail"))
		})

		It("does not mind the same e-mail address in another tenant", Label("SIGNUP-DUP"), func() {
			here, there := s.World(), s.World()
			here.SignUp("jane@example.com")
			there.SignUp("jane@example.com")
			there.LogIn("jane@example.com")
		})

		It("wants contactEmail to be email, and fills it in", Label("SIGNUP-CONTACT"), func() {
			w := s.World()
			trySignUp(w, H{"email": "jane@example.com", "password": Password, "customerDetails": H{"contactEmail": "joe@example.com"}}).
				MustNameField("customerDetails.contactEmail")
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
			trySignUp(w, H{"email": "jane@example.com", "password": Password, "customerDetails": H{"contactEmail": "jane@example.com"}}).Must(http.StatusCreated)
			Expect(w.Profile(w.LogIn("jane@example.com")).At("contactEmail")).To(Equal("jane@example.com"))
			Expect(w.Profile(w.Customer("joe@example.com")).At("contactEmail")).To(Equal("joe@example.com"))
		})

		It("wants contactEmail to be email with separate credentials, too", Label("SIGNUP-CONTACT"), func() {
			w := s.World()
			body := H{"email": "desk@example.com", "password": Password, "signup": H{"email": "jane@example.com", "password": Password}}
			for _, other := range []string{"jane@example.com", "joe@example.com"} {
				body["customerDetails"] = H{"contactEmail": other}
				trySignUp(w, body).MustNameField("customerDetails.contactEmail")
			}
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
			body["customerDetails"] = H{"contactEmail": "desk@example.com"}
			trySignUp(w, body).Must(http.StatusCreated)
			Expect(w.Profile(w.LogIn("jane@example.com")).At("contactEmail")).To(Equal("desk@example.com"))
		})

		It("begins with the first version, whatever the body says", Label("PROFILE-VERSION"), func() {
			w := s.World()
			said := H{"version": 7, "mixins": H{"gift": "https://example.com/gift.json"}}
			jane := w.Customer("jane@example.com", H{"customerDetails": H{"metadata": said}, "customerAddress": H{"contactName": "Jane", "metadata": said}})
			w.AddAddress(jane, H{"metadata": said})
			first := H{"version": 1.0, "mixins": said["mixins"]}
			profile := w.Profile(jane)
			Expect([]any{profile.At("metadata"), profile.At("addresses", 0, "metadata"), profile.At("addresses", 1, "metadata")}).To(HaveEach(first))
		})

		It("takes separate credentials for the login", Label("SIGNUP-CREDENTIALS"), func() {
			w := s.World()
			w.SignUp("desk@example.com", H{"signup": H{"email": "jane@example.com", "password": "another1"}})
			jane := w.TokenIn(w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK))
			w.TryLogIn("desk@example.com", Password).Must(http.StatusUnauthorized)
			w.TryLogIn("desk@example.com", "another1").Must(http.StatusUnauthorized)
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
			Expect(w.Profile(jane).At("accounts")).To(Equal([]any{H{"id": "jane@example.com"}}))
			Expect(w.Profile(jane).At("contactEmail")).To(Equal("desk@example.com"))
			w.SignUp("desk@example.com")
			trySignUp(w, H{"email": "x@example.com", "password": Password, "signup": H{"email": "jane@example.com", "password": "another1"}}).
				MustRefuse(http.StatusConflict, "conflict_resource")
		})

		It("wants a long enough password, whatever the tenant takes for that", Label("PASSWORD-LENGTH"), func() {
			s.Need(Settings) // The following passwords are public, so no customer may be created in a shared tenant.
			w := s.World()
			trySignUp(w, H{"email": "jane@example.com", "password": "12345"}).MustNameField("password")
			trySignUp(w, H{"email": "jane@example.com", "password": Password, "signup": H{"email": "j@example.com", "password": "12345"}}).MustNameField("signup.password")
			trySignUp(w, H{"email": "jane@example.com", "password": "äöü45"}).MustNameField("password")
			trySignUp(w, H{"email": "jane@example.com", "password": "äöü456"}).Must(http.StatusCreated)
			w.Configure(H{"passwordMinLength": 12})
			trySignUp(w, H{"email": "joe@example.com", "password": "12345678901"}).MustNameField("password")
			trySignUp(w, H{"email": "joe@example.com", "password": "123456789012"}).Must(http.StatusCreated)
			w.TryLogIn("jane@example.com", "äöü456").Must(http.StatusOK)
		})

		DescribeTable("wants e-mail addresses", Label("EMAIL-FORM"),
			func(field string, body H) {
				w := s.World()
				trySignUp(w, body).MustNameField(field)
			},
			Entry("no @", Label(Smoke), "email", H{"email": "jane", "password": Password}),
			Entry("a name around it", "email", H{"email": "Jane <jane@example.com>", "password": Password}),
			Entry("two", "email", H{"email": "a@example.com,b@example.com", "password": Password}),
			Entry("empty", "email", H{"email": "", "password": Password}),
			Entry("more than 64 octets before the @", Label("A"), "email", H{"email": strings.Repeat("é", 32) + "a@example.com", "password": Password}),
			Entry("the login's", "signup.email", H{"email": "jane@example.com", "password": Password, "signup": H{"email": "x", "password": Password}}),
		)

		It("wants names and a company with a company's registration", Label("B2B-RULE", Smoke), func() {
			w := s.World()
			details := H{"b2b": H{"companyRegistrationId": "123"}, "firstName": "Jane", "company": "Emporix"}
			trySignUp(w, H{"email": "jane@example.com", "password": Password, "customerDetails": details}).MustNameField("customerDetails.lastName")
			details["lastName"] = "Doe"
			trySignUp(w, H{"email": "jane@example.com", "password": Password, "customerDetails": details}).Must(http.StatusCreated)
		})

		It("gives a new profile its defaults", Label("SIGNUP-DEFAULTS"), func() {
			w := s.World()
			profile := w.Profile(w.Customer("jane@example.com"))
			Expect(profile.At("preferredLanguage")).To(Equal("en_US"))
			Expect(profile.At("preferredCurrency")).To(Equal("USD"))
			Expect(profile.At("preferredSite")).To(Equal("main"))
			other := w.Profile(w.Customer("joe@example.com", H{"customerDetails": H{"preferredCurrency": "EUR"}}))
			Expect(other.At("preferredCurrency")).To(Equal("EUR"))
			Expect(other.At("preferredLanguage")).To(Equal("en_US"))
			trySignUp(w, H{"email": "x@example.com", "password": Password, "customerDetails": H{"preferredCurrency": "EURO"}}).
				MustNameField("customerDetails.preferredCurrency")
		})

		It("stores the address as the default one", Label("SIGNUP-ADDRESS", "SIGNUP"), func() {
			w := s.World()
			address := fullAddress()
			address["isDefault"] = false
			jane := w.Customer("jane@example.com", H{"customerAddress": address})
			profile := w.Profile(jane)
			Expect(profile.At("addresses")).To(HaveLen(1))
			Expect(profile.At("defaultAddress", "street")).To(Equal("Platz der Republik"))
			Expect(profile.At("defaultAddress", "isDefault")).To(BeTrue())
		})

		DescribeTable("wants of the address a contactName, and a country of two letters", Label("SIGNUP-ADDRESS"),
			func(address H, field string) {
				w := s.World()
				trySignUp(w, H{"email": "jane@example.com", "password": Password, "customerAddress": address}).MustNameField(field)
				w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
			},
			Entry("absent", H{"city": "Rome"}, "customerAddress.contactName"),
			Entry("empty", H{"contactName": ""}, "customerAddress.contactName"),
			Entry("blank", Label(Smoke), H{"contactName": " "}, "customerAddress.contactName"),
			Entry("null", H{"contactName": nil}, "customerAddress.contactName"),
			Entry("country", H{"contactName": "Jane", "country": "ITA"}, "customerAddress.country"),
		)

		It("makes customers that can log in at once, or not where the tenant says so", Label("SIGNUP-ACTIVE"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			w.LogIn("jane@example.com")
			w.Configure(H{"activeOnSignup": false})
			w.SignUp("joe@example.com")
			w.TryLogIn("joe@example.com", Password).MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.LogIn("jane@example.com")
		})

		It("wants an anonymous token", Label("T-401", "T-KIND"), func() {
			w := s.World()
			body := Body(H{"email": "jane@example.com", "password": Password})
			w.Do("signup", body).MustFault(FaultBearer)
			w.Do("signup", body, Bearer(w.Customer("joe@example.com").Access)).MustFault(FaultBearer)
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
		})
	})
}
