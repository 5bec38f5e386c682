package entropy

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

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
	for _, r := range e.text(n, Alphanumeric) {
		counts[r]++
	}
	for r, count := range counts {
		if count < 800 || count > 1200 { // Six standard deviations around a thousand.
			t.Errorf("%c was drawn %d times of %d", r, count, n)
		}
	}
	if len(counts) != len(Alphanumeric) {
		t.Errorf("%d characters were drawn", len(counts))
	}
}

// The text and the UUID of a reader are those of a stream with the same bytes.
func TestReaders(t *testing.T) {
	t.Parallel()
	stream := New([]byte("a"), "use", "", 0)
	random := Reader([]byte("a"), "use")
	for _, n := range []int{1, 28, 64, 65, 1000} {
		if got, err := Text(random, n, Hexadecimal); err != nil || got != stream.HexID(n) {
			t.Errorf("%d digits are %q, %v", n, got, err)
		}
	}
	if got, err := UUID(random); err != nil || got != stream.UUID() {
		t.Errorf("the UUID is %q, %v", got, err)
	}
}

func TestReadersThatFail(t *testing.T) {
	t.Parallel()
	if got, err := Text(strings.NewReader("short"), 1, Hexadecimal); got != "" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a reader that ends gives %q, %v", got, err)
	}
	if got, err := UUID(strings.NewReader("")); got != "" || !errors.Is(err, io.EOF) {
		t.Errorf("an empty reader gives the UUID %q, %v", got, err)
	}
	refused := bytes.NewReader(bytes.Repeat([]byte{255}, 64*Tries)) // 255 stands for no alphanumeric character.
	if got, err := Text(refused, 28, Alphanumeric); got != "" || !errors.Is(err, ErrRepeats) {
		t.Errorf("a reader that repeats itself gives %q, %v", got, err)
	}
}
