package console_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"standin/engine/console"
	"standin/engine/control"
	"standin/fixtures"
)

func get(t *testing.T, handler http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	request.Host = "localhost"
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestFilesAreServedUnderAStrictPolicy(t *testing.T) {
	t.Parallel()
	handler := console.Handler("http://127.0.0.1:3676")
	for path, mediaType := range map[string]string{
		"/_standin/": "text/html", "/_standin/console/app.js": "text/javascript", "/_standin/console/console.css": "text/css",
		"/_standin/console/vendored/lit-html/LICENSE": "text/plain", "/_standin/console/api.html": "text/html",
	} {
		answer := get(t, handler, "GET", path)
		policy := answer.Header().Get("Content-Security-Policy")
		viewer := strings.HasSuffix(path, "api.html")
		if answer.Code != http.StatusOK || !strings.HasPrefix(answer.Header().Get("Content-Type"), mediaType) || answer.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s answers %d %v", path, answer.Code, answer.Header())
		}
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe-eval") ||
			strings.Contains(policy, "unsafe-inline") != viewer || strings.Contains(policy, "require-trusted-types-for") == viewer || strings.Contains(policy, ":3676") != viewer {
			t.Errorf("the policy of %s is %s", path, policy)
		}
		tag := answer.Header().Get("Etag")
		if again := get(t, handler, "GET", path, "If-None-Match", tag); tag == "" || again.Code != http.StatusNotModified {
			t.Errorf("%s with %s answers %d", path, tag, again.Code)
		}
		if head := get(t, handler, "HEAD", path); head.Code != http.StatusOK || head.Header().Get("Content-Length") == "0" {
			t.Errorf("HEAD %s answers %d", path, head.Code)
		}
		if post := get(t, handler, "POST", path); post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s answers %d", path, post.Code)
		}
	}
	for _, path := range []string{"/_standin/console/", "/_standin/console/none.js", "/_standin/console/../console.go", "/_standin/console/vendored", "/elsewhere"} {
		if answer := get(t, handler, "GET", path); answer.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, answer.Code)
		}
	}
	if answer := get(t, handler, "GET", "/_standin"); answer.Header().Get("Location") != "/_standin/" {
		t.Errorf("/_standin leads to %s", answer.Header().Get("Location"))
	}
}

// The engine serves the console beside the operations of the control API, and only to names of this machine.
func TestTheConsoleIsPartOfTheHandle(t *testing.T) {
	t.Parallel()
	s := begin(t, "empty")
	for host, want := range map[string]int{"": http.StatusOK, "evil.example": http.StatusForbidden} {
		for _, path := range []string{"/_standin/", "/_standin/console/app.js"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = host
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("%s under the name %q answers %d", path, host, answer.StatusCode)
			}
		}
	}
	empty, err := fixtures.Load(t.Context(), "empty")
	if err != nil {
		t.Fatal(err)
	}
	pages := control.New(control.Options{Fixture: empty, Access: control.Access{Token: "x"}}).Pages(console.Handler(""))
	if answer := get(t, pages, "GET", "/_standin/"); answer.Code != http.StatusOK {
		t.Errorf("with a token the page answers %d: it must be there to ask for it", answer.Code)
	}
}

// own returns the files that are not vendored.
func own(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS("web"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !strings.HasPrefix(path, "vendored/") {
			content, err := os.ReadFile(filepath.Join("web", path))
			files[path] = string(content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var elsewhere = regexp.MustCompile(`(?:src|href|from|import|url)\s*[=(]?\s*["']?(?:https?:)?//[a-z]`)

func TestOurFilesAskNobodyElseAndWriteNoMarkup(t *testing.T) {
	t.Parallel()
	for name, content := range own(t) {
		if found := elsewhere.FindString(content); found != "" {
			t.Errorf("%s asks another host: %s", name, found)
		}
		for _, part := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "unsafeHTML", "eval(", "new Function", "setHTMLUnsafe"} {
			if strings.Contains(content, part) {
				t.Errorf("%s has %s: what comes over the wire is shown by expressions of lit-html only", name, part)
			}
		}
		if lines := strings.Count(content, "\n"); lines > 400 {
			t.Errorf("%s has %d lines", name, lines)
		}
	}
}

// The vendored files are unchanged, in the versions of package.json, each with its license.
func TestWhatIsVendoredIsWhatIsSaid(t *testing.T) {
	t.Parallel()
	sums, err := os.Open("SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sums.Close() })
	var said []string
	for lines := bufio.NewScanner(sums); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if have := sha256.Sum256(content); hex.EncodeToString(have[:]) != sum {
			t.Errorf("%s was changed; make console-vendor renews it", name)
		}
		said = append(said, name)
	}
	for _, folder := range []string{"web/vendored", "testdata/vendored"} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !slices.Contains(said, filepath.ToSlash(path)) {
				t.Errorf("SHA256SUMS does not know %s", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var wanted struct {
		DevDependencies map[string]string `json:"devDependencies"`
	}
	text, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &wanted); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("VENDORED.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, version := range wanted.DevDependencies {
		if !strings.Contains(string(list), "| "+name+" | "+version+" | ") {
			t.Errorf("VENDORED.md does not say %s %s", name, version)
		}
		if !slices.ContainsFunc(said, func(file string) bool { return strings.HasSuffix(file, "/"+name+"/LICENSE") }) {
			t.Errorf("the license of %s is missing", name)
		}
	}
}
