package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"standin/spec"
	"standin/state"
)

// Fault is something that goes wrong on purpose. Its zero value strikes every request and does nothing.
type Fault struct {
	Name        string
	Operation   string // "" is any
	Customer    string // number, or a login e-mail address in lower case; "" is any
	Status      int    // 0: the operation's own
	Header      http.Header
	Body        []byte // instead of the document's example; with MediaType
	MediaType   string
	Latency     time.Duration // wall time
	Drop        bool          // the connection is reset
	Hold        bool          // it parks requests until it is released
	After       bool          // the operation is run and committed first
	Times       int           // how often it strikes; 0 for ever
	Skip        int           // how many matching requests pass first
	Probability float64       // of those that are left; 0 is always, too
	Undeclared  bool          // the document need not have its status
}

// FaultCount says what a fault has done.
type FaultCount struct {
	Fault
	Hits    int
	Waiting int // requests that it has parked
}

// Faults are the faults of a world. A request meets the first that matches and strikes.
type Faults struct {
	mu   sync.Mutex
	list []*liveFault
}

type liveFault struct {
	Fault
	passed   int
	drawn    uint64
	hits     int
	waiting  int
	released chan struct{}
}

// The bounds of a tenant's faults.
const (
	mostFaults     = 100
	mostFaultBytes = 4 << 20
)

// The reasons for which a fault is not taken.
var (
	ErrFaultTaken = errors.New("there is a fault of this name already")
	ErrManyFaults = fmt.Errorf("a tenant has at most %d faults", mostFaults)
	ErrFaultBytes = fmt.Errorf("the faults of a tenant hold at most %d bytes together, their bodies above all", mostFaultBytes)
)

// size returns about how many bytes a fault holds.
func (f Fault) size() int {
	size := 256 + len(f.Name) + len(f.Operation) + len(f.Customer) + cap(f.Body) + len(f.MediaType)
	for name, values := range f.Header {
		size += 64 + len(name) + len(strings.Join(values, ""))
	}
	return size
}

// Set puts faults in the place of those that there are, and lets go of what was parked. It returns [ErrFaultBytes] if they
// are too large; then nothing has changed.
func (f *Faults) Set(faults []Fault) error {
	size := 0
	for _, one := range faults {
		size += one.size()
	}
	if size > mostFaultBytes {
		return ErrFaultBytes
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clear()
	for _, one := range faults {
		f.list = append(f.list, &liveFault{Fault: one, released: make(chan struct{})})
	}
	return nil
}

// Clear removes all faults, and lets go of what was parked.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clear()
}

func (f *Faults) clear() {
	for _, old := range f.list {
		close(old.released)
	}
	f.list = nil
}

// Add puts a fault behind the others, which go on counting. Without a name it gets one of its own. It returns
// [ErrFaultTaken], [ErrManyFaults] or [ErrFaultBytes].
func (f *Faults) Add(one Fault) (FaultCount, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := len(f.list) + 1; one.Name == ""; n++ {
		if name := "fault-" + strconv.Itoa(n); f.find(name) < 0 {
			one.Name = name
		}
	}
	size := one.size()
	for _, other := range f.list {
		size += other.size()
	}
	switch {
	case f.find(one.Name) >= 0:
		return FaultCount{}, ErrFaultTaken
	case len(f.list) >= mostFaults:
		return FaultCount{}, ErrManyFaults
	case size > mostFaultBytes:
		return FaultCount{}, ErrFaultBytes
	}
	f.list = append(f.list, &liveFault{Fault: one, released: make(chan struct{})})
	return FaultCount{Fault: one}, nil
}

// Remove takes a fault away; what it parked goes on. It answers false if there is no such fault.
func (f *Faults) Remove(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.find(name)
	if at >= 0 {
		close(f.list[at].released)
		f.list = slices.Delete(f.list, at, at+1)
	}
	return at >= 0
}

func (f *Faults) find(name string) int {
	return slices.IndexFunc(f.list, func(one *liveFault) bool { return one.Name == name })
}

// List answers the faults in their order.
func (f *Faults) List() []FaultCount {
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := make([]FaultCount, len(f.list))
	for i, one := range f.list {
		counts[i] = FaultCount{Fault: one.Fault, Hits: one.hits, Waiting: one.waiting}
	}
	return counts
}

// Release lets go of the requests that a fault has parked, and answers their number; false if there is no such fault.
func (f *Faults) Release(name string) (int, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.find(name)
	if at < 0 {
		return 0, false
	}
	one := f.list[at]
	close(one.released)
	one.released = make(chan struct{})
	return one.waiting, true
}

// strike finds the fault that a call meets, and counts it.
func (f *Faults) strike(c *Call, w *World) *liveFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		switch {
		case one.Operation != "" && one.Operation != c.id(), c.declared == nil && one.Operation == "", one.Customer != "" && !c.isFor(w, one.Customer):
			continue
		case one.passed < one.Skip:
			one.passed++
			continue
		case one.Times > 0 && one.hits >= one.Times, !one.draw(w):
			continue
		}
		one.hits++
		return one
	}
	return nil
}

// draw says whether it strikes by chance, the same way for the same seed.
func (f *liveFault) draw(w *World) bool {
	if f.Probability == 0 || f.Probability >= 1 {
		return true
	}
	f.drawn++
	var b [8]byte
	stream := newEntropy(w.seed, "fault "+f.Name, w.name, f.drawn)
	_, _ = stream.Read(b[:])
	return float64(binary.BigEndian.Uint64(b[:])>>11)/(1<<53) < f.Probability
}

// isFor says whether a call is one customer's: by its bearer, or by the e-mail address in its body.
func (c *Call) isFor(w *World, customer string) bool {
	if body, ok := c.Request.Value().(map[string]any); ok {
		if email, ok := body["email"].(string); ok && strings.EqualFold(email, customer) {
			return true
		}
	}
	found := false
	w.View(func(txn *state.Txn) {
		token, ok := txn.TokenByAccess(bearer(c.header.Get("Authorization")))
		if !ok || token.CustomerNumber == "" {
			return
		}
		found = token.CustomerNumber == customer || slices.ContainsFunc(txn.LoginsOf(token.CustomerNumber), func(login state.Login) bool {
			return strings.EqualFold(login.Email, customer)
		})
	})
	return found
}

// errDropped says that the connection is to be reset.
var errDropped = errors.New("engine: a fault drops the connection")

// unrouted answers a request that no document has: by a fault that a tester has declared for it, as METHOD /path below
// the tenant, or not at all.
func (s *Server) unrouted(c *Call, r *http.Request, router *spec.Router, noSuch error) (spec.Sealed, error) {
	if s.steered && isControl(r.URL.Path) {
		if router == s.router && s.config.ControlOrigin != "" {
			return spec.Sealed{}, errMoved.of(s.config.ControlOrigin)
		}
		if method, ok := errors.AsType[*spec.MethodError](noSuch); ok {
			return spec.Sealed{}, noRoute(method)
		}
		return spec.Sealed{}, errNoStep
	}
	path := strings.TrimPrefix(r.URL.Path, "/customer")
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	world, err := s.worlds.find(tenant, sandboxOf(r.Header))
	if err != nil || !world.own.Load() {
		return spec.Sealed{}, noRoute(noSuch)
	}
	c.undeclared = r.Method + " /" + rest
	c.Request = &spec.Request{}
	if c.fault = world.faults.strike(c, world); c.fault == nil {
		c.fault, c.undeclared, c.Request = nil, "", nil
		return spec.Sealed{}, noRoute(noSuch)
	}
	c.enterWorld(world)
	c.Now = world.clock.Now()
	instead, err := s.suffer(c.ctx, world, c)
	if instead == nil && err == nil { // It only waited.
		return spec.Sealed{}, noRoute(noSuch)
	}
	c.replaced = true
	return deref(instead), err
}

// suffer does to a call what its fault says, and answers what is sent instead of the true answer, if anything is.
// It returns [errDropped], or the context's error if the client went away meanwhile. A server that ends waits no
// longer, and answers.
func (s *Server) suffer(ctx context.Context, w *World, c *Call) (*spec.Sealed, error) {
	fault := c.fault
	patient, stop := s.untilStopped(ctx)
	defer stop()
	if fault.Hold {
		w.faults.park(patient, fault)
	}
	if fault.Latency > 0 {
		sleep(patient, fault.Latency)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if fault.Drop {
		return nil, errDropped
	}
	if fault.Status == 0 {
		return nil, nil //nolint:nilnil // The true answer is sent.
	}
	return c.injected(fault.Fault), nil
}

// park waits until the fault is released, or the context ends.
func (f *Faults) park(ctx context.Context, fault *liveFault) {
	f.mu.Lock()
	released := fault.released
	fault.waiting++
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		fault.waiting--
		f.mu.Unlock()
	}()
	select {
	case <-released:
	case <-ctx.Done():
	}
}

// sleep waits in wall time, unless the context ends before.
func sleep(ctx context.Context, d time.Duration) {
	timer, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-timer.Done()
}

// injected is the answer of a fault: its own body, else what the document shows for the status, else the service's
// ordinary error body.
func (c *Call) injected(fault Fault) *spec.Sealed {
	sealed := &spec.Sealed{Status: fault.Status, Header: http.Header{}, Body: fault.Body}
	mediaType := fault.MediaType
	if fault.Body == nil && fault.Status != http.StatusNoContent && fault.Status != http.StatusNotModified {
		var value any
		if c.declared != nil {
			mediaType, value = c.declared.Example(fault.Status)
		}
		if value == nil && fault.Status >= http.StatusBadRequest {
			mediaType, value = "application/json", ordinary(fault.Status)
		}
		if value != nil {
			sealed.Body, _ = json.Marshal(value, json.Deterministic(true)) // What a document shows is JSON.
		}
	}
	if len(sealed.Body) > 0 {
		sealed.Header.Set("Content-Type", mediaType)
	}
	maps.Copy(sealed.Header, fault.Header)
	return sealed
}

// ordinary is the service's error body of a status that the document shows none for; a status of the gateway's own
// has the gateway's body.
func ordinary(status int) any {
	text := first(http.StatusText(status), "Status "+strconv.Itoa(status))
	if status >= http.StatusInternalServerError {
		var body fault
		body.Fault.String = "The Service is temporarily unavailable"
		body.Fault.Detail.Code = "messaging.adaptors.http.flow.ServiceUnavailable"
		return body
	}
	return problem{Type: strings.ReplaceAll(strings.ToLower(text), " ", "_"), Status: status, Message: text + "."}
}
