package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Values in the file are taken as written: a token of digits is not read as a number.
func TestTheFileIsReadAsItIsWritten(t *testing.T) {
	for _, text := range []string{"0777", "007", "1_000", "1.10", "1.0", "0x1F", "0b11", "+5", "1e3", "18446744073709551616", "true", "yes", "2026-01-31", "'quoted'", `"quoted"`, "!!str 12"} {
		in(t, "standin.yaml", "control-token: "+text+"\nseed: "+text+"\ntenant: [one, two]\n")
		want := strings.TrimPrefix(strings.Trim(text, `'"`), "!!str ")
		if got := settled(t); got.ControlToken != want || got.Seed != want || strings.Join(got.Tenant, " ") != "one two" {
			t.Errorf("%s becomes %s and %s", text, got.ControlToken, got.Seed)
		}
	}
}

func TestAByteOrderMarkIsNoPartOfAName(t *testing.T) {
	in(t, "standin.yaml", "\ufefflog-format: json\n")
	if got := settled(t); got.LogFormat != "json" {
		t.Errorf("it logs as %s", got.LogFormat)
	}
	file := filepath.Join(t.TempDir(), "known.yaml")
	if err := os.WriteFile(file, []byte("\ufeff- {rule: LOGIN-BAD, reason: it was so, expires: 2999-01-01}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if known, err := readKnown(file); err != nil || len(known) != 1 || known[0].Rule != "LOGIN-BAD" {
		t.Errorf("%+v, %v", known, err)
	}
}

func TestAFileWithoutSettings(t *testing.T) {
	for _, content := range []string{"", "# nothing\n", "---\n", "\ufeff"} {
		in(t, "standin.yaml", content)
		if got := settled(t); got.Fixture != "demo" {
			t.Errorf("%q gives %+v", content, got)
		}
	}
}

func TestMistakesInTheFormOfTheFile(t *testing.T) {
	for content, want := range map[string]string{
		"seed: a\nseed: b\n":       "line 2",
		"- seed\n":                 "line 1, column 1 cannot be read",
		"seed: a\n---\nseed: b\n":  "line 2",
		"&a seed: *b\n":            "cannot be read",
		"seed: !!int 5\n":          "seed takes a value",
		"tenant: [one, [two]]\n":   "tenant takes a value",
		"tenant: [one, null]\n":    "tenant takes a value",
		"tenant: [one, two\n":      "cannot be read",
		"seed: " + many + "\n":     "larger than 1 MiB",
		"? [seed]\n: x\n":          "cannot be read",
		"log-format: json\nx: y\n": `"x" is not a setting`,
	} {
		in(t, "standin.yaml", content)
		if code, _, errors := invoke(t, "serve", "--addr", ":0", "--fixture", "nope"); code != exitUsage || !strings.Contains(errors, want) {
			t.Errorf("%.30q exits with %d: %.300s", content, code, errors)
		}
	}
}

var many = strings.Repeat("x", 1<<20)
