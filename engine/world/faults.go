package world

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault describes a failure that is injected on purpose. Its zero value applies to every request and changes nothing.
type Fault struct {
	Name        string
	Operation   string // its id; "" for any
	Customer    string // its number, or a login e-mail address in lower case; "" for any
	Status      int    // 0 to leave the answer as it is
	Header      map[string][]string
	Body        []byte // in place of the document's example; MediaType is its type
	MediaType   string
	Latency     time.Duration // wall time
	Drop        bool          // resets the connection
	Hold        bool          // parks requests until the fault is released
	After       bool          // applies after the operation, which is committed by then
	Times       int           // how often it applies; 0 for no limit
	Skip        int           // how many matching requests pass before it applies
	Probability float64       // that it applies to a request that it matches; 0 means 1
	Undeclared  bool          // its status need not be in the document
}

// FaultCount is a fault with what it has done so far.
type FaultCount struct {
	Fault
	Hits    int
	Waiting int // how many requests are parked
}

// Faults are the faults of a world. A request meets the first one that matches and applies.
type Faults struct {
	mu   sync.Mutex
	list []*LiveFault
}

// LiveFault is a fault of a world with its counters.
type LiveFault struct {
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

// Errors of adding faults.
var (
	ErrFaultTaken = errors.New("a fault of this name exists already")
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

// Set replaces all faults and releases the requests that they have parked. It returns [ErrFaultBytes] if the new ones are
// too large; then nothing is changed.
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
		f.list = append(f.list, &LiveFault{Fault: one, released: make(chan struct{})})
	}
	return nil
}

// Clear removes all faults and releases the requests that they have parked.
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

// Add appends a fault; the others keep their counters. A fault without a name gets a generated one. Add returns
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
	f.list = append(f.list, &LiveFault{Fault: one, released: make(chan struct{})})
	return FaultCount{Fault: one}, nil
}

// Remove removes a fault and releases the requests that it has parked. It reports whether there was such a fault.
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
	return slices.IndexFunc(f.list, func(one *LiveFault) bool { return one.Name == name })
}

// List returns the faults in order.
func (f *Faults) List() []FaultCount {
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := make([]FaultCount, len(f.list))
	for i, one := range f.list {
		counts[i] = FaultCount{Fault: one.Fault, Hits: one.hits, Waiting: one.waiting}
	}
	return counts
}

// Release releases the requests that a fault has parked, and returns their number. The second result reports whether there
// is such a fault.
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

// Strike returns the fault that applies to a request, and counts it; nil if none applies. A fault without an operation does
// not apply to a request that no document has. isFor reports whether the request belongs to a customer.
func (f *Faults) Strike(w *World, operation string, undeclared bool, isFor func(customer string) bool) *LiveFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		switch {
		case one.Operation != "" && one.Operation != operation, undeclared && one.Operation == "", one.Customer != "" && !isFor(one.Customer):
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

// draw reports whether the fault applies by chance. The same seed gives the same sequence.
func (f *LiveFault) draw(w *World) bool {
	if f.Probability == 0 || f.Probability >= 1 {
		return true
	}
	f.drawn++
	var b [8]byte
	stream := w.entropy("fault "+f.Name, f.drawn)
	_, _ = stream.Read(b[:])
	return float64(binary.BigEndian.Uint64(b[:])>>11)/(1<<53) < f.Probability
}

// Park blocks until the fault is released or the context ends.
func (f *Faults) Park(ctx context.Context, fault *LiveFault) {
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
