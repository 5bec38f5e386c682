package state_test

import (
	"strings"
	"testing"

	"standin/state"
)

// FuzzFold compares Fold with strings.EqualFold.
func FuzzFold(f *testing.F) {
	for _, one := range [][2]string{
		{"Jane@Example.com", "jANE@eXAMPLE.COM"},
		{"\u212a@example.com", "k@example.com"},
		{"\u017f", "S"},
		{"\u03c3", "\u03c2"},
		{"\u0131", "i"},
		{"\u0130", "i"},
		{"\u00df", "ss"},
		{"a\xff", "A\xff"},
		{"a", "b"},
	} {
		f.Add(one[0], one[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, ""), strings.ToValidUTF8(b, "")
		if same := state.Fold(a) == state.Fold(b); same != strings.EqualFold(a, b) {
			t.Errorf("%q and %q are %t", a, b, same)
		}
	})
}
