package contracts

import (
	"maps"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) EmailChange(s *Suite) {
	ask := func(w *World, customer Token, more H) *Answer {
		GinkgoHelper()
		body := H{"email": "jane@example.com", "password": Password, "newEmail": "new@example.com"}
		maps.Copy(body, more)
		return w.Do("requestEmailChange", Bearer(customer.Access), Body(body))
	}
	confirm := func(w *World, token string) *Answer {
		GinkgoHelper()
		return w.Do("confirmEmailChange", Bearer(w.Anonymous().Access), Body(H{"token": token}))
	}

	Describe("requestEmailChange", func() {
		It("mails to the new address, and the old one logs in until it is confirmed", Label("EMAIL-CHANGE", "MAIL"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			ask(w, jane, nil).Must(http.StatusNoContent)
			Expect(w.LastMail("email-change").To).To(Equal("new@example.com"))
			w.LogIn("jane@example.com")
			w.TryLogIn("new@example.com", Password).Must(http.StatusUnauthorized)
		})

		It("answers 401 to a wrong e-mail address or password, and the session lives on", Label("EMAIL-CHANGE"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.SignUp("joe@example.com")
			for _, wrong := range []H{{"password": "wrong-one"}, {"email": "nobody@example.com"}, {"email": "joe@example.com"}} {
				refused := ask(w, jane, wrong).MustRefuse(http.StatusUnauthorized, "unauthorized")
				Expect(refused.At("message")).NotTo(MatchRegexp("(?i)activ|confirm"), "jane's account is active")
			}
			w.Profile(jane)
			Expect(w.Mails()).To(BeEmpty())
		})

		It("answers 400 to the address of another login of the same customer, but changes the case of its own", Label("EMAIL-CHANGE", "EMAIL-CONFIRM", "A"), func() {
			w := s.World()
			w.SignUp("jane@example.com")
			manager := w.MustMint("customer", "jane@example.com", "customer.customer_manage")
			w.Do("assignAccount", Bearer(manager.Access), Body(H{"email": "other@example.com", "password": Password})).Must(http.StatusCreated)
			for _, taken := range []string{"other@example.com", "OTHER@example.com", "jane@example.com"} {
				ask(w, manager, H{"newEmail": taken}).MustRefuse(http.StatusBadRequest, "bad_request")
			}
			Expect(w.Mails()).To(BeEmpty())
			ask(w, manager, H{"newEmail": "JANE@example.com"}).Must(http.StatusNoContent)
			confirm(w, w.LastMail("email-change").Token).Must(http.StatusNoContent)
			Expect(w.Profile(w.LogIn("jane@example.com")).At("accounts")).To(Equal([]any{H{"id": "JANE@example.com"}, H{"id": "other@example.com"}}))
		})

		It("answers 400 to an address that is taken, or is none", Label("EMAIL-CHANGE", "EMAIL-FORM"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			w.SignUp("joe@example.com")
			ask(w, jane, H{"newEmail": "JOE@example.com"}).MustRefuse(http.StatusBadRequest, "bad_request")
			ask(w, jane, H{"newEmail": "no address"}).MustNameField("newEmail")
			Expect(w.Mails()).To(BeEmpty())
		})

		It("wants all three, and a customer", Label("W-INPUT", "T-401", "T-KIND"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			for _, name := range []string{"email", "password", "newEmail"} {
				ask(w, jane, H{name: nil}).MustNameField(name)
			}
			ask(w, Token{}, nil).MustFault(FaultBearer)
			ask(w, w.Anonymous(), nil).MustRefuse(http.StatusForbidden, "Forbidden")
		})
	})

	Describe("confirmEmailChange", func() {
		It("makes the new address log in and the old one not; the contact address stays", Label("EMAIL-CONFIRM"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			ask(w, jane, nil).Must(http.StatusNoContent)
			confirm(w, w.LastMail("email-change").Token).Must(http.StatusNoContent)
			w.LogIn("new@example.com")
			w.TryLogIn("jane@example.com", Password).Must(http.StatusUnauthorized)
			profile := w.Profile(jane)
			Expect(profile.At("accounts")).To(Equal([]any{H{"id": "new@example.com"}}))
			Expect(profile.At("contactEmail")).To(Equal("jane@example.com"))
			Expect(profile.At("metadata", "version")).To(BeEquivalentTo(1))
			w.SignUp("jane@example.com")
		})

		It("moves the contact address, too, if that was asked for", Label("EMAIL-CONFIRM"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			ask(w, jane, H{"syncContactEmail": true}).Must(http.StatusNoContent)
			Expect(w.Profile(jane).At("contactEmail")).To(Equal("jane@example.com"))
			confirm(w, w.LastMail("email-change").Token).Must(http.StatusNoContent)
			Expect(w.Profile(jane).At("contactEmail")).To(Equal("new@example.com"))
			Expect(w.Profile(jane).At("metadata", "version")).To(BeEquivalentTo(2))
		})

		It("moves the contact address to another case of the same address, as a change of the profile does", Label("EMAIL-CONFIRM", "PROFILE-PATCH", "PROFILE-VERSION", "A"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			ask(w, jane, H{"newEmail": "Jane@Example.com", "syncContactEmail": true}).Must(http.StatusNoContent)
			confirm(w, w.LastMail("email-change").Token).Must(http.StatusNoContent)
			Expect(w.Profile(jane).At("contactEmail")).To(Equal("Jane@Example.com"))
			Expect(w.Profile(jane).At("metadata", "version")).To(BeEquivalentTo(2))
			changeProfile(w, "updateProfile", jane, H{"contactEmail": "JANE@example.com"}).Must(http.StatusOK)
			Expect(w.Profile(jane).At("contactEmail")).To(Equal("JANE@example.com"))
			Expect(w.Profile(jane).At("metadata", "version")).To(BeEquivalentTo(3))
		})

		It("does not change a profile that has the contact address already", Label("EMAIL-CONFIRM", "PROFILE-VERSION", "A"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			changeProfile(w, "updateProfile", jane, H{"contactEmail": "new@example.com"}).Must(http.StatusOK)
			ask(w, jane, H{"syncContactEmail": true}).Must(http.StatusNoContent)
			confirm(w, w.LastMail("email-change").Token).Must(http.StatusNoContent)
			profile := w.Profile(jane)
			Expect(profile.At("contactEmail")).To(Equal("new@example.com"))
			Expect(profile.At("metadata", "version")).To(BeEquivalentTo(2))
		})

		It("answers 400 if the address was taken meanwhile, and nothing changes", Label("EMAIL-CONFIRM"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			ask(w, jane, H{"syncContactEmail": true}).Must(http.StatusNoContent)
			w.SignUp("New@example.com")
			before := w.Profile(jane)
			confirm(w, w.LastMail("email-change").Token).MustRefuse(http.StatusBadRequest, "bad_request")
			Expect(w.Profile(jane).Raw).To(MatchJSON(before.Raw))
		})

		It("works once, and not with an older, a late or an unknown token, nor with one of another kind", Label("EMAIL-CONFIRM", "MAIL-TOKEN"), func() {
			w := s.World()
			w.Freeze()
			jane := w.Customer("jane@example.com")
			ask(w, jane, nil).Must(http.StatusNoContent)
			older := w.LastMail("email-change").Token
			ask(w, jane, H{"newEmail": "newer@example.com"}).Must(http.StatusNoContent)
			newer := w.LastMail("email-change").Token
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			for _, token := range []string{older, "unknown", w.LastMail("deletion").Token} {
				confirm(w, token).MustRefuse(http.StatusBadRequest, "bad_request")
			}
			confirm(w, newer).Must(http.StatusNoContent)
			confirm(w, newer).MustRefuse(http.StatusBadRequest, "bad_request")
			ask(w, jane, H{"email": "newer@example.com"}).Must(http.StatusNoContent)
			w.Advance(day)
			confirm(w, w.LastMail("email-change").Token).MustRefuse(http.StatusBadRequest, "bad_request")
			w.LogIn("newer@example.com")
		})

		It("leaves the token good if it is refused", Label("T-ORDER"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			ask(w, jane, nil).Must(http.StatusNoContent)
			token := w.LastMail("email-change").Token
			rival := w.Customer("new@example.com")
			confirm(w, token).MustRefuse(http.StatusBadRequest, "bad_request")
			w.Do("deleteProfile", Bearer(rival.Access)).Must(http.StatusNoContent)
			w.Do("deleteProfile", Bearer(rival.Access), Query("token", w.LastMail("deletion").Token)).Must(http.StatusAccepted)
			confirm(w, token).Must(http.StatusNoContent)
			w.LogIn("new@example.com")
		})

		It("wants a token and an anonymous caller", Label("W-INPUT", "T-401", "T-KIND"), func() {
			w := s.World()
			w.Do("confirmEmailChange", Bearer(w.Anonymous().Access), Body(H{})).MustNameField("token")
			w.Do("confirmEmailChange", Body(H{"token": "x"})).MustFault(FaultBearer)
			w.Do("confirmEmailChange", Bearer(w.Customer("jane@example.com").Access), Body(H{"token": "x"})).MustFault(FaultBearer)
		})
	})
}
