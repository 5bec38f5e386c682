package journal

import "sync"

// Ledger bounds the bytes of all journals together. Each journal with entries has the same share.
type Ledger struct {
	most  int64
	mu    sync.Mutex
	total int64
	open  map[*Journal]bool // those that hold entries
}

// NewLedger returns a ledger that bounds its journals to a number of bytes together.
func NewLedger(most int64) *Ledger { return &Ledger{most: most, open: map[*Journal]bool{}} }

// add adds bytes of a journal. If all journals together are beyond the bound, it returns how many bytes the journal is above
// its share and has to drop, and true: if dropping them is not enough, all journals have to be trimmed.
func (l *Ledger) add(j *Journal, bytes int64) (int64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total += bytes
	l.open[j] = true
	if l.total <= l.most {
		return 0, false
	}
	return max(min(l.total-l.most, j.bytes-l.most/int64(len(l.open))), 0), true
}

func (l *Ledger) remove(j *Journal, bytes int64, all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total -= bytes
	if all {
		delete(l.open, j)
	}
}

// beyond returns the journals to trim if all together are beyond the bound, and to how many bytes each: three quarters of
// the share, so that it is not needed again at once.
func (l *Ledger) beyond() ([]*Journal, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total <= l.most {
		return nil, 0
	}
	var all []*Journal
	for j := range l.open {
		all = append(all, j)
	}
	const quarters = 4
	return all, l.most / int64(len(all)) * (quarters - 1) / quarters
}

// Size returns about how many bytes of memory all journals take.
func (l *Ledger) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
