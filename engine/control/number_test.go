package control_test

import (
	"net/http"
	"strings"
	"testing"
)

// JSON has one kind of numbers, so where a whole number is asked for, 2.0 and 2e0 are 2.
func TestWholeNumbersInTheirForms(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "demo"})
	token, below := x.mint(name, john), "/tenants/"+name
	for _, one := range []struct {
		method, path, body string // body with N where the number is
		number             string
		status             int
	}{
		{"PUT", below + "/faults", `{"faults":[{"operation":"signup","status":409,"times":N}]}`, "2", 200},
		{"POST", below + "/faults", `{"operation":"signup","status":409,"skip":N}`, "2", 201},
		{"PUT", below + "/faults", `{"faults":[{"operation":"signup","status":N}]}`, "409", 200},
		{"PUT", below + "/faults", `{"faults":[{"preset":"too-many-requests","operation":"signup","times":N}]}`, "2", 200},
		{"POST", below + "/tokens", `{"kind":"anonymous","expiresIn":N}`, "60", 201},
		{"POST", below + "/tokens", `{"kind":"anonymous","expiresIn":N}`, "-1", 201},
		{"POST", "/tenants", `{"from":"empty","seed":N}`, "7", 201},
		{"POST", below + "/customers", `{"email":"c{n}@example.com","password":"password123","count":N}`, "1", 201},
		{"POST", below + "/journal/verify", `{"operation":"signup","times":N}`, "0", 200},
		{"PATCH", below + "/settings", `{"passwordMinLength":N}`, "8", 200},
		{"GET", below + "/customers?limit=N", "", "2", 200},
		{"PATCH", "/customer/" + name + "/me", `{"metadata":{"version":N}}`, "3", 200},
		{"PATCH", "/session-context/" + name + "/me/context", `{"metadata":{"version":N}}`, "1", 204},
	} {
		for _, form := range []string{"", ".0", "e0", ".00E+0", ".5"} {
			number := one.number + form
			if one.path == "/tenants" && form != "" {
				number = strings.Replace(number, "7", "8", 1)
			}
			want := one.status
			if form == ".5" {
				want = http.StatusBadRequest
			}
			path, body := strings.ReplaceAll(one.path, "N", strings.ReplaceAll(number, "+", "%2B")), strings.ReplaceAll(one.body, "N", number)
			header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
			if strings.HasPrefix(path, "/tenants") {
				path = "/_standin" + path
				header.Del("Authorization")
			}
			if strings.Contains(path, "/customers") && body != "" { // Each is another one.
				body = strings.Replace(body, "c{n}", "c"+strings.NewReplacer(".", "-", "+", "-").Replace(form)+"{n}", 1)
			}
			if a := x.send(one.method, path, header, []byte(body)); a.status != want {
				t.Errorf("%s %s with %s is answered %d %s", one.method, path, body, a.status, a.raw)
			}
		}
	}
}

// A number in a refusal is written out, however large it is.
func TestLargeNumbersInRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	token := x.mint("demo", john)
	for version, want := range map[string]string{
		"1764403200000": "1764403200000", "1000000": "1000000", "1764403200000.0": "1764403200000", "9007199254740993": "9007199254740993", "-1e6": "-1000000", "0": "0",
	} {
		x.call("PATCH", "/customer/demo/me", token, `{"firstName":"q","metadata":{"version":`+version+`}}`).refuses(http.StatusConflict, "metadata.version is "+want+", but")
	}
	x.do("POST", "/tenants/demo/tokens", object{"kind": "anonymous", "expiresIn": 9007199254740992}).refuses(http.StatusBadRequest, "at most 1576800000\"")
	x.do("POST", "/tenants/demo/tokens", object{"kind": "anonymous", "expiresIn": -9007199254740992}).refuses(http.StatusBadRequest, "at least -1576800000\"")
}

// RFC 3339 takes t and z in lower case.
func TestMomentsInLowerCase(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "demo", "clock": "2026-03-01t09:00:00z", "freeze": true})
	x.do("GET", "/tenants/"+name+"/clock", nil).is("2026-03-01T09:00:00Z", "now")
	x.call("GET", "/customer/"+name+"/me", "", "").must(http.StatusUnauthorized)
	x.do("POST", "/tenants/"+name+"/clock", object{"set": "2026-03-01t10:00:00.5z"}).must(http.StatusOK).is("2026-03-01T10:00:00Z", "now")
	x.do("POST", "/tenants/"+name+"/clock", object{"set": "2026-03-01t13:00:00+02:00"}).must(http.StatusOK).is("2026-03-01T11:00:00Z", "now")
	x.call("GET", "/customer/"+name+"/me", "", "").must(http.StatusUnauthorized)
	x.do("GET", "/tenants/"+name+"/journal?since=2026-03-01t10:30:00z", nil).must(http.StatusOK).is("2026-03-01T11:00:00Z", "entries", 0, "at").is(nil, "entries", 1)
	x.do("GET", "/tenants/"+name+"/journal?since=2026-03-01T12:30:00%2B02:00", nil).must(http.StatusOK).is(nil, "entries", 1)
	x.do("GET", "/tenants/"+name+"/journal?since=2026-03-01T12:30:00+02:00", nil).refuses(http.StatusBadRequest, `"field":"since"`, "such as 2026-01-31T09:00:00Z; in a query a plus sign is written %2B")
	for _, wrong := range []string{"2026-03-01 10:00:00Z", "2026-03-01T10:00:00", "2026-03-01t10:00:00y", "2026-02-30t10:00:00z"} {
		x.do("POST", "/tenants/"+name+"/clock", object{"set": wrong}).refuses(http.StatusBadRequest, `"field":"set"`)
	}
}
