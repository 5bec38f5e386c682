package engine_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"standin/engine"
	"standin/engine/enginetest"
	"standin/state"
)

// A refused login is the one refusal that may be kept, for the count of bad ones. Where nothing is counted, it leaves no
// trace: found by FuzzRequest.
func TestARefusedLoginMakesNoWorld(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t, enginetest.WithFixture("demo"))
	before := len(s.Worlds().All())
	status, body := ask(t, s, http.MethodPost, "/customer/unseen/login", "demoShopperAccess00000000001", `{"email":"john.doe@example.com","password":"wrong"}`)
	if status != http.StatusUnauthorized {
		t.Fatalf("it answers %d %s", status, body)
	}
	if after := len(s.Worlds().All()); after != before {
		t.Errorf("%d worlds became %d", before, after)
	}
}

func TestARefusedLoginSweepsNothing(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t, enginetest.WithFixture("demo"))
	w := acme(t, s)
	mint(t, s, "anonymous", "")
	w.Clock().Advance(72 * time.Hour) // Dead for more than a day.
	token := mint(t, s, "anonymous", "")
	count := func() int {
		tokens := 0
		w.View(func(txn *state.Txn) { txn.EachToken(func(state.Token) { tokens++ }) })
		return tokens
	}
	before := count()
	if status, _ := ask(t, s, http.MethodPost, "/customer/acme/login", token, `{"email":"john.doe@example.com","password":"wrong"}`); status != http.StatusUnauthorized {
		t.Fatal(status)
	}
	if after := count(); after != before {
		t.Errorf("a refusal has dropped %d tokens", before-after)
	}
	ask(t, s, http.MethodGet, anonymousLogin+"acme", "", "")
	if after := count(); after > before {
		t.Errorf("%d tokens became %d: nothing is dropped any more", before, after)
	}
}

// Whoever does not know the password learns nothing from the answer: not its status, not its body, not its headers.
func TestBadLoginsAnswerTheSame(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t, enginetest.WithFixture("demo"))
	w := acme(t, s)
	w.Clock().Freeze()
	token := mint(t, s, "anonymous", "")
	var seen []string
	for _, email := range []string{"john.doe@example.com", "nobody@example.com", "not an address", "noah.inactive@example.com", "petra.pending@example.com"} {
		answer := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/customer/acme/login", strings.NewReader(`{"email":"`+email+`","password":"wrong"}`))
		request.Header.Set("Authorization", "Bearer "+token)
		s.ServeHTTP(answer, request)
		sent := answer.Result()
		for _, numbered := range []string{"Standin-Entry", "Link"} {
			if sent.Header.Get(numbered) == "" {
				t.Errorf("%s lacks %s", email, numbered)
			}
			sent.Header.Del(numbered) // It says which exchange it was.
		}
		var all strings.Builder
		if err := sent.Write(&all); err != nil {
			t.Fatal(err)
		}
		_ = sent.Body.Close()
		seen = append(seen, all.String())
	}
	for i, one := range seen {
		if one != seen[0] || !strings.Contains(one, "401") {
			t.Errorf("login %d answers\n%s\nand the first\n%s", i, one, seen[0])
		}
	}
}

// Without a seed that was asked for, two servers draw different tokens; with the same one, the same.
func TestTokensComeFromTheSeed(t *testing.T) {
	t.Parallel()
	draw := func(options ...enginetest.Option) string {
		s := enginetest.New(t, options...)
		_, body := ask(t, s, http.MethodGet, anonymousLogin+"acme", "", "")
		if len(body) < 100 {
			t.Fatal(body)
		}
		return body
	}
	seeded := enginetest.WithConfig(func(c *engine.Config) {
		c.Seed = []byte("a seed")
		c.Now = func() time.Time { return time.Unix(1_800_000_000, 0) }
	})
	if one, other := draw(), draw(); one == other {
		t.Errorf("two servers drew the same: %s", one)
	}
	if one, other := draw(seeded), draw(seeded); one != other {
		t.Errorf("with one seed they drew %s and %s", one, other)
	}
}
