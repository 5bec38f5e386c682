package curl

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// shell runs a line in bash, in an empty folder that must stay empty, and returns what it prints.
func shell(t *testing.T, line string, env ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, "bash", "--noprofile", "--norc", script)
	command.Dir, command.Env = t.TempDir(), env
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("%v: %s\n%q", err, complaints.String(), line)
	}
	if made, err := os.ReadDir(command.Dir); err != nil || len(made) > 0 {
		t.Fatalf("the line has made %v (%v): %q", made, err, line)
	}
	return output
}

// echo is a curl that prints its arguments, and its input where it would read that, with NUL bytes in between.
const echo = `curl() { printf '%s\0' "$@"; if [ "${*: -1}" = @- ]; then /bin/cat; fi; }; `

// understood is the request that curl makes of the arguments of a line.
func understood(t *testing.T, output []byte) (Request, bool) {
	t.Helper()
	r := Request{Method: "GET"}
	urls, piped := 0, false
	for rest := output; len(rest) > 0; {
		next := func() string {
			argument, after, ok := bytes.Cut(rest, []byte{0})
			if !ok {
				t.Fatalf("%q ends within an argument", output)
			}
			rest = after
			return string(argument)
		}
		switch argument := next(); argument {
		case "-sS", "--globoff", "--path-as-is":
		case "--head":
			r.Method = "HEAD"
		case "-X":
			r.Method = next()
		case "--request-target":
			r.Target = next()
		case "-H":
			name, value, _ := strings.Cut(next(), ": ")
			r.Header = append(r.Header, [2]string{strings.TrimSuffix(name, ";"), value})
		case "--data-raw":
			r.Body = []byte(next())
		case "--data-binary":
			if file := next(); file != "@-" {
				t.Fatalf("it reads %q", file)
			}
			piped, r.Body, rest = true, rest, nil
		default:
			r.Origin = argument
			urls++
		}
	}
	if urls != 1 {
		t.Fatalf("%d URLs in %q", urls, output)
	}
	return r, piped
}

func FuzzLine(f *testing.F) {
	for _, seed := range [][4]string{
		{"X`touch$IFS$9pwned`", "/a'b`touch pwned`", "x'; touch pwned; '", `{"a":"$(touch pwned)"}`},
		{"$(touch>pwned)", "/[x]/{a,b}/../%2E", "!!", "@/etc/passwd"},
		{"", "/a\x1b[2J", "\x1b\a\r\n", "a\x00b%s\\c'd\n"},
		{"HEAD", "*", "\u202e\xff\u0085", ""},
		{"GET", "/a#b c\u00e9", "", "%d\\n\x00\x00"},
		{"-o", "-o pwned", "secret", "s-secret-secrets\x00secret"},
		{"", "http://elsewhere/", "~ $HOME *", strings.Repeat("x", mostArgument+1)},
	} {
		f.Add(seed[0], seed[1], seed[2], []byte(seed[3]))
	}
	f.Fuzz(func(t *testing.T, method, target, value string, body []byte) {
		without := strings.NewReplacer("\x00", "")
		r := Request{
			Method: method, Origin: "http://127.0.0.1:1", Target: target, Body: body,
			Header: [][2]string{{"@name", value}, {"Name", value}, {"Content-Type", "text/plain"}}, Variables: map[string]string{"secret": "SECRET", "": "EMPTY"},
		}
		line := r.Line()
		if i := strings.IndexFunc(line, unprintable); i >= 0 {
			t.Fatalf("%q in the line %q", line[i], line)
		}
		if strings.Contains(strings.ReplaceAll(line, `"$SECRET"`, ""), "secret") {
			t.Fatalf("the secret is in the line %q", line)
		}
		got, piped := understood(t, shell(t, echo+line, "SECRET=secret"))
		if method = without.Replace(method); method == "" && (r.Method == "" || len(body) == 0) {
			method = "GET"
		}
		target = without.Replace(target)
		header := [][2]string{{"Name", without.Replace(value)}, {"Content-Type", "text/plain"}}
		if got.Method != method || !bytes.Equal(got.Body, body) || !slices.Equal(got.Header, header) {
			t.Errorf("%q became %q %q %q", line, got.Method, got.Header, got.Body)
		}
		if got.Target+strings.TrimPrefix(got.Origin, r.Origin) != target {
			t.Errorf("%q asks %q for %q", line, got.Origin, got.Target)
		}
		if want := len(body) > mostArgument || bytes.IndexByte(body, 0) >= 0; piped != want {
			t.Errorf("%q is a pipe: %v", line, piped)
		}
	})
}

// The real curl sends what was shown, byte for byte.
func TestCurlSendsTheRequest(t *testing.T) {
	type sent struct {
		method, target, contentType, note, bearer string
		body                                      []byte
	}
	var got sent
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		note := strings.Join(r.Header.Values("Note"), ",")
		got = sent{r.Method, r.RequestURI, r.Header.Get("Content-Type"), note, r.Header.Get("Authorization"), body}
	}))
	server.Config.DisableGeneralOptionsHandler = true
	server.Start()
	defer server.Close()
	for _, want := range []sent{
		{"GET", "/a%20b/%2523?x=1&y='2'", "", "", "", nil},
		{"GET", "/[x]/{a,b}/../b/%2e%2E/./c?d=../e", "", "a 'b' $c", "", nil},
		{"GET", "/with/body", "application/json", "", "", []byte("@{}")},
		{"X`touch$IFS$9pwned`", "/a", "", "", "Bearer one's own", []byte("no type")},
		{"HEAD", "/a", "", "", "", nil},
		{"OPTIONS", "*", "", "", "", nil},
		{"GET", "/a#b\xc3\xa9", "", "", "", nil},
		{"PUT", "/a", "text/plain", "", "", []byte("%s \x00\xff\\ '\n")},
		{"PUT", "/a", "text/plain", "", "", bytes.Repeat([]byte("x"), 2*mostArgument)},
	} {
		r := Request{Method: want.method, Origin: server.URL, Target: want.target, Body: want.body, Header: [][2]string{{"Note", want.note}}}
		if want.contentType != "" {
			r.Header = append(r.Header, [2]string{"Content-Type", want.contentType})
		}
		if want.bearer != "" {
			r.Bearer = "TOKEN"
		}
		got = sent{}
		shell(t, r.Line(), "PATH="+os.Getenv("PATH"), "TOKEN="+strings.TrimPrefix(want.bearer, "Bearer "))
		if got.method != want.method || got.target != want.target || got.contentType != want.contentType || got.note != want.note || got.bearer != want.bearer || !bytes.Equal(got.body, want.body) {
			t.Errorf("%.200q sends %.200q", r.Line(), got)
		}
	}
}

// What a person reads stays readable.
func TestALineIsReadable(t *testing.T) {
	for want, r := range map[string]Request{
		`curl -sS 'http://h/a'`:                                                  {Origin: "http://h", Target: "/a"},
		`curl -sS -X 'DELETE' 'http://h/a'`:                                      {Method: "DELETE", Origin: "http://h", Target: "/a"},
		`curl -sS 'http://h/a' -H 'X: it'\''s'`:                                  {Origin: "http://h", Target: "/a", Header: [][2]string{{"X", "it's"}}},
		`curl -sS 'http://h/a' -H 'Authorization: Bearer '"$TOKEN"`:              {Origin: "http://h", Target: "/a", Bearer: "TOKEN"},
		`curl -sS 'http://h/a' -H 'A: '"$LONGER"`:                                {Origin: "http://h", Target: "/a", Header: [][2]string{{"A", "secrets"}}, Variables: map[string]string{"secret": "SHORTER", "secrets": "LONGER"}},
		`curl -sS --globoff 'http://h/{a}'`:                                      {Origin: "http://h", Target: "/{a}"},
		`curl -sS -X 'POST' 'http://h/' -H 'Content-Type:' --data-raw $'a\x0ab'`: {Method: "POST", Origin: "http://h", Target: "/", Body: []byte("a\nb")},
		`printf 'a\000%%%s' "$T" | curl -sS -X 'PUT' 'http://h/' -H 'content-type: x/y' --data-binary @-`: {
			Method: "PUT", Origin: "http://h", Target: "/", Header: [][2]string{{"content-type", "x/y"}}, Body: []byte("a\x00%token"), Variables: map[string]string{"token": "T"},
		},
	} {
		if got := r.Line(); got != want {
			t.Errorf("%s\nis not\n%s", got, want)
		}
	}
}
