package journal

import (
	"time"

	"standin/engine/refusal"
	"standin/spec"
)

// Entry is one exchange as the journal keeps it, without passwords and tokens. An entry in a journal is never changed.
type Entry struct {
	ID        uint64
	At        time.Time // world time
	Took      time.Duration
	Tenant    string // as the request names it
	Operation string // "" if the request has none
	Method    string
	Target    string // path and query as they were sent, with secrets masked
	Status    int    // 0 if the connection was dropped
	Caller    Caller
	Request   Message
	Response  Message
	Warnings  []spec.Detail
	Fault     string   // the name of the fault that was injected
	Refusal   *Refusal // nil unless the request was refused
}

// Caller is the caller of an exchange.
type Caller struct {
	Kind           string // none, client, unknown, anonymous, customer or service
	CustomerNumber string
	LoginID        string
	SessionID      string
	Scopes         string // separated by spaces
}

// Message is a request or an answer.
type Message struct {
	Header  [][2]string // the names and values that are kept, sorted by name
	Body    []byte      // as it was sent, with secrets masked
	Size    int         // of the body as it was sent
	Form    bool        // the body is a form, not JSON
	Omitted string      // why the body was not kept
	Masked  []string    // JSON Pointers to the masked secrets
}

// Refusal is the reason of a refused request.
type Refusal struct {
	Rule    string // of spec/rules.yaml
	Message string
	Details []spec.Detail
	Facts   []refusal.Fact
}

// The bytes of memory that the parts of an entry take besides their texts. A test compares them with the heap.
const (
	entryRoom  = 640 // an Entry, its Refusal and its place in the journal
	textRoom   = 16
	headerRoom = 2 * textRoom
	factRoom   = 2 * textRoom
	detailRoom = 3 * textRoom
)

// size returns how many bytes of memory the entry takes.
func (e *Entry) size() int64 {
	size := entryRoom + len(e.Tenant) + len(e.Operation) + len(e.Method) + len(e.Target) + len(e.Fault) + e.Caller.size() +
		e.Request.size() + e.Response.size() + sizeOfDetails(e.Warnings)
	if e.Refusal != nil {
		size += len(e.Refusal.Message) + sizeOfDetails(e.Refusal.Details)
		for _, fact := range e.Refusal.Facts {
			size += factRoom + len(fact.Name) + len(fact.Value)
		}
	}
	return int64(size)
}

func (c Caller) size() int {
	return len(c.Kind) + len(c.CustomerNumber) + len(c.LoginID) + len(c.SessionID) + len(c.Scopes)
}

func (m *Message) size() int {
	size := cap(m.Body) + len(m.Omitted)
	for _, header := range m.Header {
		size += headerRoom + len(header[0]) + len(header[1])
	}
	for _, pointer := range m.Masked {
		size += textRoom + len(pointer)
	}
	return size
}

func sizeOfDetails(details []spec.Detail) int {
	size := 0
	for _, detail := range details {
		size += detailRoom + len(detail.Field) + len(detail.Type) + len(detail.Message)
	}
	return size
}
