package control_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/control"
	"standin/fixtures"
)

// importing is a server of one tenant whose imports may take so long; its requests go to this path of the tenant.
func importing(t *testing.T, atMost time.Duration, path string) func(ctx context.Context, body string) *httptest.ResponseRecorder {
	t.Helper()
	empty, err := fixtures.Load(t.Context(), "empty")
	if err != nil {
		t.Fatal(err)
	}
	api := control.New(control.Options{Fixture: empty, ImportTime: atMost})
	server, err := engine.New(engine.Config{
		Fixture: api.Home(), Control: api.Handlers(), Now: time.Now, Seed: []byte("x"), Tenants: []string{"mine"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(ctx, "POST", "/_standin/tenants/mine/"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "") // It is taken for what the path takes.
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		return answer
	}
}

func customersOf(n int) string {
	var text strings.Builder
	text.WriteString("customers:\n")
	for i := range n {
		fmt.Fprintf(&text, "  - {email: a%[1]d@example.com, password: secret-%[1]d}\n", i)
	}
	return text.String()
}

func TestAnImportTakesNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	answer := importing(t, time.Nanosecond, "import")(t.Context(), customersOf(10))
	if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "takes longer than 1ns") {
		t.Errorf("it answers %d %s", answer.Code, answer.Body)
	}
}

func TestAnImportEndsWithItsClient(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	send := importing(t, 0, "import")
	if answer := send(ctx, customersOf(10)); answer.Code == http.StatusOK {
		t.Errorf("it answers %d", answer.Code)
	}
	if answer := send(t.Context(), customersOf(2)); answer.Code != http.StatusOK {
		t.Errorf("the next one answers %d %s", answer.Code, answer.Body)
	}
}

func TestMakingCustomersIsBoundedAsAnImportIs(t *testing.T) {
	t.Parallel()
	const john = `{"email":"john{n}@example.com","password":"secret-1","count":3}`
	answer := importing(t, time.Nanosecond, "customers")(t.Context(), john)
	if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "takes longer than 1ns") {
		t.Errorf("it answers %d %s", answer.Code, answer.Body)
	}
	send := importing(t, 0, "customers")
	large := `{"count":10000,"email":"a{n}@example.com","password":"secret-1","profile":{"mixins":{"m":"` + strings.Repeat("x", 1<<20) + `"}}}`
	answer = send(t.Context(), large)
	if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "makes more than 8 MiB of such customers") {
		t.Errorf("10,000 large customers: it answers %d %.300s", answer.Code, answer.Body)
	}
	if answer := send(t.Context(), john); answer.Code != http.StatusCreated {
		t.Errorf("the next one answers %d %s", answer.Code, answer.Body)
	}
}

func TestNumbersOfAnImportStayNumbers(t *testing.T) {
	t.Parallel()
	x := newTester(t)
	name := x.sandbox(object{})
	const mixins = `{"m":{"a":1e3,"b":18446744073709551616,"c":1.5e3}}`
	x.do("POST", "/tenants/"+name+"/import", []byte(`{"customers":[{"email":"a@example.com","password":"secret-1","profile":{"mixins":`+mixins+`}}]}`)).must(http.StatusOK)
	got := x.call("GET", "/customer/"+name+"/me?expand=mixin:m", x.mint(name, "a@example.com"), "").must(http.StatusOK)
	if !strings.Contains(string(got.raw), `"mixins":`+mixins) {
		t.Errorf("they become %s", got.raw)
	}
}
