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

// limitFlags are the limits for one client, so that it does not slow down others. The default times are long enough for
// debugging a client, and short enough that forgotten connections do not stay.
type limitFlags struct {
	HeaderTimeout  time.Duration `default:"10s" help:"How long the header of a request may take to arrive."`
	BodyTimeout    time.Duration `default:"1m" help:"How long the body of a request may take after that."`
	WriteTimeout   time.Duration `default:"2m" help:"How long a client may leave unread what was sent to it. Waits, streams and faults are not cut."`
	IdleTimeout    time.Duration `default:"2m" help:"How long a connection may stay open without a request."`
	MaxConnections int           `default:"4096" help:"How many connections may be open. At the bound the one that has been idle for longest is closed; if all are in use, others wait, and the log says so."`
	MaxHeaderBytes byteSize      `default:"256KiB" help:"About how large the header of a request may be."`
}

// The bounds of the limits. net/http reads more of a header than its limit, since it adds the size of its buffer.
const (
	leastTimeout     = time.Millisecond
	slackHeaderBytes = 4 << 10
	leastHeaderBytes = 2 * slackHeaderBytes
	mostHeaderBytes  = 1 << 30
)

// check returns an error if a limit would refuse every client.
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

// within returns an error if a number is out of bounds.
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

// UnmarshalText reads a number of bytes with or without a unit.
func (b *byteSize) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > math.MaxInt64 {
		return fmt.Errorf("%q is not a number of bytes; write for example 1048576, 512KiB or 1MiB", text)
	}
	*b = byteSize(n)
	return nil
}

// String returns the number with a unit.
func (b byteSize) String() string {
	return strings.NewReplacer(".0 ", "", " ", "").Replace(humanize.IBytes(uint64(max(b, 0))))
}

// server returns a server of net/http with the limits. The limits that net/http does not support are in connections.
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

// pace returns a handler that limits the time for reading a request's body and the time for which a client may leave a stream
// of HTTP/2 unread. A connection of HTTP/1 limits the latter itself; with HTTP/2 the client may read other streams of the
// connection meanwhile.
func pace(next http.Handler, body, unread time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(body)) // HTTP/1 and HTTP/2 support it.
		}
		if r.ProtoMajor == 2 {
			stream := paced{w, http.NewResponseController(w), unread}
			defer stream.hurry() // The rest is sent after the handler has returned.
			w = stream
		}
		next.ServeHTTP(w, r)
	})
}

// paced is the writer of a stream. Each write has its own deadline, and there is no deadline between two writes.
type paced struct {
	http.ResponseWriter
	control *http.ResponseController
	atMost  time.Duration
}

// hurry sets the deadline. The call cannot fail, since HTTP/2 supports deadlines.
func (p paced) hurry() { _ = p.control.SetWriteDeadline(time.Now().Add(p.atMost)) }

// rest removes the deadline.
func (p paced) rest() { _ = p.control.SetWriteDeadline(time.Time{}) }

// Unwrap returns the writer of the stream, for [http.ResponseController].
func (p paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Write writes b in parts, each with its own deadline, so that only a client that makes no progress is cut off.
func (p paced) Write(b []byte) (int, error) {
	defer p.rest()
	return inParts(b, func(part []byte) (int, error) {
		p.hurry()
		return p.ResponseWriter.Write(part)
	})
}

// FlushError sends the buffered data.
func (p paced) FlushError() error {
	defer p.rest()
	p.hurry()
	return p.control.Flush()
}

// partSize is the number of bytes that a client must read within the time of a write. It is small enough for any network.
const partSize = 64 << 10

// inParts writes b in parts. If b is empty, it writes one empty part.
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
