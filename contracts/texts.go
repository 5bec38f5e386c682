package contracts

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// odd returns a text that differs for each member: with blanks inside and around it, mixed case and characters of several bytes, and long.
func odd(member string) string {
	return " Ä " + member + "  B\tc <&> \"'\\ \u2028 " + strings.Repeat("ñ", 500) + " "
}

// odds returns an object with such a text in each of the members.
func odds(members []string) H {
	object := H{}
	for _, name := range members {
		object[name] = odd(name)
	}
	return object
}

// expectOdds expects the texts of [odds] in an object.
func expectOdds(object any, members []string) {
	GinkgoHelper()
	for _, name := range members {
		Expect(object).To(HaveKeyWithValue(name, odd(name)))
	}
}

func (specs) Texts(s *Suite) {
	places := fields("contactName companyName street streetNumber streetAppendix extraLine1 extraLine2 extraLine3 extraLine4 zipCode city state contactPhone")
	persons := fields("title firstName middleName lastName contactPhone company preferredLanguage preferredSite")

	Describe("a text", func() {
		It("of a sign-up is kept as it was sent, in its own member", Label("SIGNUP", "PROFILE-GET"), func() {
			w := s.World()
			details := odds(persons)
			details["b2b"] = H{"companyRegistrationId": odd("registration")}
			profile := w.Profile(w.Customer("jane@example.com", H{"customerDetails": details, "customerAddress": odds(places)}))
			expectOdds(profile.JSON(), persons)
			Expect(profile.At("b2b", "companyRegistrationId")).To(Equal(odd("registration")))
			expectOdds(profile.At("addresses", 0), places)
			expectOdds(profile.At("defaultAddress"), places)
		})

		for _, operation := range []string{"updateProfile", "replaceProfile"} {
			It("of a profile is kept by "+operation+" as it was sent, in its own member", Label("PROFILE-PATCH"), func() {
				w := s.World()
				jane := w.Customer("jane@example.com", H{"customerDetails": fullProfile()})
				body := odds(persons)
				body["b2b"] = H{"companyRegistrationId": odd("registration")}
				body["contactEmail"] = "Desk.Of+Jane@Example.COM"
				changeProfile(w, operation, jane, body).Must(http.StatusOK)
				profile := w.Profile(jane)
				expectOdds(profile.JSON(), persons)
				Expect(profile.At("b2b", "companyRegistrationId")).To(Equal(odd("registration")))
				Expect(profile.At("contactEmail")).To(Equal("Desk.Of+Jane@Example.COM"))
			})
		}

		It("of an address is kept as it was sent, in its own member", Label("ADDR-CREATE", "ADDR-GET", "ADDR-LIST"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			id := w.AddAddress(jane, odds(places))
			expectOdds(w.Address(jane, id).JSON(), places)
			expectOdds(w.Do("listAddresses", Bearer(jane.Access)).Must(http.StatusOK).At(0), places)
		})

		for _, operation := range []string{"updateAddress", "replaceAddress"} {
			It("of an address is kept by "+operation+" as it was sent, in its own member", Label("ADDR-PATCH"), func() {
				w := s.World()
				jane := w.Customer("jane@example.com")
				id := w.AddAddress(jane, fullAddress())
				body := odds(places)
				body["country"] = "gB"
				w.Do(operation, Bearer(jane.Access), Path("addressId", id), Body(body)).Must(http.StatusOK)
				stored := w.Address(jane, id)
				expectOdds(stored.JSON(), places)
				Expect(stored.At("country")).To(Equal("gB"))
			})
		}

		It("of a mixin is kept as it was sent, and so is its name", Label("PROFILE-PATCH", "ADDR-PATCH"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			name := "Odd Näme/1.x"
			body := H{"mixins": H{name: H{" Key ": odd("mixin")}}, "metadata": H{"mixins": H{name: "https://Example.com/A b?C=D#e"}}}
			changeProfile(w, "updateProfile", jane, body).Must(http.StatusOK)
			id := w.AddAddress(jane, body)
			for _, answer := range []*Answer{w.Profile(jane), w.Address(jane, id)} {
				Expect(answer.At("mixins")).To(Equal(body["mixins"]))
				Expect(answer.At("metadata", "mixins")).To(Equal(H{name: "https://Example.com/A b?C=D#e"}))
			}
			Expect(w.Do("getProfile", Bearer(jane.Access), Query("expand", "mixin:"+name)).Must(http.StatusOK).At("mixins")).To(Equal(body["mixins"]))
		})

		It("of a session's context is kept as it was sent", Label("CONTEXT", "CONTEXT-ATTRIBUTES"), func() {
			w := s.World()
			shopper := w.Anonymous()
			change := H{"siteCode": "Site Ä-1", "language": "de_CH x", "targetLocation": "Here  and There", "currency": "CHF", "context": H{" A b ": odd("attribute")}}
			changeContext(w, shopper.Access, change).Must(http.StatusNoContent)
			w.Do("addContextAttribute", Bearer(shopper.Access), Body(H{"key": "Ä Key", "value": odd("value")})).Must(http.StatusCreated)
			Expect(inContext(w, shopper.Access)).To(Equal([]any{"Site Ä-1", "CHF", "de_CH x", "Here  and There"}))
			want := H{" A b ": odd("attribute"), "Ä Key": odd("value")}
			Expect(context(w, shopper.Access).At("context")).To(Equal(want))
			names := []string{" Other  Key ", "other key", "OTHER KEY", " ", "%20", "ä\u0308 ä"}
			for _, name := range names {
				Expect(w.Do("addContextAttribute", Bearer(shopper.Access), Body(H{"key": name, "value": name})).Must(http.StatusCreated).JSON()).To(Equal(name))
				want[name] = name
			}
			Expect(context(w, shopper.Access).At("context")).To(Equal(want))
			for _, name := range names {
				w.Do("deleteContextAttribute", Bearer(shopper.Access), Path("attributeName", name)).Must(http.StatusNoContent)
				delete(want, name)
				Expect(context(w, shopper.Access).At("context")).To(Equal(want))
			}
		})
	})

	Describe("a text with a limit", func() {
		It("has as many characters as the document says, and not one more", Label("W-INPUT", "RESET", "ANON-LOGIN", "CONTEXT-ATTRIBUTES", "A"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			shopper := w.Anonymous()
			anonymousWith := func(parts ...Part) *Answer {
				GinkgoHelper()
				return w.Do("anonymousLogin", append(parts, Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID))...)
			}
			long := func(length int) string { return strings.Repeat("Äñ x", length/4) }
			for _, one := range []struct {
				field string
				most  int
				send  func(text string) *Answer
			}{
				{"site", 100, func(text string) *Answer {
					return w.Do("requestPasswordReset", Bearer(shopper.Access), Body(H{"email": "jane@example.com", "site": text}))
				}},
				{"key", 200, func(text string) *Answer {
					return w.Do("addContextAttribute", Bearer(shopper.Access), Body(H{"key": text, "value": "x"}))
				}},
				{"siteCode", 100, func(text string) *Answer { return anonymousWith(Query("siteCode", text)) }},
				{"language", 100, func(text string) *Answer { return anonymousWith(Query("language", text)) }},
				{"targetLocation", 100, func(text string) *Answer { return anonymousWith(Query("targetLocation", text)) }},
			} {
				one.send(long(one.most) + "y").MustNameField(one.field)
				answer := one.send(long(one.most))
				Expect(answer.Status).To(BeNumerically("<", http.StatusMultipleChoices), answer.String())
			}
			all := anonymousWith(Query("siteCode", long(100)), Query("language", long(100)), Query("targetLocation", long(100)), Query("currency", "CHF")).Must(http.StatusOK)
			Expect(inContext(w, all.Text("access_token"))).To(Equal([]any{long(100), "CHF", long(100), long(100)}))
			Expect(w.LastMail("password-reset").Site).To(Equal(long(100)))
			Expect(context(w, shopper.Access).At("context")).To(Equal(H{long(200): "x"}))
		})
	})

	Describe("a password", func() {
		It("is taken as it was sent, wherever it is chosen", Label("LOGIN", "SIGNUP", "RESET-UPDATE", "PASSWORD-CHANGE"), func() {
			s.Need(Settings) // The passwords are public, so no customer may be created in a shared tenant.
			w := s.World()
			chosen := func(password string) {
				GinkgoHelper()
				w.TryLogIn("jane@example.com", password).Must(http.StatusOK)
				for _, other := range []string{
					strings.TrimSpace(password), strings.ToLower(password), strings.ToUpper(password), password[:len(password)-1], password + "x",
				} {
					w.TryLogIn("jane@example.com", other).MustRefuse(http.StatusUnauthorized, "unauthorized")
				}
			}
			long := func(mark string) string { return " Pass " + mark + strings.Repeat("wörd", 60) + "! " }
			w.SignUp("jane@example.com", H{"password": long("A")})
			chosen(long("A"))
			w.ResetPassword(w.RequestReset("jane@example.com"), long("B")).Must(http.StatusNoContent)
			chosen(long("B"))
			jane := w.TokenIn(w.TryLogIn("jane@example.com", long("B")).Must(http.StatusOK))
			w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": long("b"), "newPassword": long("C")})).MustRefuse(http.StatusUnauthorized, "unauthorized")
			w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": long("B"), "newPassword": long("C")})).Must(http.StatusNoContent)
			chosen(long("C"))
		})
	})

	Describe("an e-mail address", func() {
		It("is kept as it was typed, wherever it is set, and found in any case", Label("SIGNUP-DUP", "EMAIL-CONFIRM", "ACCOUNT-ASSIGN", "SIGNUP-CREDENTIALS", "A"), func() {
			w := s.World()
			w.SignUp("Desk@Example.com", H{"signup": H{"email": "Jane.Login@Example.com", "password": Password}})
			manager := w.MustMint("customer", "JANE.LOGIN@example.com", "customer.customer_manage")
			w.Do("assignAccount", Bearer(manager.Access), Body(H{"email": "Other.Login@Example.com", "password": Password})).Must(http.StatusCreated)
			w.Do("requestEmailChange", Bearer(manager.Access),
				Body(H{"email": "jane.login@example.COM", "password": Password, "newEmail": "New.Login@Example.com", "syncContactEmail": true})).Must(http.StatusNoContent)
			mail := w.LastMail("email-change")
			Expect(mail.To).To(Equal("New.Login@Example.com"))
			w.Do("confirmEmailChange", Bearer(w.Anonymous().Access), Body(H{"token": mail.Token})).Must(http.StatusNoContent)
			profile := w.Profile(w.LogIn("NEW.login@example.com"))
			Expect(profile.At("accounts")).To(Equal([]any{H{"id": "New.Login@Example.com"}, H{"id": "Other.Login@Example.com"}}))
			Expect(profile.At("contactEmail")).To(Equal("New.Login@Example.com"))
			w.LogIn("OTHER.LOGIN@EXAMPLE.COM")
			w.RequestReset("other.login@example.com")
			Expect(w.LastMail("password-reset").To).To(Equal("Other.Login@Example.com"))
			for _, blank := range []string{" new.login@example.com", "new.login@example.com ", "new.login@example.com."} {
				w.TryLogIn(blank, Password).MustRefuse(http.StatusUnauthorized, "unauthorized")
			}
		})

		It("stands in the text about a duplicate as it was typed", Label("T-ERR", "SIGNUP-DUP"), func() {
			w := s.World()
			w.SignUp("Jane.Doe@Example.com")
			again := w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": "Jane.Doe@Example.com", "password": Password}))
			Expect(again.MustRefuse(http.StatusConflict, "conflict_resource").At("message")).
				To(Equal("Duplicate account 'Jane.Doe@Example.com' for tenant '" + w.Tenant + "'."))
		})

		It("stands in that text as the request spells it, not as the account does", Label("T-ERR", "SIGNUP-DUP", "ACCOUNT-ASSIGN", "A"), func() {
			w := s.World()
			w.SignUp("Jane.Doe@Example.com")
			w.SignUp("joe@example.com")
			manager := w.MustMint("customer", "joe@example.com", "customer.customer_manage")
			typed := H{"email": "jane.DOE@example.com", "password": Password}
			for _, again := range []*Answer{
				w.Do("signup", Bearer(w.Anonymous().Access), Body(typed)),
				w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": "desk@example.com", "password": Password, "signup": typed})),
				w.Do("assignAccount", Bearer(manager.Access), Body(typed)),
			} {
				Expect(again.MustRefuse(http.StatusConflict, "conflict_resource").At("message")).
					To(Equal("Duplicate account 'jane.DOE@example.com' for tenant '" + w.Tenant + "'."))
			}
		})
	})
}
