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

	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// The headers by which an answer refers to its explanation.
const (
	entryHeader   = "Standin-Entry"
	appliedHeader = "Preference-Applied"
)

// record keeps an exchange in the journal, the metrics and the log. It comes before the answer is sent, so that a client that
// has the answer finds the entry. Control requests are only measured and logged.
func (s *Server) record(x *exchange, answer spec.Sealed, err error) {
	header := x.writer.Header()
	if x.applied != "" {
		header.Set(appliedHeader, x.applied)
	}
	took := s.config.Now().Sub(x.began)
	if s.config.Control != nil && !s.config.NoJournal && x.operation.control == nil {
		s.file(x, x.entry(header, answer, err, took))
	}
	if x.evidence(answer.Status) {
		s.covered.add(x.declared.ID, answer.Status)
	}
	s.config.Observe(Observation{Operation: x.label(), Status: answer.Status, Took: took, Injected: x.replaced})
	s.log(x, answer.Status, err, took)
}

// evidence reports whether an answer shows what the operation does: a documented one that no fault has injected.
func (x *exchange) evidence(status int) bool {
	return !x.replaced && x.declared != nil && x.declared.Documents(status)
}

// entry returns the exchange as the journal keeps it.
func (x *exchange) entry(header http.Header, answer spec.Sealed, err error, took time.Duration) *journal.Entry {
	tenant := x.Tenant
	if x.world == nil {
		tenant = journal.Kept(tenant) // A world's own name needs no copy.
	}
	entry := &journal.Entry{
		At: x.Now.UTC(), Took: took, Tenant: tenant, Operation: journal.Valid(x.Operation), Method: journal.KeptMethod(x.request.Method),
		Target: journal.KeptTarget(x.request, x.match, x.operation.secrets), Status: answer.Status, Caller: x.caller(),
	}
	sandbox := journal.SandboxOf(x.request.Header)
	entry.Request.Header = journal.KeptHeader(x.request.Header, sandbox)
	entry.Request.KeepRequest(x.raw, x.Request)
	entry.Response.Header = journal.KeptHeader(header, "")
	entry.Response.KeepAnswer(answer.Body)
	if x.Request != nil {
		entry.Warnings = journal.KeptDetails(slices.Concat(x.Request.Warnings, x.ignored))
	}
	if x.replaced {
		entry.Fault = x.fault.Name
	}
	if refused, ok := errors.AsType[*refusal.Error](err); ok {
		entry.Refusal = journal.KeptRefusal(refused)
	}
	return entry
}

// file puts an entry into the journal of its world, or among the strays, and tells the client where it is.
func (s *Server) file(x *exchange, entry *journal.Entry) {
	kept, path := s.strays, "/_standin"
	if x.world != nil && x.world.Listed() {
		kept, path = x.world.Journal(), "/_standin/tenants/"+x.world.Name()
	}
	kept.Add(entry, x.evidence(entry.Status))
	if x.broken != nil {
		kept.AddViolation(journal.Violation{ID: entry.ID, At: entry.At, Operation: entry.Operation, Cause: x.broken.Error()})
	}
	id := strconv.FormatUint(entry.ID, 10)
	x.setHeader(entryHeader, id)
	if entry.Status >= http.StatusBadRequest && entry.Status < http.StatusInternalServerError {
		x.writer.Header().Add("Link", "<"+s.config.ControlOrigin+path+"/journal/"+id+`/explain>; rel="describedby"`)
	}
}

// caller returns the caller as the journal keeps it.
func (x *exchange) caller() journal.Caller {
	if x.Caller.Access == "" && x.world != nil { // A fault came before the caller was authenticated.
		x.world.View(func(txn *state.Txn) {
			if token, ok := txn.TokenByAccess(x.bearer()); ok && x.IssuedHere(token.Tenant) {
				x.Caller = token
			}
		})
	}
	switch {
	case x.Caller.Access != "":
		return journal.Caller{
			Kind: string(x.Caller.Kind), CustomerNumber: x.Caller.CustomerNumber,
			LoginID: x.Caller.LoginID, SessionID: x.Caller.SessionID, Scopes: x.Caller.Scopes,
		}
	case x.request.Header.Get("Authorization") != "":
		return journal.Caller{Kind: "unknown"}
	case x.Request != nil && x.Request.Credential != "":
		return journal.Caller{Kind: "client"}
	}
	return journal.Caller{Kind: "none"}
}

// log writes the request's line. Paths and queries carry tokens, so only the operation is named; a request without one is
// logged with its path, masked.
func (s *Server) log(x *exchange, status int, err error, took time.Duration) {
	level := slog.LevelInfo
	if x.operation.control != nil {
		level = slog.LevelDebug // A control request is not traffic.
	}
	if !s.config.Log.Enabled(x.ctx, level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("method", journal.KeptMethod(x.request.Method)), slog.String("operation", journal.Logged(x.Operation, 100)), slog.String("tenant", x.Tenant),
		slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if x.declared == nil {
		attributes = append(attributes, slog.String("path", journal.MaskedPath(x.request.URL.EscapedPath())))
	}
	if x.fault != nil {
		attributes = append(attributes, slog.String("fault", journal.Logged(x.fault.Name, 100)))
	}
	if refused, ok := errors.AsType[*refusal.Error](err); ok {
		attributes = append(attributes, slog.String("why", reason(refused)))
	}
	s.config.Log.LogAttrs(context.WithoutCancel(x.ctx), level, "request", attributes...)
}

// reason returns why a request was refused, for the log. The message may hold an e-mail address, but never a secret.
func reason(refused *refusal.Error) string {
	parts := []string{refused.Message()}
	for _, detail := range refused.Details() {
		parts = append(parts, detail.String())
	}
	return journal.Logged(strings.Join(parts, "; "), 600)
}

// drop resets the connection, so that the client can tell it from an answer that ended early. If the connection cannot be
// taken over, net/http closes it.
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
