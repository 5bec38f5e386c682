package contracts

import (
	"net/http"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	. "standin/contracts/suite"
)

// Model adds specs that run random sequences of all operations, and of time, against the server and the model.
func (specs) Model(s *Suite) {
	for _, optIn := range []bool{false, true} {
		name := "off"
		if optIn {
			name = "on"
		}
		It("behaves as the model does, in any order of operations, with double opt-in "+name,
			Label("T-ORDER", "T-LIFE", "T-ROTATE", "MAIL-TOKEN", "LOGOUT", "DELETE-ME", "ADDR-LIST", "ADDR-TAGS", "EMAIL-CONFIRM", "RESET-UPDATE", "PASSWORD-CHANGE", "OPTIN"),
			func() {
				s.Need(Clock)
				s.CheckSequences(func(t *rapid.T, world func(...H) *World) {
					d := &driver{model: model{optIn: optIn}}
					d.do(t, func() {
						d.World = world(H{"doubleOptIn": optIn})
						d.Freeze()
						d.now = d.Now()
						d.enter(modelTexts{})
					})
					t.Repeat(d.steps())
					d.audit(t)
				})
			})
	}
}

// driver runs each step on the server and on the model, and compares them.
type driver struct {
	*World
	model
}

// The values of steps are few, so that steps often use the same ones.
//
//nolint:gochecknoglobals // Tables.
var (
	modelEmails    = rapid.SampledFrom([]string{"jane@example.com", "joe@example.com", "JANE@example.com", "kim@example.com"})
	modelPasswords = rapid.SampledFrom([]string{"password1", "password1", "password2", "password2", "short"})
	modelWords     = rapid.SampledFrom([]any{"Rome", "Oslo", "", "", nil})
	modelSpans     = rapid.SampledFrom([]time.Duration{time.Second, time.Hour, day - time.Hour - time.Second, day, month - day})
)

// mostly reports true three times in four. It is for useful values, because a sequence of refused requests tests little.
func mostly(t *rapid.T) bool { return rapid.IntRange(0, 3).Draw(t, "odd") < 3 }

// do runs a function with assertions. A failure ends the sequence instead of the spec, so that rapid can shorten it.
func (d *driver) do(t *rapid.T, ask func()) {
	t.Helper()
	if err := InterceptGomegaFailure(ask); err != nil {
		t.Fatal(err)
	}
}

// token draws one of the newest tokens, mostly a valid one.
func (d *driver) token(t *rapid.T, name string) *modelToken {
	return recent(t, d.tokens, name, d.live)
}

// mail draws one of the newest mails, mostly one whose token is valid for a kind of use.
func (d *driver) mail(t *rapid.T, kind string) *modelMail {
	return recent(t, d.mails, "mail", func(one *modelMail) bool { return d.good(one, kind) })
}

// recent draws one of the newest elements, mostly a useful one.
func recent[T any](t *rapid.T, all []T, name string, useful func(T) bool) T {
	const newest = 4
	if some := slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !useful(one) }); len(some) > 0 && mostly(t) {
		all = some
	}
	if len(all) == 0 {
		t.Skip("there is none yet")
	}
	return all[len(all)-1-rapid.IntRange(0, min(len(all), newest)-1).Draw(t, name)]
}

// credentials draws an e-mail address and a password, mostly those of a login.
func (d *driver) credentials(t *rapid.T, logins []*modelLogin) (string, string) {
	if len(logins) > 0 && mostly(t) {
		one := rapid.SampledFrom(logins).Draw(t, "login")
		return one.email, one.password
	}
	return modelEmails.Draw(t, "email"), modelPasswords.Draw(t, "password")
}

// as sends a request with a customer's token. It reports whether the token is valid; if it is not, the answer must be 401.
func (d *driver) as(token *modelToken, operation string, parts ...Part) (*Answer, bool) {
	answer := d.Do(operation, append(parts, Bearer(token.access))...)
	if !d.live(token) {
		answer.Must(http.StatusUnauthorized)
		Expect(answer.At("fault")).NotTo(BeNil(), answer.String())
		return answer, false
	}
	return answer, true
}

// asAnonymous sends a request with the token of the shopper.
func (d *driver) asAnonymous(operation string, parts ...Part) *Answer {
	return d.Do(operation, append(parts, Bearer(d.shopper().access))...)
}

// steps returns the steps of a sequence.
func (d *driver) steps() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"":     d.observe,
		"wait": d.wait,
		"shop": d.shop, "renew": d.renew, "context": d.changeContext, "attribute": d.changeAttribute,
		"signup": d.signup, "login": d.logIn, "logout": d.logOut, "refresh": d.refresh, "social": d.social,
		"confirm opt-in": d.confirmOptIn, "resend opt-in": d.resendOptIn,
		"profile": d.readProfile, "change profile": d.changeProfile, "assign": d.assign,
		"ask to delete": d.askToDelete, "delete": d.deleteIt,
		"add address": d.addAddress, "addresses": d.listThem, "change address": d.changeAddress, "delete address": d.deleteOne, "tag": d.tagIt,
		"ask for e-mail": d.askForEmail, "confirm e-mail": d.confirmEmail,
		"ask for reset": d.askForReset, "reset": d.resetIt, "change password": d.changePassword,
	}
}

func (d *driver) wait(t *rapid.T) {
	span := modelSpans.Draw(t, "span")
	d.do(t, func() {
		d.Advance(span)
		d.now = d.now.Add(span)
	})
}

func (d *driver) signup(t *rapid.T) {
	email, password := modelEmails.Draw(t, "email"), modelPasswords.Draw(t, "password")
	d.do(t, func() {
		answer := d.asAnonymous("signup", Body(H{"email": email, "password": password}))
		switch {
		case len(password) < 6:
			answer.Must(http.StatusBadRequest)
		case d.login(email) != nil:
			answer.Must(http.StatusConflict)
		default:
			login := &modelLogin{email: email, password: password, customer: &modelCustomer{
				number: answer.Must(http.StatusCreated).Text("id"), pending: d.optIn, version: 1, texts: modelTexts{}, contact: email,
			}}
			d.logins = append(d.logins, login)
			if d.optIn {
				d.mailed(d.LastMail("opt-in"), "opt-in", login, "")
			}
		}
	})
}

func (d *driver) logIn(t *rapid.T) {
	email, password := d.credentials(t, d.logins)
	d.do(t, func() {
		d.tryLogIn(email, password)
	})
}

// tryLogIn sends a login in the session of the shopper.
func (d *driver) tryLogIn(email, password string) {
	answer := d.asAnonymous("login", Body(H{"email": email, "password": password}))
	login := d.login(email)
	if !login.fits(password) || login.customer.pending {
		answer.MustRefuse(http.StatusUnauthorized, "unauthorized")
		return
	}
	login.customer.lastLogin = d.now
	d.issued(d.TokenIn(answer.Must(http.StatusOK)), login, d.shopper().session, nil)
}

func (d *driver) logOut(t *rapid.T) {
	bearer, ended := d.token(t, "bearer"), d.token(t, "ended")
	d.do(t, func() {
		answer, good := d.as(bearer, "logout", Query("accessToken", ended.access))
		switch {
		case !good:
		case d.live(ended) && ended.login.customer == bearer.login.customer:
			answer.Must(http.StatusNoContent)
			ended.ended = true
		default:
			answer.Must(http.StatusBadRequest)
		}
	})
}

func (d *driver) refresh(t *rapid.T) {
	token := d.token(t, "token")
	d.do(t, func() { d.refreshIt(token) })
}

func (d *driver) refreshIt(token *modelToken) {
	answer := d.asAnonymous("refreshToken", Query("refreshToken", token.refresh))
	if !d.renews(token) {
		answer.MustRefuse(http.StatusUnauthorized, "unauthorized")
		return
	}
	token.used = true
	d.issued(d.TokenIn(answer.Must(http.StatusOK)), token.login, token.session, token)
}

func (d *driver) social(t *rapid.T) {
	email := modelEmails.Draw(t, "email")
	d.do(t, func() {
		answer := d.asAnonymous("socialLogin", Header("session-id", d.shopper().session.id), Body(H{"email": email, "name": "So Cial", "provider": "google"}))
		number := answer.Must(http.StatusOK).Text("customerNumber")
		login := d.login(email)
		if login == nil {
			login = &modelLogin{email: email, customer: &modelCustomer{
				number: number, texts: modelTexts{"firstName": "So", "lastName": "Cial"}, version: 1, contact: email,
			}}
			d.logins = append(d.logins, login)
		}
		Expect(number).To(Equal(login.customer.number))
		login.provider, login.customer.lastLogin = "google", d.now
	})
}

func (d *driver) confirmOptIn(t *rapid.T) {
	mail := d.mail(t, "opt-in")
	d.do(t, func() { d.confirm(mail) })
}

func (d *driver) confirm(mail *modelMail) {
	answer := d.asAnonymous("confirmOptIn", Path("token", mail.token))
	if !d.good(mail, "opt-in") {
		answer.Must(http.StatusBadRequest)
		return
	}
	customer := mail.login.customer
	mail.dead, customer.pending, customer.lastLogin = true, false, d.now
	d.issued(d.TokenIn(answer.Must(http.StatusOK)), mail.login, d.shopper().session, nil)
}

func (d *driver) resendOptIn(t *rapid.T) {
	email := modelEmails.Draw(t, "email")
	d.do(t, func() {
		d.asAnonymous("resendOptIn", Body(H{"email": email})).Must(http.StatusAccepted)
		if login := d.login(email); login != nil && login.customer.pending {
			d.mailed(d.LastMail("resend"), "opt-in", login, "")
		}
	})
}

func (d *driver) askForReset(t *rapid.T) {
	email := modelEmails.Draw(t, "email")
	d.do(t, func() {
		d.asAnonymous("requestPasswordReset", Body(H{"email": email})).Must(http.StatusNoContent)
		if login := d.login(email); login != nil {
			d.mailed(d.LastMail("password-reset"), "password-reset", login, "")
		}
	})
}

func (d *driver) resetIt(t *rapid.T) {
	mail, password := d.mail(t, "password-reset"), modelPasswords.Draw(t, "password")
	d.do(t, func() { d.resetTo(mail, password) })
}

func (d *driver) resetTo(mail *modelMail, password string) {
	answer := d.asAnonymous("resetPassword", Body(H{"token": mail.token, "password": password}))
	if len(password) < 6 || !d.good(mail, "password-reset") {
		answer.Must(http.StatusBadRequest)
		return
	}
	answer.Must(http.StatusNoContent)
	mail.dead, mail.login.password = true, password
	d.end(mail.login.customer, 0)
}

func (d *driver) changePassword(t *rapid.T) {
	token, next := d.token(t, "token"), modelPasswords.Draw(t, "next")
	_, current := d.credentials(t, []*modelLogin{token.login})
	d.do(t, func() {
		answer, good := d.as(token, "changePassword", Body(H{"currentPassword": current, "newPassword": next}))
		switch {
		case !good:
		case len(next) < 6:
			answer.Must(http.StatusBadRequest)
		case !token.login.fits(current):
			answer.MustRefuse(http.StatusUnauthorized, "unauthorized")
		default:
			answer.Must(http.StatusNoContent)
			token.login.password = next
			d.end(token.login.customer, token.family)
		}
	})
}

func (d *driver) askForEmail(t *rapid.T) {
	token, next := d.token(t, "token"), modelEmails.Draw(t, "new")
	email, password := d.credentials(t, d.loginsOf(token.login.customer))
	d.do(t, func() {
		answer, good := d.as(token, "requestEmailChange", Body(H{"email": email, "password": password, "newEmail": next}))
		login := d.login(email)
		switch {
		case !good:
		case login == nil || login.customer != token.login.customer || !login.fits(password):
			answer.MustRefuse(http.StatusUnauthorized, "unauthorized")
		case d.taken(next, login):
			answer.Must(http.StatusBadRequest)
		default:
			answer.Must(http.StatusNoContent)
			d.mailed(d.LastMail("email-change"), "email-change", login, next)
		}
	})
}

func (d *driver) confirmEmail(t *rapid.T) {
	mail := d.mail(t, "email-change")
	d.do(t, func() { d.moveTo(mail) })
}

func (d *driver) moveTo(mail *modelMail) {
	answer := d.asAnonymous("confirmEmailChange", Body(H{"token": mail.token}))
	if !d.good(mail, "email-change") || d.taken(mail.newEmail, mail.login) {
		answer.Must(http.StatusBadRequest)
		return
	}
	answer.Must(http.StatusNoContent)
	mail.dead, mail.login.email = true, mail.newEmail
}

func (d *driver) assign(t *rapid.T) {
	owner, email, password := modelEmails.Draw(t, "owner"), modelEmails.Draw(t, "email"), modelPasswords.Draw(t, "password")
	login := d.login(owner)
	if login == nil || login.customer.pending {
		t.Skip("no customer to assign to")
	}
	d.do(t, func() {
		minted := d.MustMint("customer", owner, "customer.customer_manage")
		d.issued(minted, login, d.begin(minted.SessionID, modelTexts{}), nil)
		d.tokens[len(d.tokens)-1].scope = "customer.customer_manage"
		answer := d.Do("assignAccount", Bearer(minted.Access), Body(H{"email": email, "password": password}))
		switch {
		case len(password) < 6:
			answer.Must(http.StatusBadRequest)
		case d.login(email) != nil:
			answer.Must(http.StatusConflict)
		default:
			answer.Must(http.StatusCreated)
			d.logins = append(d.logins, &modelLogin{email: email, password: password, customer: login.customer})
		}
	})
}

func (d *driver) askToDelete(t *rapid.T) {
	token := d.token(t, "token")
	d.do(t, func() {
		if answer, good := d.as(token, "deleteProfile"); good {
			answer.Must(http.StatusNoContent)
			d.mailed(d.LastMail("deletion"), "deletion", token.login, "")
		}
	})
}

func (d *driver) deleteIt(t *rapid.T) {
	token, mail := d.token(t, "token"), d.mail(t, "deletion")
	d.do(t, func() {
		answer, good := d.as(token, "deleteProfile", Query("token", mail.token))
		switch {
		case !good:
		case d.good(mail, "deletion") && mail.login.customer == token.login.customer:
			answer.Must(http.StatusAccepted)
			d.delete(token.login.customer)
		default:
			answer.Must(http.StatusBadRequest)
		}
	})
}
