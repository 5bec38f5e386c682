package world

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	wall := time.Date(2026, 1, 1, 12, 0, 0, 999, time.FixedZone("", 3600))
	k := &Clock{wall: func() time.Time { return wall }}
	start := time.Date(2026, 1, 1, 11, 0, 0, 0, time.UTC)
	see := func(want time.Time) {
		t.Helper()
		if got := k.Now(); got != want {
			t.Errorf("it is %s, not %s", got, want)
		}
	}
	see(start)
	k.Advance(time.Hour)
	see(start.Add(time.Hour))
	wall = wall.Add(time.Minute)
	see(start.Add(time.Hour + time.Minute))
	k.Freeze()
	wall = wall.Add(time.Minute)
	see(start.Add(time.Hour + time.Minute))
	k.Advance(time.Second)
	see(start.Add(time.Hour + time.Minute + time.Second))
	k.Run()
	wall = wall.Add(time.Minute)
	see(start.Add(time.Hour + 2*time.Minute + time.Second))
	k.Set(start)
	see(start)
	wall = wall.Add(time.Second)
	see(start.Add(time.Second))
	k.Freeze()
	k.Set(start)
	wall = wall.Add(time.Second)
	see(start)
	if !k.Frozen() {
		t.Error("it is not frozen")
	}
}
