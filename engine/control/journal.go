package control

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/journal"
	"standin/engine/refusal"
	"standin/spec"
)

type entryView struct {
	ID           uint64        `json:"id"`
	At           time.Time     `json:"at"`
	Tenant       string        `json:"tenant,omitempty"`
	Operation    string        `json:"operation"`
	Method       string        `json:"method"`
	Path         string        `json:"path"`
	Status       int           `json:"status"`
	Milliseconds float64       `json:"milliseconds"`
	Caller       callerView    `json:"caller"`
	Fault        string        `json:"fault,omitempty"`
	Warnings     []warningView `json:"warnings"`
}

type callerView struct {
	Kind           string `json:"kind"`
	CustomerNumber string `json:"customerNumber,omitempty"`
	SessionID      string `json:"sessionId,omitempty"`
}

type warningView struct {
	Field   string `json:"field"`
	Type    string `json:"type"`
	Message string `json:"message"`
}

type fullEntryView struct {
	entryView `json:",embed"`
	Request   messageView `json:"request"`
	Response  messageView `json:"response"`
	Curl      string      `json:"curl"`
}

type messageView struct {
	Headers map[string]string `json:"headers"`
	Body    jsontext.Value    `json:"body,omitzero"`
	Size    int               `json:"size"`
	Omitted string            `json:"omitted,omitempty"`
	Masked  []string          `json:"masked,omitempty"`
}

func viewEntry(e *journal.Entry, own string) entryView {
	view := entryView{
		ID: e.ID, At: e.At, Operation: e.Operation, Method: e.Method, Path: e.Target, Status: e.Status,
		Milliseconds: float64(e.Took.Microseconds()) / 1000, Fault: e.Fault, Warnings: []warningView{},
		Caller: callerView{Kind: e.Caller.Kind, CustomerNumber: e.Caller.CustomerNumber, SessionID: e.Caller.SessionID},
	}
	if e.Tenant != own {
		view.Tenant = e.Tenant
	}
	for _, warning := range e.Warnings {
		view.Warnings = append(view.Warnings, warningView(warning))
	}
	return view
}

func viewMessage(m journal.Message) messageView {
	view := messageView{Headers: map[string]string{}, Size: m.Size, Omitted: m.Omitted, Masked: m.Masked}
	for _, header := range m.Header {
		view.Headers[header[0]] = header[1]
	}
	view.Body = asJSON(m.Body)
	return view
}

// asJSON returns a body as JSON. A body that is not JSON becomes a JSON string.
func asJSON(body []byte) jsontext.Value {
	if len(body) == 0 {
		return nil
	}
	if value := jsontext.Value(body); value.IsValid() {
		return value
	}
	text, err := json.Marshal(strings.ToValidUTF8(string(body), "\ufffd"))
	if err != nil {
		return nil
	}
	return text
}

// journalOf returns the journal that a control request is about, with the public name of its tenant: the world's, or that of the
// exchanges that led to no tenant, which has no name.
func journalOf(c *engine.ControlCall) (*journal.Journal, string) {
	if c.World == nil {
		return c.Server.Strays(), ""
	}
	return c.World.Journal(), c.World.Public()
}

// filter selects entries of a journal.
type filter struct {
	operation, status, path string
	since                   time.Time
}

func filterOf(c *engine.ControlCall) (filter, error) {
	f := filter{operation: c.Param("operation"), status: c.Param("status"), path: c.Param("path")}
	f.since, _ = time.Parse(time.RFC3339, c.Param("since")) // It is well-formed: the request was checked against the document.
	undeclared := strings.Contains(f.operation, " ")        // A method and a path: the operation of an undeclared fault.
	if known := operationsOf(c); f.operation != "" && !undeclared && !slices.Contains(known, f.operation) {
		return f, refusal.Value("operation", "is %s, and there is no such operation; there are %s", f.operation, strings.Join(known, ", "))
	}
	return f, nil
}

// takes reports whether an entry matches the filter.
func (f filter) takes(e *journal.Entry) bool {
	status := strconv.Itoa(e.Status)
	return (f.operation == "" || f.operation == e.Operation) &&
		(f.status == "" || f.status == status || strings.TrimSuffix(f.status, "xx") == status[:1] && strings.HasSuffix(f.status, "xx")) &&
		strings.Contains(e.Target, f.path) && !e.At.Before(f.since)
}

// listJournal answers exchanges, oldest first unless order says otherwise.
//
// GET /_standin/tenants/{tenant}/journal, and GET /_standin/journal for those of no tenant
func listJournal(c *engine.ControlCall) (spec.Reply, error) {
	kept, own := journalOf(c)
	after, err := cursorOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	views, most := []entryView{}, limit(c)
	wanted, err := filterOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	each := kept.Entries
	if newest(c) {
		each = kept.Newest
	}
	dropped := each(after, func(e *journal.Entry) bool {
		after = e.ID
		if wanted.takes(e) {
			views = append(views, viewEntry(e, own))
		}
		return len(views) < most
	})
	return call.Answer(http.StatusOK, map[string]any{"entries": views, "cursor": strconv.FormatUint(after, 10), "dropped": dropped})
}

func cursorOf(c *engine.ControlCall) (uint64, error) {
	text := c.Param("cursor")
	if text == "" {
		return 0, nil
	}
	after, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, refusal.Value("cursor", "must be the cursor of an earlier answer")
	}
	return after, nil
}

// entryOf returns the entry that a control request names, with the public name of its tenant.
func entryOf(c *engine.ControlCall) (*journal.Entry, string, error) {
	journal, own := journalOf(c)
	id, err := strconv.ParseUint(c.Param("entry"), 10, 64)
	if err != nil {
		return nil, own, refusal.Value("entry", "must be the id of an exchange")
	}
	e, ok := journal.Entry(id)
	switch last := journal.Last(); {
	case ok:
		return e, own, nil
	case id > last:
		return nil, own, refusal.NotFound("There is no exchange %d yet: the last one is %d.", id, last)
	}
	return nil, own, refusal.NotFound("Exchange %d is no longer kept: a reset, an import or a DELETE has cleared the journal, or it has let go of its oldest (--journal-entries, --journal-bytes).", id)
}

// getEntry answers one exchange with headers and bodies.
//
// GET /_standin/tenants/{tenant}/journal/{entry}, and GET /_standin/journal/{entry}
func (p *Control) getEntry(c *engine.ControlCall) (spec.Reply, error) {
	e, own, err := entryOf(c)
	if err != nil {
		return spec.Reply{}, err
	}
	return call.Answer(http.StatusOK, fullEntryView{
		entryView: viewEntry(e, own), Request: viewMessage(e.Request), Response: viewMessage(e.Response),
		Curl: curlOf(p.apiOrigin(c), e),
	})
}

// clearJournal removes the exchanges, the coverage and the violations of a tenant, or the exchanges that led to no tenant.
//
// DELETE /_standin/tenants/{tenant}/journal, and /_standin/journal
func clearJournal(c *engine.ControlCall) (spec.Reply, error) {
	journal, _ := journalOf(c)
	journal.Clear()
	return call.Done(http.StatusNoContent)
}

// streamJournal sends exchanges as they happen.
//
// GET /_standin/tenants/{tenant}/journal/stream
func streamJournal(c *engine.ControlCall) (spec.Reply, error) {
	journal, own := journalOf(c)
	after := journal.Last()
	if id := c.Param("Last-Event-ID"); id != "" {
		after, _ = strconv.ParseUint(id, 10, 64) // It is well-formed: the request was checked against the document.
	}
	stream := func(ctx context.Context, w io.Writer, flush func() error) error {
		_, err := fmt.Fprint(w, ": exchanges of "+own+"\n\n")
		for err == nil {
			if err = flush(); err != nil {
				break
			}
			e, ok := journal.Await(ctx, after)
			if !ok {
				break
			}
			after, err = e.ID, event(w, e, own)
		}
		return err
	}
	return spec.Reply{
		Status: http.StatusOK,
		Header: http.Header{"Cache-Control": {"no-store"}, "X-Accel-Buffering": {"no"}},
		Body:   spec.Opaque{MediaType: "text/event-stream", Stream: stream},
	}, nil
}

// event writes an entry as a server-sent event.
func event(w io.Writer, e *journal.Entry, own string) error {
	data, err := json.Marshal(viewEntry(e, own))
	if err == nil {
		_, err = fmt.Fprintf(w, "id: %d\nevent: entry\ndata: %s\n\n", e.ID, data)
	}
	return err
}

type verifyBody struct {
	Operation      string `json:"operation"`
	Status         int    `json:"status"`
	Path           string `json:"path"`
	CustomerNumber string `json:"customerNumber"`
	Times          *int   `json:"times"`
	AtLeast        *int   `json:"atLeast"`
	AtMost         *int   `json:"atMost"`
}

// verifyJournal answers whether an exchange happened as often as expected. Injected answers do not count.
//
// POST /_standin/tenants/{tenant}/journal/verify
func verifyJournal(c *engine.ControlCall) (spec.Reply, error) {
	in, err := call.Body[verifyBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	if err := knownOperation(c, in.Operation); err != nil {
		return spec.Reply{}, err
	}
	wanted := filter{operation: in.Operation, path: in.Path}
	if in.Status != 0 {
		wanted.status = strconv.Itoa(in.Status)
	}
	matched := 0
	dropped := c.World.Journal().Entries(0, func(e *journal.Entry) bool {
		if e.Fault == "" && wanted.takes(e) && (in.CustomerNumber == "" || in.CustomerNumber == e.Caller.CustomerNumber) {
			matched++
		}
		return true
	})
	least, most := in.bounds()
	if matched < least || most >= 0 && matched > most {
		text := fmt.Sprintf("It happened %d times, and was to happen %s.", matched, times(least, most))
		if dropped > 0 {
			text += fmt.Sprintf(" The journal has let go of %d older exchanges.", dropped)
		}
		return spec.Reply{}, refusal.Conflict("%s", text)
	}
	return call.Answer(http.StatusOK, map[string]any{"matched": matched})
}

// bounds returns how often the exchange is expected at least and at most; at most -1 means any number.
func (in verifyBody) bounds() (int, int) {
	least, most := 1, -1
	if in.AtMost != nil {
		least, most = 0, *in.AtMost
	}
	if in.AtLeast != nil {
		least = *in.AtLeast
	}
	if in.Times != nil {
		least, most = *in.Times, *in.Times
	}
	return least, most
}

func times(least, most int) string {
	switch {
	case least == most:
		return fmt.Sprintf("%d times", least)
	case most < 0:
		return fmt.Sprintf("at least %d times", least)
	}
	return fmt.Sprintf("%d to %d times", least, most)
}

// knownOperation refuses an id that no operation has. The empty id is allowed.
func knownOperation(c *engine.ControlCall, id string) error {
	if id == "" {
		return nil
	}
	if known := operationsOf(c); !slices.Contains(known, id) {
		return refusal.NotFound("There is no operation %s. There are %s.", id, strings.Join(known, ", "))
	}
	return nil
}

// operationsOf returns the ids of the operations of the service.
func operationsOf(c *engine.ControlCall) []string {
	var all []string
	for _, document := range c.Server.Documents() {
		for _, op := range document.Operations {
			if document.Name != spec.Control {
				all = append(all, op.ID)
			}
		}
	}
	return all
}
