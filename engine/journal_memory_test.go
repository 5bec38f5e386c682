//go:build !race

package engine_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"standin/engine"
	"standin/engine/enginetest"
)

// TestJournalBytesAreHeld holds the memory of journals to twice their bound, whatever is sent: what an entry holds is what
// it is said to hold. Lines of the log are bounded, too. The requests are read by net/http, whose texts are parts of the whole request line.
func TestJournalBytesAreHeld(t *testing.T) {
	const bound, sent = 1 << 20, 12 << 20
	large := strings.Repeat("x", 200<<10)
	for shape, request := range map[string]func(int) string{
		"a long method":       func(int) string { return "X" + large + " /customer/acme/me HTTP/1.1\r\n" },
		"a long path":         func(int) string { return "GET /customer/acme/" + large + " HTTP/1.1\r\n" },
		"a long tenant":       func(int) string { return "GET /customer/" + large + "/me HTTP/1.1\r\n" },
		"a long host":         func(int) string { return "GET http://" + large + "/customer/acme/me HTTP/1.1\r\n" },
		"a long masked query": func(int) string { return "GET /customer/acme/me?pw=" + large + " HTTP/1.1\r\n" },
		"many undeclared members": func(i int) string {
			return "GET /customer/acme/me?" + strings.Repeat("a&", 100) + large[:i%7] + " HTTP/1.1\r\n"
		},
		"many preferences": func(int) string {
			return "GET /customer/acme/me HTTP/1.1\r\nPrefer: " + strings.Repeat("a,", 50<<10) + "\r\n"
		},
		"many headers": func(int) string {
			return "GET /customer/acme/me HTTP/1.1\r\n" + strings.Repeat("Accept: a\r\n", 10<<10)
		},
		"many secrets":     patch(`{"password":[` + strings.Repeat("1,", 30<<10) + `1]}`),
		"deep secrets":     patch(strings.Repeat(`{"token":1,"a":`, 90) + "1" + strings.Repeat("}", 90)),
		"many odd members": patch(`{` + strings.Repeat(`"`+large[:20]+`":1,"a":[1],`, 1) + many(5000) + `}`),
		"a large body":     patch(`{"firstName":"` + large[:60<<10] + `"}`),
	} {
		t.Run(shape, func(t *testing.T) {
			lines := &longest{}
			s := enginetest.New(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) {
				c.JournalBytes, c.Log = bound, slog.New(slog.NewJSONHandler(lines, nil))
			}))
			send(t, s, request(0)) // What is made once is no entry.
			before := heap()
			most := uint64(0)
			requests := min(sent/len(request(0)), 3000)
			for i := range requests {
				send(t, s, request(i))
				if i%(requests/4) == requests/4-1 {
					most = max(most, heap())
				}
			}
			grown := int64(most) - int64(before)
			t.Logf("%d requests: the heap grows by %d KB, the journals say %d KB", requests, grown>>10, s.Worlds().JournalBytes()>>10)
			if grown > 2*bound {
				t.Errorf("the heap grows by %d bytes, more than twice the bound of %d", grown, bound)
			}
			if lines.bytes == 0 || lines.bytes > 2<<10 {
				t.Errorf("the longest line of the log has %d bytes", lines.bytes)
			}
			if s.Worlds().JournalBytes() > bound {
				t.Errorf("the journals say that they hold %d bytes, more than the bound of %d", s.Worlds().JournalBytes(), bound)
			}
		})
	}
}

// longest is a log of which only the length of the longest line is known.
type longest struct{ bytes int }

func (l *longest) Write(line []byte) (int, error) {
	l.bytes = max(l.bytes, len(line))
	return len(line), nil
}

// TestRowsHoldNoRequestLines holds what is stored of a request line to what it says: a part of it would keep all of it.
func TestRowsHoldNoRequestLines(t *testing.T) {
	const junk, requests = 200 << 10, 60
	s := enginetest.New(t, enginetest.WithFixture("demo"), enginetest.WithConfig(func(c *engine.Config) { c.JournalEntries = 1 }))
	line := func(int) string {
		return "GET /customerlogin/auth/anonymous/login?tenant=acme&client_id=s&currency=EUR&siteCode=main&language=de&targetLocation=DE&junk=" + strings.Repeat("x", junk) + " HTTP/1.1\r\n"
	}
	send(t, s, line(0))
	before := heap()
	for i := range requests {
		send(t, s, line(i))
	}
	if grown := int64(heap()) - int64(before); grown > requests*junk/4 {
		t.Errorf("%d sessions hold %d bytes", requests, grown)
	}
}

// patch is a change of a profile that is refused or changes nothing.
func patch(body string) func(int) string {
	return func(int) string {
		return fmt.Sprintf("PATCH /customer/acme/me HTTP/1.1\r\nAuthorization: Bearer none\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
}

// many are members that no document declares.
func many(n int) string {
	var members strings.Builder
	for i := range n {
		fmt.Fprintf(&members, `"m%d":1,`, i)
	}
	return strings.TrimSuffix(members.String(), ",")
}

func send(t *testing.T, s *engine.Server, lines string) {
	t.Helper()
	if !strings.Contains(lines, "\r\n\r\n") {
		lines += "\r\n"
	}
	head, rest, _ := strings.Cut(lines, "\r\n")
	if !strings.HasPrefix(rest, "Host:") {
		rest = "Host: x\r\n" + rest
	}
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n" + rest)))
	if err != nil {
		t.Fatal(err)
	}
	s.ServeHTTP(&discard{header: http.Header{}}, request.WithContext(t.Context()))
}

// heap is what is held after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
