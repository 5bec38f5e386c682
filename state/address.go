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
// the customer's default and this one wants to be, and [ErrNoCustomer] if its customer is not there.
func (t *Txn) PutAddress(row Address) error {
	customer, ok := t.CustomerByNumber(row.CustomerNumber)
	if !ok {
		return fmt.Errorf("%w: %s, of address %s", ErrNoCustomer, row.CustomerNumber, row.ID)
	}
	row.Seq = t.place(row.Seq)
	flagged := customer.defaultAddress
	switch {
	case row.IsDefault && customer.defaultAddress != "" && customer.defaultAddress != row.ID:
		return fmt.Errorf("%w: the default of %s", ErrTaken, addresses)
	case row.IsDefault:
		customer.defaultAddress = row.ID
	case customer.defaultAddress == row.ID:
		customer.defaultAddress = ""
	}
	if customer.defaultAddress != flagged {
		if err := store(t, customers, customer); err != nil {
			return err
		}
	}
	return store(t, addresses, row)
}

// DropAddress removes an address; one that is not there is no error.
func (t *Txn) DropAddress(customerNumber, id string) {
	if customer, _ := t.CustomerByNumber(customerNumber); customer.defaultAddress == id && id != "" {
		customer.defaultAddress = ""
		must(0, store(t, customers, customer))
	}
	drop[Address](t, addresses, customerNumber, id)
}

// AddressByID finds one of a customer's addresses.
func (t *Txn) AddressByID(customerNumber, id string) (Address, bool) {
	return get[Address](t, addresses, byID, customerNumber, id)
}

// AddressesOf lists a customer's addresses in the order of their creation.
func (t *Txn) AddressesOf(customerNumber string) []Address {
	all := list[Address](t, addresses, byID+"_prefix", customerNumber)
	slices.SortFunc(all, func(one, other Address) int { return cmp.Compare(one.Seq, other.Seq) })
	return all
}

// DefaultAddressOf finds a customer's default address.
func (t *Txn) DefaultAddressOf(customerNumber string) (Address, bool) {
	customer, _ := t.CustomerByNumber(customerNumber)
	return t.AddressByID(customerNumber, customer.defaultAddress)
}
