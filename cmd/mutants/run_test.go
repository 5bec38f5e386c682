package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"standin/cmd/launch"
)

func TestKiller(t *testing.T) {
	t.Parallel()
	const found = "✗ MAIL (grade S) sends a mail\n  got 200, want 404\n"
	const sent = "✗ LOGIN (grade S) logs in\n  login answered 401 with {}\n  curl -d '{\"password\":\"x 500\",\"limit\":500}'\n"
	const broken = "✗ LOGIN (grade S) logs in\n  login answered 500 with {}\n"
	const spoke = "✗ LOGIN (grade S) logs in\n  {\"status\":500}\n"
	const shown = "✗ LOGIN (grade S) logs in\n  Expected\n      <int>: 500\n  to equal\n      <int>: 200\n"
	const crowd = "✗ RACE (grade S) logs in\n  Expected\n      <map[int]int | len:2>: {200: 9, 500: 1}\n"
	for _, test := range []struct {
		name   string
		holds  bool
		output string
		want   string
	}{
		{"nothing found", true, "the server holds the contract\n", ""},
		{"found", false, found, "MAIL (grade S) sends a mail"},
		{"found by a request with this number", false, sent, "LOGIN (grade S) logs in"},
		{"a server that failed by itself", false, broken, ""},
		{"a server that says so", false, spoke, ""},
		{"its status alone", false, shown, ""},
		{"one of several answers", false, crowd, ""},
		{"found after that", false, broken + found, "MAIL (grade S) sends a mail"},
		{"the suite is at fault", false, "✗ the suite fails, and no finding says why\n", ""},
		{"no verdict", false, "mutants: connection refused\n", ""},
	} {
		if got, _ := killer(test.holds, test.output); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func tried(id, killer string) *trial {
	f := &fault{ID: text{value: id}, Rule: text{value: "RULE"}, What: "It is wrong.", Edits: []*edit{{file: "engine/mail.go"}}}
	return &trial{fault: f, killer: killer, took: time.Second}
}

func TestReport(t *testing.T) {
	t.Parallel()
	legal, refused := tried("legal", "a spec"), tried("refused", "a spec")
	legal.Legal, refused.Legal, refused.refused = true, true, true
	for _, test := range []struct {
		name   string
		trials []*trial
		err    string
		report string
	}{
		{"all found", []*trial{tried("one", "a spec")}, "", "| one | engine | RULE | It is wrong. | a spec |"},
		{"a survivor", []*trial{tried("one", "a spec"), tried("two", "")}, "the suite does not find: two", "2 faults, 1 found, 1 survived, in 2s"},
		{"legal", []*trial{legal}, "", "1 legal ones, each checked with all specs of grades S and D: 0 refused"},
		{"legal, and refused", []*trial{legal, refused}, "the suite fails legal behavior: refused", "2 legal ones, each checked with all specs of grades S and D: 1 refused"},
	} {
		dir := filepath.Join(t.TempDir(), "reports")
		err := (&runCommand{ReportDir: dir}).report(test.trials, 2*time.Second)
		if got := shownError(err); got != test.err {
			t.Errorf("%s: got the error %q, want %q", test.name, got, test.err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "mutants.md")); err != nil || !strings.Contains(string(got), test.report) {
			t.Errorf("%s: got %s and %v, want %s", test.name, got, err, test.report)
		}
	}
}

func shownError(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A server that ends before it is ready is reported with its output, and its fault counts as a survivor.
func TestServerThatDoesNotStart(t *testing.T) {
	t.Parallel()
	root := repository(t, map[string]string{"app.yaml": choices})
	one, folder := tried("limit", ""), t.TempDir()
	if err := os.Symlink(compiled(t, root), filepath.Join(folder, "standin")); err != nil {
		t.Fatal(err)
	}
	one.run(t.Context(), folder)
	if one.killer != "" || !strings.Contains(one.line(), "the server did not start: say: 8 6") {
		t.Errorf("got %s", one.line())
	}
}

// The process that verifies does not have the fault of its server.
func TestEnvironmentHasNoFault(t *testing.T) {
	t.Setenv(variable, "mail-twice")
	t.Setenv("STANDIN_URL", "http://127.0.0.1:1")
	for _, one := range launch.Environment() {
		if strings.HasPrefix(one, "STANDIN_") {
			t.Errorf("it has %s", one)
		}
	}
}

func TestViolationsAreShownWithoutAssumptions(t *testing.T) {
	t.Parallel()
	output := "found so far\n✗ ONE (grade S) is broken\n    a\n    b\n    c\n✗ TWO (grade D) is broken\n    d\n~ our assumption differs: THREE (grade A)\n    e\n"
	const want = "✗ ONE (grade S) is broken\n    a\n    b\n✗ TWO (grade D) is broken\n    d"
	if got := violations(output, 3); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
