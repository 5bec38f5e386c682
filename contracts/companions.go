package contracts

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Companions(s *Suite) {
	Describe("anonymousLogin and anonymousRefresh", func() { describeAnonymous(s) })
	Describe("serviceToken", func() { describeServiceTokens(s) })
	Describe("around a login", func() { describeAroundLogin(s) })
}

func describeAnonymous(s *Suite) {
	It("answer tokens to a tenant under either name, and to any client", Label("ANON-LOGIN"), func() {
		w := s.World()
		client := "anything"
		if s.Target.Foreign() { // The tenant may list its own.
			client = s.Target.ClientID
		}
		for _, name := range []string{"tenant", "hybris-tenant"} {
			answer := w.Do("anonymousLogin", Query(name, w.Tenant), Query("client_id", client)).Must(http.StatusOK)
			Expect(answer.At("token_type")).To(Equal("Bearer"))
			Expect(answer.At("scope")).To(Equal("tenant=" + w.Tenant))
			w.Do("getProfile", Bearer(answer.Text("access_token"))).Must(http.StatusOK)
		}
	})

	It("want a client id, and one of the tenant's if it lists its own", Label("ANON-LOGIN", "T-401"), func() {
		w := s.World()
		w.Do("anonymousLogin", Query("tenant", w.Tenant)).MustFault(FaultAPIKey)
		w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", "")).MustFault(FaultAPIKey)
		refresh := w.Anonymous().Refresh
		w.Configure(H{"clientIds": []string{"mine"}})
		for _, operation := range []string{"anonymousLogin", "anonymousRefresh"} {
			w.Do(operation, Query("tenant", w.Tenant), Query("client_id", "other"), Query("refresh_token", refresh)).MustFault(FaultAPIKey)
			w.Do(operation, Query("tenant", w.Tenant), Query("client_id", "mine"), Query("refresh_token", refresh)).Must(http.StatusOK)
		}
	})

	It("want a tenant", Label("ANON-LOGIN", "W-TENANT", Smoke), func() {
		w := s.World()
		for _, parts := range [][]Part{{}, {Query("tenant", "")}, {Query("tenant", "No")}, {Query("tenant", "customerlogin")}} {
			w.Do("anonymousLogin", append(parts, Query("client_id", s.Target.ClientID))...).MustRefuse(http.StatusBadRequest, "bad_request")
		}
	})

	It("want a currency of three capital letters", Label("ANON-LOGIN", "A"), func() {
		w := s.World()
		refresh := w.Anonymous().Refresh
		for _, odd := range []string{"EURO", "eur", "€€€"} {
			for _, operation := range []string{"anonymousLogin", "anonymousRefresh"} {
				w.Do(operation, Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID), Query("refresh_token", refresh), Query("currency", odd)).MustNameField("currency")
			}
		}
	})

	It("begin a session of its own, whatever session a header names", Label("ANON-LOGIN", "T-SESSION", "A", Smoke), func() {
		w := s.World()
		before := w.Anonymous().SessionID
		after := w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID), Header("session-id", before), Header("hybris-session-id", before)).Must(http.StatusOK)
		Expect(after.Text("sessionId")).NotTo(Equal(before))
	})

	It("keep session and refresh token in a refresh, twice as well, and its end does not move", Label("ANON-REFRESH", "T-SESSION"), func() {
		w := s.World()
		w.Freeze()
		anonymous := w.Anonymous()
		w.Advance(10 * time.Second)
		seen := []string{anonymous.Access}
		for range 2 {
			answer := w.AnonymousRefresh(anonymous.Refresh).Must(http.StatusOK)
			Expect(answer.At("refresh_token")).To(Equal(anonymous.Refresh))
			Expect(answer.At("sessionId")).To(Equal(anonymous.SessionID))
			Expect(answer.At("expires_in")).To(BeEquivalentTo(3599))
			Expect(answer.At("refresh_token_expires_in")).To(BeEquivalentTo(86389))
			Expect(seen).NotTo(ContainElement(answer.Text("access_token")))
			seen = append(seen, answer.Text("access_token"))
		}
		for _, access := range seen {
			w.Do("getProfile", Bearer(access)).Must(http.StatusOK)
		}
	})

	It("rotate the refresh token where the tenant says so, and its end does not move", Label("ANON-REFRESH", "T-SESSION", "A"), func() {
		w := s.World()
		w.Freeze()
		anonymous := w.Anonymous()
		w.AnonymousRefresh(anonymous.Refresh).Must(http.StatusOK) // Both access tokens have the refresh token now.
		w.Configure(H{"anonymousRefreshRotates": true})
		w.Advance(10 * time.Second)
		used := anonymous.Refresh
		for range 2 {
			answer := w.AnonymousRefresh(used).Must(http.StatusOK)
			Expect(answer.At("refresh_token")).NotTo(Equal(used))
			Expect(answer.At("sessionId")).To(Equal(anonymous.SessionID))
			Expect(answer.At("refresh_token_expires_in")).To(BeEquivalentTo(86389))
			w.AnonymousRefresh(used).MustFault(FaultBearer)
			used = answer.Text("refresh_token")
		}
		w.Do("getProfile", Bearer(anonymous.Access)).Must(http.StatusOK)
		w.Configure(H{"anonymousRefreshRotates": nil})
		w.AnonymousRefresh(used).Must(http.StatusOK)
		Expect(w.AnonymousRefresh(used).Must(http.StatusOK).At("refresh_token")).To(Equal(used))
	})

	It("take what a refresh says of the session's context", Label("ANON-REFRESH", "CONTEXT", Smoke), func() {
		w := s.World()
		anonymous := w.Anonymous()
		w.Do("anonymousRefresh", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID), Query("refresh_token", anonymous.Refresh), Query("currency", "EUR")).Must(http.StatusOK)
		Expect(w.Do("getSessionContext", Bearer(anonymous.Access)).Must(http.StatusOK).At("currency")).To(Equal("EUR"))
	})

	It("count the session's context up with each refresh that changes it, and with no other", Label("ANON-REFRESH", "CONTEXT", "A"), func() {
		w := s.World()
		anonymous := w.Anonymous()
		for _, one := range []struct {
			currency string
			version  int
		}{{"EUR", 2}, {"EUR", 2}, {"CHF", 3}} {
			w.Do("anonymousRefresh", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID), Query("refresh_token", anonymous.Refresh), Query("currency", one.currency)).Must(http.StatusOK)
			Expect(context(w, anonymous.Access).At("metadata", "version")).To(BeEquivalentTo(one.version), one.currency)
		}
		w.AnonymousRefresh(anonymous.Refresh).Must(http.StatusOK)
		Expect(context(w, anonymous.Access).At("metadata", "version")).To(BeEquivalentTo(3))
	})

	It("take the session's access token by the older name, though it has expired", Label("ANON-REFRESH"), func() {
		w := s.World()
		w.Freeze()
		anonymous := w.Anonymous()
		older := func(access string) *Answer {
			return w.Do("anonymousRefresh", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID), Query("anonymous_token", access))
		}
		for _, wait := range []time.Duration{0, 2 * time.Hour, day - 2*time.Hour - time.Second} {
			w.Advance(wait)
			answer := older(anonymous.Access).Must(http.StatusOK)
			Expect(answer.At("refresh_token")).To(Equal(anonymous.Refresh))
			Expect(answer.At("sessionId")).To(Equal(anonymous.SessionID))
			w.Do("getProfile", Bearer(answer.Text("access_token"))).Must(http.StatusOK)
		}
		w.Advance(time.Second)
		older(anonymous.Access).MustFault(FaultBearer)
		older(w.Anonymous().Refresh).MustFault(FaultBearer)
		older(w.Customer("jane@example.com").Access).MustFault(FaultBearer)
		older(s.World().Anonymous().Access).MustFault(FaultBearer)
	})

	It("renew by refresh_token, whatever the older name says beside it", Label("ANON-REFRESH"), func() {
		w := s.World()
		anonymous := w.Anonymous()
		both := func(refresh, older string) *Answer {
			return w.Do("anonymousRefresh", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID), Query("refresh_token", refresh), Query("anonymous_token", older))
		}
		for _, older := range []string{anonymous.Access, anonymous.Refresh, w.Anonymous().Access, "gone"} {
			Expect(both(anonymous.Refresh, older).Must(http.StatusOK).At("sessionId")).To(Equal(anonymous.SessionID))
		}
		both("gone", anonymous.Access).MustFault(FaultBearer)
	})

	It("refuse what is no refresh token of an anonymous shopper of this tenant", Label("ANON-REFRESH"), func() {
		w, elsewhere := s.World(), s.World()
		for _, token := range []string{"unknown", w.Anonymous().Access, w.Customer("jane@example.com").Refresh, elsewhere.Anonymous().Refresh} {
			w.AnonymousRefresh(token).MustFault(FaultBearer)
		}
		w.Do("anonymousRefresh", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID)).MustNameField("refresh_token")
	})
}

func describeServiceTokens(s *Suite) {
	form := func(body string) Part { return Raw(FormType, []byte(body)) }

	It("answers a token of the tenant that the scope names, with the scopes that were asked for", Label("SERVICE-TOKEN"), func() {
		s.Need(Settings) // A shared tenant may list its clients.
		w := s.World()
		answer := w.Do("serviceToken", form("grant_type=client_credentials&client_id=a&client_secret=b&scope=tenant%3D"+w.Tenant+"+customer.customer_read+tenant.read")).Must(http.StatusOK)
		scopes := ConsistOf("customer.customer_read", "tenant.read", "tenant="+w.Tenant)
		Expect(fields(answer.Text("scope"))).To(scopes)
		Expect(answer.At("expires_in")).To(BeEquivalentTo(14399))
		Expect(answer.At("session_idle_time")).To(BeNumerically(">", 0))
		Expect(answer.At("refresh_token")).To(Equal(""), "there is none")
		Expect(answer.At("refresh_token_expires_in")).To(BeEquivalentTo(0))
		valid := w.Do("validateToken", Bearer(answer.Text("access_token"))).Must(http.StatusOK)
		Expect(fields(valid.Text("scope"))).To(scopes)
	})

	It("finds the tenant that lists the client, and takes no other client there", Label("SERVICE-TOKEN", "T-401"), func() {
		w := s.World()
		client := "client" + w.Tenant
		w.Configure(H{"serviceClients": []H{{"clientId": client, "clientSecret": "right", "scopes": []string{"a.read", "a.write"}}}})
		answer := w.Do("serviceToken", form("grant_type=client_credentials&client_id="+client+"&client_secret=right&scope=a.read+b.read")).Must(http.StatusOK)
		Expect(fields(answer.Text("scope"))).To(ConsistOf("a.read", "tenant="+w.Tenant))
		all := w.Do("serviceToken", form("grant_type=client_credentials&client_id="+client+"&client_secret=right")).Must(http.StatusOK)
		Expect(fields(all.Text("scope"))).To(ConsistOf("a.read", "a.write", "tenant="+w.Tenant))
		w.Do("serviceToken", form("grant_type=client_credentials&client_id="+client+"&client_secret=wrong")).MustFault(FaultAPIKey)
		w.Do("serviceToken", form("grant_type=client_credentials&client_id=other&client_secret=x&scope=tenant%3D"+w.Tenant)).MustFault(FaultAPIKey)
	})

	It("takes the tenant of the scope, of several that list the client", Label("SERVICE-TOKEN"), func() {
		one, other := s.World(), s.World()
		client := "shared" + one.Tenant
		for _, w := range []*World{one, other} {
			w.Configure(H{"serviceClients": []H{{"clientId": client, "clientSecret": "right"}}})
		}
		for _, w := range []*World{one, other} {
			answer := w.Do("serviceToken", form("grant_type=client_credentials&client_id="+client+"&client_secret=right&scope=tenant%3D"+w.Tenant)).Must(http.StatusOK)
			Expect(answer.At("scope")).To(Equal("tenant=" + w.Tenant))
		}
	})

	It("wants a well-formed form", Label("SERVICE-TOKEN", "W-INPUT"), func() {
		w := s.World()
		w.Do("serviceToken", form("client_id=a&client_secret=b")).MustNameField("grant_type")
		w.Do("serviceToken", form("grant_type=password&client_id=a&client_secret=b")).MustNameField("grant_type")
		w.Do("serviceToken", form("grant_type=client_credentials&client_secret=b")).MustNameField("client_id")
		w.Do("serviceToken", form("grant_type=client_credentials&client_id=a&client_id=b&client_secret=b")).MustNameField("client_id")
		w.Do("serviceToken", form("%zz")).MustNameField("body")
		w.Do("serviceToken", form("grant_type=client_credentials&client_id=a&client_secret=b&scope=tenant%3DNO")).MustRefuse(http.StatusBadRequest, "bad_request")
		w.Do("serviceToken", Raw("text/plain", []byte("grant_type=client_credentials&client_id=a&client_secret=b"))).Must(http.StatusUnsupportedMediaType)
	})

	It("takes JSON, too, and from the query what a body lacks", Label("SERVICE-TOKEN", "O"), func() {
		w := s.World()
		client := "client" + w.Tenant
		w.Configure(H{"serviceClients": []H{{"clientId": client, "clientSecret": "right", "scopes": []string{"a.read", "a.write"}}}})
		all := map[string]string{"grant_type": "client_credentials", "client_id": client, "client_secret": "right", "scope": "a.read tenant=" + w.Tenant}
		for _, elsewhere := range slices.Sorted(maps.Keys(all)) {
			rest, values := H{}, url.Values{}
			for name, value := range all {
				if name != elsewhere {
					rest[name] = value
					values.Set(name, value)
				}
			}
			for _, body := range []Part{Body(rest), form(values.Encode())} {
				answer := w.Do("serviceToken", body, Query(elsewhere, all[elsewhere])).Must(http.StatusOK)
				Expect(fields(answer.Text("scope"))).To(ConsistOf("a.read", "tenant="+w.Tenant))
				if elsewhere != "scope" {
					w.Do("serviceToken", body).MustNameField(elsewhere)
				}
			}
			rest[elsewhere] = all[elsewhere]
			w.Do("serviceToken", Body(rest), Query(elsewhere, "wrong")).Must(http.StatusOK)
			w.Do("serviceToken", form(values.Encode()+"&"+url.Values{elsewhere: {all[elsewhere]}}.Encode()), Query(elsewhere, "wrong")).Must(http.StatusOK)
		}
		all["client_secret"] = "wrong"
		w.Do("serviceToken", Body(all), Query("client_secret", "right")).MustFault(FaultAPIKey)
		w.Do("serviceToken", Body(H{"client_id": 5})).MustNameField("client_id")
	})
}

func describeAroundLogin(s *Suite) {
	It("validateToken says what a token is and how long it is good", Label("VALIDATE"), func() {
		w := s.World()
		w.Freeze()
		w.SignUp("Jane@example.com")
		anonymous := w.Anonymous()
		jane := w.TokenIn(w.Do("login", Bearer(anonymous.Access), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusOK))
		w.Advance(10 * time.Second)
		answer := w.Do("validateToken", Bearer(jane.Access)).Must(http.StatusOK)
		Expect(answer.At("token_type")).To(Equal("Bearer"))
		Expect(answer.At("expires_in")).To(BeNumerically("~", 2591990, 1))
		Expect(answer.At("email")).To(Equal("Jane@example.com"))
		Expect(answer.At("sessionId")).To(Equal(anonymous.SessionID))
		Expect(answer.At("legalEntityId")).To(BeNil())
		session := w.Do("validateToken", Bearer(anonymous.Access)).Must(http.StatusOK)
		Expect(session.At("scope")).To(Equal("tenant=" + w.Tenant))
		Expect(session.At("email")).To(BeNil())
		Expect(session.At("sessionId")).To(Equal(anonymous.SessionID))
		w.Do("validateToken", Bearer(w.MustMint("service", "").Access)).Must(http.StatusOK)
		w.Do("validateToken").MustFault(FaultBearer)
		w.Advance(month)
		w.Do("validateToken", Bearer(jane.Access)).MustFault(FaultExpired)
	})

	It("getScopes is for customers", Label("SCOPES", "T-KIND"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		token := w.MustMint("customer", "jane@example.com", "customer.customer_manage")
		Expect(fields(w.Do("getScopes", Bearer(token.Access)).Must(http.StatusOK).Text("scopes"))).To(ContainElement("customer.customer_manage"))
		w.Do("getScopes", Bearer(w.Anonymous().Access)).MustForbid()
		w.Do("getScopes").MustFault(FaultBearer)
	})
}
