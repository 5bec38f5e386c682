package main

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"standin/cmd/session"
	"standin/spec"
)

// read returns the facts and the list of known differences.
func read(t *testing.T) (facts, []known) {
	t.Helper()
	kept, _, err := readFacts(vendor)
	if err != nil {
		t.Fatal(err)
	}
	list, err := readKnown(differences)
	if err != nil {
		t.Fatal(err)
	}
	return kept, list
}

// Each difference from the facts of the vendor's document is a known one, and each known one still occurs.
func TestVendor(t *testing.T) {
	t.Parallel()
	kept, list := read(t)
	own, operations, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	exchanges, err := play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const atLeast = 500
	if len(exchanges) < atLeast {
		t.Errorf("only %d exchanges were judged", len(exchanges))
	}
	found := kept.compared(own, operations)
	for d := range kept.judged(exchanges) {
		found = append(found, d)
	}
	lines := unlisted(found, list)
	slices.Sort(lines)
	for _, one := range slices.Compact(lines) {
		t.Error(one)
	}
	t.Logf("%d exchanges, %d differences, %d entries", len(exchanges), len(found), len(list))
}

// Each known difference names a row of DIVERGENCES.md, and each row of the vendor's document is named.
func TestRows(t *testing.T) {
	t.Parallel()
	_, list := read(t)
	source, err := os.ReadFile("../../spec/DIVERGENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(string(source)) {
		if strings.HasPrefix(line, "|") {
			for _, id := range regexp.MustCompile(`\b[A-Z][A-Z0-9]*(-[A-Z0-9]+)+\b|\b[A-Z0-9]{3,}\b`).FindAllString(line, -1) {
				rows[id] = true
			}
		}
	}
	named := map[string]bool{}
	for _, one := range list {
		named[one.Row] = true
		if !rows[one.Row] {
			t.Errorf("DIVERGENCES.md has no row %s", one.Row)
		}
	}
	for id := range rows {
		if strings.HasPrefix(id, "V-") && !named[id] {
			t.Errorf("no known difference names the row %s of DIVERGENCES.md; remove it", id)
		}
	}
}

// exchanged returns an exchange with an operation.
func exchanged(t *testing.T, id, sent, media string, status int, body string) exchange {
	t.Helper()
	document, err := spec.Load(spec.Customer)
	if err != nil {
		t.Fatal(err)
	}
	op, ok := document.Operation(id)
	if !ok {
		t.Fatal(id)
	}
	request, err := http.NewRequestWithContext(t.Context(), op.Method, "http://standin.test"+strings.ReplaceAll(op.Templates()[0], "{tenant}", "acme"), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", media)
	return exchange{
		at: op.Method + " " + op.Templates()[0], op: op, sent: []byte(sent), match: spec.Match{Operation: op, Path: map[string]string{"tenant": "acme"}},
		answer: session.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body), Request: request},
	}
}

func TestFindsDifferences(t *testing.T) {
	t.Parallel()
	kept, _ := read(t)
	const json = "application/json"
	for _, one := range []struct {
		id, sent, media, body, want string
		status                      int
	}{
		{"addAddress", `{"city":"London"}`, json, `{"id":"1"}`, "", 201},
		{"addAddress", `{"city":1}`, json, `{"id":"1"}`, "accepts: body city is of type integer", 201},
		{"addAddress", `city`, "text/plain", `{"id":"1"}`, "accepts: body is not of its media types", 201},
		{"addAddress", `{}`, json, ``, "answers 201 without a body", 201},
		{"addAddress", `{}`, json, `{"id":null}`, "answers 201: id is of type null", 201},
		{"addAddress", `{}`, json, `{"id":"1","shade":2}`, "answers 201: shade is not in their document", 201},
		{"addAddress", `{}`, json, `{}`, "answers 418", 418},
		{"addAddress", `{}`, json, `{"details":[{"field":"city","type":"required"}]}`, "refuses: city required", 400},
		{"addAddress", `{"city":1}`, json, `{"details":[{"field":"city","type":"type"}]}`, "", 400},
		{"addAddress", `{}`, json, `{"status":7,"type":"X"}`, "answers 403: status is out of bounds", 403},
		{"addAddress", `{}`, json, `{"type":"9"}`, "answers 403: type breaks the pattern", 403},
		{"requestPasswordReset", `{}`, json, ``, "accepts: body email is missing", 204},
		{"requestPasswordReset", `{"email":"a@b"}`, json, `{}`, "answers 204 with a body", 204},
		{"getProfile", ``, json, `{"addresses":[{}]}`, "answers 200: addresses[].contactName is missing", 200},
		{"getProfile", ``, json, `{"businessModel":"B2G"}`, "answers 200: businessModel is none of the values", 200},
		{"getProfile", ``, json, `{"lastLogin":"noon"}`, "answers 200: lastLogin is no time", 200},
		{"getProfile", ``, json, `{"preferredCurrency":"EURO"}`, "answers 200: preferredCurrency is of another length", 200},
		{"getProfile", ``, json, `{"mixins":{"any":[1]}}`, "", 200},
		{"assignAccount", `{}`, json, `{}`, "is not in their document", 201},
	} {
		var got []string
		for d := range kept.judged([]exchange{exchanged(t, one.id, one.sent, one.media, one.status, one.body)}) {
			if !strings.HasPrefix(d.What, "never answers") {
				got = append(got, d.What)
			}
		}
		slices.Sort(got)
		if said := strings.Join(got, "; "); !strings.Contains(said, one.want) || one.want == "" && said != "" {
			t.Errorf("%s %s %d %s: found %q, want %q", one.id, one.sent, one.status, one.body, said, one.want)
		}
	}
}

func TestHoldsTheListToWhatOccurs(t *testing.T) {
	t.Parallel()
	found := []difference{{"getProfile", "answers 418"}}
	for _, one := range []struct {
		list []known
		want string
	}{
		{[]known{{Row: "R", What: "answers 418"}}, ""},
		{[]known{{Row: "R", Operations: []string{"getProfile"}, What: "answers 4*"}}, ""},
		{nil, "getProfile: answers 418: mend it"},
		{[]known{{Row: "R", What: "answers 418"}, {Row: "R", What: "answers 419"}}, "any operation: answers 419: no longer occurs"},
		{[]known{{Row: "R", Operations: []string{"getProfile", "login"}, What: "answers 418"}}, "login: answers 418: no longer occurs"},
	} {
		if said := strings.Join(unlisted(found, one.list), "; "); !strings.HasPrefix(said, one.want) || one.want == "" && said != "" {
			t.Errorf("%v: said %q, want %q", one.list, said, one.want)
		}
	}
	if _, err := readKnown([]byte("[{row: R, what: '*'}]")); err == nil {
		t.Error("takes an entry for everything")
	}
}

func TestShowsWhatHasChanged(t *testing.T) {
	t.Parallel()
	of := func(text string) facts {
		f, _, err := readFacts([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	was := of(`{shapes: {a: {b: string}}, operations: {GET /x: {gives: {200: a}}, GET /y: {}}}`)
	is := of(`{shapes: {a: {b: integer}}, operations: {GET /x: {gives: {200: a, 404: nothing}}, GET /x/z: {}, GET /other: {}}}`)
	want := "GET /x: gone: gives 200 b: string\nGET /x: new: gives 200 b: integer\nGET /x: new: gives 404\nGET /y: gone\nGET /x/z: new"
	if said := strings.Join(was.changes(is, []string{"/x"}), "\n"); said != want {
		t.Errorf("said %s\nwant %s", said, want)
	}
	for _, bad := range []string{`{operations: {GET /x: {body: paper}}}`, `{operations: {GET /x: {body: string sometimes}}}`, `{operations: {GET /x: {shade: 1}}}`} {
		if _, _, err := readFacts([]byte(bad)); err == nil {
			t.Errorf("takes %s", bad)
		}
	}
}
