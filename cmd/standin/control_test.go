package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// askControl sends a request to a server's control API, with a token if there is one.
func askControl(t *testing.T, method, url, token string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		BaseURL string `json:"baseUrl"`
		URL     string `json:"url"`
	}
	_ = json.NewDecoder(response.Body).Decode(&body) // A refusal has no such members.
	return response.StatusCode, body.BaseURL + body.URL
}

// control returns the origin of the control API from the banner.
func (s *served) control() string {
	for field := range strings.FieldsSeq(s.out.String()) {
		if origin, ok := strings.CutSuffix(field, "/_standin/"); ok {
			return origin
		}
	}
	return ""
}

func TestTheHandleOnAListenerOfItsOwn(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0", "--log-format", "json")
	service := "http://" + s.addresses[0]
	control := s.control()
	if control == "" || control == service {
		t.Fatalf("the banner says %s", s.out)
	}
	if status, _ := askControl(t, "GET", service+"/_standin/info", ""); status != http.StatusNotFound {
		t.Errorf("where the service is, the control API answers %d", status)
	}
	for origin, want := range map[string]int{service: http.StatusNotFound, control: http.StatusOK} {
		if status, _ := askControl(t, "GET", origin+"/_standin/", ""); status != want {
			t.Errorf("at %s the console answers %d", origin, status)
		}
	}
	for _, path := range []string{livePath, readyPath} {
		if status, _ := askControl(t, "GET", service+path, ""); status != http.StatusOK {
			t.Errorf("where the service is, %s answers %d", path, status)
		}
	}
	if !strings.Contains(s.err.String(), `"control":"`+control+`/_standin"`) {
		t.Errorf("the line of the log that says ready does not say where the control API is: %s", s.err)
	}
	for _, command := range [][]string{
		{"wait", "--url", service, "--timeout", "1s"},
		{"healthcheck", "--url", service},
		{"env", "--url", service, "--control-url", control + "/_standin"},
	} {
		if code, out, said := invoke(t, command...); code != exitOK || command[0] == "env" && !strings.Contains(out, "STANDIN_CONTROL="+control+"/_standin") {
			t.Errorf("%v exits with %d: %s%s", command, code, out, said)
		}
	}
	if code, _, said := invoke(t, "env", "--url", service); code != exitFailure || !strings.Contains(said, "--control-url") {
		t.Errorf("without --control-url, env exits with %d: %s", code, said)
	}
	if status, url := askControl(t, "GET", control+"/_standin/info", ""); status != http.StatusOK || url != service {
		t.Errorf("the control API answers %d and %s", status, url)
	}
	if status, url := askControl(t, "POST", control+"/_standin/tenants", ""); status != http.StatusCreated || !strings.HasPrefix(url, service+"/customer/") {
		t.Errorf("a sandbox is %d, at %s", status, url)
	}
	if status, _ := askControl(t, "GET", control+"/customer/demo/me", ""); status != http.StatusNotFound {
		t.Errorf("where the control API is, the service answers %d", status)
	}
	response, err := http.Get(service + "/customer/demo/me")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if link := response.Header.Get("Link"); !strings.HasPrefix(link, "<"+control+"/_standin/") {
		t.Errorf("a refusal links to %s", link)
	}
}

func TestTheHandleWantsItsToken(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--control-token", "sesame")
	url := "http://" + s.addresses[0] + "/_standin/info"
	for token, want := range map[string]int{"": 401, "other": 401, "sesame": 200} {
		if status, _ := askControl(t, "GET", url, token); status != want {
			t.Errorf("with %q it answers %d", token, status)
		}
	}
	if strings.Contains(s.err.String()+s.out.String(), "sesame") {
		t.Errorf("the token is told: %s %s", s.out, s.err)
	}
	code, out, err := execute(t, "--control-token", "sesame", "--", "sh", "-c", `echo "$STANDIN_CONTROL_TOKEN"`)
	if code != exitOK || out != "sesame\n" {
		t.Errorf("exec exits with %d, %q and %s", code, out, err)
	}
}

func TestWithoutTheControlAPI(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--no-control")
	origin := "http://" + s.addresses[0]
	for path, want := range map[string]int{"/_standin/info": 404, "/_standin/": 404, "/_standin/console/app.js": 404, "/metrics": 404, livePath: 200, readyPath: 200, "/customer/demo/me": 401} {
		if status, _ := askControl(t, "GET", origin+path, ""); status != want {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if strings.Contains(s.out.String(), controlPath) {
		t.Errorf("the banner names the control API: %s", s.out)
	}
	response, err := http.Get(origin + "/customer/demo/me")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.Header.Get("Link") != "" || response.Header.Get("Standin-Entry") != "" {
		t.Errorf("there is a journal: %v", response.Header)
	}
}

func TestAControlOriginReachesTheEngine(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0", "--control-origin", "http://localhost:6006")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.control()+"/_standin/tenants", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "http://localhost:6006")
	request.Header.Set("Access-Control-Request-Method", http.MethodPost)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNoContent || response.Header.Get("Access-Control-Allow-Origin") != "http://localhost:6006" {
		t.Errorf("the preflight is answered %d %v", response.StatusCode, response.Header)
	}
}

// If other machines can reach a server, its control API needs a token or a flag that opens it.
func TestTheControlAPIIsNotOpenedByAccident(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		want string
		args []string
	}{
		{"others could use the control API", []string{"--addr", "0.0.0.0:0"}},
		{"others could use the control API", []string{"--addr", "[::]:0"}},
		{"others could use the control API", []string{"--addr", ":0", "--addr", "shop.example:0"}},
		{"others could use the control API", []string{"--control-addr", "0.0.0.0:0"}},
		{"--journal-bytes", []string{"--journal-bytes", "0"}},
	} {
		if code, _, err := invoke(t, append([]string{"serve"}, c.args...)...); code != exitUsage || !strings.Contains(err, c.want) {
			t.Errorf("%v exits with %d and %s", c.args, code, err)
		}
	}
	for _, args := range [][]string{
		{"--addr", "0.0.0.0:0", "--control-open"},
		{"--addr", "0.0.0.0:0", "--control-token", "x"},
		{"--addr", "0.0.0.0:0", "--no-control"},
		{"--addr", "0.0.0.0:0", "--control-addr", "127.0.0.1:0"},
		{"--addr", "localhost:0"},
	} {
		settled(t, args...) // It is not refused.
	}
}

func TestWhatWaitsDoesNotHoldTheEndUp(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--drain", "20s")
	origin := "http://" + s.addresses[0] + "/_standin/tenants/demo"
	ended := make(chan struct{}, 2)
	response, err := http.Get(origin + "/journal/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	go func() {
		if waited, err := http.Get(origin + "/mail?wait=5m&to=nobody@example.com"); err == nil {
			_ = waited.Body.Close()
		}
		ended <- struct{}{}
	}()
	began := time.Now()
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	<-ended
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to end", took)
	}
}

// The variables that exec sets for its server do not apply to another server named by a flag.
func TestTheHandleOfAnotherServer(t *testing.T) {
	t.Chdir(t.TempDir())
	s := start(t, "--addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0")
	t.Setenv("STANDIN_URL", "http://127.0.0.1:1")
	t.Setenv("STANDIN_CONTROL", "http://127.0.0.1:1/_standin")
	service := "http://" + s.addresses[0]
	for _, command := range [][]string{
		{"env", "--url", service},
		{"verify", "--target", service, "--label-filter", "LOGIN-LOCK", "--profile", "smoke"},
	} {
		if _, _, said := invoke(t, command...); strings.Contains(said, "127.0.0.1:1/") || strings.Contains(said, "127.0.0.1:1 ") {
			t.Errorf("%v asks the control API of another server: %s", command, said)
		}
	}
}
