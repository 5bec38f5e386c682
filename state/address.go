package state

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Address belongs to one customer; exactly one of a customer's addresses is the default.
type Address struct {
	CustomerNumber string
	ID             string // 10 hex digits
	Seq            uint64 // order of creation within the database; Put gives it
	ContactName    string
	CompanyName    string
	Street         string
	StreetNumber   string
	StreetAppendix string
	ExtraLine1     string
	ExtraLine2     string
	ExtraLine3     string
	ExtraLine4     string
	ZipCode        string
	City           string
	Country        string
	State          string
	ContactPhone   string
	Tags           []string
	IsDefault      bool
	MixinLinks     json.RawMessage
	Mixins         json.RawMessage
	Version        int
	CreatedAt      time.Time
}

// PutAddress stores an address, a new one behind the customer's others. It returns [ErrTaken] if another one is
// the customer's default and this one wants to be.
func (t *Txn) PutAddress(row Address) error {
	if row.Seq == 0 {
		newest, _ := last[Address](t, addresses, byOwner+"_prefix", row.CustomerNumber)
		row.Seq = newest.Seq + 1
	}
	return put(t, addresses, row)
}

// DropAddress removes an address.
func (t *Txn) DropAddress(customerNumber, id string) {
	drop[Address](t, addresses, customerNumber, id)
}

// AddressByID finds one of a customer's addresses.
func (t *Txn) AddressByID(customerNumber, id string) (Address, bool) {
	if t.mutant("address-others") {
		found, ok := Address{}, false
		each(t, addresses, func(row *Address) bool {
			if row.ID == id {
				found, ok = *row, true
			}
			return !ok
		})
		return found, ok
	}
	return get[Address](t, addresses, byID, customerNumber, id)
}

// AddressesOf lists a customer's addresses in the order of their creation.
func (t *Txn) AddressesOf(customerNumber string) []Address {
	if t.mutant("address-list-order") {
		all := list[Address](t, addresses, byOwner+"_prefix", customerNumber)
		slices.SortFunc(all, func(one, other Address) int { return strings.Compare(one.ID, other.ID) })
		return all
	}
	return list[Address](t, addresses, byOwner+"_prefix", customerNumber)
}

// DefaultAddressOf finds a customer's default address.
func (t *Txn) DefaultAddressOf(customerNumber string) (Address, bool) {
	return get[Address](t, addresses, byFlag, customerNumber)
}
