package control_test

import (
	"net/http"
	"strings"
	"testing"
)

// emptyTexts is a customer with texts that are empty, absent and null.
func emptyTexts() object {
	return object{
		"number": "C87362407845", "email": "ada@example.com", "password": "password123",
		"profile":   object{"title": "", "firstName": "", "middleName": nil, "b2b": object{"companyRegistrationId": ""}},
		"addresses": []object{{"contactName": "", "streetAppendix": "", "extraLine1": nil}},
	}
}

// Empty texts and the number of a customer are the same in what is made, changed, forked, restored, exported and imported.
func TestEmptyTextsStayEmpty(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	check := func(tenant string) {
		t.Helper()
		for _, customer := range []string{"C87362407845", "ada@example.com"} {
			got := x.do("GET", "/tenants/"+tenant+"/customers/"+customer, nil).must(http.StatusOK).is("C87362407845", "customerNumber")
			profile, address := got.at("profile"), got.at("addresses", 0)
			for _, one := range []struct {
				of   any
				name string
				want any
			}{
				{profile, "title", ""},
				{profile, "firstName", ""},
				{profile, "middleName", nil},
				{profile, "lastName", nil},
				{address, "contactName", ""},
				{address, "streetAppendix", ""},
				{address, "extraLine1", nil},
				{address, "city", nil},
			} {
				members, _ := one.of.(map[string]any)
				if value, there := members[one.name]; value != one.want || there != (one.want != nil) {
					t.Errorf("in %s %s is %v, there: %v; want %v", tenant, one.name, value, there, one.want)
				}
			}
			got.is("", "profile", "b2b", "companyRegistrationId").is("B2C", "profile", "businessModel")
		}
		x.do("GET", "/tenants/"+tenant+"/customers", nil).is("", "customers", 0, "firstName").is(nil, "customers", 0, "lastName")
	}
	x.do("POST", "/tenants/"+name+"/customers", emptyTexts()).must(http.StatusCreated)
	check(name)
	check(x.sandbox(object{"from": "tenant:" + name}))
	x.do("POST", "/tenants/"+name+"/snapshots", object{"name": "then"}).must(http.StatusCreated)
	check(x.sandbox(object{"from": "snapshot:" + name + "/then"}))
	imported := x.sandbox(object{"from": "empty"})
	file := x.do("GET", "/tenants/"+name+"/export", nil).must(http.StatusOK).raw
	x.send("POST", "/_standin/tenants/"+imported+"/import", http.Header{"Content-Type": {"application/yaml"}}, file).must(http.StatusOK)
	check(imported)

	patch := object{"profile": object{"title": nil, "lastName": ""}}
	changed := x.do("PATCH", "/tenants/"+name+"/customers/C87362407845", patch).must(http.StatusOK).is("", "profile", "lastName").raw
	if strings.Contains(string(changed), `"title"`) {
		t.Errorf("the title is there: %s", changed)
	}
}

func TestInitialPasswords(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	customers := "/tenants/" + name + "/customers"
	initial := func(tenant, email, password string, want bool) {
		t.Helper()
		body := `{"email":"` + email + `","password":"` + password + `"}`
		x.call("POST", "/customer/"+tenant+"/login", x.anonymous(tenant), body).must(http.StatusOK).is(want, "initialPassword")
	}
	initial(name, john, "password123", false)
	initial(name, "ivy.invited@example.com", "password123", true)
	x.do("POST", customers, object{"email": "a{n}@example.com", "password": "password123", "count": 2}).must(http.StatusCreated)
	initial(name, "a2@example.com", "password123", true)
	x.do("POST", customers, object{"email": "b@example.com", "password": "password123", "initialPassword": false}).must(http.StatusCreated)
	initial(name, "b@example.com", "password123", false)
	for persona, want := range map[string]bool{"ordinary": false, "invited": true} { // As its fixture says.
		x.do("POST", customers, object{"persona": persona, "email": persona + "@example.com"}).must(http.StatusCreated)
		initial(name, persona+"@example.com", "password123", want)
	}
	x.do("POST", customers, object{"persona": "ordinary", "email": "c@example.com", "initialPassword": true}).must(http.StatusCreated)
	initial(name, "c@example.com", "password123", true)

	x.do("PATCH", customers+"/b@example.com", object{"password": "another1"}).must(http.StatusOK).is(true, "accounts", 0, "initialPassword")
	initial(name, "b@example.com", "another1", true)
	x.do("PATCH", customers+"/b@example.com", object{"status": "active"}).must(http.StatusOK).is(true, "accounts", 0, "initialPassword")
	x.do("PATCH", customers+"/b@example.com", object{"initialPassword": false}).must(http.StatusOK).is(nil, "accounts", 0, "initialPassword")
	initial(name, "b@example.com", "another1", false)
	x.do("PATCH", customers+"/b@example.com", object{"password": "another2", "initialPassword": false}).must(http.StatusOK)
	initial(name, "b@example.com", "another2", false)
	x.do("POST", customers, object{"email": "d@example.com", "providerId": "google"}).must(http.StatusCreated)
	x.do("PATCH", customers+"/d@example.com", object{"initialPassword": true}).must(http.StatusOK).is(nil, "accounts", 0, "initialPassword")

	imported := x.sandbox(object{"from": "empty"})
	file := x.do("GET", "/tenants/"+name+"/export", nil).must(http.StatusOK).raw
	x.send("POST", "/_standin/tenants/"+imported+"/import", http.Header{"Content-Type": {"application/yaml"}}, file).must(http.StatusOK)
	for _, tenant := range []string{imported, x.sandbox(object{"from": "tenant:" + name})} {
		initial(tenant, "a1@example.com", "password123", true)
		initial(tenant, "b@example.com", "another2", false)
	}
}

// Numbers of other forms are listed in the order of their letters and digits, page by page.
func TestNumbersOfOtherForms(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	path := "/tenants/" + name + "/customers"
	want := []string{"00000001", "10000001", "20000001", "C0033", "C412344", "C87362407845"}
	for _, number := range []string{"C412344", "20000001", "C0033", "00000001", "C87362407845", "10000001"} {
		x.do("POST", path, object{"number": number, "password": "password123"}).must(http.StatusCreated).is(number, "customers", 0, "customerNumber")
		x.do("GET", path+"/"+number, nil).must(http.StatusOK).is(number, "profile", "id")
	}
	cursor := ""
	for _, number := range want {
		page := x.do("GET", path+"?limit=1&cursor="+cursor, nil).must(http.StatusOK).is(number, "customers", 0, "customerNumber")
		cursor = page.text("cursor")
	}
	x.do("GET", path+"?cursor="+cursor, nil).is(nil, "customers", 0)
	x.do("GET", path+"?q=c0033", nil).is("C0033", "customers", 0, "customerNumber").is(nil, "customers", 1)
	x.do("POST", path, object{"number": "C0033", "password": "password123"}).must(http.StatusConflict)
	for _, number := range []string{"00000000", "C1", "c0033", "CC0033", "C0033 ", "", "12345678901234567"} {
		x.do("POST", path, object{"number": number, "password": "password123"}).refuses(http.StatusBadRequest, `"field":"number"`)
	}
	x.do("POST", path+"/C0033/become", nil).must(http.StatusOK)
	x.do("DELETE", path+"/C0033/sessions", nil).must(http.StatusNoContent)
	x.do("DELETE", path+"/C0033", nil).must(http.StatusNoContent)
	x.do("GET", path+"/C0033", nil).must(http.StatusNotFound)
}

// A blank name that is refused is not called missing.
func TestBlankNamesAreRefusedAsBlank(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "empty"})
	for _, body := range []string{
		`{"email":"ada@example.com","password":"password123","customerAddress":{"contactName":""}}`,
		`{"email":"ada@example.com","password":"password123","customerDetails":{"firstName":" ","b2b":{"companyRegistrationId":"1"}}}`,
	} {
		x.call("POST", "/customer/"+name+"/signup", x.anonymous(name), body).refuses(http.StatusBadRequest, "must not be blank")
	}
}
