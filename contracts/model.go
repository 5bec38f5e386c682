package contracts

import (
	"maps"
	"slices"
	"strings"
	"time"

	. "standin/contracts/suite"
)

// The types of this file are the reference model: what a tenant has according to the rules. The model knows no HTTP. The
// steps in model_steps.go run on the server and on the model.

type modelCustomer struct {
	number    string
	pending   bool
	texts     modelTexts
	version   int
	addresses []*modelAddress // in the order of their creation
	gone      bool
	contact   string    // the contact address
	lastLogin time.Time // zero before the first login
}

type modelAddress struct {
	id        string
	texts     modelTexts
	tags      []string
	isDefault bool
	version   int
}

// modelTexts are the texts of a profile or an address that are there, by their members.
type modelTexts map[string]string

type modelLogin struct {
	email    string // in its original case
	password string // empty if no password logs in
	provider string // empty before a social login
	customer *modelCustomer
}

type modelToken struct {
	access, refresh string
	login           *modelLogin
	family          int // the number of its login; a refresh keeps it
	accessEnds      time.Time
	refreshEnds     time.Time
	ended           bool // by a logout, a new password or a deletion
	used            bool // the refresh token was used
	session         *modelSession
	scope           string // that an ordinary customer lacks; a refresh keeps it
	seen            bool   // to have ended
}

// modelSession is a session with its context.
type modelSession struct {
	id                string
	chosen            modelTexts // what its shopper has chosen
	attributes        H
	version           int
	created, modified time.Time
}

// modelShopper is an anonymous token.
type modelShopper struct {
	access, refresh string
	session         *modelSession
	accessEnds      time.Time
	refreshEnds     time.Time
}

type modelMail struct {
	kind, token string
	login       *modelLogin
	newEmail    string
	ends        time.Time
	dead        bool
}

type model struct {
	now      time.Time
	optIn    bool // double opt-in is on
	logins   []*modelLogin
	tokens   []*modelToken
	mails    []*modelMail
	sent     []Mail // their kinds and recipients
	shoppers []*modelShopper
	families int
}

func (m *model) login(email string) *modelLogin {
	for _, one := range m.logins {
		if strings.EqualFold(one.email, email) {
			return one
		}
	}
	return nil
}

func (m *model) loginsOf(customer *modelCustomer) []*modelLogin {
	var own []*modelLogin
	for _, one := range m.logins {
		if one.customer == customer {
			own = append(own, one)
		}
	}
	return own
}

// fits reports whether a password logs in (LOGIN).
func (l *modelLogin) fits(password string) bool {
	return l != nil && l.password != "" && l.password == password
}

// live reports whether an access token is valid (T-LIFE).
func (m *model) live(t *modelToken) bool { return !t.ended && m.now.Before(t.accessEnds) }

// renews reports whether a refresh token is valid (REFRESH-BAD).
func (m *model) renews(t *modelToken) bool { return !t.ended && !t.used && m.now.Before(t.refreshEnds) }

// begin begins a session (T-SESSION).
func (m *model) begin(id string, chosen modelTexts) *modelSession {
	return &modelSession{id: id, chosen: chosen, attributes: H{}, version: 1, created: m.now, modified: m.now}
}

// change counts a change of the context, if there was one (CONTEXT).
func (m *model) change(session *modelSession, changed bool) {
	if changed {
		session.version++
		session.modified = m.now
	}
}

// issued adds a token of a login in a session. It has a new family unless it is a refresh of another token.
func (m *model) issued(token Token, login *modelLogin, session *modelSession, from *modelToken) {
	row := &modelToken{
		access: token.Access, refresh: token.Refresh, login: login, session: session, accessEnds: m.now.Add(month), refreshEnds: m.now.Add(day),
	}
	if from != nil {
		row.family, row.scope, row.refreshEnds = from.family, from.scope, from.refreshEnds // A refresh does not restart the lifetime (T-ROTATE).
	} else {
		m.families++
		row.family = m.families
	}
	m.tokens = append(m.tokens, row)
}

// end ends the tokens of a customer, except for those of one family; 0 is no family.
func (m *model) end(customer *modelCustomer, spared int) {
	for _, one := range m.tokens {
		if one.login.customer == customer && (spared == 0 || one.family != spared) {
			one.ended = true
		}
	}
}

// mailed adds a mail. Its token replaces older ones of its kind and customer (MAIL-TOKEN).
func (m *model) mailed(mail Mail, kind string, login *modelLogin, newEmail string) {
	to := login.email
	if newEmail != "" {
		to = newEmail
	}
	m.sent = append(m.sent, Mail{Kind: mail.Kind, To: to})
	for _, one := range m.mails {
		if one.kind == kind && one.login.customer == login.customer {
			one.dead = true
		}
	}
	m.mails = append(m.mails, &modelMail{kind: kind, token: mail.Token, login: login, newEmail: newEmail, ends: m.now.Add(day)})
}

// good reports whether the token of a mail is valid for a kind of use.
func (m *model) good(mail *modelMail, kind string) bool {
	return mail.kind == kind && !mail.dead && m.now.Before(mail.ends)
}

// taken reports whether a login cannot change to an e-mail address. It may change the case of its own (EMAIL-CHANGE).
func (m *model) taken(email string, login *modelLogin) bool {
	holder := m.login(email)
	return holder != nil && (holder != login || holder.email == email)
}

// delete removes a customer with its logins, tokens and mails (DELETE-ME).
func (m *model) delete(customer *modelCustomer) {
	customer.gone = true
	m.end(customer, 0)
	m.logins = slices.DeleteFunc(m.logins, func(one *modelLogin) bool { return one.customer == customer })
	for _, one := range m.mails {
		one.dead = one.dead || one.login.customer == customer
	}
}

// merge merges a change into the texts and reports whether it changed one: null clears, and an empty text is a text
// (W-EMPTY).
func (m modelTexts) merge(change H) bool {
	before := maps.Clone(m)
	for name, value := range change {
		if text, ok := value.(string); ok {
			m[name] = text
		} else {
			delete(m, name)
		}
	}
	return !maps.Equal(before, m)
}

// own returns the customer's address with an id, or nil.
func (c *modelCustomer) own(id string) *modelAddress {
	for _, one := range c.addresses {
		if one.id == id {
			return one
		}
	}
	return nil
}

// listed returns the customer's addresses in the order of the list: the default first (ADDR-LIST).
func (c *modelCustomer) listed() []*modelAddress {
	list := slices.Clone(c.addresses)
	slices.SortStableFunc(list, func(one, other *modelAddress) int {
		switch {
		case one.isDefault == other.isDefault:
			return 0
		case one.isDefault:
			return -1
		}
		return 1
	})
	return list
}

// prefer makes an address the only default (ADDR-PATCH).
func (c *modelCustomer) prefer(chosen *modelAddress) {
	for _, one := range c.addresses {
		if one.isDefault != (one == chosen) {
			one.isDefault = one == chosen
			one.version++
		}
	}
}

// drop removes an address. If it was the default, the oldest that remains becomes it (ADDR-DELETE).
func (c *modelCustomer) drop(gone *modelAddress) {
	c.addresses = slices.DeleteFunc(c.addresses, func(one *modelAddress) bool { return one == gone })
	if gone.isDefault && len(c.addresses) > 0 {
		c.addresses[0].isDefault = true
		c.addresses[0].version++
	}
}

// tag adds tags to the set, or removes them (ADDR-TAGS).
func (a *modelAddress) tag(tags []string, add bool) {
	changed := slices.Clone(a.tags)
	for _, one := range tags {
		at := slices.Index(changed, one)
		switch {
		case add && at < 0:
			changed = append(changed, one)
		case !add && at >= 0:
			changed = slices.Delete(changed, at, at+1)
		}
	}
	if !slices.Equal(changed, a.tags) {
		a.tags = changed
		a.version++
	}
}
