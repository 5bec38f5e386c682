package contracts

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// World is the tenant of one spec, which no other spec touches.
type World struct {
	Tenant    string
	suite     *suite
	namespace *namespace      // of the e-mail addresses in a tenant that is shared; nil in one of its own
	watch     func(*exchange) // is told of each exchange instead of the report; nil for most
}

// password is what everybody has here, unless a spec is about another one.
const password = "password123"

// world makes a tenant for a spec, with settings that differ from the default. On a server without sandboxes it is
// the tenant that all specs share.
func (s *suite) world(settings ...H) *World {
	GinkgoHelper()
	return s.watched(nil, settings...)
}

// watched is a world whose exchanges something else is told of than the report of the spec.
func (s *suite) watched(watch func(*exchange), settings ...H) *World {
	GinkgoHelper()
	if s.target.Foreign() {
		return s.share(settings)
	}
	tenant := "t" + strings.ToLower(rand.Text())[:15] //nolint:forbidigo // crypto/rand: a run against a shared server must meet no other run.
	w := &World{Tenant: tenant, suite: s, watch: watch}
	w.make(settings)
	return w
}

// Anonymous begins a shopper's session.
func (w *World) Anonymous() Token {
	GinkgoHelper()
	a := w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", w.suite.target.ClientID)).Must(http.StatusOK)
	return Token{Access: a.Text("access_token"), Refresh: a.Text("refresh_token"), SessionID: a.Text("sessionId")}
}

// SignUp makes a customer and answers its number. More members of the body may be given.
func (w *World) SignUp(email string, more ...H) string {
	GinkgoHelper()
	body := H{"email": email, "password": password}
	for _, one := range more {
		maps.Copy(body, one)
	}
	return w.Do("signup", Bearer(w.Anonymous().Access), Body(body)).Must(http.StatusCreated).Text("id")
}

// LogIn logs a customer in, in a session of its own.
func (w *World) LogIn(email string) Token {
	GinkgoHelper()
	return w.tokenIn(w.TryLogIn(email, password).Must(http.StatusOK))
}

// TryLogIn tries a password, in a session of its own.
func (w *World) TryLogIn(email, password string) *Answer {
	GinkgoHelper()
	return w.Do("login", Bearer(w.Anonymous().Access), Body(H{"email": email, "password": password}))
}

// Customer signs a customer up and logs it in.
func (w *World) Customer(email string, more ...H) Token {
	GinkgoHelper()
	w.SignUp(email, more...)
	return w.LogIn(email)
}

// tokenIn reads a token answer by its newer names, or by the print's where the server has only those.
func (w *World) tokenIn(a *Answer) Token {
	GinkgoHelper()
	if !w.suite.names(current) {
		token := Token{Access: a.Text("accessToken"), Refresh: a.Text("refreshToken")}
		token.Saas, _ = a.At("saasToken").(string)
		return token
	}
	token := Token{Access: a.Text("access_token"), Refresh: a.Text("refresh_token"), SessionID: a.Text("session_id")}
	token.Saas, _ = a.At("saas_token").(string)
	return token
}

// Profile reads a customer's profile with everything in it.
func (w *World) Profile(customer Token) *Answer {
	GinkgoHelper()
	return w.Do("getProfile", Bearer(customer.Access), Query("expand", "addresses,mixin:*")).Must(http.StatusOK)
}

// AddAddress adds an address and answers its id.
func (w *World) AddAddress(customer Token, body H) string {
	GinkgoHelper()
	return w.Do("addAddress", Bearer(customer.Access), Body(body)).Must(http.StatusCreated).Text("id")
}

// Address reads one address.
func (w *World) Address(customer Token, id string) *Answer {
	GinkgoHelper()
	return w.Do("getAddress", Bearer(customer.Access), Path("addressId", id)).Must(http.StatusOK)
}

// LastMail is the newest mail of a kind; the spec fails if there is none.
func (w *World) LastMail(kind string) Mail {
	GinkgoHelper()
	mails := w.MailsOf(kind)
	Expect(mails).NotTo(BeEmpty(), "no mail of kind %s was sent", kind)
	return mails[len(mails)-1]
}

// MailsOf lists the mails of a kind, oldest first.
func (w *World) MailsOf(kind string) []Mail {
	var mails []Mail
	for _, mail := range w.Mails() {
		if mail.Kind == kind {
			mails = append(mails, mail)
		}
	}
	return mails
}

// MustMint makes a token. A server that mints none is asked for one in the way that its clients ask.
func (w *World) MustMint(kind, email string, scopes ...string) Token {
	GinkgoHelper()
	service := w.suite.target.ServiceClient
	switch {
	case !w.suite.target.Foreign():
	case kind == "anonymous":
		return w.Anonymous()
	case kind == "customer" && !slices.ContainsFunc(scopes, func(scope string) bool { return scope != ordinary }):
		return w.LogIn(email)
	case kind == "service" && service.Name != "":
		form := serviceForm(service, w.Tenant)
		return Token{Access: w.Do("serviceToken", Raw(formType, form)).Must(http.StatusOK).Text("access_token")}
	}
	token, err := w.Mint(kind, email, scopes, 0)
	Expect(err).NotTo(HaveOccurred())
	return token
}

const formType = "application/x-www-form-urlencoded"

// serviceForm is the body with which a back end asks for a token.
func serviceForm(client Credentials, tenant string) []byte {
	return []byte(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client.Name}, "client_secret": {client.Secret}, "scope": {"tenant=" + tenant},
	}.Encode())
}
