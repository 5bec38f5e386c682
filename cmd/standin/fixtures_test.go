package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"standin/fixtures"
)

func TestFixturesList(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, errors := invoke(t, "fixtures", "list")
	if code != exitOK || errors != "" || !regexp.MustCompile(`(?m)^NAME +CUSTOMERS +DESCRIPTION\n(.*\n)*demo +12 +One customer`).MatchString(out) || strings.Count(out, "\n") != 1+len(fixtures.Names()) {
		t.Errorf("it exits with %d and says %s%s", code, out, errors)
	}
}

func TestFixturesShow(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range fixtures.Names() {
		code, out, errors := invoke(t, "fixtures", "show", name)
		if code != exitOK || errors != "" || !strings.HasPrefix(out, "# ") {
			t.Errorf("%s: it exits with %d and says %s%s", name, code, out, errors)
		}
		if _, err := fixtures.Parse(t.Context(), name+".yaml", []byte(out)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"nope", "../load.go", ""} {
		if code, out, errors := invoke(t, "fixtures", "show", name); code != exitUsage || out != "" || !strings.Contains(errors, "the embedded fixtures are b2b, demo") {
			t.Errorf("%q: it exits with %d and says %s%s", name, code, out, errors)
		}
	}
}

func TestFixturesLint(t *testing.T) {
	in(t, "bad.yaml", "customers:\n  - email: a@example.com\n    pasword: x\n")
	for name, content := range map[string]string{"good.yaml": "settings: {}\n", "good": "name: x\n", "worse.yml": "settings:\n  wire: none\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		files []string
		code  int
		out   string // a pattern for the whole output
		err   string
	}{
		{[]string{"good.yaml"}, exitOK, `1 file, no findings\n`, ""},
		{[]string{"good.yaml", "good"}, exitOK, `2 files, no findings\n`, ""},
		{[]string{"bad.yaml", "good.yaml", "./worse.yml"}, exitFailure, `bad\.yaml:2:5: .*required.*\nbad\.yaml:3:5: .*pasword.*\nworse\.yml:2:9: .*\n`, ""},
		{[]string{"absent.yaml", "worse.yml"}, exitUsage, `worse\.yml:2:9: .*\n`, "absent.yaml"},
		{[]string{t.TempDir()}, exitUsage, ``, "is a directory"},
		{nil, exitUsage, ``, "<file>"},
	} {
		code, out, errors := invoke(t, append([]string{"fixtures", "lint"}, c.files...)...)
		if code != c.code || !regexp.MustCompile("^"+c.out+"$").MatchString(out) || !strings.Contains(errors, c.err) || c.err == "" && errors != "" {
			t.Errorf("%v exits with %d and says\n%s%s", c.files, code, out, errors)
		}
	}
}

func TestFixturesExport(t *testing.T) {
	t.Chdir(t.TempDir())
	f := faked(t, map[string]string{
		controlPath + "/tenants/demo/export":   "200 name: demo\n",
		controlPath + "/tenants/acme/export":   "200 name: acme\n",
		controlPath + "/tenants/a%2Fb/export":  "200 name: escaped\n",
		controlPath + "/tenants/esc/export":    "200 name: demo # \x1b]0;x\a\n",
		controlPath + "/tenants/nul/export":    "200 name: demo\x00\n",
		controlPath + "/tenants/c1/export":     "200 name: demo # \u009b2J\n",
		controlPath + "/tenants/latin1/export": "200 name: demo # \x9b2J\n",
		controlPath + "/tenants/gone/export":   `404 {"message":"No world has this tenant."}`,
		controlPath + "/tenants/locked/export": `403 {"message":"No."}`,
	})
	export := func(args ...string) (int, string, string) {
		return invoke(t, append([]string{"fixtures", "export", "--url", f.URL}, args...)...)
	}
	for tenant, want := range map[string]string{"acme": "name: acme\n", "a/b": "name: escaped\n"} {
		if code, out, errors := export("--tenant", tenant); code != exitOK || out != want || errors != "" {
			t.Errorf("it exits with %d and says %s%s", code, out, errors)
		}
	}
	if code, out, errors := export(); code != exitOK || out != "name: demo\n" || errors != "" {
		t.Errorf("without a tenant it exits with %d and says %s%s", code, out, errors)
	}
	t.Setenv("STANDIN_TENANT", "acme,demo")
	if code, out, errors := export(); code != exitOK || out != "name: acme\n" {
		t.Errorf("with the variable it exits with %d and says %s%s", code, out, errors)
	}
	file := written(t, "what was there\n")
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitFailure, "answers 404: No world has this tenant.", []string{"--tenant", "gone", "--output", file}},
		{exitFailure, "STANDIN_CONTROL_TOKEN", []string{"--tenant", "locked", "--output", file}},
		{exitFailure, "no fixture", []string{"--tenant", "esc"}},
		{exitFailure, "no fixture", []string{"--tenant", "nul"}},
		{exitFailure, "no fixture", []string{"--tenant", "c1"}},
		{exitFailure, "no fixture", []string{"--tenant", "latin1", "--output", file}},
		{exitUnreachable, "connection refused", []string{"--url", nobody(t), "--output", file}},
		{exitUsage, "takes one name", []string{"--tenant", "acme", "--tenant", "demo", "--output", file}},
		{exitUsage, "--output", []string{"--output", filepath.Join(file, "x")}},
	} {
		code, out, errors := export(c.args...)
		if code != c.code || out != "" || !strings.Contains(errors, c.says) {
			t.Errorf("%v exits with %d and says %s%s", c.args, code, out, errors)
		}
	}
	if source, _ := os.ReadFile(file); string(source) != "what was there\n" {
		t.Errorf("a failure leaves %s", source)
	}
	if code, out, errors := export("--output", file); code != exitOK || out+errors != "" {
		t.Errorf("to a file it exits with %d and says %s%s", code, out, errors)
	}
	if source, _ := os.ReadFile(file); string(source) != "name: acme\n" {
		t.Errorf("it writes %s", source)
	}
}
