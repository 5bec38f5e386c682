package service

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// addressBody is a new or changed address in a request.
type addressBody struct {
	ContactName    member[state.Text]      `json:"contactName"`
	CompanyName    member[state.Text]      `json:"companyName"`
	Street         member[state.Text]      `json:"street"`
	StreetNumber   member[state.Text]      `json:"streetNumber"`
	StreetAppendix member[state.Text]      `json:"streetAppendix"`
	ExtraLine1     member[state.Text]      `json:"extraLine1"`
	ExtraLine2     member[state.Text]      `json:"extraLine2"`
	ExtraLine3     member[state.Text]      `json:"extraLine3"`
	ExtraLine4     member[state.Text]      `json:"extraLine4"`
	ZipCode        member[state.Text]      `json:"zipCode"`
	City           member[state.Text]      `json:"city"`
	Country        member[state.Text]      `json:"country"`
	State          member[state.Text]      `json:"state"`
	ContactPhone   member[state.Text]      `json:"contactPhone"`
	Tags           member[[]string]        `json:"tags"`
	Metadata       member[metadataBody]    `json:"metadata"`
	Mixins         member[json.RawMessage] `json:"mixins"`
	IsDefault      member[bool]            `json:"isDefault"`
}

// addressView is an address in an answer.
type addressView struct {
	ContactName    state.Text      `json:"contactName,omitzero"`
	CompanyName    state.Text      `json:"companyName,omitzero"`
	Street         state.Text      `json:"street,omitzero"`
	StreetNumber   state.Text      `json:"streetNumber,omitzero"`
	StreetAppendix state.Text      `json:"streetAppendix,omitzero"`
	ExtraLine1     state.Text      `json:"extraLine1,omitzero"`
	ExtraLine2     state.Text      `json:"extraLine2,omitzero"`
	ExtraLine3     state.Text      `json:"extraLine3,omitzero"`
	ExtraLine4     state.Text      `json:"extraLine4,omitzero"`
	ZipCode        state.Text      `json:"zipCode,omitzero"`
	City           state.Text      `json:"city,omitzero"`
	Country        state.Text      `json:"country,omitzero"`
	State          state.Text      `json:"state,omitzero"`
	ContactPhone   state.Text      `json:"contactPhone,omitzero"`
	Tags           []string        `json:"tags"`
	Metadata       metadataView    `json:"metadata"`
	Mixins         json.RawMessage `json:"mixins"`
	ID             string          `json:"id"`
	IsDefault      bool            `json:"isDefault"`
}

// addAddress adds an address to the caller's profile. The first one becomes the default (ADDR-CREATE).
//
// POST /{tenant}/me/addresses
func addAddress(c *call.Call, in addressBody) (spec.Reply, error) {
	row := createAddress(c, c.Caller.CustomerNumber, in)
	tellUpdated(c, row.CustomerNumber)
	return call.Answer(http.StatusCreated, idView{ID: row.ID})
}

func createAddress(c *call.Call, customerNumber string, in addressBody) state.Address {
	customer, _ := c.Txn.CustomerByNumber(customerNumber)
	row := state.Address{
		CustomerNumber: customerNumber,
		ID:             freeAddressID(c, customerNumber),
		IsDefault:      customer.DefaultAddress() == "",
		Version:        1,
		CreatedAt:      c.Now,
	}
	in.applyTo(&row)
	c.Txn.PutAddress(row)
	return row
}

func freeAddressID(c *call.Call, customerNumber string) string {
	for {
		id := c.Entropy.HexID(10)
		if _, taken := c.Txn.AddressByID(customerNumber, id); !taken {
			return id
		}
	}
}

// listAddresses returns the caller's addresses: the default first, then the others in order of creation (ADDR-LIST).
//
// GET /{tenant}/me/addresses
func listAddresses(c *call.Call) (spec.Reply, error) {
	return call.Answer(http.StatusOK, viewAddresses(c, c.Caller.CustomerNumber))
}

// defaultOf returns the default address in a list of [viewAddresses], or nil if there is none.
func defaultOf(views []addressView) *addressView {
	if len(views) == 0 || !views[0].IsDefault {
		return nil
	}
	return &views[0]
}

func viewAddresses(c *call.Call, customerNumber string) []addressView {
	views := []addressView{}
	if first, ok := c.Txn.DefaultAddressOf(customerNumber); ok {
		views = append(views, viewAddress(first))
	}
	for _, row := range c.Txn.AddressesOf(customerNumber) {
		if !row.IsDefault {
			views = append(views, viewAddress(row))
		}
	}
	return views
}

// getAddress returns one of the caller's addresses (ADDR-GET, ADDR-OTHER).
//
// GET /{tenant}/me/addresses/{addressId}
func getAddress(c *call.Call) (spec.Reply, error) {
	row, err := ownAddress(c)
	if err != nil {
		return spec.Reply{}, err
	}
	return call.Answer(http.StatusOK, viewAddress(row))
}

// mostFacts bounds how many addresses the explanation of a refusal lists.
const mostFacts = 10

// ownAddress returns the caller's address in the path. Another customer's address is refused like one that does not exist
// (ADDR-OTHER).
func ownAddress(c *call.Call) (state.Address, error) {
	id := c.Param("addressId")
	row, ok := c.Txn.AddressByID(c.Caller.CustomerNumber, id)
	if !ok {
		refused := refusal.Address.Of(id, c.Caller.CustomerNumber)
		own := c.Txn.AddressesOf(c.Caller.CustomerNumber)
		for _, one := range own[:min(len(own), mostFacts)] {
			refused = refused.Saw("address", one.ID)
		}
		return row, refused
	}
	return row, nil
}

// updateAddress merges a change into an address and may make it the default (ADDR-PATCH, PROFILE-VERSION).
//
// PATCH /{tenant}/me/addresses/{addressId}, and PUT for clients in use
func updateAddress(c *call.Call, in addressBody) (spec.Reply, error) {
	row, err := ownAddress(c)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := in.Metadata.Value.check(row.Version); err != nil {
		return spec.Reply{}, err
	}
	before := row
	in.applyTo(&row)
	if in.IsDefault.Value && !row.IsDefault {
		unsetDefault(c, row.CustomerNumber)
		row.IsDefault = true
	}
	changeAddress(c, before, row)
	return call.Done(http.StatusOK)
}

// changeAddress stores a changed address and tells of the change. An unchanged one keeps its version.
func changeAddress(c *call.Call, before, after state.Address) {
	if reflect.DeepEqual(before, after) {
		return
	}
	putAddress(c, after)
	tellUpdated(c, after.CustomerNumber)
}

// putAddress stores a changed address under its next version.
func putAddress(c *call.Call, row state.Address) {
	row.Version++
	c.Txn.PutAddress(row)
}

// unsetDefault clears the flag of the present default, so that there are never two.
func unsetDefault(c *call.Call, customerNumber string) {
	if row, ok := c.Txn.DefaultAddressOf(customerNumber); ok {
		row.IsDefault = false
		putAddress(c, row)
	}
}

// deleteAddress removes an address. If it was the default, the oldest remaining one becomes the default (ADDR-DELETE).
//
// DELETE /{tenant}/me/addresses/{addressId}
func deleteAddress(c *call.Call) (spec.Reply, error) {
	row, err := ownAddress(c)
	if err != nil {
		return spec.Reply{}, err
	}
	c.Txn.DropAddress(row.CustomerNumber, row.ID)
	if row.IsDefault {
		inheritDefault(c, row.CustomerNumber)
	}
	tellUpdated(c, row.CustomerNumber)
	return call.Done(http.StatusNoContent)
}

func inheritDefault(c *call.Call, customerNumber string) {
	if left := c.Txn.AddressesOf(customerNumber); len(left) > 0 {
		heir := left[0]
		heir.IsDefault = true
		putAddress(c, heir)
	}
}

func (in addressBody) applyTo(row *state.Address) {
	in.ContactName.into(&row.ContactName, state.Text{})
	in.CompanyName.into(&row.CompanyName, state.Text{})
	in.Street.into(&row.Street, state.Text{})
	in.StreetNumber.into(&row.StreetNumber, state.Text{})
	in.StreetAppendix.into(&row.StreetAppendix, state.Text{})
	in.ExtraLine1.into(&row.ExtraLine1, state.Text{})
	in.ExtraLine2.into(&row.ExtraLine2, state.Text{})
	in.ExtraLine3.into(&row.ExtraLine3, state.Text{})
	in.ExtraLine4.into(&row.ExtraLine4, state.Text{})
	in.ZipCode.into(&row.ZipCode, state.Text{})
	in.City.into(&row.City, state.Text{})
	in.Country.into(&row.Country, state.Text{})
	in.State.into(&row.State, state.Text{})
	in.ContactPhone.into(&row.ContactPhone, state.Text{})
	in.Tags.into(&row.Tags, nil)
	row.Tags = union(nil, tagsIn(strings.Join(row.Tags, ",")))
	mergeMetadata(&row.MixinLinks, in.Metadata)
	mergeInto(&row.Mixins, in.Mixins)
}

func viewAddress(row state.Address) addressView {
	return addressView{
		ContactName: row.ContactName, CompanyName: row.CompanyName,
		Street: row.Street, StreetNumber: row.StreetNumber, StreetAppendix: row.StreetAppendix,
		ExtraLine1: row.ExtraLine1, ExtraLine2: row.ExtraLine2, ExtraLine3: row.ExtraLine3, ExtraLine4: row.ExtraLine4,
		ZipCode: row.ZipCode, City: row.City, Country: row.Country, State: row.State, ContactPhone: row.ContactPhone,
		Tags:     row.Tags,
		Metadata: viewMetadata(row.Version, row.MixinLinks),
		Mixins:   orEmpty(row.Mixins),
		ID:       row.ID, IsDefault: row.IsDefault,
	}
}
