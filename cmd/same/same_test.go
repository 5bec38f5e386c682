package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"standin/cmd/session"
	"standin/spec"
)

// fake returns the URL of a server with one answer to every request and an empty list of tenants.
func fake(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Fri, 01 Mar 2030 12:00:00 GMT")
		if r.URL.Path == "/_standin/tenants" {
			fmt.Fprint(w, `{"tenants":[]}`)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// good is the answer of the base in the tests.
func good(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Standin-Entry", "1")
	fmt.Fprint(w, `{"id":"a","milliseconds":0.5}`)
}

// compared plays one step to two servers, and returns the output and the error of the verdict.
func compared(t *testing.T, base, head http.HandlerFunc, one session.Step, list ...*accepted) (string, error) {
	t.Helper()
	r, err := newRun()
	if err != nil {
		t.Fatal(err)
	}
	r.covered.documents = nil // One step does not cover all operations.
	if err := r.play(t.Context(), session.NewPlayer(fake(t, base)), session.NewPlayer(fake(t, head)), []session.Step{one}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err = r.verdict(&out, list, 10)
	return out.String(), err
}

var profile = session.Step{Name: "the profile", Send: "GET /customer/acme/me", Want: 200}

func TestFindsDifferences(t *testing.T) {
	for _, one := range []struct {
		name string
		head http.HandlerFunc
		want []string
	}{
		{"a header", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Odd", "1")
			good(w, r)
		}, []string{"the profile: header X-Odd differs at byte 0", `- "(none)"`, `+ "1"`, "1 differences over 1 exchanges"}},
		{"a value of a header", func(w http.ResponseWriter, r *http.Request) {
			good(headerOnce{w}, r)
		}, []string{"header Standin-Entry differs at byte 0", `- "1"`, `+ "2"`, "1 differences"}},
		{"a byte of the body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Standin-Entry", "1")
			fmt.Fprint(w, `{"id":"b","milliseconds":0.5}`)
		}, []string{"the profile: body differs at byte 7", `"{\"id\":\"b\"`, "1 differences over 1 exchanges"}},
		{"a body that is longer", func(w http.ResponseWriter, r *http.Request) {
			good(w, r)
			fmt.Fprint(w, " ")
		}, []string{"the profile: body differs at byte 29", "1 differences over 1 exchanges"}},
		{"a time that is compared where no document has one", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Standin-Entry", "1")
			fmt.Fprint(w, `{"id":"a","milliseconds":0.7}`)
		}, []string{"body differs at byte 27", "1 differences"}},
		{"a status", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Standin-Entry", "1")
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, `{"id":"a","milliseconds":0.5}`)
		}, []string{"the profile: status differs at byte 2", `- "200"`, `+ "202"`, "1 differences over 1 exchanges"}},
		{"no answer", func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}, []string{"status differs", `+ "0"`}},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			said, err := compared(t, good, one.head, profile)
			if err == nil {
				t.Error("the two are said to be the same")
			}
			for _, want := range one.want {
				if !strings.Contains(said, want) {
					t.Errorf("lacks %q:\n%s", want, said)
				}
			}
		})
	}
}

// headerOnce answers with a different header.
type headerOnce struct{ http.ResponseWriter }

func (h headerOnce) Write(body []byte) (int, error) {
	h.Header().Set("Standin-Entry", "2")
	return h.ResponseWriter.Write(body)
}

func TestFindsNothingInTheSame(t *testing.T) {
	t.Parallel()
	said, err := compared(t, good, good, profile)
	if err != nil || said != "0 differences over 1 exchanges, 0 accepted\n" {
		t.Errorf("said %q, %v", said, err)
	}
}

func TestNormalizesOnlyWhereTimeIsOfTheWall(t *testing.T) {
	t.Parallel()
	took := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Standin-Entry", "1")
		fmt.Fprint(w, `{"id":"a","milliseconds":0.123}`)
	}
	entry := session.Step{Name: "an entry", Send: "GET /_standin/tenants/acme/journal/1", Want: 200}
	if said, err := compared(t, good, took, entry); err != nil {
		t.Errorf("how long an exchange took is no difference: %v\n%s", err, said)
	}
	dated := func(date string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", date)
			good(w, r)
		}
	}
	if said, err := compared(t, dated("Sun, 29 Nov 2026 11:00:00 GMT"), dated("Sun, 29 Nov 2026 11:00:01 GMT"), profile); err != nil {
		t.Errorf("a date of wall time is no difference: %v\n%s", err, said)
	}
	if _, err := compared(t, dated("Fri, 01 Mar 2030 12:00:00 GMT"), dated("Fri, 01 Mar 2030 12:00:01 GMT"), profile); err == nil {
		t.Error("a date of a sandbox, whose clock stands, is a difference")
	}
}

func TestHoldsStepsToWhatTheySay(t *testing.T) {
	t.Parallel()
	wrong := profile
	wrong.Want = http.StatusConflict
	if said, err := compared(t, good, good, wrong); err == nil || !strings.Contains(said, "expects 409, both answered 200") {
		t.Errorf("said %q, %v", said, err)
	}
	wrong = profile
	wrong.Keep = map[string]string{"token": "accessToken"}
	if said, err := compared(t, good, good, wrong); err == nil || !strings.Contains(said, "no answer gives accessToken") {
		t.Errorf("said %q, %v", said, err)
	}
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	other := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Standin-Entry", "1")
		fmt.Fprint(w, `{"id":"b","milliseconds":0.5}`)
	}
	for _, one := range []struct {
		name, list, want string
		same             bool
	}{
		{"the whole of it", `[{step: the profile, what: body, reason: meant}]`, "0 differences over 1 exchanges, 1 accepted", true},
		{"one text for many steps", `[{step: "the *", what: body, old: '"a"', new: '"b"', reason: meant}]`, "0 differences over 1 exchanges, 1 accepted", true},
		{"another text", `[{step: "the *", what: body, old: '"a"', new: '"c"', reason: meant}]`, "1 differences over 1 exchanges", false},
		{"another part", `[{step: the profile, what: status, reason: meant}]`, "accepted, but there is no such difference any more: the profile: status", false},
		{"one too many", `[{step: the profile, what: body, reason: meant}, {step: gone, what: body, reason: meant}]`, "accepted, but there is no such difference any more: gone: body", false},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			list, err := readAccepted(written(t, one.list))
			if err != nil {
				t.Fatal(err)
			}
			said, err := compared(t, good, other, profile, list...)
			if (err == nil) != one.same || !strings.Contains(said, one.want) {
				t.Errorf("said %q, %v", said, err)
			}
		})
	}
	for _, bad := range []string{`[{step: x, what: body}]`, `[{step: "*", what: body, reason: all}]`, `[{step: x, what: body, reason: y, shade: z}]`, `[{step: x, what: "*", reason: y}]`, `[{step: "the *", what: "*", reason: y}]`} {
		if _, err := readAccepted(written(t, bad)); err == nil {
			t.Errorf("takes %s", bad)
		}
	}
}

func TestAcceptsAllOfAnOperation(t *testing.T) {
	t.Parallel()
	list, err := readAccepted(written(t, `[{step: "login: *", what: "*", reason: it is new}]`))
	if err != nil {
		t.Fatal(err)
	}
	differences := []difference{
		{step: "login: by nobody", what: "status", base: "404", head: "200"},
		{step: "login: by nobody", what: "header Link", base: "x", head: absent},
		{step: "logout: by nobody", what: "status", base: "404", head: "200"},
	}
	if rest := unaccepted(differences, list); len(rest) != 1 || rest[0].step != "logout: by nobody" || !list[0].used {
		t.Errorf("not accepted are %v", rest)
	}
}

func written(t *testing.T, list string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "accept.yaml")
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestNamesOperationsWithoutAStep(t *testing.T) {
	t.Parallel()
	c, err := newCovered()
	if err != nil {
		t.Fatal(err)
	}
	if op := c.operation(http.MethodGet, "/acme/me/"); op == nil || op.ID != "getProfile" {
		t.Fatalf("found %v", op)
	}
	for _, document := range c.documents {
		for _, op := range document.Operations {
			if !slices.ContainsFunc(c.missing(), func(line string) bool { return strings.Contains(line, " "+op.ID+" (") }) {
				t.Errorf("%s is not missed, though no step was played", op.ID)
			}
			for _, status := range op.Statuses() {
				if unreachable()[cell(op.ID, status)] == "" {
					c.meet(op, status)
				}
			}
		}
	}
	if left := c.missing(); len(left) > 0 {
		t.Errorf("all was met, but %v is missed", left)
	}
	getProfile, _ := c.documents[0].Operation("getProfile")
	delete(c.met, cell("getProfile", http.StatusForbidden))
	want := "no step receives getProfile (" + spec.Customer + ") with 403; add one to a chapter in cmd/session/open"
	if left := c.missing(); getProfile == nil || len(left) != 1 || left[0] != want {
		t.Errorf("said %q, want %q", left, want)
	}
}
