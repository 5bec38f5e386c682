package journal

import (
	"time"

	"standin/engine/refusal"
	"standin/spec"
)

// Entry is one exchange as the journal keeps it. Passwords and tokens are not in it. It is never changed once it is
// in the journal.
type Entry struct {
	ID        uint64
	At        time.Time // world time
	Took      time.Duration
	Tenant    string // what the request called it
	Operation string // "" if no operation was found
	Method    string
	Target    string // path and query as they were sent, secrets masked
	Status    int    // 0 if the connection was dropped
	Caller    Caller
	Request   Message
	Response  Message
	Warnings  []spec.Detail
	Fault     string   // the name of the fault that was injected
	Refusal   *Refusal // why it was refused, if it was
}

// Caller is who asked, as far as the journal keeps it.
type Caller struct {
	Kind           string // none, client, unknown, anonymous, customer or service
	CustomerNumber string
	LoginID        string
	SessionID      string
	Scopes         string // separated by spaces
}

// Message is a request or an answer as the journal keeps it.
type Message struct {
	Header  [][2]string // the ones that say something, in their order
	Body    []byte      // as it was sent, but for secrets, which are masked
	Size    int         // of the body as it was sent
	Form    bool        // the body is a form, not JSON
	Omitted string      // why the body was not kept
	Masked  []string    // where secrets were, as JSON Pointers
}

// Refusal is why a request was refused.
type Refusal struct {
	Rule    string // of spec/rules.yaml
	Message string
	Details []spec.Detail
	Facts   []refusal.Fact
}

// The room in memory of what an entry is made of, beside the texts themselves. A test compares them with the heap.
const (
	entryRoom  = 640 // an Entry, its Refusal and its place in the journal
	textRoom   = 16
	headerRoom = 2 * textRoom
	factRoom   = 2 * textRoom
	detailRoom = 3 * textRoom
)

// size returns how many bytes of memory the entry holds.
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
