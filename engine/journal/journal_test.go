package journal

import "testing"

// A request may end after its world: what it leaves then is kept by nobody, and must not count for ever.
func TestNothingIsKeptOfAWorldThatIsGone(t *testing.T) {
	t.Parallel()
	all := NewLedger(1 << 20)
	j := New(all, 10)
	j.Add(&Entry{}, true)
	j.Close()
	late := &Entry{}
	j.Add(late, true)
	if all.Size() != 0 || len(all.open) != 0 || late.ID != 2 {
		t.Errorf("%d bytes in %d journals are left, and the entry is %d", all.Size(), len(all.open), late.ID)
	}
}
