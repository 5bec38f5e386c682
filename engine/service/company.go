package service

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// companyView is a legal entity in an answer of the company operations, which shows more of it than a profile does.
type companyView struct {
	ID             string          `json:"id"`
	Name           string          `json:"name,omitempty"`
	Type           string          `json:"type"`
	ParentID       string          `json:"parentId,omitempty"`
	LegalInfo      json.RawMessage `json:"legalInfo,omitempty"`
	AccountLimit   json.RawMessage `json:"accountLimit,omitempty"`
	CustomerGroups json.RawMessage `json:"customerGroups,omitempty"`
	Locations      []locationView  `json:"entitiesAddresses"`
	Metadata       companyMetadata `json:"metadata"`
}

type locationView struct {
	ID             string          `json:"id"`
	Name           string          `json:"name,omitempty"`
	Type           string          `json:"type"`
	ContactDetails json.RawMessage `json:"contactDetails,omitempty"`
	Metadata       companyMetadata `json:"metadata"`
}

type contactView struct {
	ID          string          `json:"id"`
	LegalEntity companyView     `json:"legalEntity"`
	Customer    contactPerson   `json:"customer"`
	Type        string          `json:"type"`
	Primary     bool            `json:"primary"`
	Metadata    companyMetadata `json:"metadata"`
}

type contactPerson struct {
	ID      string     `json:"id"`
	Name    state.Text `json:"name,omitzero"`
	Surname state.Text `json:"surname,omitzero"`
	Email   string     `json:"email,omitempty"`
	Phone   state.Text `json:"phone,omitzero"`
}

// companyMetadata is the metadata of a company, a location or a contact. No operation changes one, so it has its first version.
type companyMetadata struct {
	CreatedAt  time.Time `json:"createdAt"`
	ModifiedAt time.Time `json:"modifiedAt"`
	Version    int       `json:"version"`
}

// listLegalEntities returns the companies that the caller is assigned to (COMPANY).
//
// GET /customer-management/{tenant}/legal-entities
func listLegalEntities(c *call.Call) (spec.Reply, error) {
	return page(c, slices.DeleteFunc(companiesOf(c), func(one companyView) bool {
		return differs(c, "id", one.ID) || differs(c, "type", one.Type) || differs(c, "parentId", one.ParentID) ||
			!strings.Contains(strings.ToLower(one.Name), strings.ToLower(c.Param("name")))
	}))
}

// getLegalEntity returns one of the caller's companies. Another company is refused like one that does not exist (COMPANY).
//
// GET /customer-management/{tenant}/legal-entities/{legalEntityId}
func getLegalEntity(c *call.Call) (spec.Reply, error) {
	return pick(c, companiesOf(c), "legalEntityId", func(one companyView) string { return one.ID })
}

// listLocations returns the locations of the caller's companies, each once (COMPANY).
//
// GET /customer-management/{tenant}/locations
func listLocations(c *call.Call) (spec.Reply, error) {
	return page(c, slices.DeleteFunc(locationsOf(c), func(one locationView) bool {
		return differs(c, "type", one.Type) || !strings.Contains(strings.ToLower(one.Name), strings.ToLower(c.Param("name")))
	}))
}

// getLocation returns one location of the caller's companies (COMPANY).
//
// GET /customer-management/{tenant}/locations/{locationId}
func getLocation(c *call.Call) (spec.Reply, error) {
	return pick(c, locationsOf(c), "locationId", func(one locationView) string { return one.ID })
}

// listContactAssignments returns the caller's own assignments to companies (COMPANY).
//
// GET /customer-management/{tenant}/contact-assignments
func listContactAssignments(c *call.Call) (spec.Reply, error) {
	return page(c, slices.DeleteFunc(contactsOf(c), func(one contactView) bool {
		return differs(c, "legalEntity.id", one.LegalEntity.ID) || differs(c, "type", one.Type) ||
			differs(c, "primary", strconv.FormatBool(one.Primary))
	}))
}

// getContactAssignment returns one of the caller's own assignments to companies (COMPANY).
//
// GET /customer-management/{tenant}/contact-assignments/{contactAssignmentId}
func getContactAssignment(c *call.Call) (spec.Reply, error) {
	return pick(c, contactsOf(c), "contactAssignmentId", func(one contactView) string { return one.ID })
}

// differs reports whether a parameter was sent and names another value, in whatever case.
func differs(c *call.Call, parameter, value string) bool {
	sent := c.Param(parameter)
	return sent != "" && !strings.EqualFold(sent, value)
}

// ordinaryPage is how many items a list has on a page.
const ordinaryPage = 16

// page returns a page of a list, and the number of all items if that is requested.
func page[V any](c *call.Call, all []V) (spec.Reply, error) {
	number, size := wholeNumber(c, "pageNumber", 1), wholeNumber(c, "pageSize", ordinaryPage)
	reply := spec.Reply{Status: http.StatusOK}
	if wanted, _ := strconv.ParseBool(c.Param("X-Total-Count")); wanted {
		reply.Header = http.Header{"X-Total-Count": {strconv.Itoa(len(all))}}
	}
	pages := slices.Collect(slices.Chunk(all, size))
	if number > len(pages) {
		reply.Body = []V{}
	} else {
		reply.Body = pages[number-1]
	}
	return reply, nil
}

// wholeNumber returns a parameter that was sent, or a default. The request was checked against the document, so it is a number.
func wholeNumber(c *call.Call, name string, otherwise int) int {
	if n, err := strconv.Atoi(c.Param(name)); err == nil {
		return n
	}
	return otherwise
}

// pick returns the item that the path names.
func pick[V any](c *call.Call, all []V, parameter string, id func(V) string) (spec.Reply, error) {
	at := slices.IndexFunc(all, func(one V) bool { return id(one) == c.Param(parameter) })
	if at < 0 {
		return spec.Reply{}, refusal.Company.Saw(parameter, "is not one of customer "+c.Caller.CustomerNumber)
	}
	return call.Answer(http.StatusOK, all[at])
}

func companiesOf(c *call.Call) []companyView {
	customer, _ := c.Txn.CustomerByNumber(c.Caller.CustomerNumber)
	views := []companyView{}
	for _, one := range customer.LegalEntities {
		views = append(views, viewCompany(customer, one))
	}
	return views
}

func locationsOf(c *call.Call) []locationView {
	all := []locationView{}
	for _, company := range companiesOf(c) {
		for _, one := range company.Locations {
			if !slices.ContainsFunc(all, func(other locationView) bool { return other.ID == one.ID }) {
				all = append(all, one)
			}
		}
	}
	return all
}

func contactsOf(c *call.Call) []contactView {
	customer, _ := c.Txn.CustomerByNumber(c.Caller.CustomerNumber)
	views := []contactView{}
	for _, one := range customer.LegalEntities {
		if one.ContactAssignmentID == "" {
			continue
		}
		views = append(views, contactView{
			ID: one.ContactAssignmentID, LegalEntity: viewCompany(customer, one),
			Customer: contactPerson{
				ID: customer.Number, Name: customer.FirstName, Surname: customer.LastName,
				Email: customer.ContactEmail, Phone: customer.ContactPhone,
			},
			Type: cmp.Or(one.ContactType, "CONTACT"), Primary: one.PrimaryContact,
			Metadata: metadataSince(customer),
		})
	}
	return views
}

func viewCompany(customer state.Customer, one state.LegalEntity) companyView {
	view := companyView{
		ID: one.ID, Name: one.Name, Type: cmp.Or(one.Type, "COMPANY"), ParentID: one.ParentID,
		LegalInfo: one.LegalInfo, AccountLimit: one.AccountLimit, CustomerGroups: one.CustomerGroups,
		Locations: []locationView{}, Metadata: metadataSince(customer),
	}
	for _, place := range one.Locations {
		view.Locations = append(view.Locations, locationView{
			ID: place.ID, Name: place.Name, Type: cmp.Or(place.Type, "HEADQUARTER"), ContactDetails: place.ContactDetails,
			Metadata: metadataSince(customer),
		})
	}
	return view
}

func metadataSince(customer state.Customer) companyMetadata {
	at := customer.CreatedAt.UTC()
	return companyMetadata{CreatedAt: at, ModifiedAt: at, Version: 1}
}
