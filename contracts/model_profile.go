package contracts

import (
	"maps"
	"net/http"
	"strings"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	. "standin/contracts/suite"
)

// The texts that steps change, and the model keeps.
//
//nolint:gochecknoglobals // Tables.
var (
	modelProfileTexts = []string{"firstName", "middleName"}
	modelAddressTexts = []string{"city", "streetAppendix"}
)

// drawTexts draws a change of some of the members.
func drawTexts(t *rapid.T, members []string) H {
	change := H{}
	for _, name := range members {
		if mostly(t) {
			change[name] = modelWords.Draw(t, name)
		}
	}
	return change
}

// compareTexts compares the members of an object with the texts of the model.
func compareTexts(object H, members []string, texts modelTexts) {
	for _, name := range members {
		if want, there := texts[name]; there {
			Expect(object).To(HaveKeyWithValue(name, want))
		} else {
			Expect(object).NotTo(HaveKey(name))
		}
	}
}

func (d *driver) readProfile(t *rapid.T) {
	token := d.token(t, "token")
	d.do(t, func() { d.compare(token) })
}

func (d *driver) changeProfile(t *rapid.T) {
	token, texts, stale := d.token(t, "token"), drawTexts(t, modelProfileTexts), rapid.IntRange(0, 3).Draw(t, "stale") == 3
	operation := rapid.SampledFrom([]string{"updateProfile", "replaceProfile"}).Draw(t, "operation")
	d.do(t, func() {
		customer := token.login.customer
		body := maps.Clone(texts)
		if stale {
			body["metadata"] = H{"version": customer.version - 1}
		}
		answer, good := d.as(token, operation, Body(body))
		switch {
		case !good:
		case stale:
			answer.Must(http.StatusConflict)
		default:
			answer.Must(http.StatusOK)
			if customer.texts.merge(texts) {
				customer.version++
			}
		}
	})
}

func (d *driver) addAddress(t *rapid.T) {
	token, texts, preferred := d.token(t, "token"), drawTexts(t, modelAddressTexts), rapid.Bool().Draw(t, "default")
	d.do(t, func() {
		body := maps.Clone(texts)
		body["isDefault"] = preferred
		answer, good := d.as(token, "addAddress", Body(body))
		if !good {
			return
		}
		customer := token.login.customer
		address := &modelAddress{
			id: answer.Must(http.StatusCreated).Text("id"), texts: modelTexts{}, isDefault: len(customer.addresses) == 0, version: 1,
		}
		address.texts.merge(texts)
		customer.addresses = append(customer.addresses, address)
	})
}

func (d *driver) listThem(t *rapid.T) {
	token := d.token(t, "token")
	d.do(t, func() {
		if answer, good := d.as(token, "listAddresses"); good {
			d.compareAddresses(answer.Must(http.StatusOK), token.login.customer)
		}
	})
}

// address draws the id of an address, mostly one of the customer's. Another one may be of any customer or unknown.
func (d *driver) address(t *rapid.T, customer *modelCustomer) string {
	ids := []string{"0123456789"}
	for _, login := range d.logins {
		for _, one := range login.customer.addresses {
			ids = append(ids, one.id)
		}
	}
	if len(customer.addresses) > 0 && mostly(t) {
		ids = nil
		for _, one := range customer.addresses {
			ids = append(ids, one.id)
		}
	}
	return rapid.SampledFrom(ids).Draw(t, "address")
}

func (d *driver) changeAddress(t *rapid.T) {
	token, texts := d.token(t, "token"), drawTexts(t, modelAddressTexts)
	id := d.address(t, token.login.customer)
	preferred, stale := rapid.Bool().Draw(t, "default"), rapid.IntRange(0, 3).Draw(t, "stale") == 3
	operation := rapid.SampledFrom([]string{"updateAddress", "replaceAddress"}).Draw(t, "operation")
	d.do(t, func() {
		customer := token.login.customer
		address := customer.own(id)
		body := maps.Clone(texts)
		body["isDefault"] = preferred
		if stale {
			body["metadata"] = H{"version": 99}
		}
		answer, good := d.as(token, operation, Path("addressId", id), Body(body))
		switch {
		case !good:
		case address == nil:
			answer.Must(http.StatusNotFound)
		case stale:
			answer.Must(http.StatusConflict)
		default:
			answer.Must(http.StatusOK)
			version := address.version
			if preferred {
				customer.prefer(address)
			}
			if address.texts.merge(texts) {
				address.version = version + 1 // Flag and texts are one change.
			}
		}
	})
}

func (d *driver) deleteOne(t *rapid.T) {
	token := d.token(t, "token")
	id := d.address(t, token.login.customer)
	d.do(t, func() {
		customer := token.login.customer
		address := customer.own(id)
		answer, good := d.as(token, "deleteAddress", Path("addressId", id))
		switch {
		case !good:
		case address == nil:
			answer.Must(http.StatusNotFound)
		default:
			answer.Must(http.StatusNoContent)
			customer.drop(address)
		}
	})
}

func (d *driver) tagIt(t *rapid.T) {
	token, add := d.token(t, "token"), rapid.IntRange(0, 2).Draw(t, "add") > 0
	id := d.address(t, token.login.customer)
	tags := rapid.SliceOfN(rapid.SampledFrom([]string{"A", "B", "a", "C"}), 1, 3).Draw(t, "tags")
	d.do(t, func() {
		address := token.login.customer.own(id)
		operation := "deleteAddressTags"
		if add {
			operation = "addAddressTags"
		}
		answer, good := d.as(token, operation, Path("addressId", id), Query("tags", strings.Join(tags, ",")))
		switch {
		case !good:
		case address == nil:
			answer.Must(http.StatusNotFound)
		default:
			answer.Must(http.StatusNoContent)
			address.tag(tags, add)
			got := d.Address(Token{Access: token.access}, id)
			Expect(got.At("metadata", "version")).To(BeEquivalentTo(address.version), got.String())
		}
	})
}

// audit compares at the end of a sequence all that can be read.
func (d *driver) audit(t *rapid.T) {
	d.do(t, func() {
		for _, token := range d.tokens {
			d.compare(token)
		}
		for _, login := range d.logins {
			for _, password := range []string{"password1", "password2"} {
				want := http.StatusUnauthorized
				if login.fits(password) && !login.customer.pending {
					want = http.StatusOK
				}
				d.TryLogIn(login.email, password).Must(want)
			}
		}
	})
}

// compare compares the profile of a token's customer with the model.
func (d *driver) compare(token *modelToken) {
	answer, good := d.as(token, "getProfile", Query("expand", "addresses"))
	if !good {
		return
	}
	customer := token.login.customer
	answer.Must(http.StatusOK)
	Expect(answer.At("customerNumber")).To(Equal(customer.number))
	profile, _ := answer.JSON().(H)
	compareTexts(profile, modelProfileTexts, customer.texts)
	Expect(answer.At("metadata", "version")).To(BeEquivalentTo(customer.version), answer.String())
	accounts, _ := answer.At("accounts").([]any)
	var emails []string
	for _, one := range accounts {
		account, _ := one.(H)
		email, _ := account["id"].(string)
		emails = append(emails, email)
	}
	var own []string
	for _, one := range d.loginsOf(customer) {
		own = append(own, one.email)
	}
	Expect(emails).To(ConsistOf(own))
	d.compareAddresses(answer, customer, "addresses")
}

// compareAddresses compares the list of addresses at a path of an answer with the model.
func (d *driver) compareAddresses(answer *Answer, customer *modelCustomer, at ...any) {
	list, _ := answer.At(at...).([]any)
	Expect(list).To(HaveLen(len(customer.addresses)), answer.String())
	for i, want := range customer.listed() {
		got, _ := list[i].(H)
		Expect(got["id"]).To(Equal(want.id), answer.String())
		Expect(got["isDefault"]).To(Equal(want.isDefault), answer.String())
		compareTexts(got, modelAddressTexts, want.texts)
		var tags []string
		all, _ := got["tags"].([]any)
		for _, one := range all {
			tag, _ := one.(string)
			tags = append(tags, tag)
		}
		Expect(strings.Join(tags, ",")).To(Equal(strings.Join(want.tags, ",")), answer.String())
		metadata, _ := got["metadata"].(H)
		Expect(metadata["version"]).To(BeEquivalentTo(want.version), answer.String())
	}
}
