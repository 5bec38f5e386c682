package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// fake is a server with an answer for each path. It records the requests.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]string // status and body by path
	tokens  []string          // path and Authorization of each request
}

func faked(t *testing.T, answers map[string]string) *fake {
	t.Helper()
	f := &fake{answers: answers}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.tokens = append(f.tokens, r.URL.Path+" "+r.Header.Get("Authorization"))
		status, body := 404, `{"message":"There is no such path."}`
		if found, ok := f.answers[r.URL.EscapedPath()]; ok {
			_, _ = fmt.Sscanf(found, "%d", &status)
			_, body, _ = strings.Cut(found, " ")
		}
		if status == http.StatusFound {
			w.Header().Set("Location", body)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) set(path, answer string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[path] = answer
}

func (f *fake) asked() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.tokens, "\n")
}

// nobody returns an origin on which no server listens.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return "http://" + listener.Addr().String()
}

// written writes a file and returns its path.
func written(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHealthcheck(t *testing.T) {
	t.Chdir(t.TempDir())
	lives := faked(t, map[string]string{livePath: "200 ok"})
	hangs := faked(t, nil)
	hangs.mu.Lock() // The handler waits until the client has given up.
	t.Cleanup(hangs.mu.Unlock)
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitOK, "", []string{"--url", lives.URL}},
		{exitOK, "", []string{"--url", lives.URL + "/"}},
		{exitOK, "", []string{"--addr-file", written(t, strings.TrimPrefix(lives.URL, "http://")+"\n[::1]:1\n")}},
		{exitUnreachable, "connection refused", []string{"--url", nobody(t)}},
		{exitUnreachable, "nothing came within 2s", []string{"--url", hangs.URL}},
		{exitUnreachable, "answers 404: There is no such path.", []string{"--url", faked(t, nil).URL}},
		{exitUnreachable, "answers 500: Internal Server Error", []string{"--url", faked(t, map[string]string{livePath: "500 "}).URL}},
		{exitUnreachable, "answers 302", []string{"--url", faked(t, map[string]string{livePath: "302 " + lives.URL + livePath}).URL}},
		{exitUnreachable, "no server has written", []string{"--addr-file", "absent"}},
		{exitUnreachable, "no server has written", []string{"--addr-file", written(t, "\n")}},
		{exitUsage, "holds no addresses", []string{"--addr-file", written(t, "nonsense\n")}},
		{exitUsage, "--addr-file", []string{"--addr-file", t.TempDir()}},
		{exitUsage, "exclude each other", []string{"--url", lives.URL, "--addr-file", "x"}},
		{exitUsage, "is not a valid origin", []string{"--url", "127.0.0.1:3676"}},
		{exitUsage, "is not a valid origin", []string{"--url", "ftp://127.0.0.1"}},
		{exitUsage, "is not a valid origin", []string{"--url", lives.URL + "?x=1"}},
	} {
		code, out, errors := invoke(t, append([]string{"healthcheck"}, c.args...)...)
		if code != c.code || !strings.Contains(errors, c.says) || c.says == "" && errors != "" || out != "" {
			t.Errorf("%v exits with %d and says %s%s", c.args, code, out, errors)
		}
		if code == exitUnreachable && strings.Count(errors, "\n") != 1 {
			t.Errorf("%v says more than a line: %s", c.args, errors)
		}
	}
}

func TestWhichServerIsMeant(t *testing.T) {
	in(t, "standin.yaml", "addr-file: absent\ntenant: [fileone, filetwo]\nlog-format: json\n")
	lives := faked(t, map[string]string{livePath: "200 ok"})
	file := written(t, strings.TrimPrefix(lives.URL, "http://"))
	if code, _, errors := invoke(t, "healthcheck"); code != exitUnreachable || !strings.Contains(errors, "absent") {
		t.Errorf("the file's address file: it exits with %d: %s", code, errors)
	}
	t.Setenv("STANDIN_URL", lives.URL)
	if code, _, errors := invoke(t, "healthcheck"); code != exitOK {
		t.Errorf("the variable's URL: it exits with %d: %s", code, errors)
	}
	t.Setenv("STANDIN_URL", nobody(t))
	if code, _, errors := invoke(t, "healthcheck", "--addr-file", file); code != exitOK {
		t.Errorf("the flag's address file: it exits with %d: %s", code, errors)
	}
	t.Setenv("STANDIN_ADDR_FILE", file)
	if code, _, errors := invoke(t, "healthcheck", "--url", lives.URL); code != exitOK {
		t.Errorf("the flag's URL: it exits with %d: %s", code, errors)
	}
	t.Setenv("STANDIN_URL", "")
	if code, _, errors := invoke(t, "healthcheck"); code != exitOK {
		t.Errorf("the variable's address file: it exits with %d: %s", code, errors)
	}
}

func TestTheControlTokenGoesToTheControlAPIOnly(t *testing.T) {
	t.Chdir(t.TempDir())
	f := faked(t, map[string]string{
		livePath: "200 ok", readyPath: "200 ok", controlPath + "/info": `200 {"tenant":"demo","clientId":"x"}`, controlPath + "/tenants/demo/export": "200 name: x\n",
	})
	t.Setenv("STANDIN_CONTROL_TOKEN", "of-the-environment")
	for _, args := range [][]string{{"healthcheck"}, {"wait"}, {"env"}, {"fixtures", "export"}, {"env", "--control-token", "of-the-flag"}} {
		if code, _, errors := invoke(t, append(args, "--url", f.URL)...); code != exitOK {
			t.Errorf("%v exits with %d: %s", args, code, errors)
		}
	}
	want := "/livez \n/readyz \n/_standin/info Bearer of-the-environment\n/_standin/tenants/demo/export Bearer of-the-environment\n/_standin/info Bearer of-the-flag"
	if got := f.asked(); got != want {
		t.Errorf("the requests are\n%s", got)
	}
}

// A URL with a user and a password is refused, and no message contains them.
func TestAPasswordInAURLIsNotShown(t *testing.T) {
	t.Chdir(t.TempDir())
	named := faked(t, map[string]string{controlPath + "/info": `200 {"tenant":"demo","clientId":"c","url":"http://bob:urlpassw0rd@127.0.0.1:1"}`})
	cases := [][]string{
		{"verify", "http://bob:urlpassw0rd@127.0.0.1:1"}, // An argument that there is not.
		{"verify", "--inbox", "http://bob:urlpassw0rd@127.0.0.1:x"},
		{"verify", "--inbox", "bob:urlpassw0rd@127.0.0.1"},
		{"verify", "--target", "http://bob:urlpassw0rd@127.0.0.1:1"},
		{"env", "--control-url", "http://bob:urlpassw0rd@127.0.0.1:1"},
		{"env", "--url", named.URL},
		{"verify", "--url", named.URL},
		{"serve", "--addr", ":0", "--control-origin", "http://bob:urlpassw0rd@127.0.0.1:1"},
		{"serve", "--addr", "bob:urlpassw0rd@127.0.0.1:1"},
		{"serve", "--addr", "http://bob:urlpassw0rd@127.0.0.1:1"},
	}
	urls := []string{
		"http://bob:urlpassw0rd@127.0.0.1:1", "http://urlpassw0rd@127.0.0.1:1", "bob:urlpassw0rd@127.0.0.1:1", "http://bob:a/urlpassw0rd?@127.0.0.1:1",
		"http://bob:a@urlpassw0rd b@127.0.0.1:1", "http://bob:%zzurlpassw0rd@127.0.0.1:1", `http://bob:"urlpassw0rd@127.0.0.1:1`,
	}
	for _, verb := range [][]string{{"verify"}, {"healthcheck"}, {"env"}, {"wait", "--timeout", "1s"}, {"fixtures", "export"}} {
		for _, one := range urls {
			cases = append(cases, append(verb, "--url", one))
		}
	}
	refused := func(args []string) {
		if code, out, complaint := invoke(t, args...); code == exitOK || complaint == "" || strings.Contains(out+complaint, "urlpassw0rd") {
			t.Errorf("%q exits with %d and says %s%s", args, code, out, complaint)
		}
	}
	for _, args := range cases {
		refused(args)
	}
	for _, one := range urls {
		t.Setenv("STANDIN_URL", one)
		refused([]string{"env"})
	}
	if _, _, complaint := invoke(t, "env", "--url", urls[0]); !strings.Contains(complaint, "--url has a user or a password") || !strings.Contains(complaint, defaultURL) {
		t.Errorf("the refusal is %s", complaint)
	}
}
