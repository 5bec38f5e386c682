package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"standin/spec"
	"standin/state"
)

// The headers by which an answer says where it is explained.
const (
	entryHeader   = "Standin-Entry"
	appliedHeader = "Preference-Applied"
)

// note keeps an exchange before it is answered, so that whoever sees the answer finds it: in the journal, the
// metrics and the log. Operations of the tester's own are only measured and logged.
func (s *Server) note(r *http.Request, c *Call, header http.Header, answer spec.Sealed, err error) {
	if c.applied != "" {
		header.Set(appliedHeader, c.applied)
	}
	took := s.config.Now().Sub(c.began)
	if s.steered && !s.config.NoJournal && !c.operation.free {
		entry := &Entry{
			At: c.Now.UTC(), Took: took, Tenant: c.keptTenant(), Operation: valid(c.id()), Method: methodOf(r),
			Target: c.keptTarget(r), Status: answer.Status, Caller: c.caller(),
		}
		entry.Request.Header = keptHeader(c.header)
		entry.Request.keepRequest(c)
		entry.Response.Header = keptHeader(header)
		entry.Response.keepAnswer(answer.Body)
		if c.Request != nil {
			entry.Warnings = keptDetails(slices.Concat(c.Request.Warnings, c.ignored))
		}
		if c.replaced {
			entry.Fault = c.fault.Name
		}
		if refused, ok := errors.AsType[*Error](err); ok {
			entry.Refusal = keptRefusal(refused)
		}
		s.file(c, entry, header)
	}
	if c.evidence(answer.Status) {
		s.covered.add(c.declared.ID, answer.Status)
	}
	s.config.Observe(Observation{Operation: c.label(), Status: answer.Status, Took: took, Injected: c.replaced})
	s.log(r, c, answer.Status, err, took)
}

// evidence reports whether an answer shows what the operation does: a documented one that no fault has injected.
func (c *Call) evidence(status int) bool {
	return !c.replaced && c.declared != nil && c.declared.Documents(status)
}

// file puts an entry into the journal of its world, or among the strays, and tells the client where it is.
func (s *Server) file(c *Call, entry *Entry, header http.Header) {
	journal, path := s.strays, "/_standin"
	if c.world != nil && c.world.own.Load() {
		journal, path = c.world.journal, "/_standin/tenants/"+c.world.name
	}
	journal.add(entry, c.evidence(entry.Status))
	if c.broken != nil {
		journal.broken(Violation{ID: entry.ID, At: entry.At, Operation: entry.Operation, Cause: short(c.broken.Error(), mostCause)})
	}
	id := strconv.FormatUint(entry.ID, 10)
	c.setHeader(header, entryHeader, id)
	if entry.Status >= http.StatusBadRequest && entry.Status < http.StatusInternalServerError {
		header.Add("Link", "<"+s.config.ControlOrigin+path+"/journal/"+id+`/explain>; rel="describedby"`)
	}
}

// caller is who asked.
func (c *Call) caller() Caller {
	if c.Caller.Access == "" && c.world != nil { // A fault came before anybody asked.
		c.world.View(func(txn *state.Txn) {
			if token, ok := txn.TokenByAccess(bearer(c.header.Get("Authorization"))); ok && (token.Tenant == "" || token.Tenant == c.world.name) {
				c.Caller = token
			}
		})
	}
	switch {
	case c.Caller.Access != "":
		return Caller{
			Kind: string(c.Caller.Kind), CustomerNumber: c.Caller.CustomerNumber,
			LoginID: c.Caller.LoginID, SessionID: c.Caller.SessionID, Scopes: c.Caller.Scopes,
		}
	case c.header.Get("Authorization") != "":
		return Caller{Kind: "unknown"}
	case c.Request != nil && c.Request.Credential != "":
		return Caller{Kind: "client"}
	}
	return Caller{Kind: "none"}
}

// log writes the request's line. Paths and queries carry tokens, so only the operation is named; where there is
// none, the path says what was meant.
func (s *Server) log(r *http.Request, c *Call, status int, err error, took time.Duration) {
	level := slog.LevelInfo
	if c.operation.free {
		level = slog.LevelDebug // What a tester does is no traffic.
	}
	if !s.config.Log.Enabled(r.Context(), level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("method", methodOf(r)), slog.String("operation", logged(c.id(), 100)), slog.String("tenant", c.Tenant),
		slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if c.declared == nil {
		attributes = append(attributes, slog.String("path", maskedPath(r.URL.EscapedPath())))
	}
	if c.fault != nil {
		attributes = append(attributes, slog.String("fault", logged(c.fault.Name, 100)))
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		attributes = append(attributes, slog.String("why", refused.reason()))
	}
	s.config.Log.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attributes...)
}

// drop resets the connection, so that the client can tell it from an answer that ended early. Where the connection
// is not to be had, net/http ends it.
func drop(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if wrapped, ok := connection.(*tls.Conn); ok {
		connection = wrapped.NetConn()
	}
	if plain, ok := connection.(interface{ SetLinger(sec int) error }); ok {
		_ = plain.SetLinger(0) // Then closing it is a reset.
	}
	_ = connection.Close()
}

// message is what the client is told.
func (e *Error) message() string {
	if e.fault != nil {
		return e.fault.Fault.String
	}
	return e.body.Message
}

// reason says in the log why a request was refused: the message may hold an e-mail address, but never a secret.
func (e *Error) reason() string {
	parts := []string{e.message()}
	for _, detail := range e.body.Details {
		parts = append(parts, detail.String())
	}
	return logged(strings.Join(parts, "; "), 600)
}

// logged returns a text as the log holds it: without tokens and control characters, and so short that the whole line
// stays below 2 KB.
func logged(text string, most int) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, valid(short(withoutTokens(text), most)))
}

// stateOf says of a token in a parameter why it is not taken.
func (c *Call) stateOf(name string, t state.Token, found bool, expires time.Time) []Fact {
	if !found || !c.issuedHere(t.Tenant) {
		return []Fact{{name, "is none of this tenant: it never was one, it was used, or it has ended"}}
	}
	return []Fact{
		{name, "is of kind " + string(t.Kind) + ", of customer " + first(t.CustomerNumber, "none")},
		{"expires", expires.UTC().Format(time.RFC3339)},
		{"now", c.Now.Format(time.RFC3339)},
	}
}

// tokenFacts say what a bearer is, for the explanation of its refusal.
func (c *Call) tokenFacts(t state.Token, found bool) []Fact {
	switch {
	case c.header.Get("Authorization") == "":
		return []Fact{{"bearer", "none was sent"}}
	case bearer(c.header.Get("Authorization")) == "":
		return []Fact{{"bearer", "the header is not of the form: Bearer, a space, a token"}}
	case !found:
		return []Fact{{"bearer", "no token of this tenant: it never was one, it has ended, or it died more than a day ago"}}
	case !c.issuedHere(t.Tenant):
		return []Fact{{"bearer", "a token of another tenant"}}
	}
	return []Fact{
		{"bearer", "a token of kind " + string(t.Kind)},
		{"issuedAt", t.IssuedAt.UTC().Format(time.RFC3339)},
		{"accessExpires", t.AccessExpires.UTC().Format(time.RFC3339)},
		{"now", c.Now.Format(time.RFC3339)},
	}
}
