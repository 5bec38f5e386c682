package suite

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

// World is the tenant of one spec. No other spec uses it.
type World struct {
	Tenant    string
	suite     *Suite
	namespace *namespace      // of the e-mail addresses in a shared tenant; nil in a sandbox
	watch     func(*exchange) // receives each exchange instead of the report of the spec; nil for the report
}

// Password is the password of all customers, unless a spec is about another one.
const Password = "password123"

// World creates a tenant for a spec, with settings that differ from the defaults. On a server without sandboxes it
// returns the tenant that all specs share.
func (s *Suite) World(settings ...H) *World {
	GinkgoHelper()
	return s.watchedWorld(nil, settings...)
}

// watchedWorld returns a world whose exchanges go to watch instead of the report of the spec.
func (s *Suite) watchedWorld(watch func(*exchange), settings ...H) *World {
	GinkgoHelper()
	if s.Target.Foreign() {
		return s.sharedWorld(settings)
	}
	w := &World{Tenant: newTenant(), suite: s, watch: watch}
	w.createSandbox(settings)
	return w
}

// Copy creates a tenant with the customers and the settings of this one.
func (w *World) Copy() *World {
	GinkgoHelper()
	w.suite.Need(Sandboxes)
	made := &World{Tenant: newTenant(), suite: w.suite, watch: w.watch}
	made.createTenant("tenant:"+w.Tenant, H{})
	return made
}

func newTenant() string {
	return "t" + strings.ToLower(rand.Text())[:15] //nolint:forbidigo // crypto/rand: runs against a shared server must differ.
}

// KeepCredentials sends e-mail addresses and passwords as they are, also in a shared tenant. It is for a customer who
// existed before the run.
func (w *World) KeepCredentials() { w.namespace = nil }

// Anonymous begins an anonymous session.
func (w *World) Anonymous() Token {
	GinkgoHelper()
	a := w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", w.suite.Target.ClientID)).Must(http.StatusOK)
	return Token{Access: a.Text("access_token"), Refresh: a.Text("refresh_token"), SessionID: a.Text("sessionId")}
}

// AnonymousRefresh sends the refresh token of an anonymous session.
func (w *World) AnonymousRefresh(token string) *Answer {
	GinkgoHelper()
	return w.Do("anonymousRefresh", Query("tenant", w.Tenant), Query("client_id", w.suite.Target.ClientID), Query("refresh_token", token))
}

// SignUp creates a customer and returns the customer number. More members of the request body may be given.
func (w *World) SignUp(email string, more ...H) string {
	GinkgoHelper()
	body := H{"email": email, "password": Password}
	for _, one := range more {
		maps.Copy(body, one)
	}
	return w.Do("signup", Bearer(w.Anonymous().Access), Body(body)).Must(http.StatusCreated).Text("id")
}

// LogIn logs a customer in, in a new session.
func (w *World) LogIn(email string) Token {
	GinkgoHelper()
	return w.TokenIn(w.TryLogIn(email, Password).Must(http.StatusOK))
}

// TryLogIn sends a login with a password, in a new session.
func (w *World) TryLogIn(email, password string) *Answer {
	GinkgoHelper()
	return w.Do("login", Bearer(w.Anonymous().Access), Body(H{"email": email, "password": password}))
}

// Customer creates a customer and logs it in. More members of the sign-up's body may be given.
func (w *World) Customer(email string, more ...H) Token {
	GinkgoHelper()
	w.SignUp(email, more...)
	return w.LogIn(email)
}

// TokenIn returns the token in an answer. It reads the current names, or the classic ones if the server has only those.
func (w *World) TokenIn(a *Answer) Token {
	GinkgoHelper()
	if !w.suite.HasNames(Current) {
		token := Token{Access: a.Text("accessToken"), Refresh: a.Text("refreshToken")}
		token.Saas, _ = a.At("saasToken").(string)
		return token
	}
	token := Token{Access: a.Text("access_token"), Refresh: a.Text("refresh_token"), SessionID: a.Text("session_id")}
	token.Saas, _ = a.At("saas_token").(string)
	return token
}

// Profile returns the profile of a customer, with addresses and mixins.
func (w *World) Profile(customer Token) *Answer {
	GinkgoHelper()
	return w.Do("getProfile", Bearer(customer.Access), Query("expand", "addresses,mixin:*")).Must(http.StatusOK)
}

// AddAddress adds an address and returns its id.
func (w *World) AddAddress(customer Token, body H) string {
	GinkgoHelper()
	return w.Do("addAddress", Bearer(customer.Access), Body(body)).Must(http.StatusCreated).Text("id")
}

// Address returns one address of a customer.
func (w *World) Address(customer Token, id string) *Answer {
	GinkgoHelper()
	return w.Do("getAddress", Bearer(customer.Access), Path("addressId", id)).Must(http.StatusOK)
}

// AddressIDs returns the ids of a customer's addresses, in the order of the list.
func (w *World) AddressIDs(customer Token) []string {
	GinkgoHelper()
	list, ok := w.Do("listAddresses", Bearer(customer.Access)).Must(http.StatusOK).JSON().([]any)
	Expect(ok).To(BeTrue())
	ids := []string{}
	for _, one := range list {
		object, _ := one.(H)
		id, _ := object["id"].(string)
		ids = append(ids, id)
	}
	return ids
}

// RequestReset requests a password reset and returns the mailed token.
func (w *World) RequestReset(email string) string {
	GinkgoHelper()
	w.Do("requestPasswordReset", Bearer(w.Anonymous().Access), Body(H{"email": email})).Must(http.StatusNoContent)
	return w.LastMail("password-reset").Token
}

// ResetPassword sends a new password with a mailed token.
func (w *World) ResetPassword(token, password string) *Answer {
	GinkgoHelper()
	return w.Do("resetPassword", Bearer(w.Anonymous().Access), Body(H{"token": token, "password": password}))
}

// LastMail returns the newest mail of a kind. The spec fails if there is none.
func (w *World) LastMail(kind string) Mail {
	GinkgoHelper()
	mails := w.MailsOf(kind)
	Expect(mails).NotTo(BeEmpty(), "no mail of kind %s was sent", kind)
	return mails[len(mails)-1]
}

// MailsOf returns the mails of a kind, the oldest first.
func (w *World) MailsOf(kind string) []Mail {
	GinkgoHelper()
	return slices.DeleteFunc(w.Mails(), func(mail Mail) bool { return mail.Kind != kind })
}

// OrdinaryScope is the only scope that an operation asks for and that every customer has (T-SCOPE).
const OrdinaryScope = "customer.customerprofile_edit"

// MustMint creates a token. A server that mints no tokens is asked for one as its clients do.
func (w *World) MustMint(kind, email string, scopes ...string) Token {
	GinkgoHelper()
	service := w.suite.Target.ServiceClient
	switch {
	case !w.suite.Target.Foreign():
	case kind == "anonymous":
		return w.Anonymous()
	case kind == "customer" && !slices.ContainsFunc(scopes, func(scope string) bool { return scope != OrdinaryScope }):
		return w.LogIn(email)
	case kind == "service" && service.Name != "":
		form := serviceForm(service, w.Tenant)
		return Token{Access: w.Do("serviceToken", Raw(FormType, form)).Must(http.StatusOK).Text("access_token")}
	}
	token, err := w.Mint(kind, email, scopes, 0)
	Expect(err).NotTo(HaveOccurred())
	return token
}

// FormType is the media type of a form.
const FormType = "application/x-www-form-urlencoded"

// serviceForm returns the request body with which a back end asks for a token.
func serviceForm(client Credentials, tenant string) []byte {
	return []byte(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client.Name}, "client_secret": {client.Secret}, "scope": {"tenant=" + tenant},
	}.Encode())
}
