package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"standin/contracts/suite"
	"standin/spec"
)

// others are the arguments with which a test verifies a server without the control API.
func others(url string, more ...string) []string {
	return append([]string{"--url", url, "--tenant", "demo", "--client-id", "shop", "--rps", "100000"}, more...)
}

// exampleServer answers each operation with the document's example for its first successful status.
func exampleServer(t *testing.T) *httptest.Server {
	t.Helper()
	var documents []*spec.Document
	for _, name := range []string{spec.Customer, spec.Companions} {
		document, err := spec.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, document)
	}
	router, err := spec.NewRouter(documents...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		match, err := router.Match(r)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		status := match.Operation.Statuses()[0]
		mediaType, example := match.Operation.Example(status)
		if example == nil {
			w.WriteHeader(status)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(example)
	}))
	t.Cleanup(server.Close)
	return server
}

// verify reports findings for a server that only looks like the service, with the operation and the rule.
func TestVerifyFindsOutWhatOnlyLooksLikeTheService(t *testing.T) {
	t.Chdir(t.TempDir())
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, "{}")
	}))
	defer empty.Close()
	for name, c := range map[string]struct {
		url  string
		says []string
	}{
		"{}":       {empty.URL, []string{"ANON-LOGIN", "anonymousLogin answered 200 with {}", "T-401", "getProfile answered 200 with {}"}},
		"examples": {exampleServer(t).URL, []string{"T-401", "getProfile answered 200 with", "T-SESSION", "LOGOUT", "logout", "W-METHOD"}},
	} {
		code, out := verify(t, others(c.url)...)
		if code != exitFailure {
			t.Errorf("%s: it exits with %d", name, code)
		}
		for _, want := range c.says {
			if !strings.Contains(out, want) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, out)
			}
		}
	}
}

// A run against a shared server stays within its limits and lists what it leaves behind.
func TestVerifyIsFairToOtherServers(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--no-control")
	url := "http://" + s.addresses[0]
	reports := t.TempDir()
	code, out := verify(t, others(url, "--report", "html,junit,json", "--report-dir", reports)...)
	holds := regexp.MustCompile(`holds the [1-9]\d* of ` + allRules(t))
	number := func(pattern string) int {
		found := regexp.MustCompile(pattern).FindStringSubmatch(out)
		if found == nil {
			t.Fatalf("it exits with %d and says nothing like %q: %s", code, pattern, out)
		}
		count, _ := strconv.Atoi(found[1])
		return count
	}
	requests, customers := number(` 0 failed; (\d+) requests`), number(`(?m)^customers left over, (\d+):(?: \S+@example\.com){10} and \d+ more$`)
	if most := suite.SmokeBounds(); code != exitOK || !holds.MatchString(out) || requests > most.Requests || customers > most.Customers {
		t.Errorf("it exits with %d and says %s", code, out)
	}
	page, err := os.ReadFile(filepath.Join(reports, "standin-verify.html"))
	if err != nil || !holds.Match(page) || strings.Contains(string(page), "ZgotmplZ") {
		t.Errorf("the page is not there or broken (%v)", err)
	}
	for _, file := range []string{"standin-verify.html", "standin-verify.json"} {
		all := regexp.MustCompile(`\w+\.[0-9a-z]{8}-\d+@example\.com`).FindAllString(read(t, filepath.Join(reports, file)), -1)
		slices.Sort(all)
		if all = slices.Compact(all); len(all) != customers {
			t.Errorf("%s lists %d of %d customers: %s", file, len(all), customers, all)
		}
	}
	for _, c := range []struct {
		says []string
		args []string
	}{
		{[]string{"the server has no clock", "the server has no inbox", "rules were judged, which is less than 99 %", "not enough was judged"}, []string{"--profile", "full", "--min-covered", "99", "--label-filter", "T-LIFE || MAIL || LOGIN-BAD"}},
		{[]string{"operations were met, which is less than 100 %", "not enough was judged"}, []string{"--min-covered-operations", "100"}},
		{[]string{"the server was judged and nothing failed, but the file of --known is out of date\n", `standin: verify: the file of --known is out of date: the entry "LOGIN-BAD" no longer occurs`}, []string{"--known", known(t, "- {rule: LOGIN-BAD, reason: it was so, expires: 2999-01-01}")}},
		{[]string{"the server was judged and nothing failed, but the file of --known is out of date\n", `standin: verify: the file of --known is out of date: the entry "LOGIN-BAD" has expired at 2020-01-01`}, []string{"--known", known(t, "- {rule: LOGIN-BAD, reason: it was so, expires: 2020-01-01}")}},
	} {
		code, out := verify(t, others(url, c.args...)...)
		if code != exitFailure {
			t.Errorf("%v: it exits with %d", c.args, code)
		}
		for _, want := range c.says {
			if !strings.Contains(out, want) {
				t.Errorf("%v: it does not say %q:\n%s", c.args, want, out)
			}
		}
		if strings.Contains(out, "does not hold") {
			t.Errorf("%v: it says that the server does not hold the contract:\n%s", c.args, out)
		}
	}
}

// Rules that were not judged are reported with the reason and counted as skipped.
func TestVerifySaysWhatItJudged(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--no-control")
	reports := t.TempDir()
	code, out := verify(t, others("http://"+s.addresses[0], "--report", "junit,summary", "--report-dir", reports)...)
	if code != exitOK || !strings.Contains(out, " rules were not judged:") || !strings.Contains(out, "not a part of --profile smoke") {
		t.Errorf("it exits with %d and says %s", code, out)
	}
	var junit struct {
		Suite struct {
			Tests   int `xml:"tests,attr"`
			Skipped int `xml:"skipped,attr"`
			Cases   []struct {
				Skipped *struct {
					Message string `xml:"message,attr"`
				} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	text, err := os.ReadFile(filepath.Join(reports, "standin-verify.xml"))
	if err == nil {
		err = xml.Unmarshal(text, &junit)
	}
	skipped := 0
	for _, one := range junit.Suite.Cases {
		if one.Skipped != nil && strings.Contains(one.Skipped.Message, "not run: ") {
			skipped++
		}
	}
	if err != nil || junit.Suite.Tests < 600 || junit.Suite.Tests != len(junit.Suite.Cases) || skipped < 500 || skipped != junit.Suite.Skipped {
		t.Errorf("of %d specs %d are said to be skipped, and %d say why (%v)", junit.Suite.Tests, junit.Suite.Skipped, skipped, err)
	}
	summary, _ := os.ReadFile(filepath.Join(reports, "standin-verify.md"))
	if !strings.Contains(string(summary), "Not judged: not a part of --profile smoke") {
		t.Errorf("the summary does not say why a rule was not judged:\n%s", summary)
	}
}

// A server with only one kind of names gets no findings about the other.
func TestVerifyKnowsTheWire(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, wire := range []string{"classic", "current"} {
		if err := os.WriteFile(wire+".yaml", []byte("name: "+wire+"\nsettings: {wire: "+wire+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := start(t, "--addr", "127.0.0.1:0", "--no-control", "--fixture", wire+".yaml")
		url := "http://" + s.addresses[0]
		if code, out := verify(t, others(url, "--wire", wire, "--label-filter", "W-CASE || LOGIN || T-SESSION || REFRESH", "--profile", "full")...); code != exitOK {
			t.Errorf("%s: it exits with %d and says %s", wire, code, out)
		}
		if code, out := verify(t, others(url, "--label-filter", "W-CASE")...); code != exitFailure || !strings.Contains(out, "W-CASE (grade S)") {
			t.Errorf("%s, taken for both: it exits with %d and says %s", wire, code, out)
		}
		other, has, lacks := "current", "accessToken", "access_token"
		if wire == "current" {
			other, has, lacks = "classic", lacks, has
		}
		for args, says := range map[string]string{"both": "must have the member " + lacks, other: "must (have the member " + lacks + "|not have the member " + has + ")"} {
			says = "login " + says + ": login answered 200 with"
			if _, out := verify(t, others(url, "--wire", args, "--focus", "names tokens as the server is said to")...); !regexp.MustCompile(says).MatchString(out) || strings.Contains(out, "<bool>") {
				t.Errorf("%s, taken for %s: it says %s", wire, args, out)
			}
		}
	}
}

// known writes a file of accepted differences.
func known(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A message about a mistake in the file of accepted differences names the line.
func TestKnownTellsWhereItsMistakeIs(t *testing.T) {
	for text, want := range map[string]string{
		"- rule: LOGIN-BAD\n  reasn: x\n  expires: 2999-01-01": ":2: reasn is unknown; valid names are rule, spec, reason, expires",
		"rule: LOGIN-BAD\nreason: x\nexpires: 2999-01-01":      ":1: a list is expected, whose entries begin with a hyphen: - {rule: ..., spec: ..., reason: ..., expires: 2027-01-31}",
		"- LOGIN-BAD": ":1: an entry is expected: - {rule: ..., spec: ..., reason: ..., expires: 2027-01-31}",
		"\n- rule: [LOGIN-BAD]\n  reason: x\n  expires: 2999-01-01":                       ":2: rule must be a string",
		"- {rule: LOGIN-BAD, rule: LOGIN, reason: x, expires: 2999-01-01}":                ":1: rule is given twice",
		"- {rule: LOGIN-BAD, reason: x, expires: 2999-01-01}\n- {rule: LOGIN, reason: x}": ":2: the entry has no day at which it expires, such as 2027-01-31",
		"- {rule: LOGIN-BAD, reason: x, expires: 2999-01-01":                              "known.yaml: ",
		"- {rule: LOGIN-GOOD, reason: x, expires: 2999-01-01}":                            ":1: there is no rule LOGIN-GOOD",
	} {
		file := known(t, text)
		_, err := readKnown(file)
		if err == nil || !strings.Contains(err.Error(), "--known: "+file) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "struct") {
			t.Errorf("%q: it says %v", text, err)
		}
	}
	for _, text := range []string{"", "# none yet", "[]"} {
		if all, err := readKnown(known(t, text)); err != nil || len(all) > 0 {
			t.Errorf("%q holds %v (%v)", text, all, err)
		}
	}
	all, err := readKnown(known(t, "- &a {rule: LOGIN-BAD, spec: 12, reason: x, expires: 2999-01-01}\n- *a"))
	if err != nil || len(all) != 2 || all[0] != all[1] || all[0].Spec != "12" {
		t.Errorf("it holds %v (%v)", all, err)
	}
}

// A difference of another server is a finding, a different assumption, or an accepted difference. A busy answer is none of
// these.
func TestVerifyJudgesByGrades(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--no-control")
	// The status for a wrong password is the undocumented 403, and an unknown path has another type.
	wrong := through(t, "http://"+s.addresses[0], func(r *http.Response) {
		if strings.HasSuffix(r.Request.URL.Path, "/login") && r.StatusCode == http.StatusUnauthorized {
			r.StatusCode = http.StatusForbidden
		}
	})
	method := through(t, "http://"+s.addresses[0], func(r *http.Response) {
		if r.StatusCode == http.StatusMethodNotAllowed {
			r.Header.Set("Allow", "GET")
		}
	})
	busy := through(t, "http://"+s.addresses[0], func(r *http.Response) { r.StatusCode = http.StatusTooManyRequests })
	tomorrow := time.Now().Add(48 * time.Hour).Format(time.DateOnly)
	for name, c := range map[string]struct {
		code int
		says string
		args []string
	}{
		"documented":         {exitFailure, "LOGIN-BAD (grade S)", others(wrong)},
		"known":              {exitOK, " 1 known", others(wrong, "--label-filter", "LOGIN-BAD", "--known", known(t, "- {spec: 'login answers the very same', reason: accepted, expires: "+tomorrow+"}"))},
		"assumed":            {exitOK, "our assumption differs: W-METHOD (grade A)", others(method)},
		"assumed, asked":     {exitFailure, "W-METHOD (grade A)", others(method, "--fail-on", "S,D,O,A")},
		"busy":               {exitUnreachable, "inconclusive", others(busy)},
		"a known of nothing": {exitUsage, "names neither a rule nor a spec", others(wrong, "--known", known(t, "- {reason: x, expires: 2999-01-01}"))},
		"a known of no rule": {exitUsage, "there is no rule LOGIN-GOOD", others(wrong, "--known", known(t, "- {rule: LOGIN-GOOD, reason: x, expires: 2999-01-01}"))},
		"a byte order mark":  {exitOK, " known", others(wrong, "--label-filter", "LOGIN-BAD", "--known", known(t, "\ufeff- {rule: LOGIN-BAD, reason: x, expires: "+tomorrow+"}"))},
		"no tenant":          {exitUsage, "--tenant", []string{"--url", wrong, "--client-id", "shop"}},
		"no client id":       {exitUsage, "--client-id", []string{"--url", wrong, "--tenant", "demo"}},
		"no grade":           {exitUsage, "--fail-on X is not one of S, D, O, A", others(wrong, "--fail-on", "X")},
	} {
		if code, out := verify(t, c.args...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s: it exits with %d and says %s", name, code, out)
		}
	}
}
