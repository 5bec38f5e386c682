package contracts

import (
	"slices"
	"strings"
	"time"
)

// The reference model: what a tenant holds according to the rules, and nothing of how a server keeps it. The steps of
// model_steps.go move both on and compare them.

type modelCustomer struct {
	number    string
	pending   bool
	firstName string
	version   int
	addresses []*modelAddress // in the order of their creation
	gone      bool
}

type modelAddress struct {
	id        string
	city      string
	tags      []string
	isDefault bool
	version   int
}

type modelLogin struct {
	email    string // as it was typed
	password string // empty if none logs in
	customer *modelCustomer
}

type modelToken struct {
	access, refresh string
	login           *modelLogin
	family          int // of the login that it comes from; a refresh keeps it
	accessEnds      time.Time
	refreshEnds     time.Time
	ended           bool // by a logout, a new password or a deletion
	used            bool // its refresh token
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

// fits says whether a password logs in (LOGIN).
func (l *modelLogin) fits(password string) bool {
	return l != nil && l.password != "" && l.password == password
}

// live says whether an access token is good (T-LIFE).
func (m *model) live(t *modelToken) bool { return !t.ended && m.now.Before(t.accessEnds) }

// renews says whether a refresh token is good (REFRESH-BAD).
func (m *model) renews(t *modelToken) bool { return !t.ended && !t.used && m.now.Before(t.refreshEnds) }

// issued adds a token of a login: a new family unless it is a refresh.
func (m *model) issued(token Token, login *modelLogin, from *modelToken) {
	row := &modelToken{access: token.Access, refresh: token.Refresh, login: login, accessEnds: m.now.Add(month), refreshEnds: m.now.Add(day)}
	if from != nil {
		row.family, row.refreshEnds = from.family, from.refreshEnds // It is not restarted (T-ROTATE).
	} else {
		m.families++
		row.family = m.families
	}
	m.tokens = append(m.tokens, row)
}

// end ends the tokens of a customer, but for those of one family; 0 spares none.
func (m *model) end(customer *modelCustomer, spared int) {
	for _, one := range m.tokens {
		if one.login.customer == customer && (spared == 0 || one.family != spared) {
			one.ended = true
		}
	}
}

// mailed adds a mail: its token kills the older one of the customer and its kind (MAIL-TOKEN).
func (m *model) mailed(kind, token string, login *modelLogin, newEmail string) {
	for _, one := range m.mails {
		if one.kind == kind && one.login.customer == login.customer {
			one.dead = true
		}
	}
	m.mails = append(m.mails, &modelMail{kind: kind, token: token, login: login, newEmail: newEmail, ends: m.now.Add(day)})
}

// good says whether a mailed token works for a purpose.
func (m *model) good(mail *modelMail, kind string) bool {
	return mail.kind == kind && !mail.dead && m.now.Before(mail.ends)
}

// taken says whether a login may not change to an address: its own may change in case only (EMAIL-CHANGE).
func (m *model) taken(email string, login *modelLogin) bool {
	holder := m.login(email)
	return holder != nil && (holder != login || holder.email == email)
}

// delete takes a customer away with all that it has (DELETE-ME).
func (m *model) delete(customer *modelCustomer) {
	customer.gone = true
	m.end(customer, 0)
	m.logins = slices.DeleteFunc(m.logins, func(one *modelLogin) bool { return one.customer == customer })
	for _, one := range m.mails {
		one.dead = one.dead || one.login.customer == customer
	}
}

// own is a customer's address by its id, or nil.
func (c *modelCustomer) own(id string) *modelAddress {
	for _, one := range c.addresses {
		if one.id == id {
			return one
		}
	}
	return nil
}

// listed is a customer's addresses as they are listed: the default first (ADDR-LIST).
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

// prefer makes an address the default, so that there is one (ADDR-PATCH).
func (c *modelCustomer) prefer(chosen *modelAddress) {
	for _, one := range c.addresses {
		if one.isDefault != (one == chosen) {
			one.isDefault = one == chosen
			one.version++
		}
	}
}

// drop takes an address away; the oldest that remains inherits the default (ADDR-DELETE).
func (c *modelCustomer) drop(gone *modelAddress) {
	c.addresses = slices.DeleteFunc(c.addresses, func(one *modelAddress) bool { return one == gone })
	if gone.isDefault && len(c.addresses) > 0 {
		c.addresses[0].isDefault = true
		c.addresses[0].version++
	}
}

// tag adds tags to the set, or takes them off (ADDR-TAGS).
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
