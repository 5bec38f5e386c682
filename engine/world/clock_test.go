package world

import (
	"errors"
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

func TestAMoveTellsTheTimesAroundIt(t *testing.T) {
	t.Parallel()
	wall := time.Date(2026, 1, 1, 12, 34, 56, 789, time.UTC)
	k := &Clock{wall: func() time.Time { return wall }}
	refused := errors.New("no")
	before, after, err := k.Move(func(now time.Time, frozen bool) (time.Time, bool, error) {
		if frozen || !now.Equal(wall) {
			t.Errorf("it decides at %s, frozen %t", now, frozen)
		}
		return now.Add(time.Hour), true, nil
	})
	if whole := wall.Truncate(time.Second); err != nil || before != whole || after != whole.Add(time.Hour) {
		t.Errorf("it moved from %s to %s: %v", before, after, err)
	}
	before, after, err = k.Move(func(now time.Time, frozen bool) (time.Time, bool, error) { return now.Add(time.Hour), !frozen, refused })
	if whole := wall.Truncate(time.Second).Add(time.Hour); !errors.Is(err, refused) || before != whole || after != whole || !k.Frozen() {
		t.Errorf("it was refused, and moved from %s to %s: %v", before, after, err)
	}
}
