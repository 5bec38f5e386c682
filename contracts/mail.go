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
