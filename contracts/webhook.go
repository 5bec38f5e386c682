package contracts

import (
	"net/http"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Webhook(s *Suite) {
	// told creates a tenant whose events are listed and sent nowhere, and a function that returns the types of the events since its
	// last call.
	told := func(settings ...H) (*World, func() []string) {
		GinkgoHelper()
		s.Need(Webhooks)
		w := s.World(append([]H{{"webhooks": []H{{}}}}, settings...)...)
		seen := 0
		return w, func() []string {
			GinkgoHelper()
			kinds := []string{}
			for _, event := range w.Events()[seen:] {
				kinds = append(kinds, event.Type)
			}
			seen += len(kinds)
			return kinds
		}
	}
	// shared returns the members that an event and a profile have in common.
	shared := func(from any) H {
		all, _ := from.(H)
		some := H{}
		for _, name := range []string{
			"customerNumber", "id", "title", "firstName", "lastName", "middleName", "company", "preferredSite", "preferredCurrency",
			"preferredLanguage", "contactPhone", "contactEmail", "metadata", "mixins", "addresses", "defaultAddress",
		} {
			if value, ok := all[name]; ok {
				some[name] = value
			}
		}
		return some
	}
	last := func(w *World, kind string) H {
		GinkgoHelper()
		for _, event := range slices.Backward(w.Events()) {
			if event.Type == kind {
				return event.Payload
			}
		}
		Fail("there was no event " + kind)
		return nil
	}

	Describe("webhooks", func() {
		It("are told of a sign-up, of its activation and of each login", Label("WEBHOOK"), func() {
			w, kinds := told(H{"doubleOptIn": true, "links": H{"optIn": "https://{tenant}.example/on?t={token}"}})
			number := w.SignUp("jane@example.com", H{"customerDetails": H{"firstName": "Jane", "mixins": H{"loyalty": H{"points": 1}}}, "customerAddress": H{"contactName": "Jane"}})
			Expect(kinds()).To(Equal([]string{"customer.created", "customer.opt-in"}))
			created := last(w, "customer.created")
			Expect(created).To(HaveKeyWithValue("active", false))
			Expect(created).To(HaveKeyWithValue("mixins", H{"loyalty": H{"points": 1.0}}))
			Expect(created).NotTo(HaveKey("addresses"))
			mail := w.LastMail("opt-in")
			Expect(last(w, "customer.opt-in")).To(Equal(H{"customerNumber": number, "activateAccountUrl": mail.Link, "token": mail.Token}))
			w.Do("resendOptIn", Bearer(w.Anonymous().Access), Body(H{"email": "JANE@example.com"})).Must(http.StatusAccepted)
			Expect(kinds()).To(Equal([]string{"customer.refresh-token", "customer.opt-in"}))
			Expect(last(w, "customer.refresh-token")).To(Equal(H{"email": "jane@example.com", "tenant": w.Tenant}))
			Expect(last(w, "customer.opt-in")).To(HaveKeyWithValue("token", w.LastMail("resend").Token))
			anonymous := w.Anonymous()
			w.Do("confirmOptIn", Bearer(anonymous.Access), Path("token", w.LastMail("resend").Token)).Must(http.StatusOK)
			Expect(kinds()).To(Equal([]string{"customer.updated", "customer.logged.in"}))
			Expect(last(w, "customer.updated")).To(HaveKeyWithValue("active", true))
			Expect(last(w, "customer.logged.in")).To(Equal(H{"tenant": w.Tenant, "sessionId": anonymous.SessionID, "customerId": number}))
			w.LogIn("jane@example.com")
			Expect(kinds()).To(Equal([]string{"customer.logged.in"}))
		})

		It("are told of all that a sign-up and a social login have made", Label("WEBHOOK", "SIGNUP", "SOCIAL"), func() {
			w, _ := told()
			details := fullProfile()
			details["contactEmail"] = "Desk@example.com"
			w.SignUp("Desk@example.com", H{"customerDetails": details, "signup": H{"email": "John@example.com", "password": Password}})
			anonymous := w.Anonymous()
			created := last(w, "customer.created")
			expect := func(email string, b2b OmegaMatcher) {
				GinkgoHelper()
				profile, _ := w.Profile(w.MustMint("customer", email)).JSON().(H)
				delete(profile, "addresses")
				Expect(shared(created)).To(Equal(shared(profile)))
				Expect(created["b2b"]).To(b2b)
				Expect(created).To(And(HaveKeyWithValue("accounts", []any{email}), HaveKeyWithValue("active", true), HaveKeyWithValue("onHold", false), HaveKeyWithValue("tenant", w.Tenant)))
				Expect(created).NotTo(HaveKey("updatedBy"))
			}
			expect("John@example.com", Equal(H{"companyRegistrationId": "123-456-789"}))
			w.Do("socialLogin", Bearer(anonymous.Access), Header("session-id", anonymous.SessionID), Body(H{"email": "Sofia@example.com", "name": "Sofia Social"})).Must(http.StatusOK)
			created = last(w, "customer.created")
			expect("Sofia@example.com", BeNil())
			w.Configure(H{"activeOnSignup": false})
			w.SignUp("joe@example.com")
			Expect(last(w, "customer.created")).To(HaveKeyWithValue("active", false))
		})

		It("are told of the login that a mail is about, of a customer with two", Label("WEBHOOK"), func() {
			w, _ := told()
			number := w.SignUp("jane@example.com", H{"customerDetails": H{"contactEmail": "jane@example.com"}})
			manager := w.MustMint("customer", "jane@example.com", "customer.customer_manage")
			w.Do("assignAccount", Bearer(manager.Access), Body(H{"email": "Other@example.com", "password": Password})).Must(http.StatusCreated)
			token := w.RequestReset("OTHER@example.com")
			Expect(last(w, "customer.password-reset")).To(Equal(H{"email": "Other@example.com", "token": token}))
			w.Do("requestEmailChange", Bearer(manager.Access), Body(H{"email": "other@example.com", "password": Password, "newEmail": "New@example.com", "syncContactEmail": true})).Must(http.StatusNoContent)
			token = w.LastMail("email-change").Token
			payload := H{"tenant": w.Tenant, "customerId": number, "token": token, "email": "Other@example.com", "newEmail": "New@example.com"}
			Expect(last(w, "customer.email-change-request")).To(Equal(payload))
			w.Do("confirmEmailChange", Bearer(w.Anonymous().Access), Body(H{"token": token})).Must(http.StatusNoContent)
			Expect(last(w, "customer.email-change")).To(Equal(payload))
			updated := last(w, "customer.updated")
			Expect(shared(updated)).To(Equal(shared(w.Profile(manager).JSON())))
			Expect(updated).To(And(HaveKeyWithValue("accounts", []any{"jane@example.com", "New@example.com"}), HaveKeyWithValue("contactEmail", "New@example.com")))
			Expect(updated["metadata"]).To(HaveKeyWithValue("version", 2.0))
		})

		It("are told of each change of profile, logins and addresses, with what there is after it", Label("WEBHOOK"), func() {
			w, kinds := told()
			jane := w.Customer("jane@example.com", H{"customerDetails": H{"b2b": H{"companyRegistrationId": "1"}, "firstName": "Jane", "lastName": "Doe", "company": "Doe"}})
			kinds()
			updated := func(do func()) {
				GinkgoHelper()
				do()
				Expect(kinds()).To(Equal([]string{"customer.updated"}))
				profile, event := w.Profile(jane), last(w, "customer.updated")
				Expect(shared(event)).To(Equal(shared(profile.JSON())))
				Expect(event).To(And(HaveKeyWithValue("updatedBy", profile.At("id")), HaveKeyWithValue("tenant", w.Tenant), HaveKeyWithValue("active", true),
					HaveKeyWithValue("onHold", false), HaveKeyWithValue("accounts", ContainElement("jane@example.com")), HaveKeyWithValue("b2b", H{"companyRegistrationId": "1"})))
			}
			change := func(operation string, status int, parts ...Part) func() {
				return func() { w.Do(operation, append(parts, Bearer(jane.Access))...).Must(status) }
			}
			updated(change("updateProfile", http.StatusOK, Body(H{
				"title": "MS", "middleName": "J.", "contactPhone": "123", "preferredSite": "de", "preferredCurrency": "EUR", "preferredLanguage": "de_DE", "mixins": H{"a": H{"b": 1}},
			})))
			change("updateProfile", http.StatusOK, Body(H{"title": "MS"}))()
			Expect(kinds()).To(BeEmpty(), "a change that changes nothing")
			id := ""
			updated(func() { id = w.AddAddress(jane, H{"contactName": "Jane", "tags": []string{"a"}}) })
			updated(change("updateAddress", http.StatusOK, Path("addressId", id), Body(H{"city": "Rome"})))
			updated(change("addAddressTags", http.StatusNoContent, Path("addressId", id), Query("tags", "b")))
			updated(change("deleteAddressTags", http.StatusNoContent, Path("addressId", id), Query("tags", "a")))
			change("deleteAddressTags", http.StatusNoContent, Path("addressId", id), Query("tags", "a"))()
			Expect(kinds()).To(BeEmpty(), "a tag that the address does not have")
			heir := ""
			updated(func() { heir = w.AddAddress(jane, H{"contactName": "Heir"}) })
			updated(change("updateAddress", http.StatusOK, Path("addressId", heir), Body(H{"isDefault": true})))
			updated(change("updateAddress", http.StatusOK, Path("addressId", id), Body(H{"isDefault": true})))
			updated(change("deleteAddress", http.StatusNoContent, Path("addressId", id)))
			Expect(last(w, "customer.updated")).To(HaveKeyWithValue("defaultAddress", HaveKeyWithValue("id", heir)))
			updated(change("deleteAddress", http.StatusNoContent, Path("addressId", heir)))
			updated(func() {
				manager := w.MustMint("customer", "jane@example.com", "customer.customer_update")
				w.Do("assignAccount", Bearer(manager.Access), Body(H{"email": "second@example.com", "password": Password})).Must(http.StatusCreated)
			})
			Expect(last(w, "customer.updated")).To(HaveKeyWithValue("accounts", []any{"jane@example.com", "second@example.com"}))
		})

		It("are told of a reset, an e-mail change and a deletion", Label("WEBHOOK"), func() {
			w, kinds := told()
			jane := w.Customer("jane@example.com")
			number := w.Profile(jane).Text("id")
			kinds()
			token := w.RequestReset("Jane@Example.com")
			Expect(kinds()).To(Equal([]string{"customer.password-reset"}))
			Expect(last(w, "customer.password-reset")).To(Equal(H{"email": "jane@example.com", "token": token}))
			w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com", "site": "berlin"})).Must(http.StatusNoContent)
			Expect(kinds()).To(Equal([]string{"customer.password-reset"}))
			Expect(last(w, "customer.password-reset")).To(HaveKeyWithValue("site", "berlin"))
			w.Do("requestEmailChange", Bearer(jane.Access), Body(H{"email": "jane@example.com", "password": Password, "newEmail": "new@example.com"})).Must(http.StatusNoContent)
			Expect(kinds()).To(Equal([]string{"customer.email-change-request"}))
			token = w.LastMail("email-change").Token
			payload := H{"tenant": w.Tenant, "customerId": number, "token": token, "email": "jane@example.com", "newEmail": "new@example.com"}
			Expect(last(w, "customer.email-change-request")).To(Equal(payload))
			w.Do("confirmEmailChange", Bearer(w.Anonymous().Access), Body(H{"token": token})).Must(http.StatusNoContent)
			Expect(kinds()).To(Equal([]string{"customer.email-change", "customer.updated"}))
			Expect(last(w, "customer.email-change")).To(Equal(payload))
			Expect(last(w, "customer.updated")).To(HaveKeyWithValue("accounts", []any{"new@example.com"}))
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			Expect(kinds()).To(BeEmpty(), "only the deletion itself is told of")
			w.Do("deleteProfile", Bearer(jane.Access), Query("token", w.LastMail("deletion").Token)).Must(http.StatusAccepted)
			Expect(kinds()).To(Equal([]string{"customer.deleted"}))
			Expect(last(w, "customer.deleted")).To(Equal(H{"customerNumber": number, "email": "jane@example.com", "triggeredBy": number, "tenant": w.Tenant}))
		})

		It("are told of a social login, and of the customer that it has created or changed", Label("WEBHOOK", "SOCIAL"), func() {
			w, kinds := told()
			anonymous := w.Anonymous()
			come := func(email, provider string) {
				GinkgoHelper()
				w.Do("socialLogin", Bearer(anonymous.Access), Header("session-id", anonymous.SessionID), Body(H{"email": email, "provider": provider})).Must(http.StatusOK)
			}
			come("sofia@example.com", "google")
			Expect(kinds()).To(Equal([]string{"customer.created", "customer.logged.in"}))
			Expect(last(w, "customer.logged.in")).To(HaveKeyWithValue("sessionId", anonymous.SessionID))
			come("sofia@example.com", "google")
			Expect(kinds()).To(Equal([]string{"customer.logged.in"}))
			come("sofia@example.com", "facebook")
			Expect(kinds()).To(Equal([]string{"customer.updated", "customer.logged.in"}))
		})

		It("are told of nothing by a refused request, a read, or an e-mail address without an account", Label("WEBHOOK"), func() {
			w, kinds := told(H{"lockoutAfter": 2})
			jane := w.Customer("jane@example.com")
			id := w.AddAddress(jane, H{"contactName": "Jane"})
			kinds()
			anonymous := Bearer(w.Anonymous().Access)
			w.Do("signup", anonymous, Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusConflict)
			w.Do("signup", anonymous, Body(H{"email": "joe@example.com", "password": "short"})).Must(http.StatusBadRequest)
			w.TryLogIn("jane@example.com", "wrong-one").Must(http.StatusUnauthorized)
			w.TryLogIn("jane@example.com", "wrong-two").Must(http.StatusUnauthorized)
			w.Do("updateProfile", Bearer(jane.Access), Body(H{"title": "MS", "metadata": H{"version": 9}})).Must(http.StatusConflict)
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", id), Body(H{"country": "England"})).Must(http.StatusBadRequest)
			w.Do("deleteProfile", Bearer(jane.Access), Query("token", "none")).Must(http.StatusBadRequest)
			w.Do("requestPasswordReset", anonymous, Body(H{"email": "nobody@example.com"})).Must(http.StatusNoContent)
			w.Do("resendOptIn", anonymous, Body(H{"email": "jane@example.com"})).Must(http.StatusAccepted)
			w.Profile(jane)
			w.Do("refreshToken", anonymous, Query("refreshToken", jane.Refresh)).Must(http.StatusOK)
			Expect(kinds()).To(BeEmpty())
		})

		It("are told of the chosen events only", Label("WEBHOOK"), func() {
			w, kinds := told(H{"webhooks": []H{{"events": []string{"customer.deleted"}}, {"events": []string{"customer.logged.in"}}}})
			w.Customer("jane@example.com")
			Expect(kinds()).To(Equal([]string{"customer.logged.in"}))
		})
	})
}
