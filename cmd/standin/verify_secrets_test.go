package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// planted are the secrets of a run: those in its environment, and those in the target's answers, in every form that a server
// may use.
type planted struct {
	customer, client, control, made string
	answers, odd                    []string
}

// oddMembers are names that a server may give to members with secrets. One of them is meaningless.
var oddMembers = []string{
	"session", "passwd", "pwd", "sid", "sessionKey", "tokenValue", "tokenData", "refreshTokenV2", "jwtString", "bearer", "auth", "pin", "otp", "pass",
	"passphrase", "privateKey", "ticket", "code", "key", "whatever",
}

func plant() planted {
	p := planted{customer: `it's "planted" & 50% \secret`, client: "planted+client/secret=", control: "planted-control-token", made: "planted pass:word 1"}
	for i := range 26 {
		p.answers = append(p.answers, fmt.Sprintf("Plant3dSecretNumber%02dqYxZ", i))
	}
	p.answers = append(p.answers, "open sesame one", "open sesame two", "opensesamethree", "opensesamefour7")
	for i := range len(oddMembers) {
		p.odd = append(p.odd, fmt.Sprintf("deadbeef%02dcafe77aa", i), fmt.Sprintf("0b5fc9f2-77aa-4c1d-8e55-8f3d2c1b%04d", i))
	}
	p.answers = append(append(p.answers, p.odd...), "78361945", "open sesame five", "opensesamesix")
	return p
}

// bodies returns answers of the target that contain its secrets.
func (p planted) bodies() []string {
	s := p.answers
	var odd [2]strings.Builder
	for i, name := range oddMembers {
		fmt.Fprintf(&odd[0], `"%s":"%s",`, name, p.odd[2*i])
		fmt.Fprintf(&odd[1], `"%s":["%s"],`, strings.ToUpper(name), p.odd[2*i+1])
	}
	return []string{
		`{"message":"` + strings.Join(encodedOtherwise, " ") + `"}`,
		"{" + odd[0].String() + `"otp_number":78361945,"expiresIn":3599}`,
		"<html>" + strings.Join(p.odd, " ") + "</html>",
		`{"message":"{\"session\":\"` + p.odd[0] + `\"}","token_type":"` + p.odd[1] + `"}`,
		`{"accessToken":"` + s[0] + `","refreshToken":"` + s[1] + `","saasToken":"` + s[2] + `","token_type":"Bearer"}`,
		`{"data":{"tokens":["` + s[3] + `",{"a":"` + s[4] + `"}]},"password":"` + s[5] + `","session_id":"` + s[6] + `"}`,
		`{"access_token":"` + s[7] + `","access_token":"` + s[8] + `","refresh_token":"` + s[9] + `"}`,
		`{"access_token":"` + s[10], // It is cut off.
		`{"message":"the token ` + s[11] + ` is not known, password=` + s[12] + `&x, Bearer ` + s[13] + `"}`,
		`<html>client_secret: ` + s[14] + ` <b>` + s[15] + `</b></html>`,
		`{"client_secret":"x\/` + s[16] + `\u0022","apiKey":"` + s[17] + `","jwt":"eyJ` + s[18] + `.eyJ` + s[19] + `.` + s[20] + `"}`,
		`["` + s[21] + `"]` + "\x00" + s[22],
		strings.Repeat("x", 1990) + s[23],
		`{'refresh_token': '` + s[26] + `'} <password>` + s[27] + `</password> ?secret=` + s[28] + `&x "pin_secret": ` + s[29],
	}
}

// encodedOtherwise are encodings of the customer's password that Go's encoders do not produce.
var encodedOtherwise = []string{
	`\u0069t's \u0022planted\u0022 & 50% \u005csecret`, `it\\u0027s \\\"planted\\\" & 50% \\\\secret`,
	"%2569t%2527s%2520%2522planted%2522%2520%2526%252050%2525%2520%255csecret", "it&#x27;s &quot;planted&#34; &#38; 50&#37; &#92;secret",
}

// granted are answers to a login. Only the document shows which of their members are secret.
func (p planted) granted() []string {
	return []string{
		`{"more":{"scope":"opensesamesix","list":["` + p.odd[0] + `"]},"whatever":"open sesame five"}`,
		`{"expiresIn":"opensesamesix","whatever":"open sesame five`, // It is cut off.
		`opensesamesix`,
	}
}

// hostile is a server without the control API. It answers every login with the next of the bodies, and fails some of the other
// requests. It records the credentials that it is sent.
type hostile struct {
	*httptest.Server

	mu     sync.Mutex
	asked  int
	own    int // number of logins of the run's customer, which are answered with granted and bodies in turn
	logins []string
}

func hostileTo(t *testing.T, origin string, p planted) *hostile {
	t.Helper()
	to, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	h, bodies, granted := &hostile{}, p.bodies(), p.granted()
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(r *http.Response) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.asked++
			login := strings.HasSuffix(r.Request.URL.Path, "/login") && r.Request.Method == http.MethodPost
			if !login && (h.asked%5 > 0 || strings.Contains(r.Request.URL.Path, "anonymous")) {
				return nil
			}
			body := bodies[h.asked%len(bodies)]
			own := r.Request.Header.Get("Customer") != ""
			if own && h.own%2 == 0 || login && !own && h.asked%3 == 0 {
				body, r.StatusCode = granted[(h.own/2+h.asked/3)%len(granted)], http.StatusOK
			}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
			r.Header.Set("Content-Length", fmt.Sprint(len(body)))
			r.Header.Set("Set-Cookie", "session="+p.answers[24])
			r.Header.Set("Location", "/next?token="+p.answers[25])
			if own { // Otherwise its finding may equal another, and only one of those is shown whole.
				h.own++
				r.StatusCode = http.StatusTeapot
			}
			return nil
		},
	}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/login") && r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			h.mu.Lock()
			h.logins = append(h.logins, string(body))
			h.mu.Unlock()
			if bytes.Contains(body, []byte("john.doe@")) {
				r.Header.Set("Customer", "of the run")
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

// spelled returns the forms in which a report may contain a secret.
func spelled(secret string) []string {
	asJSON, _ := json.Marshal(secret)
	return []string{
		secret, strings.Trim(string(asJSON), `"`), url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(secret, `"`, `\"`),
		base64.StdEncoding.EncodeToString([]byte(secret)), strings.ReplaceAll(secret, "'", `'\''`),
		html.EscapeString(secret),
	}
}

// The output of a run contains no secret of its environment, of its customers or of the target's answers.
func TestVerifyWritesNoSecret(t *testing.T) {
	p := plant()
	fixture, err := json.Marshal(map[string]any{"name": "x", "customers": []map[string]string{{"email": "john.doe@example.com", "password": p.customer}}})
	if err != nil {
		t.Fatal(err)
	}
	in(t, "x.yaml", string(fixture)) // YAML includes JSON.
	s := start(t, "--addr", "127.0.0.1:0", "--no-control", "--fixture", "x.yaml")
	h := hostileTo(t, "http://"+s.addresses[0], p)
	t.Setenv("STANDIN_CUSTOMER", "john.doe@example.com:"+p.customer)
	t.Setenv("STANDIN_SERVICE_CLIENT", "backend:"+p.client)
	t.Setenv("STANDIN_CONTROL_TOKEN", p.control)
	t.Setenv("STANDIN_NEW_PASSWORD", p.made)
	for _, profile := range []string{"smoke", "full"} {
		reports := t.TempDir()
		code, out := verify(t, others(h.URL, "--profile", profile, "--fail-on", "S,D,O,A", "--report", "junit,json,html,summary", "--report-dir", reports)...)
		if code != exitFailure {
			t.Errorf("%s: it exits with %d and says %s", profile, code, out)
		}
		written := map[string]string{"the terminal": out}
		files, _ := filepath.Glob(filepath.Join(reports, "*"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			written[filepath.Base(file)] = string(text)
		}
		if len(written) != 5 {
			t.Errorf("%s: it writes %d reports", profile, len(written)-1)
		}
		for name, text := range written {
			for _, secret := range append(slices.Concat([]string{p.customer, p.client, p.control, p.made}, encodedOtherwise), p.answers...) {
				for _, one := range spelled(secret) {
					if i := strings.Index(text, one); i >= 0 {
						t.Errorf("%s: %s has %q: …%s…", profile, name, one, text[max(0, i-200):min(len(text), i+len(one)+50)])
						break
					}
				}
			}
			for _, want := range []string{"STANDIN_CUSTOMER_PASSWORD", "ANONYMOUS_TOKEN"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %s does not name $%s", profile, name, want)
				}
			}
		}
	}
}

// scriptOf returns the shell script of the finding in a summary whose title contains some words.
func scriptOf(t *testing.T, file, words string) string {
	t.Helper()
	summary, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(summary), words)
	_, rest, begun := strings.Cut(rest, "```sh\n")
	script, _, ended := strings.Cut(rest, "\n```")
	if !found || !begun || !ended {
		t.Fatalf("no script of %q in %s", words, summary)
	}
	return script
}

// drawn matches the random parts of requests: the token of a mail and the run's part of e-mail addresses.
var drawn = regexp.MustCompile(`[0-9A-Za-z]{64}|\.[0-9a-z]{8}-`)

// watching is a server that records its requests.
type watching struct {
	*httptest.Server

	mu   sync.Mutex
	sent []string
}

// take returns the requests since the last call, without the request that looks for the control API.
func (w *watching) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.sent
	w.sent = nil
	return slices.DeleteFunc(sent, func(one string) bool { return strings.Contains(one, controlPath+"/info") })
}

// watched is a proxy in front of a server that changes the answers and records the requests.
func watched(t *testing.T, origin string, change func(*http.Response)) *watching {
	t.Helper()
	to, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	w := &watching{}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(r *http.Response) error { change(r); return nil }
	w.Server = httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, r)
		w.mu.Lock()
		w.sent = append(w.sent, fmt.Sprintf("%s %s %s → %d %s", r.Method, r.URL.Path, drawn.ReplaceAllString(strings.ReplaceAll(string(body), `\u0026`, "&"), "…"), answer.Code, answer.Header().Get("Content-Type")))
		w.mu.Unlock()
		maps.Copy(to.Header(), answer.Header())
		to.WriteHeader(answer.Code)
		_, _ = to.Write(answer.Body.Bytes())
	}))
	t.Cleanup(w.Close)
	return w
}

// The script of a finding sends the same requests as the run if the variables that it names are exported. Its tokens are its
// own.
func TestVerifyFindingsReproduce(t *testing.T) {
	t.Chdir(t.TempDir())
	const password, made = `it's "p" & 50% \`, `new "one" 1`
	fixture := "name: x\ncustomers: [{email: john.doe@example.com, password: '" + strings.ReplaceAll(password, "'", "''") + "'}]\n"
	if err := os.WriteFile("x.yaml", []byte(fixture), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--addr", "127.0.0.1:0", "--no-control", "--fixture", "x.yaml")
	server := watched(t, "http://"+s.addresses[0], func(r *http.Response) {
		if r.Request.Method == http.MethodGet && strings.HasSuffix(r.Request.URL.Path, "/me") && r.StatusCode == http.StatusOK {
			r.Header.Set("Content-Type", "text/plain")
		}
	})
	t.Setenv("STANDIN_CUSTOMER", "john.doe@example.com:"+password)
	t.Setenv("STANDIN_NEW_PASSWORD", made)
	for _, spec := range []string{"logs an existing customer in", "answers tokens to the right password"} {
		_ = server.take()
		code, out := verify(t, others(server.URL, "--profile", "full", "--focus", spec, "--report", "summary")...)
		first := server.take()
		if code != exitFailure || len(first) < 5 {
			t.Fatalf("%s: it exits with %d after %d requests and says %s", spec, code, len(first), out)
		}
		first = first[2:] // With a customer, the run tries the customer first, with two requests.
		for name, env := range map[string][]string{
			"the run's own variables": nil,
			"the password by itself":  {"STANDIN_CUSTOMER=", "STANDIN_CUSTOMER_PASSWORD=" + password}, // Both forms of the variables work.
		} {
			command := exec.Command("bash", "-e", "-c", scriptOf(t, "standin-verify.md", spec))
			command.Env = append(os.Environ(), env...)
			if said, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%s, %s: %v: %s", spec, name, err, said)
			}
			if sent := server.take(); !slices.Equal(sent, first) {
				t.Errorf("%s, %s: the run has sent\n%s\nand its script\n%s", spec, name, strings.Join(first, "\n"), strings.Join(sent, "\n"))
			}
		}
	}
}

// A random password is not kept, and the customers of the run stay. So the script of a finding makes new customers, with any
// password.
func TestVerifyFindingsReproduceWithAnyPassword(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--no-control")
	server := watched(t, "http://"+s.addresses[0], func(r *http.Response) {
		if r.Request.Method == http.MethodPost && strings.HasSuffix(r.Request.URL.Path, "/login") {
			r.StatusCode = http.StatusTeapot
		}
	})
	code, out := verify(t, others(server.URL, "--profile", "full", "--focus", "answers tokens to the right password", "--report", "summary")...)
	ran := server.take()
	if code != exitFailure || len(ran) < 3 || !strings.HasPrefix(ran[len(ran)-1], "POST /customer/demo/login ") {
		t.Fatalf("it exits with %d after %s and says %s", code, strings.Join(ran, "\n"), out)
	}
	password := regexp.MustCompile(`"password":"(?:[^"\\]|\\.)*"`)
	known := func(sent []string) string { return password.ReplaceAllString(strings.Join(sent, "\n"), "") }
	for _, env := range [][]string{nil, {`STANDIN_NEW_PASSWORD=it's "any\one" & 50% $1`}} {
		command := exec.Command("bash", "-e", "-o", "pipefail", "-c", scriptOf(t, "standin-verify.md", "answers tokens to the right password"))
		command.Env = append(os.Environ(), env...)
		said, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", env, err, said)
		}
		if again := server.take(); known(again) != known(ran) {
			t.Errorf("%v: the run has sent\n%s\nand its script\n%s\nand says %s", env, strings.Join(ran, "\n"), strings.Join(again, "\n"), said)
		}
	}
}

// The script of a finding in a sandbox makes a sandbox, controls it and reads its mails as the run has done.
func TestVerifyFindingsReproduceInASandbox(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--control-token", "sesame")
	server := watched(t, "http://"+s.addresses[0], func(r *http.Response) {
		if strings.HasSuffix(r.Request.URL.Path, "/password/reset/update") {
			r.Header.Set("Content-Type", "text/plain")
			r.StatusCode = http.StatusTeapot
		}
	})
	t.Setenv("STANDIN_CONTROL_TOKEN", "sesame")
	code, out := verify(t, "--url", server.URL, "--control-url", server.URL, "--label-filter", "RESET-UPDATE", "--focus", "sets the new password", "--report", "summary")
	ran := slices.DeleteFunc(server.take(), func(one string) bool {
		return strings.HasPrefix(one, "DELETE "+controlPath) || strings.Contains(one, "/export ")
	})
	if code != exitFailure || strings.Contains(out, "sesame") || len(ran) < 6 {
		t.Fatalf("it exits with %d after %d requests and says %s", code, len(ran), out)
	}
	said, err := exec.Command("bash", "-e", "-c", scriptOf(t, "standin-verify.md", "(grade")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if again := server.take(); !slices.Equal(again, ran) {
		t.Errorf("the run has sent\n%s\nand its script\n%s", strings.Join(ran, "\n"), strings.Join(again, "\n"))
	}
}

// If a server's answer contains the token of its control API, the terminal does not show it.
func TestARefusalRepeatsNoToken(t *testing.T) {
	t.Chdir(t.TempDir())
	f := faked(t, map[string]string{controlPath + "/info": `401 {"message":"the token sesame-token is wrong"}`})
	for _, verb := range []string{"env", "verify"} {
		code, _, complaint := invoke(t, verb, "--url", f.URL, "--control-token", "sesame-token")
		if code == exitOK || strings.Contains(complaint, "sesame-token") || !strings.Contains(complaint, "is wrong") {
			t.Errorf("%s exits with %d and says %s", verb, code, complaint)
		}
	}
}
