package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// run plays a session to pairs of servers and keeps the differences.
type run struct {
	base, head *player
	table      []normalization
	covered    *covered

	exchanges   int
	differences []difference
	problems    []string // problems of the session itself
}

// newRun returns a run without results.
func newRun() (*run, error) {
	c, err := newCovered()
	return &run{table: normalizations(), covered: c}, err
}

// play plays steps to two servers and then compares the exports of all their tenants.
func (r *run) play(ctx context.Context, base, head *player, steps []step) error {
	r.base, r.head = base, head
	for _, one := range steps {
		if err := r.step(ctx, one); err != nil {
			return err
		}
	}
	tenants, err := r.tenants(ctx)
	if err != nil {
		return err
	}
	for _, name := range tenants {
		for _, what := range []string{"export", "coverage", "violations"} {
			at := "/_standin/tenants/" + name + "/" + what
			if err := r.step(ctx, step{Name: "at the end: " + what + " of " + name, Send: "GET " + at, generated: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tenants returns the names of the tenants that either server has.
func (r *run) tenants(ctx context.Context) ([]string, error) {
	var all []string
	for _, p := range []*player{r.base, r.head} {
		got, err := p.play(ctx, step{Name: "the tenants", Send: "GET /_standin/tenants?limit=1000"})
		if err != nil {
			return nil, err
		}
		var list struct {
			Tenants []struct {
				Tenant string `json:"tenant"`
			} `json:"tenants"`
		}
		_ = json.Unmarshal(got.body, &list) // A server without the control API has no list.
		for _, one := range list.Tenants {
			all = append(all, one.Tenant)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// step plays a step to both servers and compares the answers.
func (r *run) step(ctx context.Context, s step) error {
	method, target, _ := strings.Cut(r.head.fill(s.Send), " ")
	base, err := r.base.play(ctx, s)
	if err != nil {
		return fmt.Errorf("the base: %w", err)
	}
	head, err := r.head.play(ctx, s)
	if err != nil {
		return fmt.Errorf("the working tree: %w", err)
	}
	if s.Starts != "" {
		return nil
	}
	r.exchanges++
	op := r.covered.operation(method, target)
	id := ""
	if op != nil {
		id = op.ID
		if method == op.Method && r.evidence(s, head) {
			r.covered.meet(op, head.status)
		}
	}
	r.differences = append(r.differences, compare(s.Name, normalize(r.table, id, method, base), normalize(r.table, id, method, head))...)
	r.check(s, base, head)
	return nil
}

// evidence reports whether an answer comes from its operation and was not injected by a fault or a preference.
func (r *run) evidence(s step, a answer) bool {
	return !s.Injected && a.header.Get("Preference-Applied") == ""
}

// check checks the answers to a step against the step's expectations. It does not check the status if the servers differ in
// it, which is a difference already.
func (r *run) check(s step, base, head answer) {
	if !s.generated && base.status == head.status && head.status != s.Want {
		r.problems = append(r.problems, fmt.Sprintf("%s: the step expects %d, both answered %d: %.300s", s.Name, s.Want, head.status, head.body))
	}
	if len(r.head.unknown) > 0 {
		r.problems = append(r.problems, fmt.Sprintf("%s: no answer gives %s", s.Name, strings.Join(r.head.unknown, ", ")))
	}
	if s.harmless && head.status < http.StatusBadRequest {
		r.problems = append(r.problems, fmt.Sprintf("%s: the step must be refused, and was answered %d", s.Name, head.status))
	}
	if s.generated && head.status == http.StatusInternalServerError && r.evidence(s, head) {
		r.problems = append(r.problems, fmt.Sprintf("%s: answered %d: %.300s", s.Name, head.status, head.body))
	}
}
