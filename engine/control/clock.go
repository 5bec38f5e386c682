package control

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"standin/engine"
	"standin/engine/call"
	"standin/engine/refusal"
	"standin/engine/world"
	"standin/spec"
	"standin/state"
)

// The years that a clock may be set to. A year beyond them is a typing error.
const (
	firstYear   = 1970
	lastYear    = 2199
	maxDuration = 50 * 365 * 24 * time.Hour
)

// duration parses a duration of a request, such as 30d, 90s, 1h30m or 250ms. The empty string is 0.
func duration(field, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := model.ParseDuration(text)
	if err != nil || time.Duration(d) > maxDuration {
		return 0, notADuration(field)
	}
	return time.Duration(d), nil
}

func notADuration(field string) error {
	return refusal.Value(field, "must be a duration such as 30d, 1h30m, 90s or 250ms, at most 50y")
}

func checkMoment(field string, at time.Time) error {
	if year := at.UTC().Year(); year < firstYear || year > lastYear {
		return refusal.Value(field, "must be between the years %d and %d", firstYear, lastYear)
	}
	return nil
}

type deadlineView struct {
	Kind           string    `json:"kind"`
	At             time.Time `json:"at"`
	CustomerNumber string    `json:"customerNumber,omitempty"`
	SessionID      string    `json:"sessionId,omitempty"`
}

// getClock answers the tenant's time and the next deadlines.
//
// GET /_standin/tenants/{tenant}/clock
func getClock(c *engine.ControlCall) (spec.Reply, error) {
	const most = 10
	clock := c.World.Clock()
	now := clock.Now()
	next := []deadlineView{}
	c.World.View(func(txn *state.Txn) {
		txn.EachDeadline(func(d state.Deadline) {
			if !d.At.After(now) || len(next) == most && !d.At.Before(next[most-1].At) {
				return
			}
			d.At = d.At.UTC()
			at, _ := slices.BinarySearchFunc(next, d.At, func(one deadlineView, at time.Time) int {
				return cmp.Or(one.At.Compare(at), -1) // After those of the same moment.
			})
			next = slices.Insert(next, at, deadlineView(d))
			next = next[:min(len(next), most)]
		})
	})
	return call.Answer(http.StatusOK, map[string]any{"now": now, "frozen": clock.Frozen(), "deadlines": next})
}

type clockBody struct {
	Set            *time.Time `json:"set"`
	Advance        string     `json:"advance"`
	Freeze         bool       `json:"freeze"`
	Run            bool       `json:"run"`
	AllowBackwards bool       `json:"allowBackwards"`
}

// setClock sets the tenant's clock, and answers how many deadlines passed by that.
//
// POST /_standin/tenants/{tenant}/clock
func setClock(c *engine.ControlCall) (spec.Reply, error) {
	in, err := call.Body[clockBody](c.Request)
	if err != nil {
		return spec.Reply{}, err
	}
	forward, back := strings.CutPrefix(in.Advance, "-")
	by, err := duration("advance", forward)
	if err == nil && back && forward == "" {
		err = notADuration("advance")
	}
	if err != nil {
		return spec.Reply{}, err
	}
	if back {
		by = -by
	}
	if in.Freeze && in.Run {
		return spec.Reply{}, refusal.Value("run", "cannot be asked for together with freeze")
	}
	if in == (clockBody{AllowBackwards: in.AllowBackwards}) {
		return spec.Reply{}, refusal.Value("body", "says nothing to do: it takes set, advance, freeze or run")
	}
	before, after, err := c.World.Clock().Move(func(now time.Time, frozen bool) (time.Time, bool, error) {
		to, err := in.moved(now, by)
		return to, (frozen || in.Freeze) && !in.Run, err
	})
	if err != nil {
		return spec.Reply{}, err
	}
	return call.Answer(http.StatusOK, map[string]any{
		"now": after, "frozen": c.World.Clock().Frozen(), "expired": fallenDue(c.World, before, after),
	})
}

// moved returns the time that the clock is set to.
func (in clockBody) moved(now time.Time, by time.Duration) (time.Time, error) {
	to, field := now, "advance"
	if in.Set != nil {
		to = *in.Set
	}
	if in.Advance == "" {
		field = "set"
	}
	to = to.Add(by)
	if to.Before(now.Truncate(time.Second)) && !in.AllowBackwards {
		return now, refusal.Value(field, "would move the clock back from %s; allowBackwards: true allows it", now.UTC().Format(time.RFC3339))
	}
	return to, checkMoment(field, to)
}

// fallenDue returns how many deadlines of each kind a change of the clock has passed.
func fallenDue(w *world.World, before, after time.Time) map[string]int {
	expired := map[string]int{}
	w.View(func(txn *state.Txn) {
		txn.EachDeadline(func(d state.Deadline) {
			if d.At.After(before) && !d.At.After(after) {
				expired[d.Kind]++
			}
		})
	})
	return expired
}
