package contracts

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "standin/contracts/suite"
)

func (specs) Contexts(s *Suite) {
	Describe("the session's context", func() {
		describeContext(s)
		describeContextChanges(s)
		describeContextDefaults(s)
		describeContextChoices(s)
		describeAttributes(s)
	})
}

// context returns the context of the session of a token.
func context(w *World, token string) *Answer {
	GinkgoHelper()
	return w.Do("getSessionContext", Bearer(token)).Must(http.StatusOK)
}

// changeContext sends a change of the context, made on its present version.
func changeContext(w *World, token string, change H) *Answer {
	GinkgoHelper()
	change["metadata"] = H{"version": context(w, token).At("metadata", "version")}
	return w.Do("updateSessionContext", Bearer(token), Body(change))
}

// inContext returns what a session shops with: site, currency, language and target location.
func inContext(w *World, token string) []any {
	GinkgoHelper()
	answer := context(w, token)
	return []any{answer.At("siteCode"), answer.At("currency"), answer.At("language"), answer.At("targetLocation")}
}

func describeContext(s *Suite) {
	It("is what the anonymous login said, and stays through a login", Label("CONTEXT", "T-SESSION"), func() {
		w := s.World()
		w.Freeze()
		number := w.SignUp("jane@example.com")
		anonymous := w.Do("anonymousLogin", Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID), Query("currency", "EUR"),
			Query("siteCode", "berlin"), Query("language", "de"), Query("targetLocation", "DE")).Must(http.StatusOK)
		access, began := anonymous.Text("access_token"), w.Now().Format(time.RFC3339)
		Expect(context(w, access).JSON()).To(Equal(H{
			"sessionId": anonymous.Text("sessionId"), "currency": "EUR", "siteCode": "berlin", "language": "de", "targetLocation": "DE",
			"metadata": H{"version": 1.0, "createdAt": began, "modifiedAt": began},
		}))
		w.Advance(10 * time.Second)
		Expect(changeContext(w, access, H{"currency": "CHF"}).Must(http.StatusNoContent).Raw).To(BeEmpty())
		changed := w.Now().Format(time.RFC3339)
		w.Advance(10 * time.Second)
		jane := w.TokenIn(w.Do("login", Bearer(access), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusOK))
		want := H{
			"sessionId": anonymous.Text("sessionId"), "currency": "CHF", "siteCode": "berlin", "language": "de", "targetLocation": "DE",
			"metadata": H{"version": 2.0, "createdAt": began, "modifiedAt": changed},
		}
		want["customerId"] = number
		Expect(context(w, jane.Access).JSON()).To(Equal(want))
	})

	It("shows the customer to the customer's token only", Label("CONTEXT", "A"), func() {
		w := s.World(H{"site": H{"currency": "EUR"}})
		w.SignUp("jane@example.com")
		shopper := w.Anonymous()
		w.Do("login", Bearer(shopper.Access), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusOK)
		now := context(w, shopper.Access)
		now.MustHave("customerId", false)
		Expect(now.At("currency")).To(Equal("EUR"))
	})

	It("is nobody else's, and wants good values", Label("CONTEXT", "T-KIND"), func() {
		w := s.World()
		w.Do("getSessionContext").MustFault(FaultBearer)
		w.Do("updateSessionContext", Body(H{})).MustFault(FaultBearer)
		w.Do("addContextAttribute", Body(H{"key": "a", "value": "b"})).MustFault(FaultBearer)
		w.Do("deleteContextAttribute", Path("attributeName", "a")).MustFault(FaultBearer)
		w.Do("getSessionContext", Bearer(w.MustMint("service", "").Access)).MustFault(FaultBearer)
		one, other := w.Anonymous(), w.Anonymous()
		before := context(w, other.Access).Raw
		for field, value := range map[string]any{"currency": "EURO", "siteCode": 5, "language": 5, "targetLocation": 5, "context": "x"} {
			changeContext(w, one.Access, H{field: value}).MustNameField(field)
		}
		changeContext(w, one.Access, H{"currency": "EUR", "context": H{"a": "b"}}).Must(http.StatusNoContent)
		Expect(context(w, other.Access).Raw).To(MatchJSON(before))
	})
}

func describeContextChanges(s *Suite) {
	It("is changed on its present version only", Label("CONTEXT"), func() {
		w := s.World()
		shopper := w.Anonymous()
		change := func(body H) *Answer { return w.Do("updateSessionContext", Bearer(shopper.Access), Body(body)) }
		before := context(w, shopper.Access)
		change(H{"currency": "EUR"}).MustNameField("metadata")
		change(H{"currency": "EUR", "metadata": nil}).MustNameField("metadata")
		change(H{"currency": "EUR", "metadata": H{}}).MustNameField("metadata.version")
		change(H{"currency": "EUR", "metadata": H{"version": nil}}).MustNameField("metadata.version")
		for _, stale := range []int{0, 2, -1} {
			Expect(change(H{"currency": "EUR", "metadata": H{"version": stale}}).Status).To(BeNumerically(">=", http.StatusBadRequest))
		}
		Expect(context(w, shopper.Access).Raw).To(MatchJSON(before.Raw))
		change(H{"currency": "EUR", "metadata": H{"version": 1}}).Must(http.StatusNoContent)
		Expect(change(H{"currency": "CHF", "metadata": H{"version": 1}}).Status).To(BeNumerically(">=", http.StatusBadRequest))
		Expect(context(w, shopper.Access).At("currency")).To(Equal("EUR"))
		Expect(context(w, shopper.Access).At("metadata", "version")).To(BeEquivalentTo(2))
	})

	It("answers 409 to a stale version, and does not count a change that changes nothing", Label("CONTEXT", "A"), func() {
		w := s.World()
		shopper := w.Anonymous()
		change := func(body H) *Answer { return w.Do("updateSessionContext", Bearer(shopper.Access), Body(body)) }
		change(H{"currency": "EUR", "metadata": H{"version": 1}}).Must(http.StatusNoContent)
		change(H{"currency": "CHF", "metadata": H{"version": 1}}).MustRefuse(http.StatusConflict, "conflict_resource")
		change(H{"currency": "EUR", "context": H{}, "metadata": H{"version": 2}}).Must(http.StatusNoContent)
		Expect(context(w, shopper.Access).At("metadata", "version")).To(BeEquivalentTo(2))
	})

	It("keeps what is not sent, and ignores what is not the shopper's", Label("CONTEXT", "W-LIBERAL"), func() {
		w := s.World()
		shopper := w.Anonymous()
		changeContext(w, shopper.Access, H{"currency": "EUR", "context": H{"a": "b", "c": H{"d": 1, "e": []any{true}}}}).Must(http.StatusNoContent)
		changeContext(w, shopper.Access, H{"siteCode": "berlin", "sessionId": "x", "customerId": "y", "cartId": "z"}).Must(http.StatusNoContent)
		now := context(w, shopper.Access)
		Expect(now.At("currency")).To(Equal("EUR"))
		Expect(now.At("siteCode")).To(Equal("berlin"))
		Expect(now.At("context")).To(Equal(H{"a": "b", "c": H{"d": 1.0, "e": []any{true}}}))
		Expect(now.At("sessionId")).To(Equal(shopper.SessionID))
		now.MustHave("customerId", false)
		now.MustHave("cartId", false)
	})

	It("has its attributes merged by name, and null clears", Label("CONTEXT", "A"), func() {
		w := s.World()
		shopper := w.Anonymous()
		site := context(w, shopper.Access).Text("siteCode")
		changeContext(w, shopper.Access, H{"siteCode": "berlin", "context": H{"a": "b", "c": H{"d": 1, "e": 5}}}).Must(http.StatusNoContent)
		changeContext(w, shopper.Access, H{"siteCode": nil, "context": H{"a": nil, "c": H{"d": 2}}}).Must(http.StatusNoContent)
		now := context(w, shopper.Access)
		Expect(now.At("siteCode")).To(Equal(site))
		Expect(now.At("context")).To(Equal(H{"c": H{"d": 2.0, "e": 5.0}}))
		changeContext(w, shopper.Access, H{"context": nil}).Must(http.StatusNoContent)
		context(w, shopper.Access).MustHave("context", false)
	})
}

func describeContextDefaults(s *Suite) {
	site := H{"code": "berlin", "name": "Berlin", "currency": "EUR", "languages": []string{"de", "en"}, "country": "DE"}

	It("is never bare: what nobody chose comes from the site", Label("CONTEXT"), func() {
		s.Need(Settings) // Nobody knows the default site of another tenant.
		w := s.World()
		shopper := w.Anonymous()
		Expect(inContext(w, shopper.Access)).To(Equal([]any{"main", "USD", "en", "US"}))
		w.Configure(H{"site": site})
		Expect(inContext(w, shopper.Access)).To(Equal([]any{"berlin", "EUR", "de", "DE"}))
		w.Configure(H{"site": H{"homeBase": H{"address": H{"country": "CH"}}}})
		changeContext(w, shopper.Access, H{"language": "en"}).Must(http.StatusNoContent)
		Expect(inContext(w, shopper.Access)).To(Equal([]any{"berlin", "EUR", "en", "CH"}))
	})

	It("comes from the customer after a login, unless the shopper chose", Label("CONTEXT"), func() {
		w := s.World(H{"site": site})
		w.SignUp("jane@example.com", H{"customerDetails": H{"preferredSite": "oslo", "preferredCurrency": "NOK", "preferredLanguage": "nb_NO"}})
		w.SignUp("joe@example.com")
		shopper := w.Anonymous()
		jane := w.TokenIn(w.Do("login", Bearer(shopper.Access), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusOK))
		Expect(inContext(w, jane.Access)).To(Equal([]any{"oslo", "NOK", "nb_NO", "DE"}))
		Expect(inContext(w, w.LogIn("joe@example.com").Access)).To(Equal([]any{"main", "USD", "en_US", "DE"}), "a sign-up has the print's defaults")
		changeContext(w, jane.Access, H{"currency": "SEK", "targetLocation": "SE"}).Must(http.StatusNoContent)
		Expect(inContext(w, jane.Access)).To(Equal([]any{"oslo", "SEK", "nb_NO", "SE"}))
		w.AddAddress(jane, H{"country": "AT", "tags": []string{"SHIPPING"}})
		changeContext(w, jane.Access, H{"siteCode": "paris", "language": "fr"}).Must(http.StatusNoContent)
		Expect(inContext(w, jane.Access)).To(Equal([]any{"paris", "SEK", "fr", "SE"}), "a choice wins over preferences and addresses")
	})

	It("has the country of the customer's address for shipping, else for billing", Label("CONTEXT"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		where := func() any { return context(w, jane.Access).At("targetLocation") }
		w.AddAddress(jane, H{"country": "GB", "tags": []string{"BILLING"}})
		Expect(where()).To(Equal("GB"))
		w.AddAddress(jane, H{"country": "AT", "tags": []string{"SHIPPING"}})
		Expect(where()).To(Equal("AT"))
	})

	It("has the country of the default address, then of the oldest one", Label("CONTEXT", "A"), func() {
		w := s.World()
		jane := w.Customer("jane@example.com")
		where := func() any { return context(w, jane.Access).At("targetLocation") }
		ofSite := where()
		w.AddAddress(jane, H{"city": "Nowhere"})
		other := w.AddAddress(jane, H{"country": "FR"})
		Expect(where()).To(Equal(ofSite), "that in France is neither the default nor for anything")
		w.Do("updateAddress", Bearer(jane.Access), Path("addressId", other), Body(H{"isDefault": true})).Must(http.StatusOK)
		Expect(where()).To(Equal("FR"))
		first := w.AddAddress(jane, H{"country": "AT", "tags": []string{"home", "shipping"}})
		second := w.AddAddress(jane, H{"country": "IT", "tags": []string{"SHIPPING"}})
		Expect(where()).To(Equal("AT"))
		for id, country := range map[string]string{second: "IT", first: "AT"} {
			w.Do("updateAddress", Bearer(jane.Access), Path("addressId", id), Body(H{"isDefault": true})).Must(http.StatusOK)
			Expect(where()).To(Equal(country))
		}
	})
}

func describeContextChoices(s *Suite) {
	members := fields("siteCode currency language targetLocation")
	chosen := map[string]string{"siteCode": "turku", "currency": "SEK", "language": "fi", "targetLocation": "FI"}
	again := map[string]string{"siteCode": "oslo", "currency": "NOK", "language": "nb", "targetLocation": "NO"}
	query := func(w *World, refresh string, more ...Part) []Part {
		return append(more, Query("tenant", w.Tenant), Query("client_id", s.Target.ClientID), Query("refresh_token", refresh))
	}

	for i, name := range members {
		It("is cleared of "+name+" alone by null, and follows what it comes from again", Label("CONTEXT", "W-LIBERAL", "A"), func() {
			w := s.World()
			shopper := w.Anonymous()
			ofSite := inContext(w, shopper.Access)
			for _, each := range members {
				changeContext(w, shopper.Access, H{each: chosen[each]}).Must(http.StatusNoContent)
			}
			want := []any{"turku", "SEK", "fi", "FI"}
			Expect(inContext(w, shopper.Access)).To(Equal(want))
			changeContext(w, shopper.Access, H{name: nil}).Must(http.StatusNoContent)
			want[i] = ofSite[i]
			Expect(inContext(w, shopper.Access)).To(Equal(want))
			Expect(context(w, shopper.Access).At("metadata", "version")).To(BeEquivalentTo(6))
			changeContext(w, shopper.Access, H{name: nil}).Must(http.StatusNoContent)
			Expect(context(w, shopper.Access).At("metadata", "version")).To(BeEquivalentTo(6))
		})

		It("takes "+name+" alone from an anonymous login or refresh, and keeps the rest", Label("CONTEXT", "ANON-LOGIN", "ANON-REFRESH"), func() {
			w := s.World()
			shopper := w.Do("anonymousLogin", query(w, "", Query(name, chosen[name]))...).Must(http.StatusOK)
			access, refresh := shopper.Text("access_token"), shopper.Text("refresh_token")
			want := inContext(w, w.Anonymous().Access)
			want[i] = chosen[name]
			Expect(inContext(w, access)).To(Equal(want))
			w.Do("anonymousRefresh", query(w, refresh, Query(name, again[name]))...).Must(http.StatusOK)
			want[i] = again[name]
			Expect(inContext(w, access)).To(Equal(want))
			before := context(w, access).Raw
			w.Do("anonymousRefresh", query(w, refresh)...).Must(http.StatusOK)
			w.Do("anonymousRefresh", query(w, refresh, Query(name, again[name]))...).Must(http.StatusOK)
			Expect(context(w, access).Raw).To(MatchJSON(before), "a refresh that changes nothing")
		})
	}

	It("says when it was changed, and stays as it was when a change is refused or changes nothing", Label("CONTEXT", "A"), func() {
		w := s.World()
		w.Freeze()
		shopper := w.Anonymous()
		began := w.Now().Format(time.RFC3339)
		w.Advance(time.Minute)
		first := context(w, shopper.Access)
		Expect(first.At("metadata")).To(Equal(H{"version": 1.0, "createdAt": began, "modifiedAt": began}))
		changeContext(w, shopper.Access, H{}).Must(http.StatusNoContent)
		w.Do("deleteContextAttribute", Bearer(shopper.Access), Path("attributeName", "none")).Must(http.StatusNoContent)
		w.Do("updateSessionContext", Bearer(shopper.Access), Body(H{"currency": "CHF", "metadata": H{"version": 2}})).MustRefuse(http.StatusConflict, "conflict_resource")
		Expect(context(w, shopper.Access).Raw).To(MatchJSON(first.Raw))
		w.Do("addContextAttribute", Bearer(shopper.Access), Body(H{"key": "a", "value": "b"})).Must(http.StatusCreated)
		Expect(context(w, shopper.Access).At("metadata")).To(Equal(H{"version": 2.0, "createdAt": began, "modifiedAt": w.Now().Format(time.RFC3339)}))
		w.Advance(time.Minute)
		changeContext(w, shopper.Access, H{"currency": "CHF"}).Must(http.StatusNoContent)
		Expect(context(w, shopper.Access).At("metadata")).To(Equal(H{"version": 3.0, "createdAt": began, "modifiedAt": w.Now().Format(time.RFC3339)}))
	})

	It("is one for all tokens of the session, and another for each session of a customer", Label("CONTEXT", "T-SESSION"), func() {
		w := s.World()
		w.SignUp("jane@example.com")
		shopper := w.Anonymous()
		logIn := func(bearer string) Token {
			return w.TokenIn(w.Do("login", Bearer(bearer), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusOK))
		}
		jane, other := logIn(shopper.Access), logIn(w.Anonymous().Access)
		reads := func(access, currency string) {
			GinkgoHelper()
			Expect(context(w, access).At("currency")).To(Equal(currency))
		}
		changeContext(w, jane.Access, H{"currency": "CHF"}).Must(http.StatusNoContent)
		reads(jane.Access, "CHF")
		reads(shopper.Access, "CHF")
		renewed := w.TokenIn(w.Do("refreshToken", Bearer(w.Anonymous().Access), Query("refreshToken", jane.Refresh)).Must(http.StatusOK)).Access
		reads(renewed, "CHF")
		changeContext(w, renewed, H{"currency": "EUR"}).Must(http.StatusNoContent)
		reads(w.AnonymousRefresh(shopper.Refresh).Must(http.StatusOK).Text("access_token"), "EUR") // A refresh may end the token before it.
		reads(other.Access, "USD")
	})
}

func describeAttributes(s *Suite) {
	add := func(w *World, token string, key string, value any) *Answer {
		GinkgoHelper()
		return w.Do("addContextAttribute", Bearer(token), Body(H{"key": key, "value": value}))
	}

	It("takes attributes one by one, whatever its version is", Label("CONTEXT-ATTRIBUTES"), func() {
		w := s.World()
		shopper := w.Anonymous()
		Expect(add(w, shopper.Access, "weather", "rain").Must(http.StatusCreated).JSON()).To(Equal("weather"))
		Expect(add(w, shopper.Access, "a/b c?", H{"x": []any{1, nil}, "y": nil}).Must(http.StatusCreated).JSON()).To(Equal("a/b c?"))
		Expect(context(w, shopper.Access).At("context")).To(Equal(H{"weather": "rain", "a/b c?": H{"x": []any{1.0, nil}, "y": nil}}))
		w.Do("deleteContextAttribute", Bearer(shopper.Access), Path("attributeName", "a/b c?")).Must(http.StatusNoContent)
		Expect(context(w, shopper.Access).At("context")).To(Equal(H{"weather": "rain"}))
		w.SignUp("jane@example.com")
		jane := w.TokenIn(w.Do("login", Bearer(shopper.Access), Body(H{"email": "jane@example.com", "password": Password})).Must(http.StatusOK))
		Expect(context(w, jane.Access).At("context")).To(Equal(H{"weather": "rain"}), "they stay through a login")
	})

	It("replaces an attribute of the same name, deletes one that is not there, and counts each change", Label("CONTEXT-ATTRIBUTES", "A"), func() {
		w := s.World()
		shopper := w.Anonymous()
		remove := func() {
			w.Do("deleteContextAttribute", Bearer(shopper.Access), Path("attributeName", "weather")).Must(http.StatusNoContent)
		}
		add(w, shopper.Access, "weather", H{"sky": "grey"}).Must(http.StatusCreated)
		add(w, shopper.Access, "weather", H{"sun": "no"}).Must(http.StatusCreated)
		Expect(context(w, shopper.Access).At("context")).To(Equal(H{"weather": H{"sun": "no"}}))
		remove()
		gone := context(w, shopper.Access)
		gone.MustHave("context", false)
		Expect(gone.At("metadata", "version")).To(BeEquivalentTo(4))
		remove()
		Expect(context(w, shopper.Access).Raw).To(MatchJSON(gone.Raw))
	})

	It("wants a name, and a text or an object", Label("CONTEXT-ATTRIBUTES", "W-INPUT"), func() {
		w := s.World()
		shopper := w.Anonymous()
		for field, body := range map[string]H{
			"key": {"value": "x"}, "value": {"key": "x"},
		} {
			w.Do("addContextAttribute", Bearer(shopper.Access), Body(body)).MustNameField(field)
		}
		add(w, shopper.Access, "", "x").MustNameField("key")
		for _, value := range []any{5, true, nil, []any{"x"}} {
			add(w, shopper.Access, "x", value).MustNameField("value")
		}
		context(w, shopper.Access).MustHave("context", false)
	})

	It("holds at most 64 KiB of them", Label("CONTEXT-ATTRIBUTES", "CONTEXT", "A"), func() {
		w := s.World()
		shopper := w.Anonymous()
		const most = 64 << 10
		overhead := len(`{"big":""}`)
		changeContext(w, shopper.Access, H{"context": H{"big": strings.Repeat("x", most-overhead+1)}}).MustNameField("context")
		add(w, shopper.Access, "big", strings.Repeat("x", most-overhead)).Must(http.StatusCreated)
		add(w, shopper.Access, "b", "x").MustNameField("value")
		changeContext(w, shopper.Access, H{"currency": "EUR"}).Must(http.StatusNoContent)
		w.Do("deleteContextAttribute", Bearer(shopper.Access), Path("attributeName", "big")).Must(http.StatusNoContent)
		fits := strings.Repeat("ä", (most-overhead)/len("ä")) // Bytes count, not characters.
		add(w, shopper.Access, "big", fits+"x").MustNameField("value")
		add(w, shopper.Access, "big", fits).Must(http.StatusCreated)
		changeContext(w, shopper.Access, H{"context": H{"big": "ä" + fits}}).MustNameField("context")
		changeContext(w, shopper.Access, H{"context": H{"big": nil}}).Must(http.StatusNoContent)
		for i := range 3 {
			add(w, shopper.Access, strconv.Itoa(i), strings.Repeat("x", most/4)).Must(http.StatusCreated)
		}
	})

	It("keeps the deepest value that a request may hold", Label("CONTEXT-ATTRIBUTES", Smoke), func() {
		w := s.World()
		shopper := w.Anonymous()
		const deep = 99
		body := `{"key":"deep","value":` + strings.Repeat(`{"a":`, deep) + `"b"` + strings.Repeat("}", deep) + "}"
		w.Do("addContextAttribute", Bearer(shopper.Access), Raw("application/json", []byte(body))).Must(http.StatusCreated)
		Expect(string(context(w, shopper.Access).Raw)).To(ContainSubstring(`"b"`))
	})
}
