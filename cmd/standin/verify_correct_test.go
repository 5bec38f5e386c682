//go:build !race

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

// verify has no finding for a server that is correct in another way than this one: with other texts, JSON of another form
// and another HTTP server. With one thing that the sources do fix, it has a finding.
func TestVerifyPassesAnotherCorrectServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.yaml")
	fixture := `{name: x, settings: {clientIds: [shop], serviceClients: [{clientId: backend, clientSecret: right}], passwordMinLength: 8,
		site: {code: zurich, currency: CHF, languages: [de], country: CH}}}`
	if err := os.WriteFile(file, []byte(fixture), 0o600); err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("the variants are drawn with the seed %d", seed)
	for name, c := range map[string]struct {
		serve, args []string
		change      func(*variant)
		code        int
		says        string
	}{
		"with the control API": {nil, nil, func(*variant) {}, exitOK, "holds the contract: all"},
		"without it": {
			[]string{"--no-control", "--fixture", file},
			others("", "--profile", "full", "--fail-on", "S,D,O,A"),
			func(v *variant) { v.undeclared = true }, exitOK, "holds the ",
		},
		"an undeclared member":        {nil, []string{"--label-filter", "PROFILE-GET"}, func(v *variant) { v.undeclared = true }, exitFailure, "xFuture is not a member"},
		"a text that the sources fix": {nil, []string{"--label-filter", "T-ERR"}, func(v *variant) { v.fixed = regexp.MustCompile("^$") }, exitFailure, "T-ERR (grade S) errors are"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, append([]string{"--addr", "127.0.0.1:0"}, c.serve...)...)
			v := &variant{to: "http://" + s.addresses[0], fixed: fixedTexts, random: rand.New(rand.NewPCG(seed, 0))}
			c.change(v)
			front := httptest.NewServer(v)
			t.Cleanup(front.Close)
			if code, out := verify(t, append(slices.Clone(c.args), "--url", front.URL)...); code != c.code || !strings.Contains(out, c.says) {
				t.Errorf("it exits with %d and says %s", code, out)
			}
		})
	}
}

// fixedTexts matches the messages that the sources fix (T-ERR, RESET-UPDATE), or whose meaning they fix (LOGIN-INACTIVE).
var fixedTexts = regexp.MustCompile(`^The tenant information provided |^User not authorized\.$|^Address .* not found\.$|^Duplicate account |invalid token|not active`)

// plain sends requests as they are.
var plain = &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 128}

// variant is a proxy whose answers mean what those of a server mean and look different.
type variant struct {
	to         string         // the origin of the server
	fixed      *regexp.Regexp // the messages that stay
	undeclared bool           // answers have members that the document does not have

	mu     sync.Mutex
	random *rand.Rand
}

// below returns a random number from 0 to n-1.
func (v *variant) below(n int) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.random.IntN(n)
}

func (v *variant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to, _ := url.Parse(v.to)
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host, sent.RequestURI = to.Scheme, to.Host, ""
	sent.Header.Del("Accept-Encoding")
	response, err := plain.RoundTrip(sent)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	header := response.Header
	header.Del("Content-Length")
	if strings.HasPrefix(header.Get("Content-Type"), "application/json") && len(body) > 0 && !strings.HasPrefix(r.URL.Path, controlPath) {
		body = v.rewrite(body)
		header.Set("Content-Type", "Application/JSON;charset=UTF-8")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && v.below(2) == 0 {
			body = zipped(body)
			header.Set("Content-Encoding", "gzip")
			header.Add("Vary", "Accept-Encoding")
		}
	}
	v.send(w, response.StatusCode, header, body)
}

// send writes an answer in chunks, with headers whose names and lists are written in another way.
func (v *variant) send(w http.ResponseWriter, status int, header http.Header, body []byte) {
	header.Set("Server", "gateway/2.0")
	header.Set("Via", "1.1 edge")
	header.Set("X-Request-Id", fmt.Sprintf("%016x", v.below(1<<62)))
	header.Add("Set-Cookie", "route=b; Path=/; HttpOnly")
	for name, values := range header {
		for _, value := range values {
			switch name {
			case "Allow", "Access-Control-Allow-Methods":
				parts := strings.Split(value, ", ")
				v.shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
				value = strings.Join(parts, ",")
			case "Access-Control-Allow-Headers":
				value = strings.ToUpper(value)
			}
			w.Header()[strings.ToLower(name)] = append(w.Header()[strings.ToLower(name)], value)
		}
		w.Header()[name] = nil // Otherwise net/http adds a Content-Type and a Date.
	}
	w.WriteHeader(status)
	half := len(body) / 2
	for _, part := range [][]byte{body[:half], body[half:]} {
		if len(part) > 0 {
			_, _ = w.Write(part)
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// shuffle calls swap to put n elements into a random order.
func (v *variant) shuffle(n int, swap func(i, j int)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.random.Shuffle(n, swap)
}

// zipped returns a body compressed with gzip.
func zipped(body []byte) []byte {
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, _ = writer.Write(body) // A buffer takes everything.
	_ = writer.Close()
	return out.Bytes()
}

// rewrite returns a body that means the same.
func (v *variant) rewrite(body []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return body
	}
	v.reword(value)
	all, isList := value.([]any)
	if !isList {
		all = []any{value}
	}
	for _, one := range all {
		if object, ok := one.(map[string]any); ok && v.undeclared {
			object["xFuture"] = map[string]any{"since": 2030}
		}
	}
	var out bytes.Buffer
	v.write(&out, value)
	return out.Bytes()
}

// reword replaces the texts of an error for people, unless the sources fix them, and adds a member that errors may have.
func (v *variant) reword(value any) {
	body, _ := value.(map[string]any)
	message, isError := body["message"].(string)
	if !isError {
		return
	}
	if !v.fixed.MatchString(message) {
		body["message"] = "Das hat nicht geklappt – Näheres unter /hilfe."
	}
	if body["code"] == nil {
		body["moreInfo"] = "https://example.com/errors/1"
	}
	details, _ := body["details"].([]any)
	for _, one := range details {
		if detail, ok := one.(map[string]any); ok && detail["message"] != nil {
			detail["message"] = "stimmt nicht"
		}
	}
	v.shuffle(len(details), func(i, j int) { details[i], details[j] = details[j], details[i] })
}

// write writes JSON with its members in a random order, and with white space and escapes that mean nothing.
func (v *variant) write(out *bytes.Buffer, value any) {
	blank := func() { out.WriteString([]string{"", "", " ", "\r\n\t"}[v.below(4)]) }
	blank()
	defer blank()
	switch value := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(value))
		v.shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		out.WriteByte('{')
		for i, name := range names {
			if i > 0 {
				out.WriteByte(',')
			}
			v.write(out, name)
			out.WriteByte(':')
			v.write(out, value[name])
		}
		out.WriteByte('}')
	case []any:
		out.WriteByte('[')
		for i, one := range value {
			if i > 0 {
				out.WriteByte(',')
			}
			v.write(out, one)
		}
		out.WriteByte(']')
	case string:
		v.quote(out, value)
	default: // A number keeps its text.
		_ = json.NewEncoder(out).Encode(value)
	}
}

// quote writes a string of JSON with escapes where they are needed and where they are not.
func (v *variant) quote(out *bytes.Buffer, text string) {
	out.WriteByte('"')
	for _, char := range text {
		switch {
		case char == '/':
			out.WriteString(`\/`)
		case char < ' ' || char == '"' || char == '\\' || char == '@' || char > '~' || v.below(16) == 0:
			for _, unit := range utf16.Encode([]rune{char}) {
				fmt.Fprintf(out, `\u%04x`, unit)
			}
		default:
			out.WriteRune(char)
		}
	}
	out.WriteByte('"')
}
