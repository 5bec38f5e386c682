package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"strings"
	"testing"

	"standin/engine"
)

// useAndForget sends requests to a sandbox and to another tenant, and then deletes the sandbox and resets the tenant.
const useAndForget = `set -e
curl -sSf "$STANDIN_CONTROL/tenants" -d '{"name":"gonebox","from":"demo"}' >/dev/null
curl -sS -o /dev/null "$STANDIN_URL/customer/gonebox/me"
curl -sSf -o /dev/null -X DELETE "$STANDIN_CONTROL/tenants/gonebox"
curl -sSf -o /dev/null "$STANDIN_URL/customerlogin/auth/anonymous/login?tenant=demo&client_id=x"
curl -sSf -o /dev/null -X POST "$STANDIN_CONTROL/tenants/demo/reset"
`

func TestCoverageOutlivesItsSandboxes(t *testing.T) {
	t.Chdir(t.TempDir())
	code, _, errors := execute(t, "--coverage", "c.json", "--coverage", "c.xml", "--coverage", "c.md", "--", "sh", "-c", useAndForget)
	if code != exitOK || !strings.Contains(errors, "2 of ") {
		t.Fatalf("it exits with %d: %s", code, errors)
	}
	var got engine.Coverage
	if err := json.Unmarshal(content(t, "c.json"), &got); err != nil || got.Covered != 2 || got.Documented < 50 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, op := range got.Operations {
		if want := map[string]int{"getProfile": 1}[op.Operation]; op.Statuses["401"] != want {
			t.Errorf("%s: %v", op.Operation, op.Statuses)
		}
	}
	var junit struct {
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Skipped  int `xml:"skipped,attr"`
			Failures int `xml:"failures,attr"`
			Cases    []struct {
				Name    string    `xml:"name,attr"`
				Class   string    `xml:"classname,attr"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(content(t, "c.xml"), &junit); err != nil || len(junit.Suites) != 1 {
		t.Fatalf("%v: %s", err, content(t, "c.xml"))
	}
	suite := junit.Suites[0]
	if suite.Tests != got.Documented || suite.Skipped != got.Documented-2 || suite.Failures != 0 || len(suite.Cases) != suite.Tests {
		t.Errorf("%+v", suite)
	}
	for _, one := range suite.Cases {
		if one.Class == "getProfile" && one.Name == "401" && one.Skipped != nil {
			t.Error("getProfile 401 is skipped")
		}
	}
	if text := string(content(t, "c.md")); !strings.Contains(text, "\n| getProfile | 200: 0, 400: 0, **401: 1**, 403: 0 |\n") {
		t.Errorf("the summary is %s", text)
	}
}

func TestTooLittleCoverageFails(t *testing.T) {
	t.Chdir(t.TempDir())
	code, _, errors := execute(t, "--min-coverage", "50", "--coverage", "c.xml", "--", "sh", "-c", useAndForget)
	if code != exitFailure || !strings.Contains(errors, "--min-coverage 50") {
		t.Errorf("it exits with %d: %s", code, errors)
	}
	if text := string(content(t, "c.xml")); !strings.Contains(text, "<failure") {
		t.Errorf("the report is %s", text)
	}
	if code, _, errors := execute(t, "--min-coverage", "1", "--", "sh", "-c", useAndForget); code != exitOK {
		t.Errorf("it exits with %d: %s", code, errors)
	}
	if code, _, _ := execute(t, "--min-coverage", "50", "--coverage", "c.md", "--", "sh", "-c", "exit 7"); code != 7 {
		t.Errorf("a command that fails exits with %d", code)
	}
	content(t, "c.md")
}

func TestMistakesOfCoverage(t *testing.T) {
	t.Chdir(t.TempDir())
	for want, args := range map[string][]string{
		"--coverage c.txt":        {"--coverage", "c.txt"},
		"--min-coverage":          {"--min-coverage", "101"},
		"/nowhere does not exist": {"--coverage", "nowhere/c.json"},
	} {
		code, _, errors := execute(t, append(args, "--", "true")...)
		if code != exitUsage || !strings.Contains(errors, want) {
			t.Errorf("%v exits with %d: %s", args, code, errors)
		}
	}
}

func content(t *testing.T, file string) []byte {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return source
}
