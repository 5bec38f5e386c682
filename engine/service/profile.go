package service

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// profileBody is a new or changed profile in a request.
type profileBody struct {
	Title             member[state.Text]      `json:"title"`
	FirstName         member[state.Text]      `json:"firstName"`
	MiddleName        member[state.Text]      `json:"middleName"`
	LastName          member[state.Text]      `json:"lastName"`
	ContactEmail      member[string]          `json:"contactEmail"`
	ContactPhone      member[state.Text]      `json:"contactPhone"`
	Company           member[state.Text]      `json:"company"`
	PreferredLanguage member[string]          `json:"preferredLanguage"`
	PreferredCurrency member[string]          `json:"preferredCurrency"`
	PreferredSite     member[string]          `json:"preferredSite"`
	B2B               member[b2bBody]         `json:"b2b"`
	Metadata          member[metadataBody]    `json:"metadata"`
	Mixins            member[json.RawMessage] `json:"mixins"`
}

// b2bBody has no legal entities: a customer cannot change them.
type b2bBody struct {
	CompanyRegistrationID member[state.Text] `json:"companyRegistrationId"`
}

type profileView struct {
	Title             state.Text      `json:"title,omitzero"`
	FirstName         state.Text      `json:"firstName,omitzero"`
	MiddleName        state.Text      `json:"middleName,omitzero"`
	LastName          state.Text      `json:"lastName,omitzero"`
	ContactEmail      string          `json:"contactEmail,omitempty"`
	ContactPhone      state.Text      `json:"contactPhone,omitzero"`
	Company           state.Text      `json:"company,omitzero"`
	PreferredLanguage string          `json:"preferredLanguage"`
	PreferredCurrency string          `json:"preferredCurrency"`
	PreferredSite     string          `json:"preferredSite"`
	CustomerNumber    string          `json:"customerNumber"`
	ID                string          `json:"id"`
	Accounts          []accountView   `json:"accounts"`
	B2B               *b2bView        `json:"b2b,omitempty"`
	Metadata          metadataView    `json:"metadata"`
	Mixins            json.RawMessage `json:"mixins"`
	BusinessModel     string          `json:"businessModel"`
	LastLogin         lastLogin       `json:"lastLogin,omitzero"`
	Addresses         []addressView   `json:"addresses,omitzero"`
	DefaultAddress    *addressView    `json:"defaultAddress,omitempty"`
}

// lastLogin is the time of a customer's last login. It is left out if there is no customer, and null for a customer who has
// never logged in.
type lastLogin struct {
	customer bool
	at       time.Time
}

// MarshalJSONTo writes the time or null.
func (l lastLogin) MarshalJSONTo(e *jsontext.Encoder) error {
	if l.at.IsZero() {
		return e.WriteToken(jsontext.Null)
	}
	return jsonv2.MarshalEncode(e, l.at)
}

type accountView struct {
	ID         string `json:"id"` // the login e-mail
	ProviderID string `json:"providerId,omitempty"`
}

type b2bView struct {
	CompanyRegistrationID state.Text        `json:"companyRegistrationId,omitzero"`
	LegalEntities         []legalEntityView `json:"legalEntities"`
}

type legalEntityView struct {
	ID                  string `json:"id"`
	Name                string `json:"name,omitempty"`
	ContactAssignmentID string `json:"contactAssignmentId,omitempty"`
}

// getProfile returns the caller's profile, with addresses and mixin values only if requested (PROFILE-GET, PROFILE-EXPAND).
// An anonymous caller gets a fixed profile (ME-ANONYMOUS).
//
// GET /{tenant}/me
func getProfile(c *call.Call) (spec.Reply, error) {
	if c.Caller.Kind == state.AnonymousToken {
		return call.Answer(http.StatusOK, anonymousProfile())
	}
	row, ok := c.Txn.CustomerByNumber(c.Caller.CustomerNumber)
	if !ok {
		return spec.Reply{}, refusal.Bearer // A customer's tokens are deleted with the customer, so the token has none.
	}
	view := viewProfile(row)
	var names []string
	for part := range strings.SplitSeq(c.Param("expand"), ",") {
		part = strings.TrimSpace(part)
		if part == "addresses" {
			view.Addresses = viewAddresses(c, row.Number)
		}
		if name, ok := strings.CutPrefix(part, "mixin:"); ok {
			names = append(names, name)
		}
	}
	view.DefaultAddress = defaultOf(view.Addresses)
	view.Mixins = pickMixins(row.Mixins, names)
	return call.Answer(http.StatusOK, view)
}

func anonymousProfile() profileView {
	return profileView{
		FirstName: state.TextOf("Anonymous"), LastName: state.TextOf("Anonymous"),
		PreferredLanguage: state.DefaultLanguage, PreferredCurrency: state.DefaultCurrency, PreferredSite: "default",
		CustomerNumber: state.AnonymousNumber, ID: state.AnonymousNumber,
		Accounts:      []accountView{},
		Metadata:      viewMetadata(1, nil),
		Mixins:        emptyObject,
		BusinessModel: "B2C",
	}
}

func viewProfile(row state.Customer) profileView {
	view := profileView{
		Title: row.Title, FirstName: row.FirstName, MiddleName: row.MiddleName, LastName: row.LastName,
		ContactEmail: row.ContactEmail, ContactPhone: row.ContactPhone, Company: row.Company,
		PreferredLanguage: row.PreferredLanguage, PreferredCurrency: row.PreferredCurrency, PreferredSite: row.PreferredSite,
		CustomerNumber: row.Number, ID: row.Number,
		Accounts:      []accountView{},
		Metadata:      viewMetadata(row.Version, row.MixinLinks),
		BusinessModel: "B2C",
		LastLogin:     lastLogin{customer: true, at: row.LastLogin},
	}
	for _, login := range row.Logins() {
		view.Accounts = append(view.Accounts, accountView{ID: login.Email, ProviderID: login.ProviderID})
	}
	if row.B2B() {
		view.BusinessModel = "B2B"
	}
	if row.B2B() || !row.CompanyRegistrationID.Absent() {
		view.B2B = &b2bView{CompanyRegistrationID: row.CompanyRegistrationID, LegalEntities: []legalEntityView{}}
		for _, entity := range row.LegalEntities {
			view.B2B.LegalEntities = append(view.B2B.LegalEntities, legalEntityView{
				ID: entity.ID, Name: entity.Name, ContactAssignmentID: entity.ContactAssignmentID,
			})
		}
	}
	return view
}

// pickMixins returns the named ones of all mixin values. The name * stands for all; an unknown name is ignored.
func pickMixins(all json.RawMessage, names []string) json.RawMessage {
	if len(names) == 0 || len(all) == 0 {
		return emptyObject
	}
	var values map[string]json.RawMessage
	must(0, json.Unmarshal(all, &values))
	picked := map[string]json.RawMessage{}
	for _, name := range names {
		if name == "*" {
			return all
		}
		if value, ok := values[name]; ok {
			picked[name] = value
		}
	}
	return must(json.Marshal(picked))
}

// updateProfile merges a change into the caller's profile. A member that is not sent keeps its value (PROFILE-PATCH,
// PROFILE-VERSION, B2B-RULE).
//
// PATCH /{tenant}/me, and PUT for clients in use
func updateProfile(c *call.Call, in profileBody) (spec.Reply, error) {
	row, ok := c.Txn.CustomerByNumber(c.Caller.CustomerNumber)
	if !ok {
		return spec.Reply{}, refusal.Bearer
	}
	before := row
	if err := in.change(&row, ""); err != nil {
		return spec.Reply{}, err
	}
	if err := in.Metadata.Value.check(before.Version); err != nil {
		return spec.Reply{}, err
	}
	if !reflect.DeepEqual(before, row) {
		row.Version++
		c.Txn.PutCustomer(row)
		tellUpdated(c, row.Number)
	}
	return call.Done(http.StatusOK)
}

// change merges the body into an existing profile and checks the result. The prefix is the path of the profile in the
// request's body.
func (in profileBody) change(row *state.Customer, prefix string) error {
	if in.ContactEmail.Null {
		return refusal.Field(prefix+"contactEmail", "nullable", "can be changed, but not cleared").By("PROFILE-PATCH")
	}
	if in.ContactEmail.Present {
		if err := checkEmail(prefix+"contactEmail", in.ContactEmail.Value); err != nil {
			return err
		}
	}
	in.applyTo(row)
	return checkBusiness(*row, prefix)
}

func (in profileBody) applyTo(row *state.Customer) {
	in.Title.into(&row.Title, state.Text{})
	in.FirstName.into(&row.FirstName, state.Text{})
	in.MiddleName.into(&row.MiddleName, state.Text{})
	in.LastName.into(&row.LastName, state.Text{})
	in.ContactEmail.into(&row.ContactEmail, row.ContactEmail)
	in.ContactPhone.into(&row.ContactPhone, state.Text{})
	in.Company.into(&row.Company, state.Text{})
	in.PreferredLanguage.into(&row.PreferredLanguage, state.DefaultLanguage)
	in.PreferredCurrency.into(&row.PreferredCurrency, state.DefaultCurrency)
	in.PreferredSite.into(&row.PreferredSite, state.DefaultSite)
	if in.B2B.Null { // The legal entities stay: a customer cannot change them.
		row.CompanyRegistrationID = state.Text{}
	}
	in.B2B.Value.CompanyRegistrationID.into(&row.CompanyRegistrationID, state.Text{})
	mergeMetadata(&row.MixinLinks, in.Metadata)
	mergeInto(&row.Mixins, in.Mixins)
}

// deleteProfile mails a token. Called with that token, it deletes the caller's profile and everything that belongs to it
// (DELETE-ME).
//
// DELETE /{tenant}/me
func deleteProfile(c *call.Call) (spec.Reply, error) {
	token := c.Param("token")
	if token == "" {
		login, ok := c.Txn.LoginByID(c.Caller.CustomerNumber, c.Caller.LoginID)
		if !ok {
			return spec.Reply{}, refusal.Bearer
		}
		send(c, state.Deletion, login.Email, login, state.MailedToken{})
		return call.Done(http.StatusNoContent)
	}
	row, _, err := redeem(c, state.Deletion, token)
	if err != nil {
		return spec.Reply{}, err
	}
	if row.CustomerNumber != c.Caller.CustomerNumber {
		return spec.Reply{}, refusal.MailedToken.By("DELETE-ME").Saw("token", "belongs to customer "+row.CustomerNumber)
	}
	tellDeleted(c, row.CustomerNumber)
	c.Txn.DropCustomer(row.CustomerNumber)
	return call.Done(http.StatusAccepted)
}
