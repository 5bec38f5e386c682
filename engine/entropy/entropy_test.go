package entropy

import "testing"

func TestEntropy(t *testing.T) {
	t.Parallel()
	draw := func(seed, label, tenant string, n uint64) string {
		stream := New([]byte(seed), label, tenant, n)
		return stream.AccessToken()
	}
	first, again := draw("a", "call", "acme", 1), draw("a", "call", "acme", 1)
	if first != again {
		t.Error("the same inputs give different tokens")
	}
	seen := map[string]bool{first: true}
	for _, other := range []string{draw("b", "call", "acme", 1), draw("a", "mint", "acme", 1), draw("a", "call", "acm", 1), draw("a", "call", "acme", 2), draw("ac", "all", "acme", 1)} {
		if seen[other] {
			t.Error("different inputs give the same token")
		}
		seen[other] = true
	}
	counts := map[rune]int{}
	e := New([]byte("a"), "", "", 0)
	const n = 62_000
	for _, r := range e.text(n, alphanumeric) {
		counts[r]++
	}
	for r, count := range counts {
		if count < 800 || count > 1200 { // Six standard deviations around a thousand.
			t.Errorf("%c was drawn %d times of %d", r, count, n)
		}
	}
	if len(counts) != len(alphanumeric) {
		t.Errorf("%d characters were drawn", len(counts))
	}
}
