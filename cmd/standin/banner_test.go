package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// hostileFixture is a fixture whose persona has texts that mean something to a shell, to JSON and to a terminal.
func hostileFixture(t *testing.T) string {
	t.Helper()
	source, err := json.Marshal(map[string]any{"customers": []map[string]any{{
		"email": "o'brien@example.com", "password": "'$(touch pwned)`touch pwned` \"\\ \x1b[2J'; touch pwned; '", "persona": "brien",
		"description": "d\x1b]0;x\a", "profile": map[string]any{"firstName": "Conan"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(source) // YAML includes JSON.
}

// What a fixture says is neither run by the shell into which the lines of the banner are pasted, nor obeyed by the terminal.
func TestTheBannerQuotesItsPersona(t *testing.T) {
	in(t, "x.yaml", hostileFixture(t))
	s := start(t, "--addr", "127.0.0.1:0", "--fixture", "x.yaml")
	if strings.ContainsFunc(s.out.String(), func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		t.Errorf("the banner is %q", s.out)
	}
	lines := regexp.MustCompile(`(?m)^  (TOKEN|curl).*$`).FindAllString(s.out.String(), -1)
	output, err := exec.CommandContext(t.Context(), "bash", "-c", strings.Join(lines, "\n")).CombinedOutput()
	if err != nil || !strings.Contains(string(output), `"firstName":"Conan"`) {
		t.Errorf("they show %s, %v", output, err)
	}
	if _, err := os.Stat("pwned"); err == nil {
		t.Errorf("a command of the fixture has run:\n%s", s.out)
	}
}

// The names in a fixture that is examined are not obeyed by the terminal, either.
func TestFixturesLintPrintsNoControlCharacters(t *testing.T) {
	in(t, "x.yaml", `{"a\u001b]0;x\u0007": 1}`)
	code, out, errors := invoke(t, "fixtures", "lint", "x.yaml")
	if code != exitFailure || !strings.Contains(out, `a\x1b]0;x\a: is unknown`) || strings.ContainsAny(out+errors, "\x1b\a") {
		t.Errorf("it exits with %d and says %q%q", code, out, errors)
	}
}
