package control_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// The journal keeps a request as it was sent: whatever shows it or sends it again means the same request.

func TestPathsAreKeptAsTheyWereSent(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	token := x.mint(name, john)
	api, journal := "/customer/"+name, "/tenants/"+name+"/journal"
	for _, id := range []string{"a%20b", "100%25", "a%0Ab", "a%00b", "a%25zz", "a000000002%23x", "a000000002%3Fx=1", "%5Bx%5D", "a%2Fb", "a%2F..%2Fb", "%7Bx,y%7D"} {
		sent := x.call("DELETE", api+"/me/addresses/"+id, token, "").must(http.StatusNotFound)
		entry := sent.header.Get("Standin-Entry")
		shown := x.do("GET", journal+"/"+entry, nil).must(http.StatusOK)
		if path := shown.text("path"); path != api+"/me/addresses/"+id {
			t.Errorf("%s is kept as %s", id, path)
		}
		if line := shown.text("curl"); !strings.Contains(line, id) {
			t.Errorf("%s is shown as %s", id, line)
		}
		x.do("POST", journal+"/"+entry+"/replay", nil).must(http.StatusOK).is(404, "status")
	}
	x.call("GET", api+"/me/addresses/a000000002", token, "").must(http.StatusOK)
	x.do("GET", "/tenants/"+name+"/violations", nil).is(nil, "violations", 0)
	har := string(x.do("GET", journal+"/export", nil).must(http.StatusOK).raw)
	if !strings.Contains(har, "/me/addresses/a000000002%23x") {
		t.Error("the archive has another path than was sent")
	}
}

func TestQueriesAreKeptAsTheyWereSent(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	token := x.mint(name, john)
	journal := "/tenants/" + name + "/journal"
	for query, kept := range map[string]string{
		"expand=mixin%3Aa%2Caddresses":        "?expand=mixin%3Aa%2Caddresses",
		"x=zz9secret&expand=addresses":        "?x=***&expand=addresses",
		"expand=addresses&pw=zz9secret&pw=zz": "?expand=addresses&pw=***&pw=***",
		"zz9secret":                           "?***",
	} {
		entry := x.call("GET", "/customer/"+name+"/me?"+query, token, "").must(http.StatusOK).header.Get("Standin-Entry")
		x.do("GET", journal+"/"+entry, nil).is("/customer/"+name+"/me"+kept, "path")
		x.do("POST", journal+"/"+entry+"/replay", nil).must(http.StatusOK).is(200, "status")
	}
	x.call("GET", "/customer/"+name+"/nowhere?pw=zz9secret", token, "").must(http.StatusNotFound)
	all := x.do("GET", journal+"/export", nil).raw
	all = append(all, x.do("GET", journal+"/export?format=curl", nil).raw...)
	all = append(all, x.do("GET", "/journal", nil).raw...)
	if strings.Contains(string(all), "zz9secret") {
		t.Error("what no document declares is kept")
	}
}

// A replay does what its original did, or it is refused.
func TestAReplayIsTheSameRequest(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	api, journal := "/customer/"+name, "/tenants/"+name+"/journal"
	token := x.mint(name, john)
	entry := func(a answer) string { return journal + "/" + a.header.Get("Standin-Entry") + "/replay" }
	const address = "/me/addresses/a000000001"
	for _, query := range []string{"?%zz=1", "?a;b"} { // What cannot be read is not kept.
		x.do("POST", entry(x.call("DELETE", api+address+query, token, "").must(http.StatusBadRequest)), nil).refuses(http.StatusBadRequest, "query")
	}
	x.do("PATCH", "/tenants/"+name+"/settings", object{"strict": true}).must(http.StatusOK)
	x.do("POST", entry(x.call("DELETE", api+address+"?pw=1", token, "").must(http.StatusBadRequest)), nil).refuses(http.StatusBadRequest, "query")
	x.do("PATCH", "/tenants/"+name+"/settings", object{"strict": false}).must(http.StatusOK)

	expired := x.do("POST", "/tenants/"+name+"/tokens", object{"kind": "customer", "email": john, "expiresIn": -3600}).text("accessToken")
	x.do("POST", entry(x.call("DELETE", api+address, expired, "").must(http.StatusUnauthorized)), nil).is(401, "status")
	x.do("POST", entry(x.call("GET", api+"/me?expand=addresses%FF", token, "").must(http.StatusBadRequest)), nil).is(400, "status")
	x.call("GET", api+address, token, "").must(http.StatusOK)

	scoped := x.do("POST", "/tenants/"+name+"/tokens", object{"kind": "customer", "email": john, "scopes": []string{"customer.customer_manage"}}).text("accessToken")
	assigned := x.call("POST", api+"/me/accounts/internal", scoped, `{"email":"second@example.com","password":"password123"}`).must(http.StatusCreated)
	x.do("POST", entry(assigned), object{"body": object{"email": "third@example.com", "password": "password123"}}).is(201, "status")

	context := "/session-context/" + name + "/me/context"
	changed := x.call("POST", context+"/attributes", token, `{"key":"weather","value":"rain"}`)
	x.call("POST", context+"/attributes", token, `{"key":"weather","value":"sun"}`)
	x.do("POST", entry(changed), nil).is(201, "status")
	x.call("GET", context, token, "").is("rain", "context", "weather") // It is the same session.
}

func TestFormsStayForms(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	journal := "/tenants/" + name + "/journal"
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	entry := x.send("POST", "/oauth/token", form, []byte("grant_type=client_credentials&client_id=x%20y&client_secret=topsecret&scope=tenant%3D"+name)).must(http.StatusOK).header.Get("Standin-Entry")
	want := "grant_type=client_credentials&client_id=x%20y&client_secret=***&scope=tenant%3D" + name
	x.do("GET", journal+"/"+entry, nil).is(want, "request", "body").is("/client_secret", "request", "masked", 0)
	x.do("GET", journal+"/export", nil).is(want, "log", "entries", 0, "request", "postData", "text")
	x.do("POST", journal+"/"+entry+"/replay", nil).refuses(http.StatusBadRequest, `"field":"body.client_secret"`)
	x.do("POST", journal+"/"+entry+"/replay", object{"body": object{"client_secret": 5}}).refuses(http.StatusBadRequest, `"field":"body"`)
	again := x.do("POST", journal+"/"+entry+"/replay", object{"body": object{"client_secret": "topsecret"}}).must(http.StatusOK).is(200, "status")
	if token := again.text("body", "access_token"); token == "" {
		t.Errorf("the replay answers %s", again.raw)
	}
	line := string(x.do("GET", journal+"/export?format=curl", nil).raw)
	if first, _, _ := strings.Cut(line, "\n"); !strings.Contains(first, "'"+want+"'") {
		t.Errorf("the line is %s", first)
	}
}

// What the journal shows is run by people in a shell: by pasting it, exactly the request is sent again.
func TestCurlLinesSendTheSameRequest(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("the lines are for a shell: ", err)
	}
	x := newTester(t)
	name := x.sandbox(object{})
	token := x.mint(name, john)
	for _, one := range []struct{ method, path, body string }{
		{"X`touch$IFS$9pwned`", "/me", ""},
		{"GET", "/me/addresses/a%20b", ""},
		{"GET", "/me/addresses/[x]", ""},
		{"GET", "/me/addresses/{x,y}", ""},
		{"GET", "/me/addresses/'$(touch$IFS$9pwned)'", ""},
		{"POST", "/me/addresses", `{"contactName":"@'$(touch pwned)\"\\"}`},
		{"POST", "/me/addresses", `@/etc/hostname`},
	} {
		before := x.call(one.method, "/customer/"+name+one.path, token, one.body)
		journal := "/tenants/" + name + "/journal"
		if before.status == http.StatusMethodNotAllowed { // It belongs to no tenant.
			journal = "/journal"
		}
		entry := x.do("GET", journal+"/"+before.header.Get("Standin-Entry"), nil).must(http.StatusOK)
		command := exec.CommandContext(t.Context(), bash, "-c", "cd "+t.TempDir()+"; TOKEN="+token+"; "+entry.text("curl")+"; cat pwned")
		if out, err := command.Output(); err == nil {
			t.Errorf("%s ran a command of its own: %s", entry.text("curl"), out)
		}
		last := x.do("GET", journal+"?order=newest&limit=1", nil)
		if got, want := last.text("entries", 0, "method")+last.text("entries", 0, "path"), one.method+entry.text("path"); got != want {
			t.Errorf("%s sends %s, not %s", entry.text("curl"), got, want)
		}
		if got := last.at("entries", 0, "status"); got != float64(before.status) {
			t.Errorf("%s is answered %v, not %d", entry.text("curl"), got, before.status)
		}
	}
}

// A token in the wrong place is masked wherever the exchange is shown.
func TestTokensInOddPlacesAreMasked(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"as": "shopfront"})
	token := x.mint(name, john)
	const secret = "plantedPLANTEDplanted0000000"
	for _, header := range []http.Header{
		{"Standin-Sandbox": {secret}},
		{"Baggage": {"standin=" + secret}},
		{"Standin-Sandbox": {name}, "Session-Id": {secret}},
		{"Standin-Sandbox": {name}, "Accept-Language": {"en, " + secret}},
		{"Standin-Sandbox": {name}, "Prefer": {"code=" + secret}},
		{"Standin-Sandbox": {name}, "User-Agent": {"x Bearer%20" + secret}},
		{"Standin-Sandbox": {name}, "X-Request-Id": {secret}},
		{"Standin-Sandbox": {name}, "Traceparent": {secret}},
		{"Standin-Sandbox": {name}, "Content-Type": {"application/json; x=y" + secret}},
	} {
		x.send("GET", "/customer/shopfront/me", header, nil)
	}
	for _, path := range []string{"/me/addresses/" + secret, "/me/addresses/x" + "-" + secret, "/me?expand=" + secret, "/me?expand=mixin:" + secret, "/me/addresses/a%253D" + secret, "/me?x" + secret + "=1"} {
		x.send("GET", "/customer/"+name+path, http.Header{"Authorization": {"Bearer " + token}}, nil)
	}
	x.send("PATCH", "/customer/"+name+"/me", http.Header{"Authorization": {"Bearer " + token}}, []byte(`{"firstName":"`+secret+`"}`))
	for _, text := range []string{`a\n` + secret, `a\t` + secret, "https://shop.example/?next=%3Faccess%3D" + secret, "x" + secret} {
		x.send("PATCH", "/customer/"+name+"/me", http.Header{"Authorization": {"Bearer " + token}}, []byte(`{"firstName":"`+text+`"}`))
	}
	x.send("POST", "/customer/"+name+"/login", http.Header{"Authorization": {"Bearer " + x.anonymous(name)}}, []byte(`{"email":"x`+secret+`@example.com","password":"password123"}`))
	x.send("GET", "/customerlogin/auth/anonymous/login?tenant="+name+"&client_id=x"+secret, nil, nil)
	x.send("GET", "/customer/"+name+"/me", http.Header{"Authorization": {"Bearer " + token}}, nil)
	var all strings.Builder
	for _, path := range []string{"/tenants/" + name + "/journal", "/journal"} {
		list := x.do("GET", path, nil).must(http.StatusOK)
		all.Write(list.raw)
		for i := range list.list("entries") {
			id := fmt.Sprint(list.at("entries", i, "id"))
			all.Write(x.do("GET", path+"/"+id, nil).must(http.StatusOK).raw)
			all.Write(x.do("GET", path+"/"+id+"/explain", nil).must(http.StatusOK).raw)
		}
	}
	all.Write(x.do("GET", "/tenants/"+name+"/journal/export", nil).raw)
	all.Write(x.do("GET", "/tenants/"+name+"/journal/export?format=curl", nil).raw)
	if at := strings.Index(all.String(), secret); at >= 0 {
		t.Errorf("a token is shown: …%s", all.String()[max(0, at-300):at+40])
	}
}

// A line that cannot send the same request says so, and a sandbox that was named in baggage is named.
func TestCurlLinesTellWhatIsMissing(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{"as": "baggageshop"})
	token := x.mint(name, john)
	x.send("GET", "/customer/baggageshop/me", http.Header{"Authorization": {"Bearer " + token}, "Baggage": {"standin=" + name}}, nil).must(http.StatusOK)
	x.send("PATCH", "/customer/"+name+"/me", http.Header{"Authorization": {"Bearer " + token}}, []byte(`{"firstName":"`+strings.Repeat("x", 70<<10)+`"}`)).must(http.StatusOK)
	lines := strings.Split(string(x.do("GET", "/tenants/"+name+"/journal/export?format=curl", nil).raw), "\n")
	if !strings.Contains(lines[0], "-H 'Standin-Sandbox: "+name+"'") {
		t.Errorf("the line names no sandbox: %s", lines[0])
	}
	if !strings.HasPrefix(lines[1], ": 'the body was not kept: ") {
		t.Errorf("the line does not say that its body is missing: %.200s", lines[1])
	}
	archive := x.do("GET", "/tenants/"+name+"/journal/export", nil)
	if comment := archive.text("log", "entries", 1, "comment"); !strings.Contains(comment, "not kept") || archive.at("log", "entries", 1, "request", "postData") != nil {
		t.Errorf("the archive says %q", comment)
	}
}

// A preference has the same effect in a replay. What it quotes stays one preference.
func TestPreferencesMeanTheSameInAReplay(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	token := x.mint(name, john)
	for prefer, status := range map[string]float64{
		`code=403`:                 403,
		`code="403"`:               403,
		`delay="1,code=403"`:       200,
		`code=" 403"`:              200,
		`code="403;x"`:             200,
		`"a=b", code=403`:          403,
		`a="b, c", code=403`:       403,
		`"code=401, a", code=403`:  403,
		`a="code=403", b="\"", c;`: 200,
		`code="40\3"`:              403,
	} {
		sent := x.send("GET", "/customer/"+name+"/me", http.Header{"Authorization": {"Bearer " + token}, "Prefer": {prefer}}, nil).must(int(status))
		x.do("POST", "/tenants/"+name+"/journal/"+sent.header.Get("Standin-Entry")+"/replay", nil).must(http.StatusOK).is(status, "status")
		if t.Failed() {
			t.Fatalf("Prefer: %s", prefer)
		}
	}
}
