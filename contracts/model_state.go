package contracts

import (
	"net/http"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	. "standin/contracts/suite"
)

// seenTokens bounds the tokens that are validated after each step: the newest ones.
const seenTokens = 6

// observe compares after each step, a refused one included, all that clients can read with the model.
func (d *driver) observe(t *rapid.T) {
	d.do(t, func() {
		seen, contexts := map[*modelCustomer]bool{}, map[*modelSession]bool{}
		validated := 0
		for _, token := range slices.Backward(d.tokens) {
			switch live := d.live(token); {
			case !live && !token.seen:
				d.as(token, "validateToken")
				token.seen = true
			case live && validated < seenTokens:
				validated++
				d.validate(token)
				if !seen[token.login.customer] {
					seen[token.login.customer] = true
					d.compareProfile(token)
				}
				if !contexts[token.session] {
					contexts[token.session] = true
					d.compareContext(token.access, token.session, token.login.customer)
				}
			}
		}
		if shopper := d.shoppers[len(d.shoppers)-1]; d.now.Before(shopper.accessEnds) && !contexts[shopper.session] {
			d.compareContext(shopper.access, shopper.session, nil)
		}
		mails := []Mail{}
		for _, one := range d.Mails() {
			mails = append(mails, Mail{Kind: one.Kind, To: one.To})
		}
		Expect(mails).To(HaveExactElements(d.sent), "the mails")
	})
}

// validate compares what a live token is with the model.
func (d *driver) validate(token *modelToken) {
	answer := d.Do("validateToken", Bearer(token.access)).Must(http.StatusOK)
	Expect(answer.At("email")).To(Equal(token.login.email))
	Expect(answer.At("sessionId")).To(Equal(token.session.id))
	Expect(answer.At("expires_in")).To(BeNumerically("~", token.accessEnds.Sub(d.now).Seconds(), 1))
	if token.scope != "" {
		Expect(fields(answer.Text("scope"))).To(ContainElement(token.scope))
	}
}

// compareProfile compares the profile of a token's customer, with all that it has, with the model.
func (d *driver) compareProfile(token *modelToken) {
	answer, good := d.as(token, "getProfile", Query("expand", "addresses,mixin:*"))
	if !good {
		return
	}
	customer := token.login.customer
	want := H{
		"id": customer.number, "customerNumber": customer.number, "businessModel": "B2C", "contactEmail": customer.contact, "lastLogin": nil,
		"preferredCurrency": "USD", "preferredLanguage": "en_US", "preferredSite": "main",
		"mixins": H{}, "metadata": H{"version": float64(customer.version), "mixins": H{}}, "addresses": customer.seenAddresses(),
	}
	if !customer.lastLogin.IsZero() {
		want["lastLogin"] = customer.lastLogin.Format(time.RFC3339)
	}
	customer.texts.into(want)
	if list := customer.seenAddresses(); len(list) > 0 {
		want["defaultAddress"] = list[0]
	}
	var accounts []any
	for _, one := range d.loginsOf(customer) {
		account := H{"id": one.email}
		if one.provider != "" {
			account["providerId"] = one.provider
		}
		accounts = append(accounts, account)
	}
	got, _ := answer.Must(http.StatusOK).JSON().(H)
	Expect(got["accounts"]).To(ConsistOf(accounts...))
	delete(got, "accounts")
	Expect(got).To(Equal(want))
}

// seenAddresses returns the customer's addresses as they are listed.
func (c *modelCustomer) seenAddresses() []any {
	list := []any{}
	for _, one := range c.listed() {
		tags := []any{}
		for _, tag := range one.tags {
			tags = append(tags, tag)
		}
		seen := H{"id": one.id, "isDefault": one.isDefault, "tags": tags, "mixins": H{}, "metadata": H{"version": float64(one.version), "mixins": H{}}}
		one.texts.into(seen)
		list = append(list, seen)
	}
	return list
}

// into adds the texts to an object.
func (m modelTexts) into(object H) {
	for name, text := range m {
		object[name] = text
	}
}

// compareContext compares the context of a session, as a caller reads it, with the model. There is no customer for a shopper.
func (d *driver) compareContext(access string, session *modelSession, customer *modelCustomer) {
	want := H{
		"sessionId": session.id, "siteCode": "main", "currency": "USD", "language": "en", "targetLocation": "US",
		"metadata": H{
			"version": float64(session.version), "createdAt": session.created.Format(time.RFC3339), "modifiedAt": session.modified.Format(time.RFC3339),
		},
	}
	if customer != nil {
		want["customerId"], want["language"] = customer.number, "en_US"
	}
	session.chosen.into(want)
	if len(session.attributes) > 0 {
		want["context"] = session.attributes
	}
	Expect(d.Do("getSessionContext", Bearer(access)).Must(http.StatusOK).JSON()).To(Equal(want))
}

// audit uses up at the end of a sequence all that can be used: refresh tokens, the tokens of mails and passwords.
func (d *driver) audit(t *rapid.T) {
	d.do(t, func() {
		for _, token := range slices.Clone(d.tokens) {
			d.refreshIt(token)
		}
		for _, mail := range d.mails {
			switch mail.kind {
			case "opt-in":
				d.confirm(mail)
			case "password-reset":
				d.resetTo(mail, "password1")
			case "email-change":
				d.moveTo(mail)
			}
		}
		for _, login := range d.logins {
			for _, password := range []string{"password1", "password2"} {
				d.tryLogIn(login.email, password)
			}
		}
	})
	d.observe(t)
}
