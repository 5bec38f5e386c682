package contracts

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

// chooser is an operation that sets an e-mail address, a password, or both. They stand in the fields, unless these are empty. The
// operation gets its token from ready, which prepares the tenant, and answers the status.
type chooser struct {
	name, email, password string
	status                int
	ready                 func(w *World) string
	send                  func(w *World, token, email, password string) *Answer
}

// choosers are all of them. Each may be sent again after a refusal.
func choosers() []chooser {
	bare := func(*World) string { return "" }
	customer := func(w *World) string {
		GinkgoHelper()
		w.SignUp(janesEmail)
		return w.MustMint("customer", janesEmail, "customer.customer_manage").Access
	}
	return []chooser{
		{"a sign-up", "email", "password", http.StatusCreated, bare, func(w *World, _, email, password string) *Answer {
			return w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": email, "password": password}))
		}},
		{"separate credentials", "signup.email", "signup.password", http.StatusCreated, bare, func(w *World, _, email, password string) *Answer {
			return w.Do("signup", Bearer(w.Anonymous().Access), Body(H{"email": "desk@example.com", "password": Password, "signup": H{"email": email, "password": password}}))
		}},
		{"an assigned account", "email", "password", http.StatusCreated, customer, func(w *World, token, email, password string) *Answer {
			return w.Do("assignAccount", Bearer(token), Body(H{"email": email, "password": password}))
		}},
		{"a contact address", "contactEmail", "", http.StatusOK, customer, func(w *World, token, email, _ string) *Answer {
			return w.Do("updateProfile", Bearer(token), Body(H{"contactEmail": email}))
		}},
		{"an e-mail change", "newEmail", "", http.StatusNoContent, customer, func(w *World, token, email, _ string) *Answer {
			return w.Do("requestEmailChange", Bearer(token), Body(H{"email": janesEmail, "password": Password, "newEmail": email}))
		}},
		{"a social login", "email", "", http.StatusOK, bare, func(w *World, _, email, _ string) *Answer {
			anonymous := w.Anonymous()
			return w.Do("socialLogin", Bearer(anonymous.Access), Header("session-id", anonymous.SessionID), Body(H{"email": email}))
		}},
		{"a reset", "", "password", http.StatusNoContent, func(w *World) string {
			GinkgoHelper()
			w.SignUp(janesEmail)
			return w.RequestReset(janesEmail)
		}, func(w *World, token, _, password string) *Answer { return w.ResetPassword(token, password) }},
		{"a password change", "", "newPassword", http.StatusNoContent, customer, func(w *World, token, _, password string) *Answer {
			return w.Do("changePassword", Bearer(token), Body(H{"currentPassword": Password, "newPassword": password}))
		}},
	}
}

func (specs) Credentials(s *Suite) {
	Describe("new credentials", func() {
		for _, one := range choosers() {
			if one.email != "" {
				It("of "+one.name+" have an e-mail address in its own form", Label("EMAIL-FORM", "A"), func() {
					s.Need(Settings) // In a shared tenant, only addresses of one domain are kept apart from others.
					w := s.World()
					token := one.ready(w)
					for _, bad := range []string{
						"jane", "@example.com", "jane@", "jane@@example.com", "jane doe@example.com", " new@example.com", "new@example.com ", "<new@example.com>",
						"New <new@example.com>", "a@example.com, b@example.com", "new@example.com (new)", strings.Repeat("x", 65) + "@example.com",
					} {
						one.send(w, token, bad, Password).MustNameField(one.email)
					}
					for _, good := range []string{strings.Repeat("x", 64) + "@example.com", "new+tag.x@sub.example.com", `"new doe"@example.com`} {
						one.send(w, token, good, Password).Must(one.status)
					}
				})
			}
			if one.password != "" {
				It("of "+one.name+" have a password as long as the tenant wants, in characters", Label("PASSWORD-LENGTH"), func() {
					s.Need(Settings) // The passwords are public, so no customer may be created in a shared tenant.
					w := s.World()
					token := one.ready(w)
					w.Configure(H{"passwordMinLength": 9})
					for _, short := range []string{"", "12345678", "ääääääää", " 1234 67"} {
						one.send(w, token, "new@example.com", short).MustNameField(one.password)
					}
					one.send(w, token, "new@example.com", "äääää 789").Must(one.status)
				})
			}
		}
	})

	Describe("the credentials of a client", func() {
		It("are compared to the letter", Label("ANON-LOGIN", "ANON-REFRESH", "T-401"), func() {
			w := s.World()
			refresh := w.Anonymous().Refresh
			w.Configure(H{"clientIds": []string{"First-Shop", "Second-Shop"}})
			try := func(operation, id string) *Answer {
				GinkgoHelper()
				return w.Do(operation, Query("tenant", w.Tenant), Query("client_id", id), Query("refresh_token", refresh))
			}
			for _, operation := range []string{"anonymousLogin", "anonymousRefresh"} {
				for _, id := range []string{"first-shop", "FIRST-SHOP", "First", "First-Shop2", " First-Shop", "First-Shop ", "Shop", "First-Shop,Second-Shop"} {
					try(operation, id).MustFault(FaultAPIKey)
				}
				try(operation, "First-Shop").Must(http.StatusOK)
				try(operation, "Second-Shop").Must(http.StatusOK)
			}
		})

		It("of a back end are compared to the letter, and give each its own scopes", Label("SERVICE-TOKEN", "T-401"), func() {
			w := s.World()
			one, other := "One"+w.Tenant, "Other"+w.Tenant
			w.Configure(H{"serviceClients": []H{
				{"clientId": one, "clientSecret": "Right-1", "scopes": []string{"a.read"}}, {"clientId": other, "clientSecret": "Right-2"},
			}})
			try := func(id, secret, scope string) *Answer {
				GinkgoHelper()
				return w.Do("serviceToken", Body(H{"grant_type": "client_credentials", "client_id": id, "client_secret": secret, "scope": strings.TrimSpace(scope + " tenant=" + w.Tenant)}))
			}
			for _, wrong := range [][]string{
				{one, "right-1"},
				{one, "Right-2"},
				{one, "Right-"},
				{one, "Right-1 "},
				{one, "Right-11"},
				{other, "Right-1"},
				{strings.ToUpper(one), "Right-1"},
				{strings.ToLower(one), "Right-1"},
				{one + "x", "Right-1"},
				{w.Tenant, "Right-1"},
			} {
				try(wrong[0], wrong[1], "").MustFault(FaultAPIKey)
			}
			for scope, granted := range map[string][]string{"": {"a.read"}, "a.read b.read": {"a.read"}, "b.read": {}, "A.READ a.rea": {}} {
				Expect(fields(try(one, "Right-1", scope).Must(http.StatusOK).Text("scope"))).To(ConsistOf(append(granted, "tenant="+w.Tenant)))
			}
			for scope, granted := range map[string][]string{"": {}, "a.read b.read": {"a.read", "b.read"}} {
				Expect(fields(try(other, "Right-2", scope).Must(http.StatusOK).Text("scope"))).To(ConsistOf(append(granted, "tenant="+w.Tenant)))
			}
		})
	})
}
