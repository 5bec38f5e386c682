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
	modelProfileTexts = []string{"firstName", "middleName", "lastName"}
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

func (d *driver) readProfile(t *rapid.T) {
	token := d.token(t, "token")
	d.do(t, func() { d.compareProfile(token) })
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
			Expect(answer.Must(http.StatusOK).JSON()).To(Equal(token.login.customer.seenAddresses()))
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
		}
	})
}
