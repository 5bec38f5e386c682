package state

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Address belongs to one customer; exactly one of a customer's addresses is the default.
type Address struct {
	CustomerNumber string
	ID             string // 10 hex digits
	Seq            uint64 // order of creation within the database; PutAddress assigns it
	ContactName    Text
	CompanyName    Text
	Street         Text
	StreetNumber   Text
	StreetAppendix Text
	ExtraLine1     Text
	ExtraLine2     Text
	ExtraLine3     Text
	ExtraLine4     Text
	ZipCode        Text
	City           Text
	Country        Text
	State          Text
	ContactPhone   Text
	Tags           []string
	IsDefault      bool
	MixinLinks     json.RawMessage
	Mixins         json.RawMessage
	Version        int
	CreatedAt      time.Time
}

// PutAddress stores an address. A new one comes after the customer's other addresses. The transaction fails with [ErrTaken] if
// row is marked as the default and another address of the customer is the default already, and with [ErrNoCustomer] if the
// customer does not exist.
func (t *Txn) PutAddress(row Address) {
	customer, ok := t.CustomerByNumber(row.CustomerNumber)
	if !ok {
		t.fail(fmt.Errorf("%w: %s, of address %s", ErrNoCustomer, row.CustomerNumber, row.ID))
		return
	}
	row.Seq = t.sequence(row.Seq)
	flagged := customer.defaultAddress
	switch {
	case row.IsDefault && customer.defaultAddress != "" && customer.defaultAddress != row.ID:
		t.fail(fmt.Errorf("%w: the default of %s", ErrTaken, addresses))
	case row.IsDefault:
		customer.defaultAddress = row.ID
	case customer.defaultAddress == row.ID:
		customer.defaultAddress = ""
	}
	if customer.defaultAddress != flagged {
		store(t, customers, customer)
	}
	store(t, addresses, row)
}

// DropAddress removes an address. It does nothing if the address does not exist.
func (t *Txn) DropAddress(customerNumber, id string) {
	if customer, _ := t.CustomerByNumber(customerNumber); customer.defaultAddress == id && id != "" {
		customer.defaultAddress = ""
		store(t, customers, customer)
	}
	drop[Address](t, addresses, customerNumber, id)
}

// AddressByID returns one of a customer's addresses.
func (t *Txn) AddressByID(customerNumber, id string) (Address, bool) {
	return get[Address](t, addresses, byID, customerNumber, id)
}

// AddressesOf returns a customer's addresses in the order of their creation.
func (t *Txn) AddressesOf(customerNumber string) []Address {
	all := list[Address](t, addresses, byID+"_prefix", customerNumber)
	slices.SortFunc(all, func(one, other Address) int { return cmp.Compare(one.Seq, other.Seq) })
	return all
}

// DefaultAddressOf returns a customer's default address.
func (t *Txn) DefaultAddressOf(customerNumber string) (Address, bool) {
	customer, _ := t.CustomerByNumber(customerNumber)
	return t.AddressByID(customerNumber, customer.defaultAddress)
}
