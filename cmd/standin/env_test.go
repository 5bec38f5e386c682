package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const infoPath = controlPath + "/info"

func TestEnv(t *testing.T) {
	t.Chdir(t.TempDir())
	f := faked(t, map[string]string{infoPath: `200 {"version":"1","tenant":"acme","clientId":"storefront","violations":0}`})
	want := "STANDIN_URL=" + f.URL + "\nSTANDIN_TENANT=acme\nSTANDIN_CLIENT_ID=storefront\nSTANDIN_API=" + f.URL + "/customer/acme\nSTANDIN_CONTROL=" + f.URL + "/_standin\n"
	if code, out, errors := invoke(t, "env", "--url", f.URL+"/"); code != exitOK || out != want || errors != "" {
		t.Errorf("it exits with %d and says %s%s", code, out, errors)
	}
	if code, out, errors := invoke(t, "env", "--addr-file", written(t, strings.TrimPrefix(f.URL, "http://"))); code != exitOK || out != want || errors != "" {
		t.Errorf("of the file: it exits with %d and says %s%s", code, out, errors)
	}
	code, out, errors := invoke(t, "env", "--url", f.URL, "--format", "json")
	var got map[string]string
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitOK || len(got) != 5 || got["STANDIN_API"] != f.URL+"/customer/acme" {
		t.Errorf("as JSON: it exits with %d and says %s%s", code, out, errors)
	}
}

func TestEnvRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		answer string
		code   int
		says   string
	}{
		{`401 {"message":"A token is needed."}`, exitFailure, "A token is needed. (give the server's token in STANDIN_CONTROL_TOKEN"},
		{`404 {"message":"no"}`, exitFailure, "not a standin"},
		{`200 {"hello":"world"}`, exitFailure, "not a standin"},
		{`200 <html>`, exitFailure, "not a standin"},
		{`200 {"tenant":"demo\u001b]0;x\u0007","clientId":"storefront"}`, exitFailure, "not a standin"},
		{`200 {"tenant":"demo","clientId":"store\u202efront"}`, exitFailure, "not a standin"},
		{`200 {"tenant":"demo\nX=1","clientId":"storefront"}`, exitFailure, "not a standin"},
		{`500 ` + strings.Repeat("x ", 1000), exitFailure, "x …"},
		{`503 {"message":"The server is starting."}`, exitUnreachable, "standin wait"},
	} {
		f := faked(t, map[string]string{infoPath: c.answer})
		if code, out, errors := invoke(t, "env", "--url", f.URL); code != c.code || !strings.Contains(errors, c.says) || out != "" || len(errors) > 600 {
			t.Errorf("after %.30s it exits with %d and says %s%s", c.answer, code, out, errors)
		}
	}
	if code, out, errors := invoke(t, "env", "--url", nobody(t)); code != exitUnreachable || out != "" {
		t.Errorf("without a server it exits with %d and says %s%s", code, out, errors)
	}
	if code, _, errors := invoke(t, "env", "--format", "xml"); code != exitUsage || !strings.Contains(errors, "--format") {
		t.Errorf("as xml it exits with %d and says %s", code, errors)
	}
}

// nasty are values with special characters. They must not set another variable and not run a command.
var nasty = []string{
	"plain", "", "a b", "a#b", "#", `a"b`, "a'b", "$HOME", "`id`", "$(id)", `\`, `'"$(id)\`, "a'$(id)`id`\\\"", "a\nSTANDIN_EVIL=1", "a'\nSTANDIN_EVIL=1", "ä", "~", "!x", "a=b", "-n", "a;b&c|d>e*",
}

func TestDotenvIsReadByAShellAsItIs(t *testing.T) {
	t.Parallel()
	for _, value := range nasty {
		file := written(t, asDotenv([]variable{{"STANDIN_ONE", value}}))
		out, err := exec.CommandContext(t.Context(), "sh", "-c", `. "$0"; printf '%s|%s' "$STANDIN_ONE" "$STANDIN_EVIL"`, file).Output()
		if err != nil || string(out) != value+"|" {
			t.Errorf("%q is read as %q, %v", value, out, err)
		}
	}
}

func TestJSONIsReadAsItIs(t *testing.T) {
	t.Parallel()
	for _, value := range nasty {
		var got map[string]string
		if err := json.Unmarshal(asJSON([]variable{{"A", value}, {"B", value}}), &got); err != nil || got["A"] != value || got["B"] != value {
			t.Errorf("%q is read as %v, %v", value, got, err)
		}
	}
}

func TestGithub(t *testing.T) {
	t.Chdir(t.TempDir())
	f := faked(t, map[string]string{infoPath: `200 {"tenant":"acme","clientId":"storefront"}`})
	file := written(t, "BEFORE=1\n")
	t.Setenv(githubFile, file)
	if code, out, errors := invoke(t, "env", "--url", f.URL, "--format", "github"); code != exitOK || out+errors != "" {
		t.Fatalf("it exits with %d and says %s%s", code, out, errors)
	}
	if err := appendGithub(file, []variable{{"STANDIN_ODD", "a\nSTANDIN_EVIL=1\nEOF"}}); err != nil { // No name of a server has newlines.
		t.Fatal(err)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rest, ok := strings.CutPrefix(string(source), "BEFORE=1\n")
	if !ok {
		t.Fatalf("it does not append:\n%s", source)
	}
	heads := regexp.MustCompile(`(?m)^(\w+)<<(\w+)$`).FindAllStringSubmatch(rest, -1)
	if len(heads) != 6 {
		t.Fatalf("it writes\n%s", rest)
	}
	for i, head := range heads { // As GitHub reads it.
		start := strings.Index(rest, head[0]+"\n") + len(head[0]) + 1
		value, _, _ := strings.Cut(rest[start:], "\n"+head[2]+"\n")
		if head[1] == "STANDIN_ODD" && value != "a\nSTANDIN_EVIL=1\nEOF" {
			t.Errorf("it is %q", value)
		}
		if i > 0 && head[2] == heads[i-1][2] || len(head[2]) < 20 {
			t.Errorf("the mark %s can be guessed", head[2])
		}
	}
	t.Setenv(githubFile, filepath.Join(t.TempDir(), "no", "folder"))
	if code, _, errors := invoke(t, "env", "--url", f.URL, "--format", "github"); code != exitUsage || !strings.Contains(errors, githubFile) {
		t.Errorf("without the file's folder it exits with %d: %s", code, errors)
	}
	if err := os.Unsetenv(githubFile); err != nil {
		t.Fatal(err)
	}
	if code, _, errors := invoke(t, "env", "--url", f.URL, "--format", "github"); code != exitUsage || !strings.Contains(errors, "needs the variable GITHUB_ENV") {
		t.Errorf("without the variable it exits with %d: %s", code, errors)
	}
}
