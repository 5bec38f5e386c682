package control_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"standin/engine"
	"standin/engine/enginetest"
)

// faulty is a sandbox with faults.
func (x *tester) faulty(faults ...object) string {
	x.Helper()
	name := x.sandbox(object{})
	x.do("PUT", "/tenants/"+name+"/faults", object{"faults": faults}).must(http.StatusOK)
	return name
}

func TestFaultsStrikeByCount(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.faulty(object{"name": "busy", "operation": "getProfile", "status": 429, "headers": object{"Retry-After": "7"}, "undeclared": true, "skip": 1, "times": 2})
	token := x.mint(name, john)
	get := func() answer { return x.call("GET", "/customer/"+name+"/me", token, "") }
	get().must(http.StatusOK)
	for range 2 {
		if a := get().refuses(http.StatusTooManyRequests, "too_many_requests"); a.header.Get("Retry-After") != "7" {
			t.Errorf("the headers are %v", a.header)
		}
	}
	get().must(http.StatusOK)
	x.do("GET", "/tenants/"+name+"/faults", nil).must(http.StatusOK).is(2, "faults", 0, "hits").is("busy", "faults", 0, "name").is("7", "faults", 0, "headers", "Retry-After")
	x.call("GET", "/customer/"+name+"/me/addresses", token, "").must(http.StatusOK) // Another operation.
	other := x.sandbox(object{})
	x.call("GET", "/customer/"+other+"/me", x.mint(other, john), "").must(http.StatusOK) // Another tenant.
	x.do("DELETE", "/tenants/"+name+"/faults", nil).must(http.StatusNoContent)
	x.do("GET", "/tenants/"+name+"/faults", nil).is(nil, "faults", 0)
	// What was injected is no evidence, and what was not is.
	x.do("POST", "/tenants/"+name+"/journal/verify", object{"operation": "getProfile", "times": 2}).must(http.StatusOK)
	x.do("GET", "/tenants/"+name+"/journal?status=429", nil).is("busy", "entries", 0, "fault").is("busy", "entries", 1, "fault")
}

func TestFaultsAreAddedAndRemovedOneByOne(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.faulty(object{"name": "first", "operation": "getProfile", "status": 401, "times": 1})
	path := "/tenants/" + name + "/faults"
	token := x.mint(name, john)
	get := func() answer { return x.call("GET", "/customer/"+name+"/me", token, "") }
	get().must(http.StatusUnauthorized)
	x.do("POST", path, object{"preset": "refresh-race"}).must(http.StatusCreated).is("refresh-race", "name").is("refreshToken", "operation").is(0, "hits")
	x.do("POST", path, object{"preset": "refresh-race"}).refuses(http.StatusConflict, "refresh-race")
	x.do("POST", path, object{"operation": "getProfile", "hold": true}).must(http.StatusCreated).is("fault-3", "name")
	x.do("GET", path, nil).is(1, "faults", 0, "hits").is("fault-3", "faults", 2, "name") // The first goes on counting.
	parked := make(chan answer)
	go func() { parked <- get() }()
	eventually(t, func() bool { return x.do("GET", path, nil).at("faults", 2, "waiting") == 1.0 })
	x.do("DELETE", path+"/first", nil).must(http.StatusNoContent)
	x.do("GET", path, nil).is("refresh-race", "faults", 0, "name").is(1, "faults", 1, "waiting") // Others' requests stay parked.
	x.do("DELETE", path+"/fault-3", nil).must(http.StatusNoContent)
	(<-parked).must(http.StatusOK)
	get().must(http.StatusOK)
	x.do("DELETE", path+"/fault-3", nil).refuses(http.StatusNotFound, "refresh-race")
	x.do("POST", path, object{"name": "fault-2", "operation": "login", "status": 401}).must(http.StatusCreated)
	x.do("POST", path, object{"operation": "login", "status": 401}).must(http.StatusCreated).is("fault-3", "name")
	x.do("POST", path, object{}).refuses(http.StatusBadRequest, "does nothing")
	x.do("POST", path, object{"preset": "none"}).refuses(http.StatusNotFound, "too-many-requests")
	for range 97 {
		x.do("POST", path, object{"operation": "login", "status": 401}).must(http.StatusCreated)
	}
	x.do("POST", path, object{"operation": "login", "status": 401}).refuses(http.StatusConflict, "100")
}

func TestFaultsOfEveryKind(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	john2 := object{"operation": "getProfile", "customer": "10000002", "status": 403}
	name := x.faulty(john2,
		object{"operation": "listAddresses", "status": 401},
		object{"operation": "addAddress", "status": 400, "body": object{"mine": true}},
		object{"operation": "updateProfile", "status": 503, "body": "gone fishing", "undeclared": true},
		object{"operation": "getScopes", "drop": true},
		object{"operation": "login", "customer": "NORA.new@example.com", "status": 401},
	)
	first, second := x.mint(name, john), x.mint(name, "nora.new@example.com")
	x.call("GET", "/customer/"+name+"/me", first, "").must(http.StatusOK)
	x.call("GET", "/customer/"+name+"/me", second, "").refuses(http.StatusForbidden, `"Forbidden"`, "User not authorized.")
	x.call("GET", "/customer/"+name+"/me/addresses", first, "").refuses(http.StatusUnauthorized, "oauth.v2.InvalidAccessToken")
	x.call("POST", "/customer/"+name+"/me/addresses", first, `{}`).must(http.StatusBadRequest).is(true, "mine")
	if a := x.call("PATCH", "/customer/"+name+"/me", first, `{}`).must(http.StatusServiceUnavailable); string(a.raw) != "gone fishing" || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("the body is %s, of %v", a.raw, a.header)
	}
	if a := x.call("GET", "/iam/"+name+"/users/me/scopes", first, ""); a.status != 0 {
		t.Errorf("the connection was not dropped: %d", a.status)
	}
	x.do("GET", "/tenants/"+name+"/journal?operation=getScopes", nil).is(0, "entries", 0, "status")
	shopper := x.anonymous(name)
	x.call("POST", "/customer/"+name+"/login", shopper, `{"email":"nora.new@example.com","password":"password123"}`).must(http.StatusUnauthorized)
	x.call("POST", "/customer/"+name+"/login", shopper, `{"email":"`+john+`","password":"password123"}`).must(http.StatusOK)
	x.do("GET", "/tenants/"+name+"/faults", nil).is("gone fishing", "faults", 3, "body").is(true, "faults", 2, "body", "mine")
}

func TestAFaultAfterTheCommit(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.faulty(
		object{"operation": "updateProfile", "when": "after", "status": 503, "undeclared": true, "times": 1},
		object{"operation": "addAddress", "when": "after", "drop": true, "times": 1},
		object{"operation": "deleteAddress", "when": "before", "status": 404, "times": 1},
	)
	token := x.mint(name, "nora.new@example.com")
	x.call("PATCH", "/customer/"+name+"/me", token, `{"firstName":"Nora"}`).refuses(http.StatusServiceUnavailable, "ServiceUnavailable")
	x.call("GET", "/customer/"+name+"/me", token, "").is("Nora", "firstName")
	if a := x.call("POST", "/customer/"+name+"/me/addresses", token, `{"contactName":"x"}`); a.status != 0 {
		t.Errorf("the answer was not lost: %d", a.status)
	}
	addresses := x.call("GET", "/customer/"+name+"/me/addresses", token, "")
	x.call("DELETE", "/customer/"+name+"/me/addresses/"+addresses.text(0, "id"), token, "").must(http.StatusNotFound)
	x.call("DELETE", "/customer/"+name+"/me/addresses/"+addresses.text(0, "id"), token, "").must(http.StatusNoContent)
}

func TestPresets(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	if list := x.do("GET", "/presets", nil).must(http.StatusOK).list("presets"); len(list) != 4 {
		t.Errorf("the presets are %v", list)
	}
	name := x.faulty(object{"preset": "refresh-race"}, object{"preset": "opt-in-twice"}, object{"preset": "too-many-requests", "operation": "getProfile"},
		object{"preset": "gateway-unavailable", "operation": "listAddresses", "name": "down"})
	shopper := x.anonymous(name)
	login := x.call("POST", "/customer/"+name+"/login", shopper, `{"email":"`+john+`","password":"password123"}`).must(http.StatusOK)
	refresh := "/customer/" + name + "/refreshauthtoken?refreshToken=" + login.text("refreshToken")
	if a := x.call("GET", refresh, shopper, ""); a.status != 0 {
		t.Errorf("the refresh was answered: %d", a.status)
	}
	x.call("GET", refresh, shopper, "").must(http.StatusUnauthorized) // It was rotated.
	optIn := "/customer/" + name + "/signup/optin/demoPendingOptIn000000000000000000000000000000000000000000000001"
	x.call("GET", optIn, shopper, "").must(http.StatusBadRequest)
	x.call("POST", "/customer/"+name+"/login", shopper, `{"email":"petra.pending@example.com","password":"password123"}`).must(http.StatusOK)
	if a := x.call("GET", "/customer/"+name+"/me", shopper, "").must(http.StatusTooManyRequests); a.header.Get("Retry-After") != "1" {
		t.Errorf("the headers are %v", a.header)
	}
	x.call("GET", "/customer/"+name+"/me/addresses", shopper, "").refuses(http.StatusServiceUnavailable, "faultstring")
	x.do("GET", "/tenants/"+name+"/faults", nil).is("down", "faults", 3, "name")
	x.do("PUT", "/tenants/"+name+"/faults", object{"faults": []object{{"preset": "storm"}}}).refuses(http.StatusNotFound, "refresh-race")
}

func TestAHeldRequestGoesOnWhenReleased(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	held := object{"name": "held", "operation": "getProfile", "hold": true}
	name := x.faulty(held)
	path := "/tenants/" + name + "/faults"
	token := x.mint(name, john)
	answered := make(chan answer, 3)
	park := func(n int) {
		t.Helper()
		for range n {
			go func() { answered <- x.call("GET", "/customer/"+name+"/me", token, "") }()
		}
		eventually(t, func() bool {
			return x.do("GET", path, nil).at("faults", 0, "waiting") == float64(n)
		})
	}
	park(3)
	select {
	case a := <-answered:
		t.Fatalf("it was not held: %d", a.status)
	default:
	}
	x.do("POST", path+"/held/release", nil).must(http.StatusOK).is(3, "released")
	for range 3 {
		(<-answered).must(http.StatusOK)
	}
	x.do("POST", path+"/other/release", nil).refuses(http.StatusNotFound, "There are held")
	for _, end := range []func(){
		func() { x.do("DELETE", path, nil).must(http.StatusNoContent) },
		func() { x.do("POST", "/tenants/"+name+"/reset", nil).must(http.StatusOK); token = x.mint(name, john) },
	} {
		x.do("PUT", path, object{"faults": []object{held}}).must(http.StatusOK)
		park(1)
		end()
		if a := <-answered; a.status != http.StatusOK && a.status != http.StatusUnauthorized {
			t.Errorf("it goes on with %d", a.status)
		}
	}
}

// eventually waits for what other goroutines bring about, for as long as the test may take.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("it never came")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestProbabilityComesFromTheSeed(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	run := func(name string, seed int) string {
		x.sandbox(object{"name": name, "seed": seed})
		defer x.do("DELETE", "/tenants/"+name, nil)
		x.do("PUT", "/tenants/"+name+"/faults", object{"faults": []object{{"operation": "getProfile", "status": 403, "probability": 0.5}}}).must(http.StatusOK)
		token := x.mint(name, john)
		pattern := ""
		for range 64 {
			if x.call("GET", "/customer/"+name+"/me", token, "").status == http.StatusForbidden {
				pattern += "x"
			} else {
				pattern += "."
			}
		}
		return pattern
	}
	first := run("chance", 1)
	if again := run("chance", 1); again != first {
		t.Errorf("the same seed gives\n%s\n%s", first, again)
	}
	if other := run("chance", 2); other == first {
		t.Errorf("another seed gives the same %s", first)
	}
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.faulty(object{"name": "stays", "drop": true, "operation": "logout"})
	path := "/tenants/" + name + "/faults"
	for field, fault := range map[string]object{
		"faults.0.status": {"operation": "login", "status": 403}, "faults.0.latency": {"latency": "6m"}, "faults.0.probability": {"drop": true, "probability": 0},
		"faults.0": {"operation": "login"}, "faults.0.drop": {"drop": true, "status": 400}, "faults.0.when": {"drop": true, "when": "later"}, "faults.0.times": {"drop": true, "times": 0},
		"faults.0.foo": {"drop": true, "foo": 1}, "faults.0.name": {"drop": true, "name": ".."},
		"faults.0.body": {"operation": "logout", "status": 204, "body": "x"}, "faults.0.skip": {"drop": true, "skip": jsontext.Value("2.5")},
	} {
		x.do("PUT", path, object{"faults": []object{fault}}).refuses(http.StatusBadRequest, `"field":"`+field+`"`)
	}
	x.do("PUT", path, object{"faults": []object{{"headers": object{"a": "b"}, "latency": "1s"}}}).refuses(http.StatusBadRequest, "faults.0.status")
	x.do("PUT", path, object{"faults": []object{{"name": "a", "drop": true}, {"name": "a", "drop": true}}}).refuses(http.StatusBadRequest, "faults.1.name")
	x.do("PUT", path, object{"faults": []object{{"operation": "logIn", "drop": true}}}).refuses(http.StatusNotFound, "login")
	x.do("PUT", path, object{"faults": []object{{"status": 418, "operation": "login", "undeclared": true}, {"status": 404}}}).must(http.StatusOK)
	x.do("PUT", path, object{"faults": []object{{"status": 418}}}).refuses(http.StatusBadRequest, "any operation")
}

// What no document has is one operation to the metrics, or they would grow with every path.
func TestMetricsDoNotGrowWithUndeclaredOperations(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	for i := range 3 {
		path := fmt.Sprintf("/me/coupons/%d", i)
		x.do("POST", "/tenants/"+name+"/faults", object{"operation": "GET " + path, "status": 404, "undeclared": true}).must(http.StatusCreated)
		x.call("GET", "/customer/"+name+path, "", "").must(http.StatusNotFound)
	}
	metrics := string(x.send("GET", "/metrics", nil, nil).must(http.StatusOK).raw)
	if !strings.Contains(metrics, `standin_requests_total{operation="undeclared",status="404"} 3`) || strings.Contains(metrics, "coupons") {
		t.Errorf("the metrics are\n%s", metrics)
	}
}

func TestAnOperationThatNoDocumentHas(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.faulty(object{"operation": "GET /me/coupons", "undeclared": true, "status": 200, "body": object{"coupons": []string{"TENOFF"}}, "times": 2},
		object{"operation": "PUT /me/coupons", "undeclared": true, "latency": "1ms"}, object{"status": 403})
	for _, path := range []string{"/customer/" + name + "/me/coupons", "/" + name + "/me/coupons"} {
		x.call("GET", path, "", "").must(http.StatusOK).is("TENOFF", "coupons", 0)
	}
	x.call("GET", "/customer/"+name+"/me/coupons", "", "").must(http.StatusNotFound)
	x.call("PUT", "/customer/"+name+"/me/coupons", "", "").must(http.StatusNotFound)
	x.call("GET", "/customer/"+x.sandbox(object{})+"/me/coupons", "", "").must(http.StatusNotFound)
	x.do("GET", "/tenants/"+name+"/journal", nil).is("GET /me/coupons", "entries", 0, "operation").is("fault-1", "entries", 0, "fault").
		is("PUT /me/coupons", "entries", 2, "operation").is(nil, "entries", 2, "fault") // It only waited.
	x.do("PUT", "/tenants/"+name+"/faults", object{"faults": []object{{"operation": "GET /me/coupons", "status": 200}}}).refuses(http.StatusNotFound, "METHOD /path")
}

// A preference is written as RFC 7240 allows it: with blanks around the equals sign, in quotes, with parameters, which nothing
// here has, and beside preferences that are others' and may hold commas.
func TestPreferencesInTheirForms(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"from": "demo"})
	path := "/customer/" + name + "/me"
	for prefer, applied := range map[string]string{
		"code=403; foo=bar": "code=403", "code = 403": "code=403", "CODE\t=\t\"403\"": "code=403", `code="4\03"`: "code=403", "code=403;": "code=403", " code=403 ; a; b=\",;\" ": "code=403",
		`foo="a,b=\"c", code=403`: "code=403", `foo="code=404", code=403`: "code=403", "respond-async, , code=403;foo, delay = 1": "code=403, delay=1", "code=403, code=404": "code=403",
	} {
		a := x.call("GET", path, "", "", "Prefer", prefer)
		if a.status != http.StatusForbidden || a.header.Get("Preference-Applied") != applied {
			t.Errorf("%s is answered %d with %q applied", prefer, a.status, a.header.Get("Preference-Applied"))
		}
	}
	for _, prefer := range []string{`foo="code=403`, "code=403 404", "code==403", "code", "code=", "=403", "foo; code=403", `"code=403"`} {
		x.call("GET", path, "", "", "Prefer", prefer).must(http.StatusUnauthorized)
	}
	again := x.call("GET", path, "", "", "Prefer", "code=403, code=404").must(http.StatusForbidden)
	x.do("GET", "/tenants/"+name+"/journal/"+again.header.Get("Standin-Entry"), nil).is("code=404 is given again; the first one counts", "warnings", 0, "message")
}

func TestWhatARequestPrefers(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	path := "/customer/" + name + "/me"
	a := x.call("GET", path, "", "", "Prefer", `code=403, delay=1`).refuses(http.StatusForbidden, "User not authorized.")
	if applied := a.header.Get("Preference-Applied"); applied != "code=403, delay=1" {
		t.Errorf("what was applied is %q", applied)
	}
	x.call("GET", path, "", "", "Prefer", "code=429").must(http.StatusTooManyRequests)
	x.call("GET", path, "", "", "Prefer", "code=200").must(http.StatusOK).is("Emporix", "company") // The document's example.
	x.do("GET", "/tenants/"+name+"/journal", nil).is(nil, "entries", 0, "warnings", 0)
	for _, prefer := range []string{"code=418", "code=x", "dynamic=true", "delay=-1", ""} {
		a := x.call("GET", path, "", "", "Prefer", prefer).must(http.StatusUnauthorized)
		if applied := a.header.Get("Preference-Applied"); applied != "" {
			t.Errorf("%q: %q was applied", prefer, applied)
		}
	}
	x.do("GET", "/tenants/"+name+"/journal?status=401", nil).is("Prefer", "entries", 0, "warnings", 0, "field").is("ignored", "entries", 1, "warnings", 0, "type")
	x.do("GET", "/tenants/"+name+"/journal?status=403", nil).is("Prefer", "entries", 0, "fault")
	x.do("GET", "/tenants/"+name+"/coverage", nil).is(1, "covered")
	began := time.Now()
	x.call("GET", path, "", "", "Prefer", "delay=50").must(http.StatusUnauthorized)
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("it took %s", took)
	}
}

// A client that goes away while it waits for what it preferred is no fault of the server's.
func TestAClientThatDoesNotWait(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	patience := 20 * time.Millisecond
	eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		patience *= 2 // On a busy machine it may have left before its request was there.
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, x.server.URL+"/customer/"+name+"/me", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Prefer", "delay=60000")
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close()
			t.Fatal("it was answered")
		}
		return x.do("GET", "/tenants/"+name+"/journal", nil).at("entries", 0, "status") == 0.0
	})
}

func TestWhatWaitsEndsWithTheServer(t *testing.T) {
	t.Parallel()
	x := newTester(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(*engine.Config) {}))
	name := x.faulty(object{"operation": "getProfile", "hold": true})
	answered := make(chan answer, 3)
	go func() { answered <- x.call("GET", "/customer/"+name+"/me", "", "") }()
	go func() { answered <- x.do("GET", "/tenants/"+name+"/mail?wait=5m&to=nobody@example.com", nil) }()
	go func() { answered <- x.do("GET", "/tenants/"+name+"/journal/stream", nil) }()
	eventually(t, func() bool { return x.do("GET", "/tenants/"+name+"/faults", nil).at("faults", 0, "waiting") == 1.0 })
	x.server.Engine.Stop()
	for range 3 {
		if got := <-answered; got.status == 0 {
			t.Error("what waits is dropped when the server ends")
		}
	}
}

// The faults of a tenant are bounded by bytes: they are kept, and read, all at once.
func TestFaultsAreBoundedByBytes(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	path := "/tenants/" + x.sandbox(object{}) + "/faults"
	large := object{"operation": "getProfile", "status": 404, "undeclared": true, "body": strings.Repeat("x", 1<<20)}
	for range 3 {
		x.do("POST", path, large).must(http.StatusCreated)
	}
	x.do("POST", path, large).refuses(http.StatusConflict, "at most 4194304 bytes")
	x.do("PUT", path, object{"faults": []object{large, large, large, large}}).refuses(http.StatusBadRequest, "too large")
	if n := len(x.do("GET", path, nil).list("faults")); n != 3 {
		t.Errorf("there are %d faults", n)
	}
}
