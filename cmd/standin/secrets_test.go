package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"standin/engine"
	"standin/fixtures"
)

// A message about a mistake in the configuration names the place and does not quote it.
func TestMistakesInTheFileQuoteNoSecret(t *testing.T) {
	const secret = "planted-token"
	for content, want := range map[string]string{
		"control-token: " + secret + "\n\t- x: y\n":         "standin.yaml: line",
		"control-token: [" + secret + "\n":                  "line 1",
		"control-token: \"" + secret + "\nbanner: false\n":  "standin.yaml",
		"control-token: {a: " + secret + "}\n":              "control-token takes a value",
		"- " + secret + "\n":                                "cannot be read",
		"control-token: |" + secret + "\n  x\n":             "line 1",
		"control-token: " + secret + "\nmax-worlds: many\n": "--max-worlds",
	} {
		in(t, "standin.yaml", content)
		code, out, errors := invoke(t, "serve", "--addr", ":0", "--fixture", "nope")
		if code != exitUsage || strings.Contains(out+errors, secret) {
			t.Errorf("%q exits with %d: %s%s", content, code, out, errors)
		}
		if !strings.Contains(errors, want) {
			t.Errorf("%q is refused with %q, which does not speak of %q", content, errors, want)
		}
	}
}

// Tokens come from crypto/rand if no seed is given. Two servers without a seed or with different seeds issue different tokens,
// and two with the same seed issue the same tokens.
func TestTokensAreRandomUnlessASeedIsGiven(t *testing.T) {
	fixture, err := fixtures.Load(t.Context(), "empty")
	if err != nil {
		t.Fatal(err)
	}
	draw := func(args ...string) string {
		command := settled(t, args...)
		config := command.config(fixture, slog.New(slog.DiscardHandler), nil, listeners{})
		if len(args) == 0 && len(config.Seed) < 32 {
			t.Errorf("a seed of its own has only %d bytes", len(config.Seed))
		}
		server, err := engine.New(config)
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/customerlogin/auth/anonymous/login?tenant=acme&client_id=x", http.NoBody))
		if answer.Code != http.StatusOK {
			t.Fatal(answer.Code, answer.Body)
		}
		return answer.Body.String()
	}
	if one, other := draw(), draw(); one == other {
		t.Errorf("two servers have drawn %s", one)
	}
	if one, other := draw("--seed", "x"), draw("--seed", "x"); one != other {
		t.Errorf("with one seed two servers have drawn %s and %s", one, other)
	}
	if one, other := draw("--seed", "x"), draw("--seed", "y"); one == other {
		t.Errorf("with two seeds two servers have drawn %s", one)
	}
}
