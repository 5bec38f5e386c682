package contracts

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Mail(s *Suite) {
	Describe("mail", func() {
		It("carries the tenant's link with its token", Label("MAIL"), func() {
			w := s.World(H{"doubleOptIn": true, "links": H{"optIn": "https://shop.example/on?t={token}&x=1", "reset": "https://shop.example/r/{token}"}})
			w.SignUp("jane@example.com")
			mail := w.LastMail("opt-in")
			Expect(mail.Link).To(Equal("https://shop.example/on?t=" + mail.Token + "&x=1"))
			token := w.RequestReset("jane@example.com")
			Expect(w.LastMail("password-reset").Link).To(Equal("https://shop.example/r/" + token))
			jane := w.MustMint("customer", "jane@example.com")
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			Expect(w.LastMail("deletion").Link).To(HavePrefix("http://localhost:3000/"))
			Expect(w.LastMail("deletion").Link).To(HaveSuffix(w.LastMail("deletion").Token))
		})

		It("has the link of its kind, with all its placeholders filled in", Label("MAIL"), func() {
			link := func(kind string) string {
				return "https://{tenant}.example/" + kind + "/{token}?again={token}&of={tenant}"
			}
			w := s.World(H{"doubleOptIn": true, "links": H{
				"optIn": link("on"), "reset": link("reset"), "emailChange": link("move"), "deletion": link("gone"),
			}})
			w.SignUp("jane@example.com")
			w.Do("resendOptIn", Bearer(w.Anonymous().Access), Body(H{"email": "jane@example.com"})).Must(http.StatusAccepted)
			w.RequestReset("jane@example.com")
			jane := w.MustMint("customer", "jane@example.com")
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			w.Do("requestEmailChange", Bearer(jane.Access), Body(H{"email": "jane@example.com", "password": Password, "newEmail": "new@example.com"})).Must(http.StatusNoContent)
			for kind, name := range map[string]string{"opt-in": "on", "resend": "on", "password-reset": "reset", "email-change": "move", "deletion": "gone"} {
				Expect(w.MailsOf(kind)).To(HaveLen(1), kind)
				mail := w.LastMail(kind)
				Expect(mail.Link).To(Equal("https://" + w.Tenant + ".example/" + name + "/" + mail.Token + "?again=" + mail.Token + "&of=" + w.Tenant))
			}
		})

		It("is not sent if its request is refused", Label("MAIL"), func() {
			w := s.World(H{"doubleOptIn": true})
			anonymous := w.Anonymous().Access
			for _, body := range []H{
				{"email": "no address", "password": Password},
				{"email": "jane@example.com", "password": "short"},
				{"email": "jane@example.com", "password": Password, "customerAddress": H{"city": "Rome"}},
			} {
				w.Do("signup", Bearer(anonymous), Body(body)).Must(http.StatusBadRequest)
			}
			Expect(w.Mails()).To(BeEmpty())
		})

		It("stays in its tenant, and so does its token", Label("MAIL", "MAIL-TOKEN"), func() {
			here, there := s.World(), s.World()
			here.SignUp("jane@example.com")
			there.SignUp("jane@example.com")
			token := here.RequestReset("jane@example.com")
			Expect(there.Mails()).To(BeEmpty())
			there.ResetPassword(token, "another1").MustRefuse(http.StatusBadRequest, "bad_request")
			here.ResetPassword(token, "another1").Must(http.StatusNoContent)
		})

		It("keeps its token good whatever else its customer does", Label("MAIL-TOKEN"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			reset := w.RequestReset("jane@example.com")
			w.Do("requestEmailChange", Bearer(jane.Access), Body(H{"email": "jane@example.com", "password": Password, "newEmail": "new@example.com"})).Must(http.StatusNoContent)
			w.Do("changePassword", Bearer(jane.Access), Body(H{"currentPassword": Password, "newPassword": "another1"})).Must(http.StatusNoContent)
			changeProfile(w, "updateProfile", jane, H{"contactEmail": "desk@example.com"}).Must(http.StatusOK)
			w.Do("logout", Bearer(jane.Access), Query("accessToken", jane.Access)).Must(http.StatusNoContent)
			w.TryLogIn("jane@example.com", "another1").Must(http.StatusOK)
			w.ResetPassword(reset, "another2").Must(http.StatusNoContent)
			w.Do("confirmEmailChange", Bearer(w.Anonymous().Access), Body(H{"token": w.LastMail("email-change").Token})).Must(http.StatusNoContent)
			w.TryLogIn("new@example.com", "another2").Must(http.StatusOK)
		})

		It("has a token for one kind of use only, and of each kind one", Label("MAIL-TOKEN"), func() {
			w := s.World()
			jane := w.Customer("jane@example.com")
			reset := w.RequestReset("jane@example.com")
			w.Do("deleteProfile", Bearer(jane.Access)).Must(http.StatusNoContent)
			deletion := w.LastMail("deletion").Token
			w.Do("deleteProfile", Bearer(jane.Access), Query("token", reset)).MustRefuse(http.StatusBadRequest, "bad_request")
			w.ResetPassword(deletion, "another1").MustRefuse(http.StatusBadRequest, "bad_request")
			w.ResetPassword(reset, "another1").Must(http.StatusNoContent)
		})
	})
}
