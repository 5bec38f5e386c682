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

// Fault is something that goes wrong on purpose. Its zero value strikes every request and does nothing.
type Fault struct {
	Name        string
	Operation   string // "" is any
	Customer    string // number, or a login e-mail address in lower case; "" is any
	Status      int    // 0: the operation's own
	Header      map[string][]string
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
	list []*LiveFault
}

// LiveFault is a fault of a world with what it has done.
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
		f.list = append(f.list, &LiveFault{Fault: one, released: make(chan struct{})})
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
	f.list = append(f.list, &LiveFault{Fault: one, released: make(chan struct{})})
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
	return slices.IndexFunc(f.list, func(one *LiveFault) bool { return one.Name == name })
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

// Strike returns the fault that a request meets, and counts it; nil for none. A fault that names no operation does not meet a
// request that no document has. isFor reports whether the request belongs to a customer.
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

// draw reports whether the fault strikes by chance. The same seed gives the same sequence.
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

// Park waits until the fault is released, or the context ends.
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
