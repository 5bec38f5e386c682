package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// limitFlags bound what a client may take of the server, so that the others do not notice: generous to a person with a
// debugger, too short to be held open for nothing.
type limitFlags struct {
	HeaderTimeout  time.Duration `default:"10s" help:"How long the header of a request may take to arrive."`
	BodyTimeout    time.Duration `default:"1m" help:"How long the body of a request may take after that."`
	WriteTimeout   time.Duration `default:"2m" help:"How long a client may leave unread what was sent to it. Waits, streams and faults are not cut."`
	IdleTimeout    time.Duration `default:"2m" help:"How long a connection may stay open without a request."`
	MaxConnections int           `default:"4096" help:"How many connections may be open. At the bound the one that has been idle for longest is closed; if all are in use, others wait, and the log says so."`
	MaxHeaderBytes byteSize      `default:"256KiB" help:"About how large the header of a request may be."`
}

// The least that still lets a client in. net/http reads some bytes more of a header than it is told, for its buffer.
const (
	leastTimeout     = time.Millisecond
	slackHeaderBytes = 4 << 10
	leastHeaderBytes = 2 * slackHeaderBytes
	mostHeaderBytes  = 1 << 30
)

// check refuses limits that nobody could keep.
func (l limitFlags) check() error {
	for _, one := range []struct {
		flag  string
		value time.Duration
	}{
		{"--header-timeout", l.HeaderTimeout},
		{"--body-timeout", l.BodyTimeout},
		{"--write-timeout", l.WriteTimeout},
		{"--idle-timeout", l.IdleTimeout},
	} {
		if one.value < leastTimeout {
			return fmt.Errorf("%s is %s, which would cut off every client; write at least %s, for example 10s, or 24h for practically never", one.flag, one.value, leastTimeout)
		}
	}
	if l.MaxConnections < 1 {
		return fmt.Errorf("--max-connections is %d, which would refuse every connection; write at least 1, for example 4096", l.MaxConnections)
	}
	if l.MaxHeaderBytes < leastHeaderBytes {
		return fmt.Errorf("--max-header-bytes is %s, which net/http cannot keep; write at least %s, for example 256KiB", l.MaxHeaderBytes, byteSize(leastHeaderBytes))
	}
	return within("--max-header-bytes", int64(l.MaxHeaderBytes), leastHeaderBytes, mostHeaderBytes)
}

// within refuses a number that is out of bounds.
func within(flag string, value, least, most int64) error {
	switch {
	case value < least:
		return fmt.Errorf("%s is %d; write at least %d", flag, value, least)
	case value > most:
		return fmt.Errorf("%s is %d; write at most %d", flag, value, most)
	}
	return nil
}

// byteSize is a number of bytes, written plainly or with a unit: 1048576, 512KiB, 2MB.
type byteSize int64

// UnmarshalText reads it.
func (b *byteSize) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > math.MaxInt64 {
		return fmt.Errorf("%q is not a number of bytes; write for example 1048576, 512KiB or 1MiB", text)
	}
	*b = byteSize(n)
	return nil
}

func (b byteSize) String() string {
	return strings.NewReplacer(".0 ", "", " ", "").Replace(humanize.IBytes(uint64(max(b, 0))))
}

// server is a server of net/http within the limits. What it does not bound itself, its connections do.
func (s *serveCommand) server(handler http.Handler, all *connections, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           pace(handler, s.BodyTimeout, s.WriteTimeout),
		ReadHeaderTimeout: s.HeaderTimeout,
		IdleTimeout:       s.IdleTimeout,
		MaxHeaderBytes:    int(s.MaxHeaderBytes) - slackHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ConnState:         all.note,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{s.certificate}, MinVersion: tls.VersionTLS12},
	}
}

// pace bounds how long a body may take from here on, and how long a stream of HTTP/2 is left unread. Its client may read
// everything else on the connection, so the connection itself sees nothing of it; one of HTTP/1 does.
func pace(next http.Handler, body, unread time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(body)) // Both protocols have it.
		}
		if r.ProtoMajor == 2 {
			stream := paced{w, http.NewResponseController(w), unread}
			defer stream.hurry() // What is left is sent when the handler has returned.
			w = stream
		}
		next.ServeHTTP(w, r)
	})
}

// paced is the writer of a stream whose every write has a time of its own, however long it waits between two.
type paced struct {
	http.ResponseWriter
	control *http.ResponseController
	atMost  time.Duration
}

func (p paced) hurry() { _ = p.control.SetWriteDeadline(time.Now().Add(p.atMost)) } // HTTP/2 has deadlines.
func (p paced) rest()  { _ = p.control.SetWriteDeadline(time.Time{}) }              // As above.

// Unwrap is how a [http.ResponseController] finds the stream.
func (p paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Write writes in parts, each within its time: a slow client is one that makes no progress.
func (p paced) Write(b []byte) (int, error) {
	defer p.rest()
	return inParts(b, func(part []byte) (int, error) {
		p.hurry()
		return p.ResponseWriter.Write(part)
	})
}

// FlushError sends what was written.
func (p paced) FlushError() error {
	defer p.rest()
	p.hurry()
	return p.control.Flush()
}

// partSize is what has to be taken within a write's time: little enough for any network.
const partSize = 64 << 10

// inParts writes bytes part by part. It writes an empty part if there are none.
func inParts(b []byte, write func([]byte) (int, error)) (int, error) {
	written := 0
	for {
		n, err := write(b[written:min(len(b), written+partSize)])
		written += n
		if err != nil || written == len(b) {
			return written, err
		}
	}
}
