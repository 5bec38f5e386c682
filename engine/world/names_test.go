package world

import (
	"fmt"
	"testing"
)

func TestGoneNamesAreRemembered(t *testing.T) {
	t.Parallel()
	var g goneNames
	if g.has("a") || g.times("a") != 0 {
		t.Error("a is known at the start")
	}
	g.add("a")
	g.back("a")
	if g.has("a") || g.times("a") != 1 {
		t.Errorf("a is back: gone %t, %d times", g.has("a"), g.times("a"))
	}
	g.add("a")
	if !g.has("a") || g.times("a") != 2 {
		t.Errorf("a is gone again: gone %t, %d times", g.has("a"), g.times("a"))
	}
	g.back("b")
	if g.has("b") || g.times("b") != 0 {
		t.Error("b was never there")
	}
}

// Only the newest names are remembered, so that they do not hold ever more memory.
func TestGoneNamesAreBounded(t *testing.T) {
	t.Parallel()
	var g goneNames
	name := func(n int) string { return fmt.Sprintf("tenant%d", n) }
	for n := range mostGone + 2 {
		g.add(name(n))
	}
	for n, want := range map[int]bool{0: false, 1: false, 2: true, mostGone: true, mostGone + 1: true} {
		if g.has(name(n)) != want {
			t.Errorf("name %d is remembered: %t", n, g.has(name(n)))
		}
	}
	if len(g.known) != mostGone || len(g.order) != mostGone || g.order[0] != name(2) {
		t.Errorf("%d names and an order of %d from %s", len(g.known), len(g.order), g.order[0])
	}
}
