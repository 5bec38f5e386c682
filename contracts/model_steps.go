package contracts

import (
	"net/http"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

// drive moves the server and the model on, step by step.
type drive struct {
	*World
	model
}

// Few names, so that they meet often.
//
//nolint:gochecknoglobals // Tables.
var (
	modelEmails    = rapid.SampledFrom([]string{"jane@example.com", "joe@example.com", "JANE@example.com", "kim@example.com"})
	modelPasswords = rapid.SampledFrom([]string{"password1", "password1", "password2", "password2", "short"})
	modelWords     = rapid.SampledFrom([]string{"Rome", "Oslo", ""})
	modelSpans     = rapid.SampledFrom([]time.Duration{time.Second, time.Hour, day - time.Hour - time.Second, day, month - day})
)

// mostly says of three times in four that what is drawn should be of use: what fails at once leads nowhere.
func mostly(t *rapid.T) bool { return rapid.IntRange(0, 3).Draw(t, "odd") < 3 }

// do runs what asks the server, so that a difference ends this try and not the spec.
func (d *drive) do(t *rapid.T, ask func()) {
	t.Helper()
	if err := InterceptGomegaFailure(ask); err != nil {
		t.Fatal(err)
	}
}

// token draws one of the newest tokens: mostly one that is good, if any is.
func (d *drive) token(t *rapid.T, name string) *modelToken {
	return recent(t, d.tokens, name, d.live)
}

// mail draws one of the newest mails, mostly one that is good for a purpose.
func (d *drive) mail(t *rapid.T, kind string) *modelMail {
	return recent(t, d.mails, "mail", func(one *modelMail) bool { return d.good(one, kind) })
}

// recent draws one of the newest things, mostly one of use.
func recent[T any](t *rapid.T, all []T, name string, of func(T) bool) T {
	const newest = 4
	if useful := slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !of(one) }); len(useful) > 0 && mostly(t) {
		all = useful
	}
	if len(all) == 0 {
		t.Skip("there is none yet")
	}
	return all[len(all)-1-rapid.IntRange(0, min(len(all), newest)-1).Draw(t, name)]
}

// credentials draws an e-mail address and a password, mostly those of a login.
func (d *drive) credentials(t *rapid.T, logins []*modelLogin) (string, string) {
	if len(logins) > 0 && mostly(t) {
		one := rapid.SampledFrom(logins).Draw(t, "login")
		return one.email, one.password
	}
	return modelEmails.Draw(t, "email"), modelPasswords.Draw(t, "password")
}

// as sends a customer's request. A bearer that is not good gets 401, and then it says no.
func (d *drive) as(token *modelToken, operation string, parts ...Part) (*Answer, bool) {
	answer := d.Do(operation, append(parts, Bearer(token.access))...)
	if !d.live(token) {
		answer.Must(http.StatusUnauthorized)
		Expect(answer.At("fault")).NotTo(BeNil(), answer.said())
		return answer, false
	}
	return answer, true
}

// shopper sends an anonymous request.
func (d *drive) shopper(operation string, parts ...Part) *Answer {
	return d.Do(operation, append(parts, Bearer(d.Anonymous().Access))...)
}

// steps are all that can happen.
func (d *drive) steps() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"wait":   d.wait,
		"signup": d.signup, "login": d.logIn, "logout": d.logOut, "refresh": d.refresh, "social": d.social,
		"confirm opt-in": d.confirmOptIn, "resend opt-in": d.resendOptIn,
		"profile": d.readProfile, "change profile": d.changeProfile, "assign": d.assign,
		"ask to delete": d.askToDelete, "delete": d.deleteIt,
		"add address": d.addAddress, "addresses": d.listThem, "change address": d.changeAddress, "delete address": d.deleteOne, "tag": d.tagIt,
		"ask for e-mail": d.askForEmail, "confirm e-mail": d.confirmEmail,
		"ask for reset": d.askForReset, "reset": d.resetIt, "change password": d.changePassword,
	}
}

func (d *drive) wait(t *rapid.T) {
	span := modelSpans.Draw(t, "span")
	d.do(t, func() {
		d.Advance(span)
		d.now = d.now.Add(span)
	})
}

func (d *drive) signup(t *rapid.T) {
	email, password := modelEmails.Draw(t, "email"), modelPasswords.Draw(t, "password")
	d.do(t, func() {
		answer := d.shopper("signup", Body(H{"email": email, "password": password}))
		switch {
		case len(password) < 6:
			answer.Must(http.StatusBadRequest)
		case d.login(email) != nil:
			answer.Must(http.StatusConflict)
		default:
			login := &modelLogin{email: email, password: password, customer: &modelCustomer{
				number: answer.Must(http.StatusCreated).Text("id"), pending: d.optIn, version: 1,
			}}
			d.logins = append(d.logins, login)
			if d.optIn {
				d.mailed("opt-in", d.LastMail("opt-in").Token, login, "")
			}
		}
	})
}

func (d *drive) logIn(t *rapid.T) {
	email, password := d.credentials(t, d.logins)
	d.do(t, func() {
		answer := d.TryLogIn(email, password)
		login := d.login(email)
		if !login.fits(password) || login.customer.pending {
			answer.MustRefuse(http.StatusUnauthorized, "unauthorized")
			return
		}
		d.issued(d.tokenIn(answer.Must(http.StatusOK)), login, nil)
	})
}

func (d *drive) logOut(t *rapid.T) {
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

func (d *drive) refresh(t *rapid.T) {
	token := d.token(t, "token")
	d.do(t, func() {
		answer := d.shopper("refreshToken", Query("refreshToken", token.refresh))
		if !d.renews(token) {
			answer.MustRefuse(http.StatusUnauthorized, "unauthorized")
			return
		}
		renewed := d.tokenIn(answer.Must(http.StatusOK))
		token.used = true
		d.issued(renewed, token.login, token)
	})
}

func (d *drive) social(t *rapid.T) {
	email := modelEmails.Draw(t, "email")
	d.do(t, func() {
		session := d.Anonymous()
		answer := d.Do("socialLogin", Bearer(session.Access), Header("session-id", session.SessionID), Body(H{"email": email, "name": "So Cial"})).Must(http.StatusOK)
		number := answer.Text("customerNumber")
		if login := d.login(email); login != nil {
			Expect(number).To(Equal(login.customer.number))
			return
		}
		d.logins = append(d.logins, &modelLogin{email: email, customer: &modelCustomer{number: number, firstName: "So", version: 1}})
	})
}

func (d *drive) confirmOptIn(t *rapid.T) {
	mail := d.mail(t, "opt-in")
	d.do(t, func() {
		answer := d.shopper("confirmOptIn", Path("token", mail.token))
		if !d.good(mail, "opt-in") {
			answer.Must(http.StatusBadRequest)
			return
		}
		mail.dead, mail.login.customer.pending = true, false
		d.issued(d.tokenIn(answer.Must(http.StatusOK)), mail.login, nil)
	})
}

func (d *drive) resendOptIn(t *rapid.T) {
	email := modelEmails.Draw(t, "email")
	d.do(t, func() {
		d.shopper("resendOptIn", Body(H{"email": email})).Must(http.StatusAccepted)
		if login := d.login(email); login != nil && login.customer.pending {
			d.mailed("opt-in", d.LastMail("resend").Token, login, "")
		}
	})
}

func (d *drive) askForReset(t *rapid.T) {
	email := modelEmails.Draw(t, "email")
	d.do(t, func() {
		d.shopper("requestPasswordReset", Body(H{"email": email})).Must(http.StatusNoContent)
		if login := d.login(email); login != nil {
			d.mailed("password-reset", d.LastMail("password-reset").Token, login, "")
		}
	})
}

func (d *drive) resetIt(t *rapid.T) {
	mail, password := d.mail(t, "password-reset"), modelPasswords.Draw(t, "password")
	d.do(t, func() {
		answer := d.reset(mail.token, password)
		if len(password) < 6 || !d.good(mail, "password-reset") {
			answer.Must(http.StatusBadRequest)
			return
		}
		answer.Must(http.StatusNoContent)
		mail.dead, mail.login.password = true, password
		d.end(mail.login.customer, 0)
	})
}

func (d *drive) changePassword(t *rapid.T) {
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

func (d *drive) askForEmail(t *rapid.T) {
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
			d.mailed("email-change", d.LastMail("email-change").Token, login, next)
		}
	})
}

func (d *drive) confirmEmail(t *rapid.T) {
	mail := d.mail(t, "email-change")
	d.do(t, func() {
		answer := d.shopper("confirmEmailChange", Body(H{"token": mail.token}))
		if !d.good(mail, "email-change") || d.taken(mail.newEmail, mail.login) {
			answer.Must(http.StatusBadRequest)
			return
		}
		answer.Must(http.StatusNoContent)
		mail.dead, mail.login.email = true, mail.newEmail
	})
}

func (d *drive) assign(t *rapid.T) {
	owner, email, password := modelEmails.Draw(t, "owner"), modelEmails.Draw(t, "email"), modelPasswords.Draw(t, "password")
	login := d.login(owner)
	if login == nil || login.customer.pending {
		t.Skip("nobody to assign to")
	}
	d.do(t, func() {
		minted := d.MustMint("customer", owner, "customer.customer_manage")
		d.issued(minted, login, nil)
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

func (d *drive) askToDelete(t *rapid.T) {
	token := d.token(t, "token")
	d.do(t, func() {
		if answer, good := d.as(token, "deleteProfile"); good {
			answer.Must(http.StatusNoContent)
			d.mailed("deletion", d.LastMail("deletion").Token, token.login, "")
		}
	})
}

func (d *drive) deleteIt(t *rapid.T) {
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
