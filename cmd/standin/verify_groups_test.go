package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Findings with the same cause are reported together, with advice, before all others and in a fixed order.
func TestVerifyGroupsFindingsByTheirCause(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, c := range map[string]struct {
		fixture, says string
		args          []string
	}{
		"classic":   {"name: x\nsettings: {wire: classic}\n", "the server answers only the classic names of tokens: run with --wire classic", nil},
		"current":   {"name: x\nsettings: {wire: current}\n", "the server answers only the current names of tokens: run with --wire current", nil},
		"client id": {"name: x\nsettings: {clientIds: [mine]}\n", "the server does not take the client id: name another with --client-id", nil},
		"tenant":    {"name: x\n", "the server does not take the tenant: name another with --tenant", []string{"--tenant", "other"}},
	} {
		if err := os.WriteFile("x.yaml", []byte(c.fixture), 0o600); err != nil {
			t.Fatal(err)
		}
		s := start(t, "--addr", "127.0.0.1:0", "--no-control", "--fixture", "x.yaml", "--tenant", "demo")
		var heads [2][]string
		for i := range heads {
			args := append([]string{"--url", "http://" + s.addresses[0], "--client-id", "shop", "--rps", "100000", "--fail-on", "S,D,O,A", "--report", "summary,html"}, c.args...)
			if len(c.args) == 0 {
				args = append(args, "--tenant", "demo")
			}
			code, out := verify(t, args...)
			if code != exitFailure {
				t.Errorf("%s: it exits with %d", name, code)
			}
			heads[i] = regexp.MustCompile(`(?m)^(?:✗ |    also ).*$`).FindAllString(out, -1)
			for file, text := range map[string]string{"the terminal": out, "the summary": read(t, "standin-verify.md"), "the page": read(t, "standin-verify.html")} {
				if at, first := strings.Index(text, c.says), strings.Index(text, "(grade"); at < 0 || first < at {
					t.Errorf("%s: %s does not begin with the cause:\n%.3000s", name, file, text)
				}
			}
		}
		if !slices.Equal(heads[0], heads[1]) {
			t.Errorf("%s: two runs are told differently:\n%s\n\n%s", name, strings.Join(heads[0], "\n"), strings.Join(heads[1], "\n"))
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The text of a server's answer does not control a terminal and does not end a block of Markdown.
func TestVerifyTamesWhatAServerSays(t *testing.T) {
	t.Chdir(t.TempDir())
	const hostile = "\x1b[2J\x1b]0;pwned\a\x00\u202e\u009b\xff\r```\n# pwned\n````\n<script>alert(1)</script>"
	s := start(t, "--addr", "127.0.0.1:0", "--no-control")
	wrong := through(t, "http://"+s.addresses[0], func(r *http.Response) {
		if strings.HasSuffix(r.Request.URL.Path, "/me") {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(hostile)), int64(len(hostile))
			r.Header.Del("Content-Length")
		}
	})
	_, out := verify(t, others(wrong, "--report", "junit,html,summary")...)
	summary := read(t, "standin-verify.md")
	for file, text := range map[string]string{"the terminal": out, "the summary": summary, "the page": read(t, "standin-verify.html"), "JUnit": read(t, "standin-verify.xml")} {
		if i := strings.IndexAny(text, "\x1b\a\x00\r\u202e\u009b"); i >= 0 || !strings.Contains(text, `\x1b[2J`) {
			t.Errorf("%s has a control character: %.300q", file, text[max(0, i-100):])
		}
	}
	fence := ""
	for line := range strings.SplitSeq(summary, "\n") {
		switch mark := regexp.MustCompile("^`{3,}").FindString(line); {
		case mark != "" && fence == "":
			fence = mark
		case mark == fence && line == fence:
			fence = ""
		case fence == "" && (strings.HasPrefix(line, "# pwned") || strings.Contains(line, "<script>")):
			t.Fatalf("what the server says breaks out of its block:\n%s", summary)
		}
	}
	code, _, complaint := invoke(t, "env", "--url", faked(t, map[string]string{controlPath + "/info": "500 " + hostile}).URL)
	if code == exitOK || strings.ContainsAny(complaint, "\x1b\a\x00\u202e\u009b") {
		t.Errorf("env exits with %d and says %q", code, complaint)
	}
}
