package state

import "encoding/json"

// LegalEntity is a company that a B2B customer may act for, with the customer's assignment to it. Each customer of a company has
// its own copy.
type LegalEntity struct {
	ID                  string          `json:"id"`
	Name                string          `json:"name,omitempty"`
	Type                string          `json:"type,omitempty"` // COMPANY or SUBSIDIARY; empty for COMPANY
	ParentID            string          `json:"parentId,omitempty"`
	LegalInfo           json.RawMessage `json:"legalInfo,omitempty"`
	AccountLimit        json.RawMessage `json:"accountLimit,omitempty"`
	CustomerGroups      json.RawMessage `json:"customerGroups,omitempty"`
	Locations           []Location      `json:"locations,omitempty"`
	ContactAssignmentID string          `json:"contactAssignmentId,omitempty"` // empty if it has none
	ContactType         string          `json:"contactType,omitempty"`         // PRIMARY, BILLING, LOGISTICS or CONTACT; empty for CONTACT
	PrimaryContact      bool            `json:"primaryContact,omitempty"`
}

// Location is a place of a company.
type Location struct {
	ID             string          `json:"id"`
	Name           string          `json:"name,omitempty"`
	Type           string          `json:"type,omitempty"` // HEADQUARTER, WAREHOUSE or OFFICE; empty for HEADQUARTER
	ContactDetails json.RawMessage `json:"contactDetails,omitempty"`
}
