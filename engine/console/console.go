package console

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed web
var web embed.FS

// Home is the path of the console's first page. The other files are below Files.
const (
	Home  = "/_standin/"
	Files = "/_standin/console/"
)

// viewer is the page of the OpenAPI viewer, a library that writes styles into its elements.
const viewer = "api.html"

// file is one of the files that are served.
type file struct {
	name   string
	policy string
	tag    func() string // of the content, for If-None-Match
}

// Handler returns a handler that serves the first page at [Home], and the other files below [Files]. The origin is that of the
// service, if the console has another one; the OpenAPI viewer may send requests there.
func Handler(origin string) http.Handler {
	files := map[string]*file{}
	err := fs.WalkDir(web, "web", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		path := strings.TrimPrefix(name, "web/")
		files[path] = &file{name: name, policy: policy(path, origin), tag: sync.OnceValue(func() string {
			content, _ := web.ReadFile(name) // It is in the binary.
			sum := sha256.Sum256(content)
			return `"` + hex.EncodeToString(sum[:8]) + `"`
		})}
		return nil
	})
	if err != nil {
		panic(err) // The files are in the binary.
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, below := strings.CutPrefix(r.URL.Path, Files)
		if r.URL.Path == Home {
			name, below = "index.html", true
		}
		found, ok := files[name]
		switch {
		case r.URL.Path == strings.TrimSuffix(Home, "/"):
			http.Redirect(w, r, Home, http.StatusPermanentRedirect)
		case !ok || !below:
			http.Error(w, "The console has no file of this name; it begins at "+Home, http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "The console is read-only; change things through the control API, "+Home+"documents/control.yaml", http.StatusMethodNotAllowed)
		default:
			found.serve(w, r)
		}
	})
}

// mediaTypes are the types of the files. The table of the operating system may have others.
var mediaTypes = map[string]string{ //nolint:gochecknoglobals // A table.
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
}

// serve answers with a file, or with 304. It reads the file from the binary, so that no copy is in memory.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	opened, err := web.Open(f.name)
	content, ok := opened.(io.ReadSeeker)
	if err != nil || !ok {
		http.Error(w, "The console's file cannot be read.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", cmp.Or(mediaTypes[path.Ext(f.name)], "text/plain; charset=utf-8"))
	header.Set("Content-Security-Policy", f.policy)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-cache") // A browser asks again each time, and mostly gets a 304.
	header.Set("Etag", f.tag())
	http.ServeContent(w, r, f.name, time.Time{}, content)
}

// policy returns the Content-Security-Policy of a file: nothing from other origins, no inline scripts or styles, and no text that
// becomes markup except by the templates of lit-html. The stylesheets have images in data: URLs.
func policy(name, origin string) string {
	rules := []string{
		"default-src 'none'", "script-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
	}
	if name == viewer {
		rules = append(rules, "style-src 'self' 'unsafe-inline'", strings.TrimSpace("connect-src 'self' "+origin))
	} else {
		rules = append(rules, "style-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'", "trusted-types lit-html")
	}
	return strings.Join(rules, "; ")
}
