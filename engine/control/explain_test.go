package control_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"standin/state"
)

// explain is the explanation that a refusal links to.
func (x *tester) explain(refused answer) answer {
	x.Helper()
	link := refused.header.Get("Link")
	path, _, _ := strings.Cut(strings.TrimPrefix(link, "</_standin"), ">")
	return x.do("GET", path, nil).must(http.StatusOK)
}

// succeeds sends the corrected request of an explanation, and fails the test unless it succeeds.
func (x *tester) succeeds(explained answer) {
	x.Helper()
	if explained.at("corrected") == nil {
		x.Errorf("there is no corrected request in %s", explained.raw)
		return
	}
	header := http.Header{}
	headers, _ := explained.at("corrected", "headers").(map[string]any)
	for name, value := range headers {
		header.Set(name, fmt.Sprint(value))
	}
	if order, ok := explained.at("corrected", "token").(map[string]any); ok { // It is minted only now.
		tenant := regexp.MustCompile(`/(?:customer|session-context)/([a-z0-9]+)/`).FindStringSubmatch(explained.text("corrected", "url"))
		token := x.do("POST", "/tenants/"+tenant[1]+"/tokens", order).must(http.StatusCreated).text("accessToken")
		header.Set("Authorization", strings.ReplaceAll(header.Get("Authorization"), "$TOKEN", token))
	}
	var body []byte
	switch value := explained.at("corrected", "body").(type) {
	case nil:
	case string:
		body = []byte(value)
	default:
		body, _ = json.Marshal(value)
	}
	path := strings.TrimPrefix(explained.text("corrected", "url"), x.server.URL)
	if a := x.send(explained.text("corrected", "method"), path, header, body); a.status >= http.StatusMultipleChoices {
		x.Errorf("the corrected request of %s answers %d %s", explained.raw, a.status, a.raw)
	}
}

func TestSchemaFaultsAreExplainedAndCorrected(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	api := "/customer/" + name
	shopper, customer := x.anonymous(name), x.mint(name, john)
	for _, one := range []struct {
		method, path, token, body, rule, field string
	}{
		{"POST", "/me/addresses", customer, `{"contactName":"x","country":"England"}`, "W-INPUT", "country"},
		{"POST", "/me/addresses", customer, `{"contactName":5,"tags":[1]}`, "W-INPUT", "contactName"},
		{"PATCH", "/me", customer, `{"preferredCurrency":"EURO"}`, "W-INPUT", "preferredCurrency"},
		{"PATCH", "/me", customer, `{"contactEmail":"x"}`, "EMAIL-FORM", "contactEmail"},
		{"PATCH", "/me", customer, `{"contactEmail":null}`, "PROFILE-PATCH", "contactEmail"},
		{"PATCH", "/me", customer, `{"firstName":"x"`, "W-INPUT", "body"},
		{"PATCH", "/me", customer, ``, "W-INPUT", "body"},
		{"POST", "/signup", shopper, `{"email":"no","password":"password123"}`, "EMAIL-FORM", "email"},
		{"POST", "/signup", shopper, `{"email":"new@example.com","password":"x"}`, "PASSWORD-LENGTH", "password"},
		{"POST", "/signup", shopper, `{"password":"password123"}`, "W-INPUT", "email"},
		{"POST", "/signup", shopper, `{"email":"new@example.com","password":"password123","customerDetails":{"contactEmail":"other@example.com"}}`, "SIGNUP-CONTACT", "customerDetails.contactEmail"},
		{"POST", "/signup", shopper, `{"email":"new@example.com","password":"password123","customerDetails":{"b2b":{"companyRegistrationId":"1"}}}`, "B2B-RULE", "customerDetails.firstName"},
		{"POST", "/me/addresses/a000000001/tags", customer, ``, "W-INPUT", "tags"},
	} {
		refused := x.call(one.method, api+one.path, one.token, one.body).must(http.StatusBadRequest)
		explained := x.explain(refused).is(one.rule, "rule", "id").is(one.field, "problems", 0, "field")
		x.succeeds(explained)
	}
	for _, body := range []string{`{"currency":"EUR"}`, `{"currency":"EURO","metadata":{"version":7}}`, `{"metadata":{}}`, `[]`} {
		x.succeeds(x.explain(x.call("PATCH", "/session-context/"+name+"/me/context", shopper, body).must(http.StatusBadRequest)).is("W-INPUT", "rule", "id"))
	}
	x.succeeds(x.explain(x.call("POST", "/session-context/"+name+"/me/context/attributes", shopper, `{"key":"a","value":5}`).must(http.StatusBadRequest)))
	for _, body := range []string{`{"grant_type":"client_credentials","client_id":"a"}`, `{"grant_type":"password","client_id":"","client_secret":"x"}`} {
		service := x.explain(x.call("POST", "/oauth/token?scope=tenant%3D"+name, "", body).must(http.StatusBadRequest)).is("W-INPUT", "rule", "id")
		x.succeeds(service)
		if query := service.text("corrected", "url"); !strings.HasSuffix(query, "?scope=tenant%3D"+name) {
			x.Errorf("the query was good, and is %s", query)
		}
	}
	media := x.call("PATCH", api+"/me", customer, "<a/>", "Content-Type", "text/xml").must(http.StatusUnsupportedMediaType)
	x.succeeds(x.explain(media).is("W-INPUT", "rule", "id"))
	large := x.call("PATCH", api+"/me", customer, `{"firstName":"`+strings.Repeat("x", 2<<20)+`"}`).must(http.StatusRequestEntityTooLarge)
	x.explain(large).is("W-INPUT", "rule", "id")

	found := x.explain(x.call("POST", api+"/me/addresses", customer, `{"contactName":"x","country":"England","metadata":{"version":"1"}}`))
	found.is("England", "problems", 0, "found").is("/country", "problems", 0, "pointer").is("/metadata/version", "problems", 1, "pointer")

	x.do("PATCH", "/tenants/"+name+"/settings", object{"strict": true}).must(http.StatusOK)
	x.succeeds(x.explain(x.call("PATCH", api+"/me", customer, `{"fristName":"x"}`).must(http.StatusBadRequest)).is("W-LIBERAL", "rule", "id"))
	x.succeeds(x.explain(x.call("GET", api+"/me?exapnd=addresses", customer, "").must(http.StatusBadRequest)).is("W-LIBERAL", "rule", "id"))
}

func TestAttributesThatAreTooLargeAreToldTheirBound(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	context, shopper := "/session-context/"+name+"/me/context", x.anonymous(name)
	long := strings.Repeat("x", state.MaxAttributes)
	says := fmt.Sprintf(`would make the attributes of the session larger than %d bytes"`, state.MaxAttributes)
	x.call("PATCH", context, shopper, `{"metadata":{"version":1},"context":{"a":"`+long+`"}}`).refuses(http.StatusBadRequest, says)
	x.call("POST", context+"/attributes", shopper, `{"key":"a","value":"`+long+`"}`).refuses(http.StatusBadRequest, says)
}

func TestTokenFaultsAreExplainedAndCorrected(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true})
	api := "/customer/" + name
	shopper, customer := x.anonymous(name), x.mint(name, john)
	expired := x.do("POST", "/tenants/"+name+"/tokens", object{"kind": "customer", "email": john, "expiresIn": -1}).text("accessToken")
	other := x.mint(x.sandbox(object{"from": name}), john)
	service := x.do("POST", "/tenants/"+name+"/tokens", object{"kind": "service"}).text("accessToken")
	for _, one := range []struct {
		method, path, token, body, rule, says string
	}{
		{"GET", "/me", "", "", "T-401", "none was sent"},
		{"GET", "/me", "nobody", "", "T-401", "no token of this tenant"},
		{"GET", "/me", other, "", "T-401", "no token of this tenant"},
		{"GET", "/me", expired, "", "T-LIFE", "of kind customer"},
		{"GET", "/me/addresses", shopper, "", "T-KIND", "of kind anonymous"},
		{"GET", "/me/addresses", service, "", "T-KIND", "of kind service"},
		{"POST", "/signup", customer, `{"email":"new@example.com","password":"password123"}`, "T-KIND", "of kind customer"},
		{"POST", "/me/accounts/internal", customer, `{"email":"second@example.com","password":"password123"}`, "T-SCOPE", "customer.customerprofile_edit"},
		{"POST", "/me/addresses", "", `{"country":"England"}`, "T-401", "none was sent"}, // Wrong in two ways.
	} {
		refused := x.call(one.method, api+one.path, one.token, one.body)
		explained := x.explain(refused).is(one.rule, "rule", "id")
		if !strings.Contains(fmt.Sprint(explained.at("state")), one.says) {
			t.Errorf("%s does not say %q", explained.raw, one.says)
		}
		x.succeeds(explained)
	}
	x.do("PATCH", "/tenants/"+name+"/settings", object{"clientIds": []string{"shop"}}).must(http.StatusOK)
	refused := x.call("GET", "/customerlogin/auth/anonymous/login?client_id=x&tenant="+name, "", "").must(http.StatusUnauthorized)
	x.succeeds(x.explain(refused).is("T-401", "rule", "id").is("shop", "state", 1, "value"))
}

func TestWhatCannotBeCorrectedIsNotPromised(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	x.explain(x.call("GET", "/customer/"+name+"/me/addresses", "", "").must(http.StatusUnauthorized)).is("T-401", "rule", "id").is(nil, "corrected")
}

func TestTheStateBehindARefusalIsShown(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"freeze": true, "settings": object{"lockoutAfter": 2}})
	api := "/customer/" + name
	shopper, customer := x.anonymous(name), x.mint(name, john)
	for _, one := range []struct {
		method, path, token, body, rule, says string
	}{
		{"POST", "/login", shopper, `{"email":"nobody@example.com","password":"password123"}`, "LOGIN-BAD", "is not a login"},
		{"POST", "/login", shopper, `{"email":"` + john + `","password":"wrong12"}`, "LOGIN-BAD", "is a login of customer 10000001"},
		{"POST", "/login", shopper, `{"email":"petra.pending@example.com","password":"password123"}`, "LOGIN-INACTIVE", "pendingOptIn"},
		{"POST", "/login", shopper, `{"email":"` + john + `","password":"wrong13"}`, "LOGIN-BAD", "password"},
		{"POST", "/login", shopper, `{"email":"` + john + `","password":"password123"}`, "LOGIN-LOCK", "lockedUntil"},
		{"POST", "/signup", shopper, `{"email":"` + john + `","password":"password123"}`, "SIGNUP-DUP", "is a login of customer 10000001"},
		{"GET", "/me/addresses/ffffffffff", customer, "", "ADDR-OTHER", "a000000001"},
		{"PATCH", "/me", customer, `{"firstName":"x","metadata":{"version":1}}`, "PROFILE-VERSION", "metadata.version"},
		{"GET", "/refreshauthtoken?refreshToken=x", shopper, "", "REFRESH-BAD", "it was used"},
		{"GET", "/logout?accessToken=x", customer, "", "LOGOUT", "accessToken"},
		{"POST", "/password/reset/update", shopper, `{"token":"demoPendingOptIn000000000000000000000000000000000000000000000001","password":"password123"}`, "MAIL-TOKEN", "is of kind opt-in"},
		{"POST", "/me/accounts/internal/email/change", customer, `{"email":"` + john + `","password":"wrong12","newEmail":"n@example.com"}`, "EMAIL-CHANGE", "10000001"},
		{"POST", "/password/change", customer, `{"currentPassword":"wrong12","newPassword":"password124"}`, "PASSWORD-CHANGE", ""},
		{"DELETE", "/me?token=demoLeavingDeletion000000000000000000000000000000000000000000001", customer, "", "DELETE-ME", "customer 1"},
		{"POST", "/socialLogin", shopper, `{"email":"x@example.com"}`, "W-INPUT", ""},
	} {
		explained := x.explain(x.call(one.method, api+one.path, one.token, one.body)).is(one.rule, "rule", "id")
		if !strings.Contains(fmt.Sprint(explained.at("state")), one.says) {
			t.Errorf("%s does not say %q", explained.raw, one.says)
		}
	}
	good := x.call("GET", api+"/me", customer, "").must(http.StatusOK)
	x.do("GET", "/tenants/"+name+"/journal/"+good.header.Get("Standin-Entry")+"/explain", nil).is("It was not refused.", "message")
	x.do("PUT", "/tenants/"+name+"/faults", object{"faults": []object{{"name": "planted", "status": 401}}}).must(http.StatusOK)
	x.explain(x.call("GET", api+"/me", customer, "")).is("The fault planted took the place of the true answer.", "message")
	x.do("GET", "/tenants/"+name+"/journal/999/explain", nil).must(http.StatusNotFound)
	x.do("GET", "/tenants/"+name+"/journal/1/explain?x=1", nil).must(http.StatusBadRequest)
}

// An explanation of a body of which every part is wrong reads the body once, and does not go through it for every part: the console
// shows explanations of whatever clients send.
func TestAnExplanationOfALongListCostsLittle(t *testing.T) { // It is not parallel, since it counts what is allocated.
	x := newTester(t)
	name := x.sandbox(object{})
	token := x.mint(name, john)
	for _, tag := range []string{"1", "{}", "[]"} {
		list := strings.Repeat(tag+",", 60_000/(len(tag)+1)) + tag
		refused := x.call("POST", "/customer/"+name+"/me/addresses", token, `{"tags":[`+list+`]}`).must(http.StatusBadRequest)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		x.do("GET", "/tenants/"+name+"/journal/"+refused.header.Get("Standin-Entry")+"/explain", nil).must(http.StatusOK)
		runtime.ReadMemStats(&after)
		if objects := after.Mallocs - before.Mallocs; objects > 3_000_000 {
			t.Errorf("an explanation of %s, repeated, makes %d objects", tag, objects)
		}
	}
}
